import { assertEquals, assertRejects } from "@std/assert";
import { bookChecksum } from "../protocol/book_checksum.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { Client } from "./client.ts";
import { settle } from "./_settle.ts";
import { HELLO, scriptedTests, take, trade, update } from "./_scripted_server.ts";

const scripted = scriptedTests("Client");

const HELLO_RESUMED = { ...HELLO, resumed: true };
const LEVELS = { bids: [[100, 2], [99, 1]], asks: [[101, 3]] };

for (const codec of ["json", "msgpack"] as const) {
  scripted(`connects, subscribes, and yields what comes, in ${codec}`, async (server) => {
    const client = await server.connected({ codec });
    const trades = client.subscribe("trades", "BTC");
    await settle();
    server.link.send(trade("BTC", 1), trade("BTC", 2));
    const [one, two] = await take(trades, 2);
    assertEquals([one.data, two.seq, two.timestamp], [{ price: 1, size: 1, side: "buy" }, 2, 2n]);
    assertEquals(client.state, "connected");
    assertEquals(server.link.of("hello")[0].data.client, "lockstep-client");
  });
}

scripted("a command resolves with its answer, with a key and a time to expire at", async (server) => {
  const client = await server.connected();
  const answer = await client.command({ kind: "submit", side: "buy", size: 1 });
  assertEquals(answer, { code: 0, reason: "", order: 1 });
  const [{ data }] = server.link.of("command");
  assertEquals(data.command, { kind: "submit", side: "buy", size: 1 });
  assertEquals(data.expires, server.clock.now() + 5000);
  assertEquals(typeof data.key, "string");
});

scripted("a refusal is an answer, and what the protocol refuses rejects", async (server) => {
  const client = await server.connected();
  server.onCommand = ({ id, data }, link) => {
    if (data.command.kind === "seek") return link.error("MODE_UNSUPPORTED", id);
    link.send({ type: "commanded", id, data: { code: 5000, reason: "over the limit", order: 0 } });
  };
  assertEquals((await client.command({ kind: "submit" })).code, 5000);
  const error = await assertRejects(() => client.command({ kind: "seek" }), ProtocolError, "scripted");
  assertEquals(error.data.name, "MODE_UNSUPPORTED");
});

scripted("a book is whole after each update, and says what it skipped", async (server) => {
  const client = await server.connected();
  server.onSubscribe = (message, link) => {
    server.subscribed(message, link, 7, false);
    link.send(update("book", "BTC", 7, LEVELS, { type: "snapshot", prev: 0, epoch: "e1" }));
  };
  const books = client.book("BTC");
  const [first] = await take(books, 1);
  assertEquals([first.bids, first.asks, first.seq], [[[100, 2], [99, 1]], [[101, 3]], 7]);
  server.link.send(
    update("book", "BTC", 8, { bids: [[100, 0]], asks: [] }),
    update("book", "BTC", 9, {
      bids: [[98, 4]],
      asks: [[102, 1]],
      checksum: bookChecksum([[99, 1], [98, 4]], [[101, 3], [102, 1]]),
    }),
  );
  await settle();
  const [second] = await take(books, 1);
  assertEquals([second.bids, second.asks], [[[99, 1], [98, 4]], [[101, 3], [102, 1]]]);
  assertEquals([second.seq, second.merged, client.stats.resyncs], [9, 1, 0]);
  assertEquals(client.bookNow("BTC")?.bids(1), [[99, 1]]);
});

scripted("a book whose checksum is wrong is not shown, and a new snapshot is asked for", async (server) => {
  const client = await server.connected();
  server.onSubscribe = (message, link) => {
    server.subscribed(message, link, 7, false);
    link.send(update("book", "BTC", 7, LEVELS, { type: "snapshot", prev: 0, epoch: "e1" }));
  };
  const books = client.book("BTC");
  await take(books, 1);
  server.link.send(update("book", "BTC", 8, { bids: [[100, 9]], asks: [], checksum: 1 }));
  const [book] = await take(books, 1);
  assertEquals([book.seq, book.bids[0]], [7, [100, 2]]);
  assertEquals([client.stats.resyncs, server.link.of("subscribe").length, server.link.of("unsubscribe").length], [
    1,
    2,
    1,
  ]);
  assertEquals(server.link.of("subscribe")[1].data.from, { epoch: "", seq: 0 });
});

scripted("duplicates are dropped, and what came early is put in order", async (server) => {
  const client = await server.connected();
  const trades = client.subscribe("trades", "BTC");
  await settle();
  server.link.send(
    trade("BTC", 1),
    trade("BTC", 1),
    trade("BTC", 3),
    trade("BTC", 4),
    trade("BTC", 2),
    trade("BTC", 3),
  );
  assertEquals((await take(trades, 4)).map(({ seq }) => seq), [1, 2, 3, 4]);
  assertEquals([client.stats.duplicates, client.stats.resyncs], [2, 0]);
});

scripted("what does not come within the window is asked for by position", async (server) => {
  const client = await server.connected();
  const trades = client.subscribe("trades", "BTC");
  await settle();
  server.onSubscribe = (message, link) => {
    server.subscribed(message, link, 4, true);
    link.send(trade("BTC", 2), trade("BTC", 3), trade("BTC", 4));
  };
  server.link.send(trade("BTC", 1), trade("BTC", 3));
  await server.clock.advance(300);
  assertEquals(
    (await take(trades, 4)).map(({ seq, lost }) => [seq, lost]),
    [1, 2, 3, 4].map((seq) => [seq, undefined]),
  );
  assertEquals(server.link.of("subscribe")[1].data.from, { epoch: "e1", seq: 1 });
});

scripted("what cannot be had any more is told on the next message, and as an event", async (server) => {
  const client = await server.connected();
  const told: unknown[] = [];
  client.on("lost", (event) => told.push(event));
  const trades = client.subscribe("trades", "BTC");
  await settle();
  server.link.send(trade("BTC", 1));
  await settle();
  server.onSubscribe = (message, link) => server.subscribed(message, link, 10, false);
  server.link.link.terminate();
  await server.clock.advance(1000);
  server.link.send(trade("BTC", 11));
  assertEquals((await take(trades, 2)).map(({ seq, lost }) => [seq, lost]), [[1, undefined], [11, 9]]);
  assertEquals(told, [{ channel: "trades", symbol: "BTC", count: 9 }]);
});

scripted("goes on from its position over another link, as the same connection", async (server) => {
  const client = await server.connected();
  const trades = client.subscribe("trades", "BTC");
  await settle();
  server.link.send(trade("BTC", 1), trade("BTC", 2));
  await settle();
  server.hello = { resumed: true };
  server.onHello = (message, link) => {
    server.onHello = undefined;
    link.send({ type: "hello", id: message.id, data: HELLO_RESUMED }, trade("BTC", 3));
  };
  server.link.link.terminate();
  await server.clock.advance(1000);
  assertEquals((await take(trades, 3)).map(({ seq }) => seq), [1, 2, 3]);
  const [{ data }] = server.link.of("hello");
  assertEquals([data.connection, data.positions], ["c1", [{ channel: "trades", symbol: "BTC", epoch: "e1", seq: 2 }]]);
  assertEquals([server.link.of("subscribe").length, client.stats.reconnections], [0, 1]);
});

scripted("all who want a topic share one subscription, and who comes later gets the state", async (server) => {
  const client = await server.connected();
  server.onSubscribe = (message, link) => {
    server.subscribed(message, link, 3, false);
    link.send(update("positions", "BTC", 3, { position: 5, average: 100 }, { type: "snapshot", prev: 0, epoch: "e1" }));
  };
  const first = client.subscribe("positions", "BTC");
  await take(first, 1);
  server.link.send(update("positions", "BTC", 4, { position: 6 }));
  await take(first, 1);
  const second = client.subscribe("positions", "BTC");
  const [state] = await take(second, 1);
  assertEquals([state.type, state.seq, state.data], ["snapshot", 4, { position: 6, average: 100 }]);
  assertEquals(server.link.of("subscribe").length, 1);
  first.close();
  await settle();
  assertEquals(server.link.of("unsubscribe").length, 0);
  second.close();
  await settle();
  assertEquals(server.link.of("unsubscribe").length, 1);
});

scripted("leaving a loop unsubscribes", async (server) => {
  const client = await server.connected();
  const seen: number[] = [];
  const loop = (async () => {
    for await (const { seq } of client.subscribe("trades", "BTC")) {
      seen.push(seq);
      if (seq === 2) break;
    }
  })();
  await settle();
  server.link.send(trade("BTC", 1), trade("BTC", 2), trade("BTC", 3));
  await loop;
  await settle();
  assertEquals([seen, server.link.of("unsubscribe").length, client.stats.subscriptions], [[1, 2], 1, 0]);
});

scripted("a channel that is refused fails its iterator, and nothing else", async (server) => {
  const client = await server.connected();
  server.onSubscribe = ({ id, data }, link) => {
    if (data.channel === "orders") link.error("SCOPE_MISSING", id);
    else server.subscribed({ type: "subscribe", id, data }, link, 0, false);
  };
  const orders = client.subscribe("orders", "BTC");
  const trades = client.subscribe("trades", "BTC");
  await assertRejects(() => orders.next(), ProtocolError, "SCOPE_MISSING");
  server.link.send(trade("BTC", 1));
  assertEquals((await take(trades, 1))[0].seq, 1);
  assertEquals(client.state, "connected");
});

scripted("moves to another link in the middle, and drops what comes twice", async (server) => {
  const client = await server.connected();
  const trades = client.subscribe("trades", "BTC");
  await settle();
  server.link.send(trade("BTC", 1), trade("BTC", 2));
  await settle();
  const [old] = server.links;
  server.onHello = (message, link) => {
    old.send(trade("BTC", 3));
    old.error("REPLACED");
    link.send({ type: "hello", id: message.id, data: HELLO_RESUMED }, trade("BTC", 3), trade("BTC", 4));
  };
  const pending = client.command({ kind: "submit" });
  server.onCommand = () => {};
  await client.move(server.dial);
  server.link.send({ type: "commanded", id: server.link.of("command")[0].id, data: { code: 0, reason: "", order: 9 } });
  assertEquals((await pending).order, 9);
  assertEquals((await take(trades, 4)).map(({ seq }) => seq), [1, 2, 3, 4]);
  await settle();
  const { moves, reconnections, errors } = client.stats;
  assertEquals([client.state, moves, reconnections, errors.network], ["connected", 1, 0, 0]);
  assertEquals([old.closed?.reason, server.link.of("command")[0].data.key], ["moved", old.of("command")[0].data.key]);
});

scripted("stays where it is when a move fails", async (server) => {
  const client = await server.connected();
  await assertRejects(() => client.move(() => Promise.reject(new Error("no route"))), ProtocolError, "no route");
  const trades = client.subscribe("trades", "BTC");
  await settle();
  server.link.send(trade("BTC", 1));
  assertEquals((await take(trades, 1))[0].seq, 1);
});

Deno.test("Client: throws without a way to connect, and for a channel that is none", () => {
  try {
    new Client({});
    throw new Error("unexpected");
  } catch (error) {
    assertEquals(error instanceof TypeError, true);
  }
});

for (const channel of ["trades", "orders"] as const) {
  scripted(
    `what ${channel} came by the old link after the new one's hello are gone on from, without loss`,
    async (server) => {
      const amounts = { price: 1, size: 1, filled: 0, parent: 0 };
      const order = {
        order: 1,
        clientId: "",
        side: "buy",
        kind: "limit",
        tif: "gtc",
        ...amounts,
        state: "New",
        code: "",
      };
      const data = channel === "trades" ? { price: 1, size: 1, side: "buy" } : order;
      const at = (seq: number) => update(channel, "BTC", seq, data);
      const state = (seq: number) =>
        update(channel, "BTC", seq, { orders: [] }, { type: "snapshot", prev: 0, epoch: "e1" });
      const snapshots = channel === "orders";
      const client = await server.connected(), seqs: number[] = [];
      // Neither the subscription nor the hello of the second link is answered in time.
      server.onSubscribe = () => {};
      client.listen(channel, "BTC", ({ seq }) => seqs.push(seq));
      await settle();
      const old = server.link, [asked] = old.of("subscribe");
      server.onHello = () => {};
      const moved = client.move(server.dial);
      await settle();
      assertEquals(server.link.of("hello")[0].data.positions, undefined);
      server.subscribed(asked, old, 2, false);
      old.send(...(snapshots ? [state(2)] : []), at(3));
      await settle();
      server.onSubscribe = (message, link) => server.subscribed(message, link, 10, true);
      const topics = [{ symbol: "BTC", epoch: "e1", seq: 10, recovered: false }];
      server.link.send(
        { type: "hello", id: "hello", data: HELLO_RESUMED },
        { type: "subscribed", data: { subscription: "sub1", topics } },
        ...(snapshots ? [state(10)] : []),
      );
      await moved;
      await settle();
      assertEquals(server.link.of("subscribe").map(({ data }) => data.from), [{ epoch: "e1", seq: 3 }]);
      server.link.send(...[4, 5, 6, 7, 8, 9, 10, 11].map(at));
      await settle();
      assertEquals([seqs, client.stats.lost], [[...(snapshots ? [2] : []), 3, 4, 5, 6, 7, 8, 9, 10, 11], 0]);
    },
  );
}

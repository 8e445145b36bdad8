import { assertEquals } from "@std/assert";
import { indexedDbCache, memoryCache } from "./cache.ts";
import { settle } from "./_settle.ts";
import { ScriptedServer, take, update } from "./_scripted_server.ts";
import { keepStates } from "./state_keeper.ts";

const LEVELS = { bids: [[100, 2]], asks: [[101, 3]] };

Deno.test("StateKeeper: what was last known is shown while there is no connection, and marked stale", async () => {
  const cache = memoryCache(), before = new ScriptedServer();
  before.onSubscribe = (message, link) => {
    const { channel } = message.data;
    before.subscribed(message, link, 1, false);
    link.send(
      update(channel, "BTC", 1, channel === "book" ? LEVELS : { position: 5 }, { type: "snapshot", epoch: "e1" }),
    );
  };
  const first = await before.connected({ cache: keepStates(cache), url: "ws://a/ws?x=1" });
  await take(first.book("BTC"), 1);
  await take(first.subscribe("positions", "BTC"), 1);
  before.link.send(update("book", "BTC", 2, { bids: [[100, 0], [99, 1]], asks: [] }));
  await before.clock.advance(2000);
  await before.end();

  const after = new ScriptedServer();
  after.refuse = new Error("away");
  const client = after.client({ cache: keepStates(cache), url: "ws://a/ws?x=2" });
  const books = client.book("BTC"), positions = client.subscribe("positions", "BTC");
  const [book] = await take(books, 1), [position] = await take(positions, 1);
  assertEquals([book.bids, book.seq, book.stale], [[[99, 1]], 2, true]);
  assertEquals([position.data, position.stale], [{ position: 5 }, true]);
  after.refuse = undefined;
  after.onSubscribe = before.onSubscribe;
  client.reconnect();
  await after.clock.advance(1000);
  const [fresh] = await take(books, 1);
  assertEquals([fresh.bids, fresh.stale], [[[100, 2]], false]);
  await after.end();
});

Deno.test("StateKeeper: another session's state is not shown, and no cache is no fault", async () => {
  const cache = memoryCache();
  await cache.write("ws://a/ws s1 book BTC", update("book", "BTC", 1, LEVELS, { type: "snapshot", epoch: "e" }));
  const server = new ScriptedServer();
  server.refuse = new Error("away");
  const client = server.client({ cache: keepStates(cache), url: "ws://a/ws", session: "s2" });
  let shown = false;
  client.book("BTC").next().then(({ done }) => shown = !done);
  await settle();
  assertEquals(shown, false);
  assertEquals(keepStates(indexedDbCache()), undefined);
  await server.end();
});

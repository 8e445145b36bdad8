import { assert, assertEquals } from "@std/assert";
import { take } from "./_scripted_server.ts";
import { HubWorld } from "./_hub_world.ts";

function inWorld(name: string, fn: (world: HubWorld) => Promise<void>, seed = 1): void {
  Deno.test(`Client and Hub: ${name}`, async () => {
    const world = new HubWorld(seed, {
      onRequest: (connection, message) => {
        if (message.type === "command") connection.answer(message.id, "commanded", { code: 0, reason: "", order: 7 });
        if (message.type === "token") connection.answer(message.id, "token", { expires: null });
      },
    });
    try {
      await fn(world);
    } finally {
      await world.end();
    }
    assertEquals(world.clock.waiting, 0, "a timer was left");
  });
}

for (const codec of ["json", "msgpack", "protobuf"] as const) {
  inWorld(`book, trades and a command over memory, in ${codec}`, async (world) => {
    const client = world.client(world.memory, { codec });
    const hello = await client.ready();
    assertEquals([hello.session, hello.mode, hello.live, hello.instruments.length], ["s", "backtest", false, 2]);
    const books = client.book("BTC"), trades = client.subscribe("trades", "*");
    await world.clock.advance(10);
    for (let i = 0; i < 200; i++) world.publish();
    await world.clock.advance(100);
    const [book] = await take(books, 1);
    assert(world.isBook(book), "the book is the hub's");
    const count = world.hub.seq("trades", "BTC") + world.hub.seq("trades", "ETH");
    const seen = await take(trades, count);
    for (const symbol of ["BTC", "ETH"]) {
      const seqs = seen.filter((trade) => trade.symbol === symbol).map(({ seq }) => seq);
      assertEquals(seqs, seqs.map((_, i) => i + 1));
    }
    assertEquals(await client.command({ kind: "submit" }), { code: 0, reason: "", order: 7 });
    assertEquals(await client.presence(), ["ann"]);
    assertEquals((await client.history("trades", "BTC", 1, 3)).messages.length, 3);
    assertEquals([client.stats.resyncs, client.stats.lost, client.stats.duplicates], [0, 0, 0]);
  });
}

inWorld("resumes within the grace, and after it, without loss", async (world) => {
  const client = world.client(world.memory, { backoff: { baseMs: 100, capMs: 1000, attempts: 100 } });
  await client.ready();
  const seqs: number[] = [];
  client.listen("trades", "BTC", ({ seq }) => seqs.push(seq));
  const all = new Map<string, number[]>();
  client.listen("fills", "*", ({ symbol, seq }) => all.set(symbol, [...all.get(symbol) ?? [], seq]));
  const resumed: boolean[] = [];
  client.on("hello", (hello) => resumed.push(hello.resumed));
  await world.clock.advance(10);
  for (const waitMs of [0, 20_000]) {
    for (let i = 0; i < 100; i++) world.publish();
    await world.clock.advance(5);
    for (let i = 0; i < 100; i++) world.publish();
    world.serverLinks.at(-1)!.terminate();
    for (let i = 0; i < 100; i++) world.publish();
    world.reachable = waitMs === 0; // else for longer than the grace
    await world.clock.advance(waitMs);
    world.reachable = true;
    await world.clock.advance(5000);
  }
  assertEquals(resumed, [true, false]);
  assertEquals(seqs, Array.from({ length: world.hub.seq("trades", "BTC") }, (_, i) => i + 1));
  for (const [symbol, seen] of all) {
    assertEquals(seen, Array.from({ length: world.hub.seq("fills", symbol) }, (_, i) => i + 1));
  }
  assertEquals([all.size, client.stats.lost, client.stats.reconnections], [2, 0, 2]);
});

inWorld("a book of few levels and a whole one share a connection", async (world) => {
  const client = world.client(world.memory);
  await client.ready();
  const shallow = client.book("BTC", { depth: 3 });
  for (let i = 0; i < 100; i++) world.publish();
  await world.clock.advance(50);
  const [three] = await take(shallow, 1);
  const whole = client.book("BTC");
  for (let i = 0; i < 100; i++) world.publish();
  await world.clock.advance(50);
  let last = (await take(whole, 1))[0];
  while (last.seq < world.hub.seq("book", "BTC")) last = (await take(whole, 1))[0];
  assert(world.isBook(last));
  assertEquals([three.bids.length, three.asks.length, client.stats.resyncs], [3, 3, 0]);
  assertEquals((await take(shallow, 1))[0].bids, last.bids.slice(0, 3));
});

inWorld("only what a filter lets through, to each its own", async (world) => {
  const client = world.client(world.memory);
  await client.ready();
  const sides = { buy: [] as string[], any: [] as string[] };
  client.listen("trades", "BTC", ({ data }) => sides.buy.push(data.side!), { where: { side: ["buy"] } });
  await world.clock.advance(10);
  for (let i = 0; i < 100; i++) world.publish();
  await world.clock.advance(10);
  client.listen("trades", "BTC", ({ data }) => sides.any.push(data.side!));
  await world.clock.advance(10);
  const before = sides.buy.length;
  for (let i = 0; i < 100; i++) world.publish();
  await world.clock.advance(10);
  assertEquals(new Set(sides.buy), new Set(["buy"]));
  assert(before > 0 && sides.buy.length > before, "both before and after");
  assertEquals(new Set(sides.any), new Set(["buy", "sell"]));
  assertEquals(client.stats.resyncs, 0);
});

inWorld("is told that the token was revoked, and stops", async (world) => {
  const client = world.client(world.memory);
  await client.ready();
  world.hub.revoke(({ name }) => name === "ann");
  await world.clock.advance(1000);
  assertEquals([client.state, client.error?.data.name], ["error", "TOKEN_REVOKED"]);
});

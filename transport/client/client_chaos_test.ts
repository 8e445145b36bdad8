import { assert, assertEquals } from "@std/assert";
import { HubWorld, SYMBOLS } from "./_hub_world.ts";
import type { BookView } from "./book.ts";

const MODES = ["carrier", "raw"] as const;

/** What one client saw. */
interface Seen {
  readonly seqs: Map<string, number[]>;
  readonly books: Map<string, BookView>;
  readonly positions: Map<string, Record<string, unknown>>;
  readonly positionSeqs: Map<string, number>;
}

for (const mode of MODES) {
  for (let seed = 1; seed <= 6; seed++) {
    Deno.test(`Client: chaos over a ${mode} network, seed ${seed}: all that is lossless once in order, books equal`, () =>
      chaos(mode, seed));
  }
}

async function chaos(mode: typeof MODES[number], seed: number): Promise<void> {
  const world = new HubWorld(seed), { rng, clock, hub } = world;
  const bad = mode === "raw"
    ? { loss: 0.02, duplicate: 0.05, reorder: 0.1, reorderMs: 30 }
    : { loss: 0.05, stall: 0.02 };
  const dial = world.simulated({ mode, delayMs: rng.int(30), jitterMs: rng.int(20), lostAfterMs: 3000, ...bad });
  const codec = (["json", "msgpack"] as const)[seed % 2];
  const client = world.client(dial, {
    codec,
    backoff: { baseMs: 100, capMs: 1000, attempts: Infinity },
    heartbeat: { intervalMs: 1000, intervalMsMin: 200 },
    connectMs: 2000,
    requestMs: 1000,
  });
  const seen: Seen = { seqs: new Map(), books: new Map(), positions: new Map(), positionSeqs: new Map() };
  for (const channel of ["trades", "fills"] as const) {
    client.listen(channel, "*", ({ symbol, seq }) => {
      const key = `${channel} ${symbol}`;
      seen.seqs.set(key, [...seen.seqs.get(key) ?? [], seq]);
    });
  }
  client.listen("positions", "*", ({ symbol, type, data, seq }) => {
    seen.positionSeqs.set(symbol, seq);
    seen.positions.set(symbol, type === "snapshot" ? { ...data } : { ...seen.positions.get(symbol), ...data });
  });
  const books = client.book("*");
  (async () => {
    for await (const book of books) seen.books.set(book.symbol, book);
  })().catch(() => {});
  for (let i = 0; i < 100 && (client.stats.waiting > 0 || client.state !== "connected"); i++) {
    await clock.advance(100);
  }
  for (let step = 0; step < 300; step++) {
    for (let i = rng.int(8); i > 0; i--) world.publish();
    disturb(world);
    if (rng.int(100) === 0 && client.state === "connected") client.move(dial).catch(() => {});
    await clock.advance(rng.int(60));
  }
  for (const network of world.networks) network.heal();
  for (let i = 0; i < 400 && !caughtUp(world, seen); i++) {
    // Somebody must say something after the last loss, or nobody could know that there was one.
    if (i % 10 === 0) { for (let j = 0; j < 8; j++) world.publish(); }
    await clock.advance(250);
  }
  for (const symbol of SYMBOLS) {
    for (const channel of ["trades", "fills"] as const) {
      // From the first that it saw: the subscription itself may have been what the network lost at first.
      const seqs = seen.seqs.get(`${channel} ${symbol}`) ?? [], [first] = seqs;
      assertEquals(seqs.findIndex((seq, i) => seq !== first + i), -1, `${channel} ${symbol}: ${seqs}`);
      assertEquals(seqs.at(-1), hub.seq(channel, symbol), `${channel} ${symbol}`);
    }
    assert(world.isBook(seen.books.get(symbol)), `book of ${symbol}`);
    assertEquals(seen.positions.get(symbol), { ...world.positions.get(symbol) });
  }
  assertEquals(client.stats.lost, 0);
  if (Deno.env.get("SHOW")) console.log(JSON.stringify({ ...client.stats, at: hub.seq("trades", "BTC") }));
  await world.end();
}

/** Breaks something, now and then. */
function disturb({ rng, networks, serverLinks }: HubWorld): void {
  const network = networks.at(-1), link = serverLinks.at(-1);
  switch (rng.int(60)) {
    case 0:
      return link?.terminate();
    case 1:
      return network?.partition();
    case 2:
    case 3:
      return network?.heal();
    case 4:
      return network?.stall("client", rng.int(2000));
    case 5:
      return network?.stall("server", rng.int(2000));
  }
}

function caughtUp({ hub }: HubWorld, { seqs, books, positionSeqs }: Seen): boolean {
  return SYMBOLS.every((symbol) =>
    (["trades", "fills"] as const).every((channel) =>
      seqs.get(`${channel} ${symbol}`)?.at(-1) === hub.seq(channel, symbol)
    ) &&
    books.get(symbol)?.seq === hub.seq("book", symbol) &&
    positionSeqs.get(symbol) === hub.seq("positions", symbol)
  );
}

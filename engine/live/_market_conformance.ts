/**
 * What every dialect of market data must do, whatever its exchange: one suite, run over an exchange that is made up and a
 * network that loses, doubles, swaps and garbles frames, cuts connections and falls silent, all from a seed.
 *
 * Safety: a book that is said to be whole is the exchange's after each update of it. Liveness: when the network behaves again,
 * all books become whole. Trades come at most once each.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Rng } from "../core/rng.ts";
import { type ConformingDialect, MarketWorld } from "./_market_world.ts";

/** Runs with faults. */
const SEEDS = 10;

/** Runs the suite. */
export function marketConformance(name: string, conforming: ConformingDialect): void {
  Deno.test(`${name}: opens with whole books and keeps them`, () => opens(conforming));
  for (let seed = 1; seed <= SEEDS; seed++) {
    const faults = "frames lost, doubled, swapped and garbled, connections cut and mute";
    Deno.test(`${name}: ${faults}: found and healed (seed ${seed})`, () => heals(conforming, seed));
  }
  Deno.test(`${name}: is renewed when its day ends, and on notice, without a gap`, () => renews(conforming));
  Deno.test(`${name}: one that cannot be reached is an error, one that is busy is asked again`, () =>
    waits(conforming));
}

async function opens(conforming: ConformingDialect): Promise<void> {
  const world = new MarketWorld(conforming, new Rng(1));
  await world.opened();
  for (let i = 0; i < 500; i++) {
    world.change();
    await world.timers.advance(i % 50 === 0 ? 1000 : 1);
  }
  assertEquals([world.feed.figures.whole, world.feed.figures.gaps], [conforming.instruments.length, 0]);
  assert(world.checks > 200 && world.trades.size > 10, `${world.checks} checks, ${world.trades.size} trades`);
  world.feed.close();
  await world.timers.advance(1000);
  assertEquals(world.timers.waiting, 0, "timers are left");
}

async function heals(conforming: ConformingDialect, seed: number): Promise<void> {
  const rng = new Rng(seed), world = new MarketWorld(conforming, rng), all = conforming.instruments.length;
  await world.opened();
  for (let round = 0; round < 3; round++) {
    world.faults = 0.2 * rng.float();
    for (let i = 0; i < 100; i++) {
      world.change();
      await world.timers.advance(rng.int(200));
    }
    world.faults = 0;
    await world.quiet(150_000);
    assertEquals(world.feed.figures.whole, all, `after round ${round} not all books are whole again`);
  }
  world.checkAll();
  assert(world.feed.figures.gaps > 0 && world.checks > 50, `${world.feed.figures.gaps} gaps, ${world.checks} checks`);
  world.feed.close();
}

async function renews({ dialect, ...conforming }: ConformingDialect): Promise<void> {
  const world = new MarketWorld({ dialect, ...conforming }, new Rng(7)), { lifeMs } = dialect.limits;
  await world.opened();
  const before = world.dials;
  if (world.exchange.ending !== undefined) {
    world.sendAll(world.exchange.ending);
    await world.quiet(60_000);
    assert(world.dials > before, "it was not renewed on notice");
    assert(world.events.some(({ name }) => name === "RENEWED"));
  }
  if (lifeMs < Infinity) {
    const noticed = world.dials;
    for (let passed = 0; passed < lifeMs; passed += 20_000) {
      for (let i = 0; i < 3; i++) world.change();
      await world.timers.advance(20_000);
    }
    await world.quiet(60_000);
    assert(world.dials > noticed, "it was not renewed before its day ended");
  }
  assertEquals([world.feed.figures.gaps, world.feed.figures.whole], [0, conforming.instruments.length]);
  world.feed.close();
}

async function waits(conforming: ConformingDialect): Promise<void> {
  const away = new MarketWorld(conforming, new Rng(9));
  away.reachable = false;
  const opening = away.feed.open();
  opening.catch(() => {});
  await away.timers.advance(300_000);
  await assertRejects(() => opening, Error, "Cannot connect to");
  const busy = new MarketWorld(conforming, new Rng(10));
  busy.answering = false;
  void busy.feed.open();
  await busy.quiet(20_000);
  busy.answering = true;
  await busy.quiet(120_000);
  assertEquals(busy.feed.figures.whole, conforming.instruments.length);
  busy.feed.close();
}

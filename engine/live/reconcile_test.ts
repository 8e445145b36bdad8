import { assert, assertEquals, assertRejects } from "@std/assert";
import { instrument } from "../core/instrument.ts";
import { Rng } from "../core/rng.ts";
import { clientName } from "./client_names.ts";
import { DeskWorld, trade, type WorldOptions } from "./_desk_world.ts";
import { NO_FAULTS } from "./_made_exchange.ts";
import type { OrderStatus } from "./order_entry.ts";
import { OrderLog } from "./order_log.ts";
import { beginRun, reconcile, type Reconciled, type ReconcileRules } from "./reconcile.ts";

/** Reconciles in a world whose time goes on meanwhile. */
async function reconciled(world: DeskWorld, rules?: ReconcileRules): Promise<Reconciled> {
  const { exchange, books, tools, session } = world;
  let found: Reconciled | undefined;
  const asked = reconcile({ entry: exchange.entry(), instruments: session.context.instruments, books, tools, rules });
  asked.then((result) => found = result);
  for (let i = 0; i < 400 && found === undefined; i++) await world.timers.advance(100);
  return await asked;
}

/** The program starts again on what the dead one left, and begins a run. */
async function restarted(dead: DeskWorld, seed: number, run: string, rules?: ReconcileRules): Promise<DeskWorld> {
  const found = await reconciled(dead, rules), lots = Number(found.positions.A.size);
  beginRun(new OrderLog({ line: (text) => void (dead.log += `${text}\n`) }), run, dead.tools.wall(), found);
  const opening = lots === 0 ? undefined : { lots, price: 90 }, options: WorldOptions = { run, before: dead, opening };
  const world = new DeskWorld(seed, options);
  world.desk.known(found.heard);
  return world;
}

function begun(seed = 1): DeskWorld {
  const world = new DeskWorld(seed), log = new OrderLog({ line: (text) => void (world.log += `${text}\n`) });
  log.write({
    kind: "run",
    run: "one",
    at: String(world.tools.wall()),
    since: "0",
    positions: {},
    baseline: { A: "0" },
  });
  return world;
}

Deno.test("reconcile: before a first run there is nothing to explain", async () => {
  const world = new DeskWorld(1), since = world.tools.wall();
  assertEquals(await reconciled(world), {
    since,
    rows: [],
    settled: true,
    positions: { A: { size: "0", cost: "0" } },
    carried: {},
    cash: { USD: "0" },
    baseline: { A: "0" },
    keptFees: {},
    heard: [],
    funded: [],
  });
});

Deno.test("reconcile: what was kept of purchases as fees is not in the position, nor is what a flat one gained", async () => {
  const world = begun(), { exchange } = world;
  Object.assign(exchange, { holdsReduceOnly: false, keeps: "0.4" });
  const trade = async (side: string, size: number, price: number) => {
    const name = clientName({ run: "one", order: world.command("submit", { side, size, price }) });
    await world.pass(10);
    exchange.fill(name, String(size));
    await world.pass(10);
  };
  await trade("buy", 5, 90);
  world.die();
  const held = await reconciled(world);
  assertEquals([held.settled, held.positions.A, held.baseline.A], [true, { size: "4", cost: "450" }, "0"]);
  assertEquals(held.keptFees, { A: "-0.6" }, "what is left of a lot that is out of it");
  const next = await restarted(world, 2, "two");
  assertEquals([next.session.core.position(0), exchange.position], [4, "4.6"]);
  const name = clientName({ run: "two", order: next.command("submit", { side: "sell", size: 4, price: 95 }) });
  await next.pass(10);
  exchange.fill(name, "4");
  await next.pass(10);
  next.die();
  const flat = await reconciled(next);
  assertEquals([flat.settled, flat.positions.A, flat.cash.USD], [true, { size: "0", cost: "0" }, "0"]);
  assertEquals([flat.keptFees, flat.baseline.A], [{ A: "-0.6" }, "0"], "it pays fees of the runs after");
});

Deno.test("reconcile: fees of purchases, of a run that is short or trades others meanwhile, are settled later", async () => {
  const world = begun(), { exchange } = world, entry = exchange.entry(), at = String(world.tools.wall());
  const log = new OrderLog({ line: (text) => void (world.log += `${text}\n`) });
  const run = { kind: "run", run: "two", at, since: "0" } as const, three = { size: "3", cost: "30" };
  const positions = { A: { size: "-2", cost: "-180" }, B: three };
  log.write({ ...run, positions, baseline: { A: "9", B: "0" }, keptFees: { A: "0.4", B: "0.1" } });
  exchange.entry = () => ({ ...entry, account: () => Promise.resolve({ balances: { A: "6.6", B: "2.9" } }) });
  const found = await reconciled(world);
  assertEquals([found.settled, found.positions, found.carried], [true, { A: positions.A }, { B: three }]);
  assertEquals([found.keptFees, found.baseline], [{ A: "0.4", B: "0.1" }, { A: "9", B: "0" }]);
  beginRun(log, "three", world.tools.wall(), found);
  assertEquals([...world.books.fees], [["B", "0.1"], ["A", "0.4"]]);
  assertEquals((await reconciled(world)).settled, true);
});

Deno.test("reconcile: on spot cash is with what a session takes off for its position, at a price on the grid", async () => {
  const world = begun(), { exchange } = world, entry = exchange.entry();
  const log = new OrderLog({ line: (text) => void (world.log += `${text}\n`) }), at = String(world.tools.wall());
  const run = { kind: "run", run: "two", at, since: "0", baseline: { A: "0" } } as const;
  log.write({ ...run, positions: { A: { size: "3", cost: "280" } } });
  exchange.entry = () => ({ ...entry, account: () => Promise.resolve({ balances: { A: "3", USD: "1000" } }) });
  const { cash, positions } = await reconciled(world);
  // 280 ÷ 3 is 93 on its grid.
  assertEquals([cash.USD, positions.A.cost], ["1279", "280"]);
});

Deno.test("reconcile: what a dead run left open is cancelled, and what it filled unheard is booked", async () => {
  const world = begun();
  const name = clientName({ run: "one", order: world.command("submit", { side: "buy", size: 5, price: 90 }) });
  await world.pass(10);
  world.die();
  world.exchange.fill(name, "2");
  const { rows, settled, positions } = await reconciled(world);
  assertEquals(rows.map(({ what, rule }) => `${what} ${rule}`), ["order cancelled", "fill booked"]);
  assertEquals([settled, positions.A, world.exchange.open], [true, { size: "2", cost: "180" }, []]);
});

Deno.test("reconcile: what a dead run left on an instrument that this one does not trade is cancelled as well", async () => {
  const world = begun(), { exchange } = world, name = clientName({ run: "one", order: 7 });
  const order = {
    symbol: "B",
    exchangeId: "900",
    side: "buy",
    price: "90",
    size: "5",
    filled: "2",
    state: "open",
  } as const;
  exchange.orders.set(name, { ...order, clientId: name });
  exchange.orders.set("web_1", { ...order, clientId: "web_1", exchangeId: "901" });
  const log = new OrderLog({ line: (text) => void (world.log += `${text}\n`) });
  log.write({ kind: "sent", at: "0", clientId: name, symbol: "B", side: "buy", size: "5", price: "90" });
  const { rows, settled } = await reconciled(world);
  assertEquals([rows.map(({ what, symbol, rule }) => `${what} ${symbol} ${rule}`), settled, exchange.open], [
    ["order B cancelled"],
    true,
    ["web_1"],
  ]);
});

Deno.test("reconcile: orders of others stop the run, or are left where one says so", async () => {
  const world = begun(), { exchange } = world;
  const order: OrderStatus = {
    ...{ clientId: "web_1", symbol: "A", exchangeId: "900", side: "buy", price: "90", size: "5", filled: "0" },
    state: "open",
  };
  exchange.orders.set("web_1", { ...order });
  const stopped = await reconciled(world), left = await reconciled(world, { foreignOrders: "leave" });
  assertEquals([stopped.settled, stopped.rows[0].rule, left.settled, left.rows[0].rule], [
    false,
    "stops",
    true,
    "left",
  ]);
  assert(stopped.rows[0].remedy?.includes("--foreign-orders leave"));
});

Deno.test("reconcile: a position that nothing explains stops the run, or is adopted where one says so", async () => {
  const world = begun(), { exchange } = world, entry = exchange.entry();
  exchange.entry = () => ({ ...entry, account: () => Promise.resolve({ balances: { A: "7" } }) });
  const stopped = await reconciled(world), adopted = await reconciled(world, { positions: "adopt" });
  assertEquals(stopped.rows.map(({ exchange, ours, rule }) => [exchange, ours, rule]), [["7", "0", "stops"]]);
  assertEquals([adopted.settled, adopted.positions.A.size, adopted.baseline.A], [true, "7", "0"]);
});

Deno.test("reconcile: what runs before hold of other instruments is known to the runs after", async () => {
  const world = begun(), { exchange } = world, entry = exchange.entry(), at = String(world.tools.wall());
  const log = new OrderLog({ line: (text) => void (world.log += `${text}\n`) });
  const none = { size: "0", cost: "0" }, three = { size: "3", cost: "30" };
  const run = { kind: "run", run: "two", at, since: "0" } as const;
  log.write({ ...run, positions: { A: none, B: three, C: none }, baseline: { A: "0", B: "1" } });
  exchange.entry = () => ({ ...entry, account: () => Promise.resolve({ balances: { A: "0", B: "4" } }) });
  const found = await reconciled(world);
  assertEquals([found.settled, found.positions, found.carried], [true, { A: none }, { B: three }]);
  beginRun(log, "three", world.tools.wall(), found);
  assertEquals([world.books.positionOf("B"), world.books.baseline], [three, { A: "0", B: "1" }]);
});

Deno.test("reconcile: instruments of spot that share a balance are not traded together, those of derivatives are", async () => {
  const { exchange, books, tools } = begun(), entry = exchange.entry();
  const instruments = ["BTCUSDT", "BTCUSDC"].map((symbol) =>
    instrument({ symbol, venue: "made", tick: "1", lot: "1", currency: symbol.slice(3) })
  );
  const began = (positions?: Record<string, never>) => {
    const account = () => Promise.resolve({ balances: {}, ...(positions ? { positions } : {}) });
    const [openOrders, fills] = [() => Promise.resolve([]), () => Promise.resolve([])];
    return reconcile({
      entry: { ...entry, account, openOrders, fills, funding: undefined },
      instruments,
      books,
      tools,
    });
  };
  await assertRejects(() => began(), RangeError, "Cannot trade BTCUSDT beside BTCUSDC: both move the balance of BTC");
  assertEquals((await began({})).settled, true);
});

Deno.test("reconcile: an account of derivatives that is flat lists no position, and its balances are none", async () => {
  const world = begun(), { exchange } = world, entry = exchange.entry();
  exchange.entry = () => ({ ...entry, account: () => Promise.resolve({ balances: { A: "7" }, positions: {} }) });
  const { rows, positions, baseline } = await reconciled(world);
  assertEquals([rows, positions.A.size, baseline.A], [[], "0", "7"]);
});

for (let seed = 1; seed <= 200; seed++) {
  Deno.test(`reconcile: killed at a moment, started again: none lost, none doubled, books equal, seed ${seed}`, async () => {
    const rng = new Rng(seed).child("restarts");
    let world = begun(seed);
    for (let restart = 0; restart < 1 + rng.int(3); restart++) {
      await trade(world, rng, 1 + rng.int(40));
      world.die();
      // What was being written when it died may be cut anywhere: it had not left.
      if (rng.int(3) === 0) world.log += `{"kind":"sent","at":"17000000`.slice(0, rng.int(30));
      await world.timers.advance(rng.int(3000));
      world.exchange.faults = NO_FAULTS;
      world.log = world.log.slice(0, world.log.lastIndexOf("\n") + 1);
      world = await restarted(world, seed, `r${restart}`);
    }
    await trade(world, rng, 20);
    world.exchange.faults = NO_FAULTS;
    await world.pass(75_000);
    const { exchange, session } = world;
    assertEquals(String(session.core.position(0)), exchange.position);
    assertEquals(world.books.positionOf("A").size, exchange.position);
    assertEquals([world.open.sort(), exchange.doubled, world.halts], [exchange.open.sort(), 0, []]);
  });
}

import { assert, assertEquals } from "@std/assert";
import { BUY } from "../core/event.ts";
import { Rng } from "../core/rng.ts";
import { clientName } from "./client_names.ts";
import { DeskWorld, trade } from "./_desk_world.ts";
import { compare, minus, plus } from "./decimals.ts";
import { NO_FAULTS } from "./_made_exchange.ts";

const BUY_5 = { side: "buy", size: 5, price: 90 };

Deno.test("OrderDesk: an order's life, from what is written down before it leaves to its last fill", async () => {
  const world = new DeskWorld(1), { exchange, session } = world;
  const id = world.command("submit", BUY_5), name = clientName({ run: "one", order: id });
  assertEquals(JSON.parse(world.log.split("\n")[0]).clientId, name);
  await world.pass(10);
  assertEquals(exchange.orders.get(name)?.state, "open");
  exchange.fill(name, "2");
  await world.pass(10);
  assertEquals([session.core.position(0), world.books.positionOf("A")], [2, { size: "2", cost: "180" }]);
  exchange.fill(name, "3");
  await world.pass(10);
  assertEquals([session.core.position(0), world.open, world.books.open.size], [5, [], 0]);
});

Deno.test("OrderDesk: a submit without an answer is looked up, and never sent again", async () => {
  for (const [fault, position] of [["lostRequest", 0], ["lostReport", 5]] as const) {
    const world = new DeskWorld(2), { exchange, session } = world;
    exchange.faults = { ...NO_FAULTS, [fault]: 1 };
    const id = world.command("submit", BUY_5);
    await world.pass(500);
    if (position > 0) exchange.fill(clientName({ run: "one", order: id }), "5");
    exchange.faults = NO_FAULTS;
    await world.pass(15_000);
    assertEquals([session.core.position(0), world.open, exchange.doubled], [position, [], 0], fault);
  }
});

Deno.test("OrderDesk: an execution that comes by three ways is booked once", async () => {
  const world = new DeskWorld(3), { exchange, session, desk } = world;
  exchange.faults = { ...NO_FAULTS, twice: 1 };
  const name = clientName({ run: "one", order: world.command("submit", BUY_5) });
  await world.pass(10);
  exchange.fill(name, "2");
  await world.pass(10);
  desk.gap();
  await world.pass(1000);
  assertEquals([session.core.position(0), world.books.positionOf("A").size], [2, "2"]);
  assertEquals(world.events, [], "whoever says that there is a gap has told of it");
});

Deno.test("OrderDesk: funding is booked once, by whichever way it is heard, and that of earlier not at all", async () => {
  const world = new DeskWorld(8), { exchange, session, desk } = world, { account } = session.core;
  exchange.fund("A", "3");
  desk.known([], exchange.payments);
  await world.pass(10);
  exchange.faults = { ...NO_FAULTS, twice: 1 };
  exchange.fund("A", "-0.25");
  await world.pass(10);
  exchange.faults = { ...NO_FAULTS, lostReport: 1 };
  exchange.fund("A", "-0.5");
  await world.pass(10);
  assertEquals(account.funding(0).toNumber(8), -0.25);
  desk.gap();
  await world.pass(1000);
  assertEquals(account.funding(0).toNumber(8), -0.75);
});

Deno.test("OrderDesk: funding in another currency is told of, and that of other instruments passed over", async () => {
  const world = new DeskWorld(9), { exchange, session } = world;
  exchange.fund("A", "1", "EUR");
  exchange.fund("B", "1");
  await world.pass(10);
  assertEquals(session.core.account.funding(0).isZero(), true);
  assertEquals(world.events.map(({ name }) => name), ["UNRECONCILED"]);
});

Deno.test("OrderDesk: more than was asked is booked, and the order is over", async () => {
  const world = new DeskWorld(4), { exchange, session } = world;
  const name = clientName({ run: "one", order: world.command("submit", BUY_5) });
  await world.pass(10);
  exchange.orders.get(name)!.size = "8";
  exchange.fill(name, "8");
  await world.pass(10);
  assertEquals([session.core.position(0), world.open], [8, []]);
});

Deno.test("OrderDesk: orders of others are left alone, and those of a dead run cancelled and their fills booked", async () => {
  const world = new DeskWorld(5), { exchange, session, desk } = world;
  const dead = clientName({ run: "dead", order: 7 }),
    status = { symbol: "A", side: "buy", price: "90", size: "5", filled: "0" };
  for (const [clientId, exchangeId] of [[dead, "900"], ["web_1", "901"]]) {
    exchange.orders.set(clientId, { ...status, side: "buy", clientId, exchangeId, state: "open" });
  }
  exchange.fill(dead, "1");
  exchange.fill("web_1", "1");
  await world.pass(10);
  desk.compareOpen("A", [...exchange.orders.values()]);
  await world.pass(10);
  assertEquals([session.core.position(0), exchange.open], [1, ["web_1"]]);
  assertEquals(new Set(world.events.map(({ name }) => name)), new Set(["FOREIGN_ORDER"]));
});

Deno.test("OrderDesk: where nothing can be written down, nothing leaves", async () => {
  const world = new DeskWorld(6), { exchange } = world;
  world.full = new Error("no space left on device");
  world.command("submit", BUY_5);
  await world.pass(100);
  assertEquals([exchange.orders.size, world.open, world.events], [0, [], []]);
  const message = "the order log cannot be written: no space left on device";
  assertEquals(world.halts, [{ name: "JOURNAL_FAILED", message }]);
});

Deno.test("OrderDesk: a price off the grid is booked with the money exact, and trading halts", async () => {
  const world = new DeskWorld(7), { exchange, session } = world;
  const name = clientName({ run: "one", order: world.command("submit", BUY_5) });
  await world.pass(10);
  exchange.orders.get(name)!.price = "89.75";
  exchange.fill(name, "4");
  await world.pass(10);
  const { account } = session.core;
  assertEquals([account.position(0), account.fees(0).toNumber(8)], [4, -1]);
  assertEquals(world.halts.map(({ name, symbol }) => [name, symbol]), [["INSTRUMENT_CHANGED", "A"]]);
});

for (let seed = 1; seed <= 60; seed++) {
  Deno.test(`OrderDesk: whatever is lost, late, doubled or out of order, books agree in the end, seed ${seed}`, async () => {
    const world = new DeskWorld(seed), { exchange, session } = world;
    await trade(world, new Rng(seed).child("test"), 120);
    exchange.faults = NO_FAULTS;
    await world.pass(2000);
    // Two looks at the exchange's books: what the first finds missing is looked up, for as long as it may be on its way.
    await world.pass(75_000);
    assertEquals(String(session.core.position(0)), exchange.position);
    assertEquals(world.books.positionOf("A").size, exchange.position);
    assertEquals(world.open.sort(), exchange.open.sort());
    assertEquals([exchange.doubled, exchange.open.filter((name) => !world.books.open.has(name))], [0, []]);
  });
}

Deno.test("OrderDesk: where an exchange has no positions, what reduces is kept to that here", async () => {
  const world = new DeskWorld(21, { opening: { lots: 5, price: 90 } }), { exchange, session } = world;
  exchange.holdsReduceOnly = false;
  const sell = async (fields: Readonly<Record<string, unknown>>) => {
    const id = world.command("submit", { side: "sell", reduceOnly: true, ...fields });
    await world.pass(10);
    return clientName({ run: "one", order: id });
  };
  const resting = await sell({ size: 2, price: 110 });
  assertEquals(exchange.reducing, [resting], "only the exchange could keep one that rests");
  const tooMuch = await sell({ size: 4, type: "market" });
  assertEquals([exchange.open, session.core.orders.live], [[resting], 1], "with what rests it would turn the position");
  const closing = await sell({ size: 3, type: "market" });
  exchange.fill(closing, "3");
  await world.pass(10);
  assertEquals([exchange.reducing, exchange.orders.has(tooMuch)], [[resting], false]);
  assertEquals([session.core.position(0), world.events], [2, []]);
});

Deno.test("OrderDesk: of what was kept of purchases as fees nothing is sold, and all of the position is", async () => {
  const world = new DeskWorld(23), { exchange, session } = world, { account } = session.core;
  Object.assign(exchange, { holdsReduceOnly: false, keeps: "0.4" });
  const trade = async (fields: Readonly<Record<string, unknown>>, size: string) => {
    const name = clientName({ run: "one", order: world.command("submit", fields) });
    await world.pass(10);
    exchange.fill(name, size);
    await world.pass(10);
    return [account.position(0), exchange.position, account.fees(0).toNumber(8), account.cash(0).toNumber(8)];
  };
  assertEquals(await trade(BUY_5, "5"), [5, "4.6", 36, -486], "the session holds what it bought, and has paid for it");
  assertEquals(await trade(BUY_5, "5"), [10, "9.2", 72, -972]);
  await world.pass(60_000);
  assertEquals([world.halts, world.events], [[], []], "books agree");
  assertEquals(await trade({ side: "sell", size: 4, price: 95 }, "4"), [6, "5.2", 72, -592]);
  assertEquals(
    await trade({ side: "sell", type: "market", size: 6 }, "5"),
    [0, "0.2", 100, -20],
    "cash is the exchange's",
  );
  await world.pass(60_000);
  assertEquals([world.halts, world.events, world.open], [[], [], []]);
});

for (let seed = 1; seed <= 20; seed++) {
  Deno.test(`OrderDesk: fees kept of purchases, whatever is lost, late or doubled, seed ${seed}`, async () => {
    const world = new DeskWorld(seed), { exchange, session } = world;
    Object.assign(exchange, { holdsReduceOnly: false, keeps: seed % 2 === 0 ? "0.3" : "1.7" });
    await trade(world, new Rng(seed).child("test"), 120);
    exchange.faults = NO_FAULTS;
    await world.pass(77_000);
    const held = plus(exchange.position, world.desk.keptFees(session.context.instruments[0]));
    assertEquals([String(session.core.position(0)), world.open.sort(), world.halts], [held, exchange.open.sort(), []]);
    for (const order of [...world.desk.working.keys()]) world.command("cancel", { order });
    await world.pass(10);
    const size = session.core.position(0);
    if (size <= 0) return;
    const name = clientName({ run: "one", order: world.command("submit", { side: "sell", type: "market", size }) });
    await world.pass(10);
    if (exchange.orders.has(name)) exchange.fill(name, exchange.orders.get(name)!.size);
    await world.pass(10);
    const money = exchange.fills.reduce((sum, { side, price, size }) => {
      return sum + (side === "buy" ? -1 : 1) * Number(price) * Number(size);
    }, 0);
    assertEquals([session.core.position(0), session.core.account.cash(0).toNumber(8)], [0, money]);
  });
}

Deno.test("OrderDesk: an amend asks for no more than is there, and an order of nothing that is there is filled here", async () => {
  const world = new DeskWorld(24), { exchange, session, desk } = world, { account } = session.core;
  Object.assign(exchange, { holdsReduceOnly: false, keeps: "1.4" });
  const send = async (fields: Readonly<Record<string, unknown>>) => {
    const order = world.command("submit", fields);
    await world.pass(10);
    return order;
  };
  const fill = async (order: number, size: string) => {
    exchange.fill(desk.working.get(order)!.clientId, size);
    await world.pass(10);
    return [account.position(0), exchange.position];
  };
  assertEquals(await fill(await send({ ...BUY_5, size: 9 }), "9"), [9, "7.6"]);
  const rests = await send({ side: "sell", size: 2, price: 110 });
  world.command("amend", { order: rests, price: 111, size: 7 });
  await world.pass(10);
  assertEquals(exchange.orders.get(desk.working.get(rests)!.clientId)!.size, "7", "all of it is there");
  world.command("amend", { order: rests, price: 112, size: 9 });
  await world.pass(10);
  assertEquals(exchange.orders.get(desk.working.get(rests)!.clientId)!.size, "7", "two of nine are not");
  assertEquals(session.core.orders.size[session.core.orders.slotOf(rests)], 9);
  assertEquals(await fill(rests, "7"), [0, "0.6"]);

  assertEquals(await fill(await send({ ...BUY_5, size: 3 }), "3"), [3, "2.2"]);
  assertEquals(await fill(await send({ side: "sell", size: 2, price: 110 }), "2"), [1, "0.2"]);
  const sent = exchange.orders.size;
  await send({ side: "sell", type: "market", size: 1 });
  assertEquals([account.position(0), exchange.position, exchange.orders.size], [0, "0.2", sent]);
  assertEquals(account.cash(0).toNumber(8), -9 * 90 + 7 * 112 - 3 * 90 + 2 * 110, "cash is the exchange's");
  await world.pass(60_000);
  assertEquals([world.halts, world.events, world.open], [[], [], []]);
});

for (const refused of [false, true]) {
  const how = refused ? "refused" : "done";
  Deno.test(`OrderDesk: amends on their way together ask for no more than is there, whether the first is ${how}`, async () => {
    const world = new DeskWorld(25), { exchange, session, desk } = world;
    Object.assign(exchange, { holdsReduceOnly: false, keeps: "1.6" });
    const send = async (fields: Readonly<Record<string, unknown>>) => {
      const order = world.command("submit", fields);
      await world.pass(10);
      return order;
    };
    exchange.fill(desk.working.get(await send({ ...BUY_5, size: 10 }))!.clientId, "10");
    await world.pass(10);
    const sell = { side: "sell", size: 5, price: 110 }, a = await send(sell), b = await send(sell);
    const offered = () => [a, b].map((order) => exchange.orders.get(desk.working.get(order)!.clientId)!.size);
    assertEquals([exchange.position, offered()], ["8.4", ["5", "3"]]);
    // Filled meanwhile, unheard: another size for what is left is refused.
    if (refused) exchange.fill(desk.working.get(b)!.clientId, "1");
    world.command("amend", { order: b, price: 110, size: 3 });
    world.command("amend", { order: a, price: 110, size: 7 });
    await world.pass(10);
    assertEquals(offered(), ["5", "3"]);
    for (const order of [a, b]) if (desk.working.has(order)) exchange.fill(desk.working.get(order)!.clientId, "9");
    await world.pass(75_000);
    const held = plus(exchange.position, desk.keptFees(session.context.instruments[0]));
    assertEquals([String(session.core.position(0)), world.halts, world.open], [held, [], []]);
  });
}

Deno.test("OrderDesk: an order that an amend made larger, by a fill in between, is over once it is filled as it is now", async () => {
  const world = new DeskWorld(22), { exchange, session, desk } = world;
  const id = world.command("submit", BUY_5), name = clientName({ run: "one", order: id });
  await world.pass(10);
  exchange.fill(name, "2");
  await world.pass(10);
  world.command("amend", { order: id, price: 91, size: 5 });
  const { nextClientId } = desk.working.get(id)!, old = exchange.orders.get(name)!;
  // Another lot is filled before the exchange puts an order of the three that were left in its place.
  exchange.fill(name, "1");
  old.state = "cancelled";
  const next = { ...old, clientId: nextClientId!, exchangeId: "99", price: "91", size: "3", filled: "0" };
  exchange.orders.set(nextClientId!, { ...next, state: "open" });
  exchange.say({ kind: "amended", order: { clientId: nextClientId!, symbol: "A" }, price: "91", size: "6" });
  await world.pass(10);
  const { orders } = session.core, slot = orders.slotOf(id);
  assertEquals([orders.size[slot], orders.filled[slot], session.core.position(0)], [6, 3, 3]);
  exchange.fill(nextClientId!, "3");
  await world.pass(10);
  assertEquals([session.core.position(0), world.open, world.books.positionOf("A").size], [6, [], "6"]);
});

Deno.test("OrderDesk: an order that an amend without an answer made as small as it is filled is over", async () => {
  const world = new DeskWorld(24), { exchange, session, desk } = world;
  const id = world.command("submit", BUY_5), name = clientName({ run: "one", order: id });
  await world.pass(10);
  // The exchange keeps the order, and says nothing.
  exchange.faults = { ...NO_FAULTS, lostRequest: 1 };
  world.command("amend", { order: id, price: 91, size: 3 });
  Object.assign(exchange.orders.get(name)!, { price: "91", size: "3" });
  exchange.fill(name, "3");
  await world.pass(10_000);
  const { orders, account } = session.core;
  assertEquals([orders.slotOf(id), desk.working.size, account.position(0), world.halts], [-1, 0, 3, []]);
});

for (let seed = 1; seed <= 20; seed++) {
  Deno.test(`OrderDesk: where fees are kept, no more is on offer than is there, and cash of what is flat is right, seed ${seed}`, async () => {
    const world = new DeskWorld(seed), { exchange, desk, session } = world, { core, context } = session;
    Object.assign(exchange, { holdsReduceOnly: false, keeps: ["0.3", "0.6", "0.9"][seed % 3] });
    const rng = new Rng(seed).child("test"), ids: number[] = [], { orders } = core;
    const offered = (but: number) =>
      [...desk.working.values()].reduce((sum, { id, side, left }) => side > 0 || id === but ? sum : sum + left, 0);
    for (let i = 0; i < 200; i++) {
      const what = rng.int(10),
        price = 80 + rng.int(20),
        order = ids[rng.int(ids.length + 1)] ?? 0,
        slot = orders.slotOf(order);
      // All that a sell may have, as often as not.
      const free = core.position(0) - offered(order) + (slot < 0 ? 0 : orders.filled[slot]),
        part = 1 + rng.int(Math.max(1, free)),
        most = rng.int(2) ? free : part;
      if (what < 3) ids.push(world.command("submit", { side: "buy", size: 1 + rng.int(9), price }));
      else if (what < 5 && slot < 0 && free > 0) ids.push(world.command("submit", { side: "sell", size: most, price }));
      else if (what < 6 && slot >= 0) world.command("cancel", { order });
      else if (what < 7 && slot >= 0 && (orders.side[slot] === BUY || free > 0)) {
        world.command("amend", { order, price, size: orders.side[slot] === BUY ? 9 : most });
      } else if (exchange.open.length > 0) {
        exchange.fill(exchange.open[rng.int(exchange.open.length)], String(1 + rng.int(4)));
      }
      await world.pass(10);
      const open = exchange.open.map((name) => exchange.orders.get(name)!).filter(({ side }) => side === "sell");
      const asked = open.reduce((sum, { size, filled }) => plus(sum, minus(size, filled)), "0");
      assert(compare(asked, exchange.position) <= 0, `${asked} of ${exchange.position}`);
      const kept = desk.keptFees(context.instruments[0]);
      assertEquals(String(core.position(0)), plus(exchange.position, kept));
      if (core.position(0) > 0 || compare(kept, "0") > 0) continue;
      const money = exchange.fills.reduce(
        (sum, { side, price, size }) => sum + (side === "buy" ? -1 : 1) * Number(price) * Number(size),
        0,
      );
      assertEquals(core.account.cash(0).toNumber(8), money);
    }
    assertEquals(world.halts, []);
  });
}

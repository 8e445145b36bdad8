import { assert, assertEquals, assertThrows } from "@std/assert";
import { rig } from "../core/_rig.ts";
import { Code, codeName } from "../core/codes.ts";
import { BUY, SELL } from "../core/event.ts";
import { StateReader } from "../core/state_reader.ts";
import { StateWriter } from "../core/state_writer.ts";
import type { Context, Strategy } from "../core/strategy.ts";
import { type MadeRow, madeTape } from "../feed/_made_tape.ts";

const START = 1_700_000_000_000_000_000n;
const MS = 1_000_000, SECOND = 1000 * MS;

const level = (at: number, side: number, price: number, size: number): MadeRow => ({
  exchange: START + BigInt(at),
  side,
  price,
  size,
});
/** No bids: what was bought cannot be sold again. */
const ASKS = [level(0, SELL, 101, 1e6)];
/** A stop whose price no order can have: the group has to trade back at once. */
const doomed = { entry: { side: BUY, size: 1 }, stop: { trigger: 90.5 }, tries: 0 };

/** A session that counts the orders that leave in each second. */
function counted(rows: readonly MadeRow[], strategy: Strategy) {
  const session = rig({ tapes: { X: madeTape(rows) }, strategy }), { core } = session;
  const sent: number[] = [];
  core.flow.sent = () => {
    const second = Number((core.clock.toEpochNs(core.now) - START) / BigInt(SECOND));
    sent[second] = (sent[second] ?? 0) + 1;
  };
  return { session, sent };
}

Deno.test("Links: of 20,000 brackets in one callback 1000 are opened, and again as many once those have ended", () => {
  const opened: number[] = [];
  const burst = (ctx: Context) => {
    const entry = { side: BUY, price: 90, size: 1 } as const, results = new Map<number, number>();
    for (let i = 0; i < 20_000; i++) {
      const result = ctx.links.bracket({ entry, stop: { trigger: 80 } });
      const kind = result > 0 ? 0 : result;
      results.set(kind, (results.get(kind) ?? 0) + 1);
    }
    assertEquals([...results], [[0, 1000], [-Code.LINK_GROUPS, 19_000]]);
    assert(ctx.lastRefusal.text.startsWith("LINK_GROUPS: links; cancel or close a group of linked orders first"));
    opened.push(ctx.openOrders().length);
  };
  const session = rig({
    tapes: { X: madeTape([...ASKS, level(3 * SECOND, SELL, 101, 1)]) },
    strategy: {
      onStart(ctx) {
        ctx.after("1s");
        ctx.after("2s");
      },
      onBook: (ctx) => void (opened.length === 0 && burst(ctx)),
      onTimer: (ctx, timer) => timer === 1 ? ctx.cancelAll() : burst(ctx),
    },
  });
  session.run();
  assertEquals(opened, [1000, 1000]);
  const { links } = session.context;
  assertEquals([links.view(700), links.view(800)?.state, links.view(2001)], [undefined, "Cancelled", undefined]);
});

Deno.test("Links: 1000 groups that cannot trade back cost one order a second, and all do so once they can", () => {
  let made = 0;
  const { session, sent } = counted([...ASKS, level(59.5 * SECOND, BUY, 99, 1e6), level(62 * SECOND, BUY, 98, 1)], {
    onStart: (ctx) => void ctx.every("10ms"),
    onTimer(ctx) {
      if (made >= 1000) return;
      const group = ctx.links.bracket(doomed);
      if (group > 0) made++;
      else assertEquals(codeName(-group), "LINK_GROUPS");
    },
  });
  session.run();
  assertEquals([made, session.core.account.position(0)], [1000, 0]);
  // Ten seconds of a hundred groups, each with its entry and its first try; then one try a second for all.
  assert(sent.slice(0, 10).every((count) => count <= 201), `${sent.slice(0, 10)}`);
  assertEquals(sent.slice(11, 59), new Array(48).fill(1));
  assertEquals(sent.slice(59).reduce((sum, count) => sum + count, 0) >= 1000, true);
  assertEquals(session.context.links.view(1000)?.state, "Done");
});

Deno.test("Links: each group trades back its own lots when one that tried for all has traded only a part", () => {
  let made = 0;
  const { session } = counted([
    ...ASKS,
    level(3.5 * SECOND, BUY, 99, 2),
    level(4.5 * SECOND, BUY, 99, 0),
    level(8.5 * SECOND, BUY, 98, 100),
    level(20 * SECOND, BUY, 98, 99),
  ], {
    onBook(ctx) {
      while (made < 5) assertEquals(ctx.links.bracket({ ...doomed, entry: { side: BUY, size: 3 } }), ++made);
    },
  });
  session.run();
  assertEquals(session.core.account.position(0), 0);
  for (let id = 1; id <= 5; id++) {
    const { state, filled, open, excess } = session.context.links.view(id)!;
    assertEquals([state, filled, open, excess], ["Done", 3, 0, 0]);
  }
});

Deno.test("Links: a group that tries for an hour remembers 256 orders", () => {
  const { session, sent } = counted([...ASKS, level(3600 * SECOND, SELL, 101, 1)], {
    onBook: (ctx) => void (ctx.links.view(1) || ctx.links.bracket(doomed)),
  });
  session.run();
  const { links } = session.context, { state, orders } = links.view(1)!;
  assertEquals([state, orders.length, orders[0]], ["Closing", 256, 1]);
  assert(sent.reduce((sum, count) => sum + (count ?? 0), 0) > 3500);
  assertEquals([links.groupOf(1), links.groupOf(2), links.groupOf(orders[255])], [1, 0, 1]);
});

Deno.test("Links: groups that wait go on from a snapshot as if there had been none", () => {
  const rows = [
    ...ASKS,
    level(7.3 * SECOND, BUY, 99, 7),
    level(9.4 * SECOND, BUY, 98, 90),
    level(20 * SECOND, BUY, 98, 9),
  ];
  const make = () => {
    let made = 0;
    return rig({
      tapes: { X: madeTape(rows) },
      strategy: {
        onStart: (ctx) => void ctx.every("300ms"),
        onTimer: (ctx) => void (made++ < 20 && ctx.links.bracket(doomed)),
        save: () => made,
        load: (state) => void (made = state as number),
      },
    });
  };
  const whole = make(), plain = make();
  plain.run();
  whole.start();
  let snapshots = 0;
  for (let more = true, steps = 0; more; steps++) {
    if (steps % 29 === 0) {
      const to = new StateWriter(), again = make();
      whole.save(to);
      again.load(new StateReader(to.bytes()));
      while (again.step());
      assertEquals(again.core.digest.hex(), plain.core.digest.hex());
      snapshots++;
    }
    more = whole.step();
  }
  assert(snapshots > 2);
  assertEquals(plain.core.account.position(0), 0);
});

Deno.test("Links: what is no request throws a TypeError that says so, and sends nothing", () => {
  const session = rig({
    tapes: { X: madeTape([...ASKS, level(1, BUY, 99, 1)]) },
    strategy: {
      onStop(ctx) {
        const links = ctx.links as unknown as Record<string, (...given: unknown[]) => unknown>;
        const entry = { side: BUY, price: 90, size: 1 }, exit = { side: SELL, price: 110, size: 1 };
        const cases: readonly (readonly [call: string, given: unknown[], message: string])[] = [
          ["oco", [{}], "Cannot link: the orders of an oco are undefined; give a list of orders"],
          ["ouo", [null], "Cannot link: an ouo is null"],
          ["oco", [{ orders: [entry, null] }], "an order of an oco is null"],
          ["oco", [{ orders: [entry, { ...exit, price: "110" }] }], 'the price of an order of an oco is "110"'],
          ["oco", [{ orders: [entry, { ...exit, side: "sell" }] }], 'side is "sell"; it is BUY (1) or SELL (-1)'],
          ["oto", [{ entry }], "the orders of an OTO are undefined"],
          ["oto", [{ orders: [exit] }], "the entry of an OTO is undefined"],
          ["oto", [{ entry, orders: [{ price: 3, size: 1 }] }], "side is undefined"],
          ["bracket", [], "a bracket is undefined"],
          ["bracket", [{ stop: { trigger: 80 } }], "the entry of a bracket is undefined"],
          ["bracket", [{ entry, stop: null }], "the stop of a bracket is null"],
          ["bracket", [{ entry, stop: { trigger: "80" } }], 'the trigger of the stop of a bracket is "80"'],
          ["bracket", [{ entry, target: 110 }], "the target of a bracket is 110"],
          ["amend", [1], "the change is undefined"],
          ["amend", [1, { entry: 90 }], "entry is 90"],
          ["amend", [1, { orders: null }], "the orders of the change are null"],
          ["amend", [1, { stop: { trigger: "80" } }], 'the trigger of stop is "80"'],
        ];
        for (const [call, given, message] of cases) assertThrows(() => links[call](...given), TypeError, message);
        assertEquals(ctx.openOrders(), []);
      },
    },
  });
  session.run();
});

Deno.test("Links.amend: a price that is no whole tick is refused, and changes nothing", () => {
  let asked = 0;
  const session = rig({
    tapes: { X: madeTape([...ASKS, level(1, BUY, 89, 1), level(SECOND, BUY, 88, 1)]) },
    strategy: {
      onBook(ctx) {
        if (asked++ > 0) return;
        ctx.links.bracket({ entry: { side: BUY, price: 90, size: 4 }, stop: { trigger: 80 } });
        for (const price of [0.5, NaN, Infinity]) {
          assert(!ctx.links.amend(1, { size: 9, entry: { price } }));
          assert(!ctx.links.amend(1, { entry: { price: 91 }, stop: { trigger: price } }));
          assertEquals([ctx.links.view(1)?.code, ctx.lastRefusal.code], [Code.PRICE_GRID, Code.PRICE_GRID]);
        }
      },
    },
  });
  session.run();
  const [{ price, size }] = session.context.openOrders();
  assertEquals([asked > 1, price, size], [true, 90, 4]);
});

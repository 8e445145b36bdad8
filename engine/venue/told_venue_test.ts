import { assertEquals } from "@std/assert";
import { madeTape } from "../feed/_made_tape.ts";
import { digestOf, rig } from "../core/_rig.ts";
import { BUY, SELL } from "../core/event.ts";
import { Code } from "../core/codes.ts";
import type { Session } from "../core/session.ts";
import type { Strategy } from "../core/strategy.ts";
import { ACKNOWLEDGED, CANCEL_DONE, FILL, REQUEST_REFUSED } from "../oms/order_life.ts";
import { MAKER, TAKER } from "./liquidity.ts";
import type { ToldAnswer, ToldOrders } from "./told_orders.ts";

const START = 1_700_000_000_000_000_000n;
/** One ask at 12, seen again and again. */
const TAPE = madeTape([0, 100, 200, 300].map((exchange) => ({
  exchange: START + BigInt(exchange),
  local: START + BigInt(exchange + 5),
  side: SELL,
  price: 12,
  size: 9,
})));

function answer(ns: number, event: number, more: Partial<ToldAnswer> = {}): ToldAnswer {
  return { at: START + BigInt(ns), event, price: 0, lots: 0, liquidity: TAKER, code: 0, ...more };
}

function telling(answers: Readonly<Record<number, readonly ToldAnswer[]>>, asked: readonly bigint[] = []): ToldOrders {
  return { find: (order) => answers[order] && { answers: answers[order], asked }, endless: false };
}

/** Sends two orders that would trade at once, and cancels them later; tells what it heard. */
function buyer(heard: string[], cancelAt = 105): Strategy {
  return {
    onBook(ctx) {
      const now = Number(ctx.now - START);
      if (now === 5) { for (const size of [5, 6]) ctx.submit({ side: BUY, size, price: 12 }); }
      if (now === cancelAt) { for (const { id } of ctx.openOrders()) ctx.cancel(id); }
    },
    onFill: (ctx, { order, size, price, maker }) =>
      void heard.push(`${ctx.now - START} ${order}: ${size} at ${price} ${maker ? "made" : "taken"}`),
    onOrder: (ctx, { id, state }) => void heard.push(`${ctx.now - START} ${id} ${state}`),
  };
}

function run(
  told: ToldOrders | undefined,
  cancelAt?: number,
): { readonly heard: readonly string[]; readonly session: Session } {
  const heard: string[] = [];
  const latency = { order: 20, response: 10 };
  const session = rig({ tapes: { A: TAPE }, strategy: buyer(heard, cancelAt), latency, told });
  session.run();
  return { heard, session };
}

Deno.test("ToldVenue: where nothing was told all is simulated, as without it", () => {
  const strategy = () => buyer([]), latency = { order: 20, response: 10 };
  assertEquals(
    digestOf({ tapes: { A: TAPE }, strategy: strategy(), latency, told: telling({}) }),
    digestOf({ tapes: { A: TAPE }, strategy: strategy(), latency }),
  );
});

Deno.test("ToldVenue: what was said of an order is heard when it was, and others are simulated", () => {
  const said = [
    answer(17, ACKNOWLEDGED),
    answer(150, FILL, { price: 11, lots: 2, liquidity: MAKER }),
    answer(150, CANCEL_DONE, { code: Code.SELF_TRADE }),
    answer(160, REQUEST_REFUSED, { code: Code.TOO_LATE }),
  ];
  assertEquals(run(telling({ 1: said })).heard, [
    "17 1 New",
    // Nothing of the 9 lots was taken by the first.
    "35 2: 6 at 12 taken",
    "35 2 Filled",
    "150 1: 2 at 11 made",
    "150 1 PendingCancel",
    "150 1 Cancelled",
  ]);
  assertEquals(run(undefined).heard.slice(0, 3), ["35 1: 5 at 12 taken", "35 1 Filled", "35 2: 4 at 12 taken"]);
});

Deno.test("ToldVenue: a fill of an order that is over and gone is booked, and nothing else is said of it", () => {
  const fill = { price: 11, lots: 2, liquidity: MAKER };
  const said = [answer(17, CANCEL_DONE), answer(150, FILL, fill), answer(160, CANCEL_DONE)];
  const { heard, session } = run(telling({ 1: said, 2: [] }));
  assertEquals(heard, ["17 1 Cancelled", "115 2 Cancelled", "150 3: 2 at 11 taken", "150 3 Filled"]);
  assertEquals(session.core.position(0), 2);
});

Deno.test("ToldVenue: a cancel of which nothing was said is done; one that was refused is refused", () => {
  const { heard } = run(telling({ 1: [answer(17, ACKNOWLEDGED)], 2: [] }));
  // Both at once at the venue, and back by the modelled way.
  assertEquals(heard, ["17 1 New", "115 1 Cancelled", "115 2 Cancelled"]);
  // Where it was asked then as well, nothing came of it.
  assertEquals(run(telling({ 1: [answer(17, ACKNOWLEDGED)], 2: [] }, [START + 105n])).heard, ["17 1 New"]);
  const refused = [answer(17, ACKNOWLEDGED), answer(130, REQUEST_REFUSED, { code: Code.THROTTLED })];
  const { heard: kept, session } = run(telling({ 1: refused, 2: [] }));
  assertEquals(kept, ["17 1 New", "115 2 Cancelled", "130 1 New"]);
  assertEquals(session.context.openOrders().map(({ id }) => id), [1]);
});

Deno.test("ToldVenue: what was told to be filled can be reduced by an order that is simulated", () => {
  const told = telling({ 1: [answer(40, FILL, { price: 11, lots: 5 })] }), heard: string[] = [];
  const latency = { order: 20, response: 10 };
  const bids = madeTape([0, 100, 200, 300].map((exchange) => ({
    exchange: START + BigInt(exchange),
    local: START + BigInt(exchange + 5),
    side: BUY,
    price: 10,
    size: 9,
  })));
  const strategy: Strategy = {
    onBook(ctx) {
      const now = Number(ctx.now - START);
      if (now === 5) ctx.submit({ side: BUY, size: 5, price: 9 });
      if (now === 105) ctx.submit({ side: SELL, size: 5, type: "market", reduceOnly: true });
    },
    onFill: (_, { order, size, price }) => void heard.push(`${order}: ${size} at ${price}`),
  };
  const session = rig({ tapes: { A: bids }, strategy, latency, told });
  session.run();
  assertEquals([heard, session.core.position(0)], [["1: 5 at 11", "2: 5 at 10"], 0]);
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { BUY, SELL } from "../core/event.ts";
import { busy } from "../core/_busy.ts";
import { rig, type RigOptions } from "../core/_rig.ts";
import type { Alert } from "../core/alerts.ts";
import { codeName } from "../core/codes.ts";
import { ORDER_STATE, type Recorder, REFUSAL } from "../core/recorder.ts";
import type { Session } from "../core/session.ts";
import type { VenueReport } from "../core/venue_report.ts";
import type { Context, Strategy } from "../core/strategy.ts";
import { madeTape } from "../feed/_made_tape.ts";
import { isFinal, PENDING_NEW, PENDING_REPLACE } from "../oms/order_life.ts";
import { BY_SESSION } from "../oms/order_table.ts";
import { openTape } from "../run/open_tape.ts";
import { feeModel, parseFees } from "../venue/fees.ts";
import { ToldFees } from "../venue/told_fees.ts";
import { ConstantLatency, LognormalLatency } from "../venue/latency.ts";
import { Rng } from "../core/rng.ts";
import { guardSpecs } from "./guard_specs.ts";
import type { Step } from "./_watched.ts";

const START = 1_700_000_000_000_000_000n;
const SECOND = 1_000_000_000n;

/** A quiet book, 99 to 101 with 100 lots, for `seconds`. */
function quiet(seconds: number, rows: readonly object[] = []) {
  const book = [
    { exchange: START, side: BUY, price: 99, size: 100 },
    { exchange: START, side: SELL, price: 101, size: 100 },
  ];
  const end = { exchange: START + SECOND * BigInt(seconds), side: BUY, price: 90, size: 1 };
  return madeTape([...book, ...rows as typeof book, end]);
}

/** All that leaves, in order: orders and amends with whether the session sent them, and whether the switch was thrown. */
class Leaving implements Recorder {
  session!: Session;
  readonly after: string[] = [];
  refused = 0;

  output(tag: number, _era: number, _ns: number, order: number, x: number): void {
    const { core, guards } = this.session;
    if (!guards.killSwitch.thrown) return;
    if (tag === REFUSAL) this.refused++;
    if (tag !== ORDER_STATE) return;
    const state = x % 16, slot = core.orders.slotOf(order);
    if (state !== PENDING_NEW && state !== PENDING_REPLACE) return;
    const own = core.orders.flags[slot] & BY_SESSION;
    this.after.push(`${own ? "closing" : "strategy's"} ${state === PENDING_NEW ? "order" : "amend"}`);
  }
}

function openIn({ core: { orders } }: Session): number {
  return [...orders.liveSlots()].filter((slot) => orders.state[slot] > 0 && !isFinal(orders.state[slot])).length;
}

/** Fires on every callback there is, whatever it is told. */
function firing(seed: number, kill: (ctx: Context) => void): Strategy {
  const calm = busy({ interval: "7ms" });
  const fire = (ctx: Context) => {
    const { random } = ctx, book = ctx.book();
    const side = random.int(2) === 0 ? BUY : SELL, size = 1 + random.int(5);
    const price = (side > 0 ? book.bestBid : book.bestAsk) - side * random.int(3);
    if (Number.isFinite(price) && ctx.openOrders().length < 40) ctx.submit({ side, size, price });
    if (random.int(4) === 0) ctx.submit({ side, size });
    if (random.int(9) === 0) ctx.submit({ side: -side, size, type: "stop", trigger: price - side * 4 });
    const open = ctx.openOrders();
    if (open.length > 0) ctx.amend(open[random.int(open.length)].id, { size: 1 + random.int(6) });
    if (random.int(200 + seed % 7) === 0) kill(ctx);
  };
  let book = 0;
  return {
    onStart(ctx) {
      calm.onStart!(ctx);
      fire(ctx);
    },
    // Not at each of 60,000 messages: the rest of the session has to be gone through as well.
    onBook: (ctx) => void (++book % 50 === 0 && fire(ctx)),
    onTrade: (ctx) => void (++book % 20 === 0 && fire(ctx)),
    onOrder: (ctx) => void (ctx.openOrders().length < 30 && fire(ctx)),
    onFill: fire,
    onTimer: fire,
    onAlert: fire,
    onStop: fire,
  };
}

const LATENCIES: readonly (() => RigOptions["latency"])[] = [
  () => ({}),
  () => ({ order: 5e6, cancel: 20e6, response: 3e6 }),
  () => ({ order: new LognormalLatency(30e6, 1, new Rng(1)), cancel: new ConstantLatency(1e6), response: 40e6 }),
];

Deno.test("KillSwitch: strategies keep firing from every callback, and nothing but cancels and the closing orders leaves", () => {
  const file = openTape("fixtures/data/market_l2.arrow");
  let kills = 0, refused = 0;
  try {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.constantFrom("none", "market"),
        fc.constantFrom(...LATENCIES),
        fc.boolean(),
        (seed, flatten, latency, pause) => {
          const leaving = new Leaving();
          const kill = ({ guards }: Context) =>
            pause ? guards.pause("test", { flatten }) : guards.kill("test", { flatten });
          const session = rig({
            tapes: { X: file.reader },
            strategy: firing(seed, kill),
            seed,
            latency: latency(),
            recorder: leaving,
          });
          leaving.session = session;
          session.run();
          const { guards } = session;
          assert(guards.killSwitch.thrown);
          assertEquals(leaving.after.filter((each) => each !== "closing order"), []);
          if (flatten === "none") assertEquals(leaving.after, []);
          else assertEquals(session.core.account.position(0), 0);
          assertEquals(openIn(session), 0);
          kills++;
          refused += leaving.refused;
        },
      ),
      { numRuns: 12, seed: 4 },
    );
  } finally {
    file.close();
  }
  assert(kills === 12 && refused > 1000, `${kills} kills, ${refused} refusals`);
});

/** What is done to a session at which millisecond; and what is heard. */
function told(
  options: Partial<RigOptions>,
  steps: readonly Step[],
  seconds = 20,
) {
  const heard: string[] = [];
  const at = (ctx: Context) => `${Number((ctx.now - START) / 1_000_000n)}`;
  const session: Session = rig({
    tapes: { X: quiet(seconds) },
    strategy: {
      onStart: (ctx) => steps.forEach(([ms]) => ctx.after(`${ms}ms`)),
      onTimer(ctx, timer) {
        const result = steps[timer - 1][1](ctx, session.guards);
        if (result !== undefined) {
          heard.push(`${at(ctx)} ${typeof result === "number" && result < 0 ? codeName(-result) : result}`);
        }
      },
      onOrder: (ctx, { id, state, filled }) => void heard.push(`${at(ctx)} order ${id} ${state} ${filled}`),
      onAlert: (ctx, { severity, code, text }) => void heard.push(`${at(ctx)} ${severity} ${code}: ${text}`),
    },
    latency: { order: 10e6, cancel: 10e6, response: 10e6 },
    ...options,
  });
  session.run();
  return { heard, session };
}

const buy = (ctx: Context, price?: number) =>
  ctx.submit({ side: BUY, size: 5, ...price === undefined ? {} : { price } });

Deno.test("KillSwitch: working orders, one on its way and one being amended are cancelled, and the position is closed", () => {
  const { heard, session } = told({}, [
    [0, (ctx) => void buy(ctx)],
    [0, (ctx) => void buy(ctx, 98)],
    [0, (ctx) => void buy(ctx, 97)],
    [100, (ctx) => void ctx.amend(3, { size: 9 })],
    [101, (ctx) => void buy(ctx, 96)],
    [102, (ctx) => ctx.guards.kill("fat finger", { flatten: "market" })],
    [103, (ctx) => buy(ctx)],
    [104, (ctx) => ctx.amend(2, { size: 1 })],
    [5000, (_, guards) => guards.resume()],
    [5001, (ctx) => buy(ctx)],
    [5002, (_, guards) => guards.reset()],
    [5003, (ctx) => void buy(ctx, 98)],
  ]);
  assertEquals(heard, [
    "20 order 1 Filled 5",
    "20 order 2 New 0",
    "20 order 3 New 0",
    "102 critical KILLED: Killed: fat finger; no orders leave, all that rest are cancelled, positions are closed: market",
    "103 KILLED",
    "104 false",
    "120 order 3 PendingCancel 0",
    "121 order 4 PendingCancel 0",
    "122 order 2 Cancelled 0",
    "122 order 4 Cancelled 0",
    "122 order 5 Filled 5",
    "140 order 3 Cancelled 0",
    "140 info KILLED: No order is open any more, and no position",
    "5000 false",
    "5001 KILLED",
    "5002 true",
    "5002 info KILLED: The kill switch was reset (it was thrown by: fat finger)",
    "5023 order 8 New 0",
  ]);
  assertEquals(session.core.account.position(0), 0);
});

Deno.test("KillSwitch: paused, it is resumed; paused and then killed, it is reset", () => {
  const { heard } = told({}, [
    [0, (ctx) => ctx.guards.pause("lunch")],
    [1, (ctx) => buy(ctx)],
    [2, (_, guards) => guards.reset()],
    [3, (_, guards) => guards.resume()],
    [4, (ctx) => buy(ctx, 98)],
    [50, (ctx) => ctx.guards.pause("lunch")],
    [51, (ctx) => ctx.guards.kill("fire")],
    [52, (_, guards) => guards.resume()],
    [53, (ctx) => buy(ctx)],
    [54, (_, guards) => guards.reset()],
    [55, (ctx) => buy(ctx, 98)],
  ]);
  assertEquals(heard.filter((line) => !/critical|info|order/.test(line)), [
    "1 PAUSED",
    "2 false",
    "3 true",
    "4 2",
    "52 false",
    "53 KILLED",
    "54 true",
    "55 4",
  ]);
});

Deno.test("KillSwitch: an algo says how much goes each second, and what fills late goes, too", () => {
  const { heard, session } = told({}, [
    [0, (ctx) => void ctx.submit({ side: SELL, size: 10 })],
    [
      50,
      (ctx) => void ctx.guards.algo("thirds", ({ from, elapsed }) => elapsed >= 3e9 ? 99 : Math.abs(from) / 3),
    ],
    [100, (ctx) => ctx.guards.kill("slowly", { flatten: "thirds" })],
  ]);
  assertEquals(heard.filter((line) => /order \d|info/.test(line)), [
    "20 order 1 Filled 10",
    "120 order 2 Filled 3",
    "1120 order 3 Filled 3",
    "2120 order 4 Filled 3",
    "3120 order 5 Filled 1",
    "3120 info KILLED: No order is open any more, and no position",
  ]);
  assertEquals(session.core.account.position(0), 0);
  assertThrows(() => session.guards.kill("x", { flatten: "markt" }), RangeError, "did you mean market?");
});

Deno.test("KillSwitch: what the book does not take at once is tried again each second", () => {
  const book = [
    { exchange: START + 50_000_000n, side: BUY, price: 99, size: 0 },
    { exchange: START + 2_500_000_000n, side: BUY, price: 95, size: 3 },
    { exchange: START + 4_500_000_000n, side: BUY, price: 94, size: 9 },
  ];
  const { heard, session } = told({ tapes: { X: quiet(20, book) } }, [
    [0, (ctx) => void buy(ctx)],
    [100, (ctx) => ctx.guards.kill("no bids", { flatten: "market" })],
  ]);
  assertEquals(heard.filter((line) => /Filled|info/.test(line)), [
    "20 order 1 Filled 5",
    "3120 order 5 PartiallyFilled 3",
    "5120 order 7 Filled 2",
    "5120 info KILLED: No order is open any more, and no position",
  ]);
  assertEquals(session.core.account.position(0), 0);
});

Deno.test("KillSwitch: its state survives as JSON, and a session that starts from it is killed until it is reset", () => {
  const first = told({}, [[100, (ctx) => ctx.guards.kill("crash", { flatten: "market" })]]).session;
  const state = JSON.parse(JSON.stringify(first.guards.state().kill));
  assertEquals(state, {
    killed: true,
    paused: false,
    cause: "crash",
    at: "2023-11-14T22:13:20.100000000Z",
    flatten: "market",
  });
  const { heard } = told({ guards: guardSpecs({ kill: { state } }, ["X"]) }, [
    [0, (ctx) => buy(ctx)],
    [10, (ctx) => ctx.guards.state().kill.cause],
    [20, (_, guards) => guards.reset()],
    [30, (ctx) => void buy(ctx, 98)],
  ]);
  assertEquals(heard, [
    "0 critical KILLED: Killed from the start: crash, since 2023-11-14T22:13:20.100000000Z",
    "0 info KILLED: No order is open any more, and no position",
    "0 KILLED",
    "10 crash",
    "20 true",
    "20 info KILLED: The kill switch was reset (it was thrown by: crash)",
    "50 order 2 New 0",
  ]);
});

Deno.test("KillSwitch: the same run has the same alerts, and a run without has the digest it had", () => {
  const alerts: Alert[][] = [];
  const run = (more: readonly Step[]) => {
    const list: Alert[] = [];
    alerts.push(list);
    const { session } = told({ recorder: { alert: (alert) => void list.push(alert) } }, [
      [0, (ctx) => void buy(ctx)],
      ...more,
    ]);
    return session.core.digest.hex();
  };
  const kill = [200, (ctx: Context) => ctx.guards.kill("test")] as const;
  assertEquals(run([kill]), run([kill]));
  assertEquals(alerts[0], alerts[1]);
  assertEquals(alerts[0].map(({ severity }) => severity), ["critical", "info"]);
  // Guards that were asked for and do nothing change nothing.
  assertEquals(run([[200, (ctx) => void ctx.guards.state()]]), run([]));
  assertEquals(alerts[2], []);
});

Deno.test("KillSwitch: a closing order that its venue refused leaves again as each order in its way is gone", () => {
  const sent: string[] = [], start = START;
  const note = (what: string) => (slot: number) => void sent.push(`${what} ${session.core.orders.id[slot]}`);
  const at = (ms: number) => {
    session.late!.until = session.core.clock.fromEpochNs(start + BigInt(ms) * 1_000_000n);
    while (session.step());
  };
  const told = (ms: number, report: VenueReport) => {
    at(ms);
    session.report(report, start + BigInt(ms) * 1_000_000n);
    at(ms);
  };
  const session: Session = rig({
    tapes: { A: quiet(10) },
    away: { submit: note("submit"), cancel: note("cancel"), amend() {} },
    fees: (valuation) => new ToldFees(feeModel(parseFees("none"), valuation), valuation),
    strategy: {
      onStart: (ctx) => {
        ctx.submit({ side: BUY, size: 5 });
        for (const price of [150, 160]) ctx.submit({ side: SELL, size: 2, price });
      },
    },
  });
  session.start();
  told(1, { order: 1, event: "Fill", price: 101, lots: 5, maker: false, fee: "0", execution: "1" });
  for (const order of [2, 3]) told(2, { order, event: "Acknowledged" });
  sent.length = 0;
  session.command({ kind: "kill", cause: "test", flatten: "market" });
  at(3);
  assertEquals(sent, ["cancel 2", "cancel 3", "submit 4"]);
  told(4, { order: 4, event: "Reject" });
  assertEquals(sent.length, 3, "nothing is out of its way yet");
  told(5, { order: 2, event: "CancelDone" });
  assertEquals(sent.slice(3), ["submit 5"]);
  told(6, { order: 5, event: "Reject" });
  told(7, { order: 3, event: "CancelDone" });
  assertEquals(sent.slice(4), ["submit 6"]);
  told(8, { order: 6, event: "Fill", price: 99, lots: 5, maker: false, fee: "0", execution: "2" });
  assertEquals([session.core.account.position(0), sent.length], [0, 5]);
});

import { rig } from "../engine/core/_rig.ts";
import { AT_EXCHANGE, AT_LOCAL, BUY, CLEAR, DEPTH, LAST, NONE, SELL, SNAPSHOT, TRADE } from "../engine/core/event.ts";
import type { Rng } from "../engine/core/rng.ts";
import { seenLate } from "../engine/core/_busy.ts";
import { type MadeRow, madeTape } from "../engine/feed/_made_tape.ts";
import type { VenueOptions } from "../engine/venue/venue_options.ts";

/** When tapes of cases begin. */
export const START = 1_700_000_000_000_000_000n;

/** A request, and at which step (from 1). An order that does not work then is neither cancelled nor amended. */
export interface Action {
  readonly step: number;
  readonly what: "submit" | "cancel" | "amend";
  readonly order: number;
  readonly side?: number;
  readonly price?: number;
  readonly size?: number;
  readonly tif?: "gtc" | "post" | "fok" | "ioc";
}

/** A market, and orders that arrive in it, whatever it does. */
export interface Case {
  readonly rows: readonly MadeRow[];
  readonly queue: "risk" | "power3" | "log";
  /** Of orders, cancels and answers, and between two steps, in ns. */
  readonly latency: number;
  readonly interval: number;
  readonly actions: readonly Action[];
}

/** What became of a case: its fills, and the best bid and ask that we saw at each step. */
export interface Outcome {
  /** Time at the exchange since the start in ns, order, price, lots, maker (1) or taker (0). */
  readonly fills: readonly (readonly number[])[];
  readonly views: readonly (readonly (number | null)[])[];
}

/** Our outcome of a case. */
export function ourOutcome({ rows, queue, latency, interval, actions }: Case, like?: VenueOptions["like"]): Outcome {
  const fills: number[][] = [], views: (number | null)[][] = [], ids: number[] = [];
  const names = new Map<number, number>();
  let at = 0;
  const session = rig({
    tapes: { X: madeTape(rows, { batch: 50 }) },
    queue,
    latency: { order: latency, response: latency },
    venue: { fills: "whole", impact: "frozen", selfTrade: "allow", like },
    strategy: {
      onStart: (ctx) => ctx.every(`${interval}ns`),
      onFill(ctx, { order, price, size, maker }) {
        fills.push([Number(ctx.now - START) - latency, names.get(order)!, price, size, Number(maker)]);
      },
      onTimer(ctx) {
        const { bestBid, bestAsk } = ctx.book();
        views.push([bestBid, bestAsk].map((best) => Math.abs(best) === Infinity ? null : best));
        for (; actions[at]?.step === views.length; at++) {
          const { what, order, side = BUY, price = 0, size = 1, tif } = actions[at];
          const open = ctx.openOrders().find(({ id }) => id === ids[order]);
          const works = open?.state === "New" || open?.state === "Replaced";
          if (what === "submit") {
            const kind = tif === "post" ? { postOnly: true } : { tif };
            ids[order] = ctx.submit({ side: side === BUY ? BUY : SELL, price, size, ...kind });
            names.set(ids[order], order);
          } else if (works && what === "cancel") ctx.cancel(open.id);
          else if (works) ctx.amend(open.id, { price, size });
        }
      },
    },
  });
  session.run();
  return { fills: fills.sort(byNumbers), views };
}

/** hftbacktest's outcomes of many cases, by a Python that has it. */
export async function theirOutcomes(python: string, cases: readonly Case[]): Promise<Outcome[]> {
  const program = new URL("hftbacktest_cases.py", import.meta.url);
  const command = new Deno.Command(python, {
    args: [program.pathname],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(cases.map(asTheirs))));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const outcomes: Outcome[] = JSON.parse(new TextDecoder().decode(stdout));
  return outcomes.map(({ fills, views }) => ({
    views,
    fills: fills.map(([at, ...rest]) => [at - Number(START % 1_000_000_000_000_000n), ...rest]).sort(byNumbers),
  }));
}

const TIFS = ["gtc", "post", "fok", "ioc"];
const REQUESTS = ["submit", "cancel", "amend"];

/** A case as the program takes it. Times count from a day in 1970, so that JSON has them exactly. */
function asTheirs({ rows, queue, latency, interval, actions }: Case) {
  const time = (at: bigint | number) => Number(BigInt(at) % 1_000_000_000_000_000n);
  const kinds = new Map([[DEPTH, 1], [TRADE, 2], [CLEAR, 3], [SNAPSHOT, 4]]);
  return {
    queue,
    latency,
    interval,
    steps: 10_000,
    rows: rows.map(({ exchange, local = exchange, kind = DEPTH, side = NONE, price = 0, size = 0, flags = 0 }) => [
      kinds.get(kind)! + (flags & AT_EXCHANGE ? 2 ** 31 : 0) + (flags & AT_LOCAL ? 2 ** 30 : 0) +
      (side === BUY ? 2 ** 29 : side === SELL ? 2 ** 28 : 0),
      time(exchange),
      time(local),
      price,
      size,
    ]),
    actions: actions.map(({ step, what, order, side = NONE, price = 0, size = 1, tif = "gtc" }) => [
      step,
      REQUESTS.indexOf(what),
      order,
      side,
      price,
      size,
      TIFS.indexOf(tif),
    ]),
  };
}

function byNumbers(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}

/** A case with all that the two may see in another way: orders of ours that share a price, trades of nobody, clears, empty sides. */
export function madeCase(rng: Rng, count = 150): Case {
  const gap = 20, delay = rng.int(3) * 25, width = 4 + rng.int(5);
  const clears = rng.int(3) * 4, empties = rng.int(3) * 2, unnamed = rng.int(3) * 10;
  const rows: MadeRow[] = [];
  let now = START, middle = 1000;
  const push = (row: Omit<MadeRow, "exchange" | "flags">) =>
    rows.push({ ...row, exchange: now, flags: AT_EXCHANGE | AT_LOCAL | LAST });
  while (rows.length < count) {
    if (rng.int(3) > 0) now += BigInt(rng.int(gap));
    if (rng.int(8) === 0) middle += rng.int(5) - 2;
    const side = rng.int(2) === 0 ? BUY : SELL, draw = rng.int(100);
    const near = middle - side * (rng.int(width) - 2);
    if (draw < clears) {
      const what = rng.int(6) === 0 ? NONE : side;
      push({ kind: CLEAR, side: what, price: what === NONE ? 0 : near });
    } else if (draw < clears + empties) {
      for (let price = middle - width; price <= middle + width; price++) push({ side, price, size: 0 });
    } else if (draw < clears + empties + 30) {
      const aggressor = rng.int(100) < unnamed ? NONE : side;
      push({ kind: TRADE, side: aggressor, price: middle + rng.int(5) - 2, size: 1 + rng.int(6) });
    } else {
      const kind = rng.int(12) === 0 ? SNAPSHOT : DEPTH;
      push({ kind, side, price: near, size: kind === DEPTH && rng.int(3) === 0 ? 0 : 1 + rng.int(5) });
    }
  }
  const interval = 3 + rng.int(25), latency = [0, 1, 7, 40][rng.int(4)];
  const steps = Math.floor(Number(now - START) / interval);
  // A last row, long after the rest: by then all that was on its way has arrived.
  now += 400n;
  push({ kind: TRADE, side: NONE, price: middle, size: 1 });
  const queue = (["risk", "power3", "log"] as const)[rng.int(3)];
  return { rows: seenLate(rng, rows, delay), queue, latency, interval, actions: madeActions(rng, steps, middle) };
}

function madeActions(rng: Rng, steps: number, middle: number): Action[] {
  const actions: Action[] = [];
  const many = 1 + rng.int(4);
  const sides: number[] = [];
  let orders = 0;
  for (let step = 1; step <= steps; step++) {
    for (let left = rng.int(many); left > 0; left--) {
      const what = orders === 0 || rng.int(4) > 0 ? "submit" : rng.int(3) === 0 ? "amend" : "cancel";
      const order = what === "submit" ? ++orders : 1 + rng.int(orders);
      const side = what === "submit" ? rng.int(2) === 0 ? BUY : SELL : sides[order];
      const price = middle - side * (rng.int(6) - 1), size = 1 + rng.int(3);
      const tif = (["gtc", "post", "gtc", "post", "gtc", "post", "fok", "ioc"] as const)[rng.int(8)];
      sides[order] = side;
      actions.push(what === "cancel" ? { step, what, order } : { step, what, order, side, price, size, tif });
    }
  }
  return actions;
}

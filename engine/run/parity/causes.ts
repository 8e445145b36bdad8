import { Code } from "../../core/codes.ts";
import { REJECT, REQUEST_REFUSED } from "../../oms/order_life.ts";
import type { Happened } from "./happened.ts";
import { pairOrders, wentAlike } from "./order_pairs.ts";
import type { TrailOrder } from "./order_trail.ts";

/** What a difference between a session and its backtest may come from, in the order in which a certificate lists them. */
export const CAUSES = [
  "data gap",
  "late knowledge",
  "feed latency",
  "order latency",
  "queue position",
  "impact",
  "partial fill",
  "fee",
  "funding",
  "venue reject",
  "rate limit",
  "clock",
  "operator command",
  "strategy non-determinism",
  "unexplained",
] as const;

/** One of them. */
export type Cause = typeof CAUSES[number];

/** A time in which what is seen of an instrument was not whole, ns since 1970-01-01 UTC: from the gap to the next snapshot. */
export interface StaleTime {
  readonly instrument: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** Fills and ends that are the same but for when they were heard of differ by latency alone up to this: a tenth of a second. */
const ANSWER_APART_NS = 100_000_000n;

/** Refusals by the exchange that come of what a fill or an end of ours did before: no cause of their own. */
const CROSSED: readonly number[] = [Code.TOO_LATE, Code.FILLED_MEANWHILE];

/** Codes that say more than that the exchange refused. */
const BY_CODE: ReadonlyMap<number, Cause> = new Map([
  [Code.CLOCK_OFF, "clock"],
  [Code.THROTTLED, "rate limit"],
  [Code.VENUE_BUSY, "rate limit"],
]);

/**
 * For each order of a session that a simulation of it had otherwise, why that is; those that it had alike are not among them.
 *
 * An order has one cause, the first that fits:
 *
 * - clock, rate limit, venue reject: the exchange refused it, or a request about it, by the code of that refusal, and the simulation
 *   did not.
 * - data gap: while it was open, messages of its instrument were lost.
 * - order latency: it was filled, or ended, alike, and that was heard of at another time, within a tenth of a second.
 * - partial fill: another number of its lots was filled, and some of them in both; or it took, and was filled in one alone.
 * - impact: it took as many lots, at other prices.
 * - queue position: it rested, and was filled in one alone, or at another time.
 *
 * Of an order that the simulation never sent what it did itself decides: impact where it took, queue position where it rested.
 */
export function causesOf(
  happened: Happened,
  simulated: readonly TrailOrder[],
  stale: readonly StaleTime[],
): Map<number, Cause> {
  const causes = new Map<number, Cause>(), { pairs, onlyNow } = pairOrders(simulated, happened.trail.orders);
  for (const [was, now] of pairs) {
    const cause = causeOf(happened, stale, now, was);
    if (cause) causes.set(now.id, cause);
  }
  for (const order of onlyNow) causes.set(order.id, causeOf(happened, stale, order) ?? "queue position");
  return causes;
}

function causeOf(
  happened: Happened,
  stale: readonly StaleTime[],
  now: TrailOrder,
  was?: TrailOrder,
): Cause | undefined {
  const alike = was !== undefined && wentAlike(was, now);
  if (alike && heardAlike(was, now)) return undefined;
  const refused = alike ? undefined : refusalOf(happened, now);
  if (refused) return refused;
  const end = now.end?.at;
  const gap = stale.some(({ instrument, from, to }) =>
    instrument === now.instrument && now.sent <= to && (end === undefined || end >= from)
  );
  if (gap) return "data gap";
  const took = [...now.fills, ...was?.fills ?? []].some(({ maker }) => maker === false);
  if (was === undefined) return took ? "impact" : "queue position";
  if (alike && heardNearly(was, now)) return "order latency";
  const before = lotsOf(was), after = lotsOf(now);
  if (before !== after && (took || (before > 0 && after > 0))) return "partial fill";
  return took ? "impact" : "queue position";
}

/** Why the exchange refused an order, or a request about it. */
function refusalOf(happened: Happened, { id }: TrailOrder): Cause | undefined {
  const refusals = happened.answersTo(id).filter(({ event, code }) =>
    event === REJECT || (event === REQUEST_REFUSED && !CROSSED.includes(code))
  );
  if (refusals.length === 0) return undefined;
  return refusals.map(({ code }) => BY_CODE.get(code)).find((cause) => cause !== undefined) ?? "venue reject";
}

function heardAlike(was: TrailOrder, now: TrailOrder): boolean {
  return was.end?.at === now.end?.at && was.fills.every(({ at }, i) => at === now.fills[i].at);
}

function heardNearly(was: TrailOrder, now: TrailOrder): boolean {
  const near = (a = 0n, b = 0n) => a - b <= ANSWER_APART_NS && b - a <= ANSWER_APART_NS;
  return near(was.end?.at, now.end?.at) && was.fills.every(({ at }, i) => near(at, now.fills[i].at));
}

function lotsOf({ fills }: TrailOrder): number {
  return fills.reduce((sum, { lots }) => sum + lots, 0);
}

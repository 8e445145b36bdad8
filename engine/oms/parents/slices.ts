import type { Rng } from "../../core/rng.ts";
import type { Algo } from "./algo.ts";
import { almgrenChriss } from "./almgren_chriss.ts";
import type { Desk } from "./desk.ts";
import type { Parent } from "./parent.ts";
import { sliceNs, SLICES_MAX } from "./parent_request.ts";

/**
 * Whole lots that must be done after each slice, from shares that run up to 1: each is rounded by itself, so that no error
 * adds up, none is less than the one before, and the last is `lots`.
 *
 * @example
 * ```ts
 * import { lotsDone } from "./slices.ts";
 * if (lotsDone([0.25, 0.5, 0.75, 1], 10).join() !== "3,5,8,10") throw new Error("unexpected");
 * ```
 */
export function lotsDone(shares: ArrayLike<number>, lots: number): Float64Array<ArrayBuffer> {
  const done = new Float64Array(shares.length);
  for (let i = 0, least = 0; i < done.length; i++) {
    done[i] = least = Math.min(lots, Math.max(least, Math.round(shares[i] * lots)));
  }
  done[done.length - 1] = lots;
  return done;
}

/** The share that is done at each of `ends`, as fractions of the whole, by a curve of volumes in equal parts of it. */
export function sharesOf(curve: readonly number[], ends: ArrayLike<number>): Float64Array {
  const shares = new Float64Array(ends.length), parts = curve.length;
  const total = curve.reduce((sum, each) => sum + each, 0);
  let part = 0, before = 0;
  for (let i = 0; i < ends.length; i++) {
    const at = ends[i] * parts;
    for (; part < parts && part + 1 <= at; part++) before += curve[part];
    shares[i] = part === parts ? 1 : (before + curve[part] * (at - part)) / total;
  }
  return shares;
}

/**
 * Works by a schedule: so many lots must be done after each slice, whatever the market does.
 *
 * - twap: as many lots in each interval. vwap: as the market's volume is expected in it. is: as Almgren and Chriss have it
 *   (see {@linkcode almgrenChriss}).
 * - A slice is sent at the beginning of its interval, or up to `jitter` of one later; what a slice could not fill is added
 *   to the next, and after the last waits for the end and what is then to be done with the rest.
 * - With style "post" a slice rests at our side's touch until the next, which then takes what is left of it.
 * - Where an amend changes size or length, what is left is planned anew over the time that is left.
 * - vwap without a curve takes that which the run has learnt so far, each interval its mean volume at that time of the
 *   period; where a part of it was never heard, it works as a twap, and says so. A pause shifts the schedule, not the curve.
 * - is without a volatility takes that which the run has shown so far; where it has shown too little, it is a twap, and says
 *   so.
 */
export class Slices implements Algo {
  next = Infinity;
  /** When slices are due, in the parent's own time, and the lots to be done after each. */
  private due = new Float64Array(0);
  private done = new Float64Array(0);
  private slice = 0;
  private readonly random: Rng;

  constructor(random: Rng) {
    this.random = random;
  }

  plan(parent: Parent, desk: Desk): void {
    const from = parent.time(desk.core.now), slice = sliceNs(parent.request);
    const count = Math.max(1, Math.min(SLICES_MAX, Math.ceil((parent.over - from) / slice)));
    const last = Math.max(0, parent.over - from - (count - 1) * slice);
    const due = this.due = new Float64Array(count), ends = new Float64Array(count);
    const { jitter = 0 } = parent.request;
    for (let i = 0; i < count; i++) {
      const length = i === count - 1 ? last : slice;
      ends[i] = i * slice + length;
      due[i] = from + i * slice + (jitter > 0 ? Math.floor(this.random.float() * jitter * length) : 0);
    }
    const done = parent.filled + parent.outstanding(desk.core.orders);
    this.done = lotsDone(sharesFor(parent, desk, ends, slice), Math.max(0, parent.wanted - done));
    for (let i = 0; i < count; i++) this.done[i] += done;
    this.slice = 0;
    this.next = due[0];
  }

  look(parent: Parent, desk: Desk): void {
    const now = parent.time(desk.core.now);
    if (this.slice < this.due.length && this.due[this.slice] <= now) {
      parent.overdue = parent.target;
      while (this.slice < this.due.length && this.due[this.slice] <= now) parent.target = this.done[this.slice++];
      if (parent.request.style !== "post") parent.overdue = parent.target;
      else desk.clear(parent, false);
      this.next = this.slice < this.due.length ? this.due[this.slice] : Infinity;
    }
    desk.place(parent);
  }
}

/** The share to be done at the end of each interval, `ends` in ns from now. */
function sharesFor(parent: Parent, desk: Desk, ends: Float64Array, slice: number): Float64Array {
  const { algo } = parent.request;
  if (algo === "vwap") return volumeShares(parent, desk, ends);
  return (algo === "is" && shortfallShares(parent, desk, ends, slice)) || evenly(ends);
}

function evenly(ends: Float64Array): Float64Array {
  const length = ends[ends.length - 1];
  return length > 0 ? ends.map((end) => end / length) : ends.map(() => 1);
}

function volumeShares(parent: Parent, desk: Desk, ends: Float64Array): Float64Array {
  const { core } = desk, { curve } = parent.request;
  const length = ends[ends.length - 1];
  if (curve !== undefined) {
    // Given for the whole of its time: what was before now is over.
    const from = parent.time(core.now);
    const all = sharesOf(curve, [from, ...ends.map((end) => from + end)].map((at) => at / (from + length)));
    const left = 1 - all[0];
    return left > 0 ? all.subarray(1).map((share) => (share - all[0]) / left) : evenly(ends);
  }
  const learnt = desk.learnt(parent.instrument)?.curve;
  const lots = Float64Array.from(
    ends,
    (end, i) => learnt ? learnt.between(core.now + (i === 0 ? 0 : ends[i - 1]), core.now + end) : NaN,
  );
  const total = lots.reduce((sum, each) => sum + each, 0);
  if (!(total > 0)) {
    parent.note("The volume curve is flat: the run had not yet heard all of the period it is for");
    return evenly(ends);
  }
  let done = 0;
  return lots.map((each) => (done += each) / total);
}

function shortfallShares(parent: Parent, desk: Desk, ends: Float64Array, slice: number): Float64Array | undefined {
  const { riskAversion = 0, impact = 1, permanentImpact } = parent.request;
  const volatility = parent.request.volatility ?? desk.learnt(parent.instrument)?.volatility.perSecond ?? NaN;
  if (volatility !== volatility) {
    parent.note("The schedule is flat: the run had not yet shown how far the price wanders");
    return undefined;
  }
  const model = { riskAversion, volatility, impact, permanentImpact };
  // Steps are equal there: a last one that is shorter counts as one.
  return almgrenChriss(model, ends.length, slice / 1e9).subarray(1);
}

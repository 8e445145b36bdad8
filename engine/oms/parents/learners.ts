import type { Clock } from "../../core/clock.ts";
import { ERA } from "../../core/clock.ts";
import type { Core } from "../../core/core.ts";
import type { Feed } from "../../core/feed.ts";
import { loadKeeper, loadValue, saveKeeper, saveValue } from "../../core/plain_state.ts";
import type { StateReader } from "../../core/state_reader.ts";
import type { StateWriter } from "../../core/state_writer.ts";
import { parseDuration } from "../../venue/latency.ts";
import type { LearnOptions } from "./parent_orders.ts";
import { Volatility } from "./volatility.ts";
import { VolumeCurve } from "./volume_curve.ts";

/** Bins of a learnt period. */
const BINS_MAX = 100_000;

/** What is learnt of one instrument's market from what has reached us: when it trades, and how far its price wanders. */
export class Learner {
  readonly curve: VolumeCurve;
  readonly volatility = new Volatility();
  private growth = 1;

  constructor(periodNs: number, binNs: number, clock: Clock) {
    this.curve = new VolumeCurve(periodNs, binNs, clock.now, phaseOf(clock, periodNs));
  }

  /** A message of its instrument was applied at `now`; `growth` changes with splits. */
  heard(feed: Feed, now: number, growth: number): void {
    this.curve.add(now, tradedLots(feed));
    if (growth !== this.growth) {
      this.growth = growth;
      this.volatility.restart();
    }
    this.volatility.add(now, feed.view.mark2);
  }

  /** Takes `shift` off the times held. */
  rebase(shift: number): void {
    this.curve.rebase(shift);
    this.volatility.rebase(shift);
  }
}

/** The learners of a session, one for each instrument that is learnt. */
export class Learners {
  readonly #core: Core;
  readonly #byInstrument = new Map<number, Learner>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** Whether there is one. */
  get any(): boolean {
    return this.#byInstrument.size > 0;
  }

  of(instrument: number): Learner | undefined {
    return this.#byInstrument.get(instrument);
  }

  /** Begins with an instrument, or begins anew where period or bin are others. */
  learn(instrument: number, { period = "1d", bin = "5m" }: LearnOptions): void {
    const { clock, feeds } = this.#core, periodNs = parseDuration(period), binNs = parseDuration(bin);
    if (feeds[instrument] === undefined) {
      throw new RangeError(
        `Cannot learn of instrument ${instrument}: this session has ${feeds.length}, counted from 0`,
      );
    }
    if (!(binNs > 0 && periodNs >= binNs && periodNs % binNs === 0 && periodNs / binNs <= BINS_MAX)) {
      throw new RangeError(
        `Cannot learn volumes: bin is ${bin}; it must divide the period, ${period}, into ${BINS_MAX} parts at most`,
      );
    }
    const { curve } = this.of(instrument) ?? {};
    if (curve?.periodNs === periodNs && curve.binNs === binNs) return;
    this.#byInstrument.set(instrument, new Learner(periodNs, binNs, clock));
  }

  /** A message was applied. */
  heard(feed: Feed): void {
    const { now, marks } = this.#core;
    this.of(feed.index)?.heard(feed, now, marks.growth[feed.index]);
  }

  rebase(shift: number): void {
    for (const learner of this.#byInstrument.values()) learner.rebase(shift);
  }

  save(to: StateWriter): void {
    const kinds = Array.from(
      this.#byInstrument,
      ([instrument, { curve }]) => [instrument, curve.periodNs, curve.binNs],
    );
    saveValue(to, kinds, "learners");
    for (const learner of this.#byInstrument.values()) saveKeeper(to, learner, "a learner");
  }

  load(from: StateReader): void {
    for (const [instrument, periodNs, binNs] of loadValue(from) as number[][]) {
      this.#byInstrument.set(instrument, new Learner(periodNs, binNs, this.#core.clock));
    }
    for (const learner of this.#byInstrument.values()) loadKeeper(from, learner, "a learner");
  }
}

/** Lots that the market traded in the message just applied; of a bar, its volume. */
export function tradedLots({ view: { pending } }: Feed): number {
  if (pending.bar) return pending.bar.volume;
  let lots = 0;
  for (let i = 0; i < pending.trades; i++) lots += pending.sizes[i];
  return lots;
}

/** Σ price × lots of them; of a bar its volume at a third of high + low + close, as nobody knows more. */
export function tradedValue({ view: { pending } }: Feed): number {
  const { bar } = pending;
  if (bar) return bar.volume === 0 ? 0 : bar.volume * ((bar.high + bar.low + bar.close) / 3);
  let value = 0;
  for (let i = 0; i < pending.trades; i++) value += pending.prices[i] * pending.sizes[i];
  return value;
}

/** How far into a period, counted from 1970-01-01 UTC, the clock stands: exact, as a whole number of ns. */
function phaseOf(clock: Clock, periodNs: number): number {
  const period = BigInt(periodNs), epoch = BigInt(clock.era) * BigInt(ERA) + BigInt(clock.now);
  return Number(((epoch % period) + period) % period);
}

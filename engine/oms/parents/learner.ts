import type { Clock } from "../../core/clock.ts";
import { ERA } from "../../core/clock.ts";
import type { Feed } from "../../core/feed.ts";
import { Volatility, VolumeCurve } from "./volume_curve.ts";

/** What is learnt of one instrument's market from what has reached us: when it trades, and how far its price wanders. */
export class Learner {
  readonly curve: VolumeCurve;
  readonly volatility = new Volatility();
  private growth = 1;

  constructor(readonly instrument: number, periodNs: number, binNs: number, clock: Clock) {
    this.curve = new VolumeCurve(periodNs, binNs, clock.now, phaseOf(clock, periodNs));
  }

  /** A message of its instrument was applied at `now`. */
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

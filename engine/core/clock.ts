import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";

/** Nanoseconds in one era: 2^52, about 52 days. */
export const ERA = 2 ** 52;
/** Times of a clock are exact below this; what is as far ahead, or further, is Infinity until the clock has come nearer. */
export const REACH = 2 * ERA;
/** The same in whole seconds, and the nanoseconds that are left. */
const ERA_SEC = Math.floor(ERA / 1e9);
const ERA_NS = ERA - ERA_SEC * 1e9;

/** A time however far ahead, to the nanosecond: whole eras counted from the start of the clock's, and nanoseconds. */
export interface FarTime {
  readonly eras: number;
  /** From 0 to below {@linkcode ERA}. */
  readonly ns: number;
}

/**
 * Session time, exact over centuries in one number.
 *
 * Time is counted from the start of an era of 2^52 ns since 1970-01-01 UTC; numbers stay exact to 2^53, so all that is due
 * within the next 52 days at least is exact to the nanosecond. Before anything happens in a later era, the session calls
 * {@linkcode rebase}, and everyone who holds times takes the same number off them. Whoever waits for something further away
 * than {@linkcode REACH} keeps it as a number of eras and the nanoseconds in the last of them, as the event queue and the
 * order table do.
 */
export class Clock {
  /** Which era times are counted from. */
  era = 0;
  /** Nanoseconds since the start of `era`, below 2^53. */
  now = 0;

  /** The era of `ns`, a time of this clock: digests and journals hold this and {@linkcode nsInEra}. */
  eraOf(ns: number): number {
    return this.era + Math.floor(ns / ERA);
  }

  /** Nanoseconds of `ns` within its own era. */
  nsInEra(ns: number): number {
    return ns - Math.floor(ns / ERA) * ERA;
  }

  /** A time of this clock as nanoseconds since 1970-01-01 UTC. */
  toEpochNs(ns: number): bigint {
    return BigInt(this.era) * BigInt(ERA) + BigInt(ns);
  }

  /**
   * A time of this clock as seconds since 1970-01-01 UTC, rounded down to a microsecond: for figures, not for decisions. The
   * last nanosecond of a day stays within its day.
   */
  toEpochSeconds(ns: number): number {
    return this.era * ERA_SEC + Math.floor((this.era * ERA_NS + ns) / 1000) / 1e6;
  }

  /** As toEpochSeconds, of the times `from` to `to`, at the places of `into` from `place` on. */
  allToEpochSeconds(ns: Float64Array, into: Float64Array, from: number, to: number, place: number): void {
    const sec = this.era * ERA_SEC, rest = this.era * ERA_NS;
    for (let i = from; i < to; i++) into[place + i - from] = sec + Math.floor((rest + ns[i]) / 1000) / 1e6;
  }

  /** Nanoseconds since 1970-01-01 UTC as a time of this clock; Infinity where it is too far ahead to be exact. */
  fromEpochNs(epochNs: bigint): number {
    const ns = Number(epochNs - BigInt(this.era) * BigInt(ERA));
    return ns < REACH ? ns : Infinity;
  }

  /** {@linkcode fromEpochNs} for times that may be out of reach. */
  farFromEpochNs(epochNs: bigint): FarTime {
    const ahead = epochNs - BigInt(this.era) * BigInt(ERA), ns = BigInt.asUintN(52, ahead);
    return { eras: Number((ahead - ns) / BigInt(ERA)), ns: Number(ns) };
  }

  /** The time `delay` ns from now, which may be out of reach; `delay` is an integer, exact in its float. */
  farFromNow(delay: number): FarTime {
    const ns = this.nsInEra(this.now) + (delay % ERA);
    return {
      eras: Math.floor(this.now / ERA) + Math.floor(delay / ERA) + Math.floor(ns / ERA),
      ns: ns % ERA,
    };
  }

  /** Moves to `era` and returns what to take off every time held. */
  rebase(era: number): number {
    const shift = (era - this.era) * ERA;
    this.era = era;
    this.now -= shift;
    return shift;
  }

  save(to: StateWriter): void {
    to.numbers(this.era, this.now);
  }

  load(from: StateReader): void {
    this.era = from.number();
    this.now = from.number();
  }
}

import type { Alert } from "../core/alerts.ts";
import type { Code } from "../core/codes.ts";
import type { Action } from "./guard_specs.ts";

/** A guard that has tripped: what is to be done, and what is to be said of it. */
export interface Breach {
  /** Index, or ALL. */
  readonly instrument: number;
  readonly code: Code;
  readonly action: Action;
  /** What it found, without the instrument's name. */
  readonly words: string;
  readonly limit: number;
  readonly observed: number;
  readonly evidence?: Alert["evidence"];
}

/** What acts on what guards find: {@linkcode Guards}, in a session. */
export interface GuardDesk {
  /** Says it, and does what the action says. */
  trip(breach: Breach): void;
  /** Ends what a trip began; says so where it held a gate. */
  clear(instrument: number, code: Code): void;
  /** Calls a part's `timer` with this number of its own, `ns` from now. */
  wake(part: GuardPart, ns: number, number: number): void;
}

/** One of the parts that watch: what it hears is as for a service. */
export interface GuardPart {
  started?(): void;
  order?(slot: number, event: number): void;
  fill?(slot: number, price: number, lots: number, liquidity: number): void;
  timer?(number: number): void;
  rebase?(shift: number): void;
  /** A command has ended what it began: it starts over. */
  released(instrument: number, code: Code): void;
  /** All it knows, as plain data that a snapshot keeps, and fills again in place (see core/plain_state.ts). */
  readonly known: object;
}

/** A number for people: without the noise of floats. */
export function neat(value: number): string {
  return `${Number(value.toPrecision(10))}`;
}

/** A share for people, in percent. */
export function percent(share: number): string {
  return `${neat(Number((share * 100).toPrecision(6)))} %`;
}

/** Nanoseconds for people, in seconds. */
export function seconds(ns: number): string {
  return `${neat(ns / 1e9)} s`;
}

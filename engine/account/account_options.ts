import type { RoundTripSink } from "./round_trip_sink.ts";

/** How an account starts. */
export interface AccountOptions {
  /** Cash at the start by currency, as decimals: `{ USDT: "10000" }`. Currencies not named start at 0. */
  readonly cash?: Readonly<Record<string, string>>;
  /** Is told of round trips. */
  readonly sink?: RoundTripSink;
}

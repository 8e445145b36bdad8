import type { RoundTripSink } from "../account/round_trip_sink.ts";
import type { Instrument } from "./instrument.ts";
import type { CommandEntry } from "./command.ts";
import type { Alert } from "./alerts.ts";
import type { Feed } from "./feed.ts";
import type { Amount } from "./money.ts";
import type { OrderTable } from "../oms/order_table.ts";

/** Tags of output records: what the digest is made of. They stay below 8, where journals keep a bit of their own. */
export const ORDER_STATE = 1;
export const OWN_FILL = 2;
export const ACCOUNT_AFTER_FILL = 3;
export const REFUSAL = 4;
export const ALERT = 5;

/** What a recorder can see of the core it records. */
export interface RecordedCore {
  readonly clock: { readonly era: number; readonly now: number; toEpochNs(ns: number): bigint };
  /** Own fills by instrument. */
  readonly flow: { readonly trades: Float64Array };
  readonly account: {
    readonly valuation: { readonly instruments: readonly Instrument[]; readonly scales: Uint8Array };
    balance(instrument: number): Amount;
    fees(instrument: number): Amount;
    position(instrument: number): number;
    realised(instrument: number): Amount;
    averagePrice(instrument: number): number;
  };
}

/** Takes what a session puts out, as it comes: journals, order and fill lists, curves. Nothing is kept for it. */
export interface Recorder extends Partial<RoundTripSink> {
  /** The core is made, and nothing has happened in it: its clock, instruments and scales are known. */
  attach?(core: RecordedCore): void;
  /** One output record, as the digest mixes it. `era` and `ns` are its time (see clock.ts). */
  output?(tag: number, era: number, ns: number, order: number, x: number, y: number, z: number): void;
  /** Hears the output records in place of this one, and from the start: they are too many to be passed on. */
  readonly listener?: Pick<Recorder, "output">;
  /** An order has ended, or stands open at the end of the session. `code` says why, 0 where there is nothing to say. */
  order?(orders: OrderTable, slot: number, ns: number, code: number): void;
  /** An order of ours was filled, as we learnt it. `liquidity` is MAKER (0) or TAKER (1). */
  fill?(
    orders: OrderTable,
    slot: number,
    ns: number,
    price: number,
    lots: number,
    liquidity: number,
    fee: Amount,
  ): void;
  /** A command is about to be carried out, in its place among all else that came in. */
  commanded?(entry: CommandEntry): void;
  /** A threshold was crossed. */
  alert?(alert: Alert): void;
  /**
   * A message of the market was applied, whole, and the strategy is about to hear of it. Told by sessions that stop at every
   * message (see `SessionOptions.everyMessage`); what changed is in the view's `pending`.
   */
  heard?(feed: Feed): void;
  /** The strategy publishes numbers by name, for whoever watches. */
  signal?(ns: number, name: string, values: Readonly<Record<string, number>>): void;
  /** The strategy is about to be called by a timer. */
  step?(ns: number): void;
  /** The account at a moment: equity of currency 0 in whole units. */
  sample?(ns: number, equity: number): void;
  /** As `sample`, for the places `from` to `to` of two columns, between which nothing was filled; instead of it if present. */
  samples?(ns: Float64Array, equity: Float64Array, from: number, to: number): void;
  /** Rows of tape passed since the last call, now and then. */
  progress?(rows: number): void;
}

import type { RoundTripSink } from "../account/round_trip_sink.ts";
import type { Instrument } from "./instrument.ts";
import type { CommandEntry } from "./command.ts";
import type { Alert } from "./alerts.ts";
import type { AmountView } from "./amount.ts";
import type { Feed } from "./feed.ts";

/**
 * Tags of output records: what the digest is made of. They are below 8. The next three bits of a tag's word are for journals,
 * and what is above them says more of the record.
 */
export const ORDER_STATE = 1;
/** It says how the order stands after the fill, too: no ORDER_STATE follows it. */
export const OWN_FILL = 2;
export const ACCOUNT_AFTER_FILL = 3;
export const REFUSAL = 4;
export const ALERT = 5;

/** The tag's word of a fill that leaves its order in a state of order_life.ts. */
export function fillTag(state: number, instrument: number): number {
  return OWN_FILL | state << 6 | instrument << 10;
}

/** The state in the tag's word of a fill. */
export function stateOfFill(tag: number): number {
  return tag >> 6 & 15;
}

/** The instrument in the tag's word of a fill. */
export function instrumentOfFill(tag: number): number {
  return tag >>> 10;
}

/** What a recorder can see of the core it records. */
export interface RecordedCore {
  /** Its clock: times are ns from the start of an era, and `toEpochNs` makes one ns since 1970-01-01 UTC. */
  readonly clock: { readonly era: number; readonly now: number; toEpochNs(ns: number): bigint };
  /** Own fills by instrument. */
  readonly flow: { readonly trades: Float64Array };
  /** The account: amounts by instrument are in minor units, of which `valuation.scales` says the decimals. */
  readonly account: {
    readonly valuation: { readonly instruments: readonly Instrument[]; readonly scales: Uint8Array };
    balance(instrument: number): AmountView;
    fees(instrument: number): AmountView;
    position(instrument: number): number;
    realised(instrument: number): AmountView;
    averagePrice(instrument: number): number;
  };
}

/** Orders as recorders may read them: columns, one slot each, which is another order's once its own is done. */
export interface RecordedOrders {
  /** Sequential from 1 in the order of submission. */
  readonly id: ArrayLike<number>;
  /** Index of the instrument. */
  readonly instrument: ArrayLike<number>;
  /** BUY or SELL. */
  readonly side: ArrayLike<number>;
  /** By the numbers of oms/order_table.ts. */
  readonly type: ArrayLike<number>;
  /** Time in force, by the numbers there. */
  readonly tif: ArrayLike<number>;
  /** Flags of oms/order_table.ts, added up. */
  readonly flags: ArrayLike<number>;
  /** By the numbers of oms/order_life.ts. */
  readonly state: ArrayLike<number>;
  /** Limit price in ticks, NaN without. */
  readonly price: ArrayLike<number>;
  /** Trigger price in ticks, or the distance of a trailing stop. */
  readonly trigger: ArrayLike<number>;
  /** Lots in all. */
  readonly size: ArrayLike<number>;
  /** Lots filled, as far as we know. */
  readonly filled: ArrayLike<number>;
  /** Session time of submission. */
  readonly submitted: ArrayLike<number>;
  /** What has been taken off the clock's times since. */
  readonly shifted: ArrayLike<number>;
  /** Id of the parent order that it is a child of; 0 where it has none. */
  readonly parent: ArrayLike<number>;
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
  order?(orders: RecordedOrders, slot: number, ns: number, code: number): void;
  /** An order of ours was filled, as we learnt it, and stands as its columns say. `liquidity` is MAKER (0) or TAKER (1). */
  fill?(
    orders: RecordedOrders,
    slot: number,
    ns: number,
    price: number,
    lots: number,
    liquidity: number,
    fee: AmountView,
  ): void;
  /** A command is about to be carried out, in its place among all else that came in. */
  commanded?(entry: CommandEntry): void;
  /** A threshold was crossed. */
  alert?(alert: Alert): void;
  /**
   * A message of the market was applied, whole, and the strategy is about to hear of it. Told by sessions that stop at every
   * message (see `SessionOptions.everyMessage`); what changed is in the view's `pending`.
   *
   * @internal
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

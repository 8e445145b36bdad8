/** What can happen beside the data, each with a number by which logs and alerts know it. */
export const LIVE_EVENTS = {
  /** A connection is up. */
  CONNECTED: 6000,
  /** A connection ended, and is made again. */
  RECONNECTING: 6001,
  /** A connection is replaced before the exchange ends it: its day is over, or it said that it shuts down. */
  RENEWED: 6002,
  /** The exchange cannot be reached at all: its name is not found, its certificate not trusted, nothing answers. */
  NOT_REACHED: 6003,
  /** Updates are missing, or a checksum was wrong: the book is read anew. */
  MARKET_GAP: 6100,
  /** The book is whole again. */
  MARKET_WHOLE: 6101,
  /** A frame made no sense and was left out. */
  FRAME_REFUSED: 6102,
  /** What an instrument is has changed while it ran: its tick, its lot. */
  INSTRUMENT_CHANGED: 6103,
  /** Reports of our orders may be missing: they are read anew. */
  USER_GAP: 6200,
  /** A request had no answer: what became of it is looked up. */
  UNANSWERED: 6201,
  /** The exchange told of an order or a fill that is not ours to explain. */
  FOREIGN_ORDER: 6202,
  /** The exchange filled more than was asked. */
  OVERFILLED: 6203,
  /** The books of the exchange and ours do not agree. */
  UNRECONCILED: 6204,
  /** The exchange refused a request: its form, its price, for want of balance. */
  REQUEST_REFUSED: 6205,
  /** The exchange asks for less: requests wait. */
  THROTTLED: 6300,
  /** The exchange's clock and ours are far apart. */
  CLOCK_OFF: 6400,
  /** The exchange takes none of our orders: our key may not trade. */
  NOT_PERMITTED: 6500,
  /** What happens could not be written down. */
  JOURNAL_FAILED: 6600,
  /** The strategy threw: its session is over, and its orders are cancelled. */
  STRATEGY_FAILED: 6700,
} as const;

/** The name of what happened. */
export type LiveEventName = keyof typeof LIVE_EVENTS;

/** Something that happened beside the data. */
export interface LiveEvent {
  readonly name: LiveEventName;
  /** Where: "binance-spot". */
  readonly venue: string;
  /** One line for people, without a secret in it. */
  readonly message: string;
  /** The instrument it is about, by the exchange's name of it. */
  readonly symbol?: string;
  /** The connection it is about: "book stream". */
  readonly connection?: string;
}

/** Why nothing can be relied on any more: what happened, as it is told. */
export type HaltCause = Pick<LiveEvent, "name" | "message" | "symbol">;

/**
 * Every message that goes over a link, in either direction: one envelope, of which `type` says what the rest means.
 *
 * A frame is a list of messages. Checking is strict: a field that is not listed is an error, so that no client rests on what
 * nobody promised.
 *
 * @module
 */
import * as v from "valibot";
import { CHANNELS } from "./channels.ts";
import type { UPDATES } from "./data.ts";
import { int64 } from "./int64.ts";

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(100));
const name = v.pipe(v.string(), v.maxLength(200));
const text = v.pipe(v.string(), v.maxLength(4096));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());
const channel = v.picklist(Object.keys(CHANNELS) as (keyof typeof CHANNELS)[]);
/** An instrument's symbol, a strategy's signal, "" for channels of the session, or "*" for all there are. */
const symbol = name;

/** What history answers with is checked message by message, see check.ts. */
function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** Where a client stands in a channel. */
export const position = v.strictObject({ channel, symbol, epoch: name, seq: count });

/** What a subscription asks for beside its channel. */
const wishes = {
  /** The most messages a second; what comes between them is merged. Of conflated channels. */
  rateMax: v.optional(v.pipe(v.number(), v.minValue(0.01), v.maxValue(1000))),
  /** How old a message may be when it is written, in ms: older ones are merged away. Of conflated channels. */
  ageMsMax: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(3_600_000))),
  /** Levels of the book on each side; all where absent. */
  depth: v.optional(v.pipe(count, v.minValue(1), v.maxValue(10_000))),
  /** Only messages whose fields have one of these values: { side: ["buy"] }. Of lossless channels. */
  where: v.optional(
    v.pipe(
      v.record(
        name,
        v.pipe(v.array(v.union([v.pipe(v.string(), v.maxLength(200)), finite, v.boolean()])), v.maxLength(64)),
      ),
      v.maxEntries(8),
    ),
  ),
};

/** First message of a client: who it is, and what it comes back to. */
const hello = v.strictObject({
  protocol: count,
  client: name,
  token: v.optional(v.pipe(v.string(), v.maxLength(8192))),
  /** The session to join; the server's only one where absent. */
  session: v.optional(name),
  /** The connection it had before, as hello named it, to go on with it over this link. */
  connection: v.optional(name),
  /** Of channels it wants to go on with: where it stands in each. */
  positions: v.optional(v.pipe(v.array(position), v.maxLength(10_000))),
  /** Compressions it understands. */
  compression: v.optional(v.pipe(v.array(v.picklist(["deflate", "zstd"])), v.maxLength(4))),
  /** Bytes it takes before it acknowledges; the server's own where absent. */
  window: v.optional(v.pipe(count, v.minValue(4096), v.maxValue(16_777_216))),
  /** Wants each frame to say when it was written, and what was merged. */
  timing: v.optional(v.boolean()),
});

/** Messages of clients, by type: their data. */
export const REQUESTS = {
  hello,
  subscribe: v.strictObject({
    channel,
    symbol,
    from: v.optional(v.strictObject({ epoch: name, seq: count })),
    ...wishes,
  }),
  unsubscribe: v.strictObject({ subscription: id }),
  /** A command of the session or its clock. Who sends a `key` again gets the first answer again. */
  command: v.strictObject({
    command: v.looseObject({ kind: name }),
    key: v.optional(id),
    /** Wall time in ms since 1970 after which it must not be carried out. */
    expires: v.optional(finite),
  }),
  history: v.strictObject({
    channel,
    symbol,
    from: count,
    most: v.pipe(count, v.maxValue(10_000)),
    /** A few of all there ever were, evenly spaced, rather than the newest: of bbo, bars, pnl and signals. */
    sparse: v.optional(v.boolean()),
  }),
  presence: v.strictObject({}),
  token: v.strictObject({ token: v.pipe(v.string(), v.maxLength(8192)) }),
  /** Bytes of frames received so far, on this link. */
  ack: v.strictObject({ bytes: count }),
  ping: v.strictObject({ sent: finite }),
  /** A remote strategy has answered the turn of this number. */
  done: v.strictObject({ step: count }),
  bye: v.strictObject({}),
} as const;

/** What an instrument is, as hello tells it. */
const instrument = v.strictObject({
  symbol: name,
  venue: name,
  kind: name,
  tick: name,
  lot: name,
  multiplier: name,
  currency: name,
});

const whole = v.pipe(v.number(), v.safeInteger());

/** What a strategy in process would have been called with: the callback's name, and what it tells. */
const call = v.strictObject({
  call: name,
  instrument: v.optional(count),
  order: v.optional(count),
  side: v.optional(whole),
  price: v.optional(whole),
  size: v.optional(finite),
  filled: v.optional(finite),
  maker: v.optional(v.boolean()),
  state: v.optional(name),
  code: v.optional(count),
  timer: v.optional(count),
  open: v.optional(whole),
  high: v.optional(whole),
  low: v.optional(whole),
  /** A parent order or an alert, by the fields that PROTOCOL.md lists. */
  view: v.optional(v.looseObject({})),
});

/** One instrument as a remote strategy finds it when it is called, in ticks and lots. */
const market = v.strictObject({
  bid: v.nullable(whole),
  bidSize: finite,
  ask: v.nullable(whole),
  askSize: finite,
  position: whole,
});

/** Messages of servers but those of channels, by type: their data. */
export const ANSWERS = {
  hello: v.strictObject({
    protocol: count,
    session: name,
    connection: name,
    /** backtest, paper, live or replay. */
    mode: v.picklist(["backtest", "paper", "live", "replay"]),
    /** Orders are real, and so is the money. */
    live: v.boolean(),
    /** What can be commanded: kinds, in the order of the alphabet. */
    commands: v.array(name),
    channels: v.array(channel),
    instruments: v.array(instrument),
    scopes: v.array(name),
    /** Whether the connection that was asked for goes on. */
    resumed: v.boolean(),
    heartbeatMs: count,
    messageBytesMax: count,
    window: count,
    compression: v.nullable(v.picklist(["deflate", "zstd"])),
  }),
  /** Answers a request, by its id. */
  subscribed: v.strictObject({
    subscription: id,
    /** By symbol, as "*" stands for several: where the channel stands, and whether what was missed follows whole. */
    topics: v.array(v.strictObject({ symbol, epoch: name, seq: count, recovered: v.boolean() })),
  }),
  unsubscribed: v.strictObject({ subscription: id }),
  /** A command was taken: 0, or why it was refused; the order that it made, else 0; the session that it made, if it made one. */
  commanded: v.strictObject({ code: count, reason: text, order: count, session: v.optional(name) }),
  history: v.strictObject({
    messages: v.array(v.custom<ChannelMessage>(isObject)),
    epoch: name,
    first: count,
    last: count,
  }),
  present: v.strictObject({ clients: v.array(name) }),
  token: v.strictObject({ expires: v.nullable(finite) }),
  pong: v.strictObject({ sent: finite, received: finite }),
  error: v.strictObject({
    code: count,
    name,
    category: name,
    message: text,
    remedy: text,
    retryMs: finite,
  }),
  /** The server is about to stop: come back after so many ms. */
  drain: v.strictObject({ reconnectMs: count, reason: text }),
  /** First of a frame: when it was written (ms since 1970), messages merged into others, and skipped, since the frame before. */
  frame: v.strictObject({ written: finite, enqueued: finite, merged: count, skipped: count }),
  /** A remote strategy is to answer before the clock goes on; `step` counts turns. */
  turn: v.strictObject({ step: count, time: int64, calls: v.array(call), markets: v.array(market) }),
} as const;

type Request = keyof typeof REQUESTS;
type Answer = keyof typeof ANSWERS;

/** A message of a client. */
export type ClientMessage = {
  [Type in Request]: {
    readonly type: Type;
    readonly id?: string;
    readonly data: v.InferOutput<typeof REQUESTS[Type]>;
  };
}[Request];

/** A message of a server that is of no channel. */
export type ServerMessage = {
  [Type in Answer]: {
    readonly type: Type;
    readonly id?: string;
    readonly data: v.InferOutput<typeof ANSWERS[Type]>;
  };
}[Answer];

/** A message of a channel. */
export interface ChannelMessage {
  readonly type: "snapshot" | "update";
  readonly channel: keyof typeof UPDATES;
  readonly symbol: string;
  /** See data.ts. */
  readonly data: Readonly<Record<string, unknown>>;
  /** When it happened: session time in ns since 1970-01-01 UTC. */
  readonly timestamp: bigint;
  /** Place in its channel and symbol, one up each time. */
  readonly seq: number;
  /** The message it follows on: `seq` − 1, or less where several were merged into it. 0 on snapshots. */
  readonly prev: number;
  /** Of snapshots: the run of sequences it belongs to. */
  readonly epoch?: string;
}

/** Every message there is. */
export type Message = ClientMessage | ServerMessage | ChannelMessage;

/** Whether a message is one of a channel. */
export function isChannelMessage(message: Message): message is ChannelMessage {
  return message.type === "update" || message.type === "snapshot";
}

/** Fields of the envelope beside `type` and `data`: of requests and their answers, and of messages of channels. */
export const ENVELOPE = { id: v.optional(id) };
export const CHANNEL_ENVELOPE = {
  channel,
  symbol,
  timestamp: int64,
  seq: count,
  prev: count,
  epoch: v.optional(name),
};

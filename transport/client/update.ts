import type * as v from "valibot";
import type { Channel } from "../protocol/channels.ts";
import type { SNAPSHOTS, UPDATES } from "../protocol/data.ts";
import type { ANSWERS } from "../protocol/messages.ts";

/** What an update of a channel carries; see protocol/data.ts. */
export type UpdateData<C extends Channel> = v.InferOutput<typeof UPDATES[C]>;

/** What a snapshot of a channel carries. */
export type SnapshotData<C extends Channel> = C extends keyof typeof SNAPSHOTS ? v.InferOutput<typeof SNAPSHOTS[C]>
  : UpdateData<C>;

/** What the server says of itself and of the session. */
export type ServerHello = v.InferOutput<typeof ANSWERS.hello>;

/** How a command was taken: code 0, or why it was refused; `order` is the id of the order it made, else 0. */
export type CommandAnswer = v.InferOutput<typeof ANSWERS.commanded>;

/** Messages of a channel's past, as the server keeps them. */
export type HistoryAnswer = v.InferOutput<typeof ANSWERS.history>;

/** A remote strategy's turn. */
export type Turn = v.InferOutput<typeof ANSWERS.turn>;

interface Envelope<C extends Channel> {
  readonly channel: C;
  readonly symbol: string;
  /** When it happened: session time in ns since 1970-01-01 UTC. */
  readonly timestamp: bigint;
  readonly seq: number;
  readonly prev: number;
  readonly epoch?: string;
  /** Messages before it that cannot be had any more; Infinity where nobody knows how many. Absent where there are none. */
  readonly lost?: number;
  /** Messages that the client merged into it because nobody took them in time. Absent where there are none. */
  readonly merged?: number;
  /** It comes from the cache, and may be long past. */
  readonly stale?: true;
}

/** A message of a channel as a subscriber gets it. */
export type Update<C extends Channel = Channel> = {
  [Each in C]:
    | Envelope<Each> & { readonly type: "snapshot"; readonly data: SnapshotData<Each> }
    | Envelope<Each> & { readonly type: "update"; readonly data: UpdateData<Each> };
}[C];

/** What a subscription asks for beside its channel. */
export interface Wishes {
  /** The most messages a second; what comes between is merged by the server. Of conflated channels. */
  readonly rateMax?: number;
  /** How old a message may be when it is written, in ms. Of conflated channels. */
  readonly ageMsMax?: number;
  /** Levels of the book on each side. */
  readonly depth?: number;
  /** Only messages whose fields have one of these values: `{ side: ["buy"] }`. Of lossless channels. */
  readonly where?: Readonly<Record<string, readonly (string | number | boolean)[]>>;
  /** Messages that wait for a slow iterator: 1024 of lossless channels, 64 of conflated ones. */
  readonly queue?: number;
}

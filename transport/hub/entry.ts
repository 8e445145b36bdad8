import { type Codec, CODEC_NAMES } from "../protocol/codec.ts";
import type { ChannelMessage } from "../protocol/messages.ts";

/** Plain data of a message. */
export type Data = Readonly<Record<string, unknown>>;

/** What an entry says of itself. */
export interface EntryFields {
  readonly type: "snapshot" | "update";
  readonly channel: ChannelMessage["channel"];
  readonly symbol: string;
  readonly data: Data;
  readonly timestamp: bigint;
  readonly seq: number;
  readonly prev: number;
  readonly epoch?: string;
  /** Place among all that the hub published. */
  readonly place: number;
  /** Wall time in ms at which it was published. */
  readonly at: number;
  /** Place of its lane among the lanes. */
  readonly lane: number;
}

/**
 * One message of a channel, encoded at most once for each codec, whoever gets it.
 *
 * | operation | cost |
 * |---|---|
 * | encoded | O(bytes) the first time for a codec, then O(1) |
 */
export class Entry {
  readonly fields: EntryFields;
  readonly #encoded: (Uint8Array | undefined)[] = [undefined, undefined, undefined];
  #unchained: Entry | undefined;

  constructor(fields: EntryFields) {
    this.fields = fields;
  }

  /** Its bytes. */
  encoded(codec: Codec): Uint8Array {
    const slot = CODEC_NAMES.indexOf(codec.name);
    return this.#encoded[slot] ??= codec.encode(this.message());
  }

  /** The same with `prev` 0, for those who get a choice of the messages: what is left out between is no gap. */
  unchained(): Entry {
    return this.#unchained ??= new Entry({ ...this.fields, prev: 0 });
  }

  /** As the protocol has it. */
  message(): ChannelMessage {
    const { type, channel, symbol, data, timestamp, seq, prev, epoch } = this.fields;
    return { type, channel, symbol, data, timestamp, seq, prev, ...(epoch === undefined ? {} : { epoch }) };
  }
}

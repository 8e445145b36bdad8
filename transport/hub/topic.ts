import { type Channel, CHANNELS, type ChannelSpec, LANES } from "../protocol/channels.ts";
import { mergedData } from "./conflation.ts";
import { type Data, Entry } from "./entry.ts";
import { leavesTrail, Trail } from "./trail.ts";

/** What a topic is made of. */
export interface TopicOptions {
  readonly channel: Channel;
  readonly symbol: string;
  /** Names this run of sequences. */
  readonly epoch: string;
  /** Nothing is merged, whatever the channel is. */
  readonly lossless?: boolean;
  /** What the topic's state is; undefined where nobody knows. */
  readonly snapshot: (channel: Channel, symbol: string) => Data | undefined;
  /** Shared by all topics, so that all histories together have a bound. */
  readonly room: HistoryRoom;
}

/** Messages that histories may still grow by. */
export interface HistoryRoom {
  left: number;
}

/** Who takes what a topic publishes, at once. */
export interface TopicSink {
  take(entry: Entry): void;
}

/** Messages that every history has room for. */
const HISTORY_LEAST = 64;

/**
 * A channel of one symbol: its sequence, its history, its snapshot.
 *
 * | operation | cost |
 * |---|---|
 * | append | O(1), and O(1) for each sink |
 * | after, covers | O(1); O(log history) where sequences have gaps |
 * | merged | O(messages merged); O(1) where it was asked for last |
 * | snapshot | what the provider costs, once for each sequence |
 * | memory | `history` messages of its channel at most, and its trail |
 */
export class Topic {
  readonly channel: Channel;
  readonly symbol: string;
  readonly epoch: string;
  readonly spec: ChannelSpec;
  readonly lane: number;
  /** Each message goes to everybody who can take it; else newer ones may stand for older ones. */
  readonly lossless: boolean;
  readonly sinks: TopicSink[] = [];
  readonly #snapshotOf: TopicOptions["snapshot"];
  readonly #room: HistoryRoom;
  readonly #trail: Trail | undefined;
  #ring: (Entry | undefined)[] = [];
  #start = 0;
  #count = 0;
  #seq = 0;
  #timestamp = 0n;
  #place = 0;
  #merged: { readonly from: number; readonly entry: Entry } | undefined;
  #snapshot: Entry | undefined;

  constructor({ channel, symbol, epoch, lossless, snapshot, room }: TopicOptions) {
    this.channel = channel;
    this.symbol = symbol;
    this.epoch = epoch;
    this.spec = CHANNELS[channel];
    this.lane = LANES.indexOf(this.spec.lane);
    this.lossless = lossless === true || this.spec.delivery === "lossless";
    this.#snapshotOf = snapshot;
    this.#room = room;
    this.#trail = leavesTrail(channel) ? new Trail(room) : undefined;
  }

  /** The sequence of the newest message; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /** Messages that the history will hold, as things stand. */
  get capacity(): number {
    return this.#room.left > 0 ? this.spec.history : this.#ring.length;
  }

  /** Session time of the newest message, in ns; 0 before the first. */
  get timestamp(): bigint {
    return this.#timestamp;
  }

  /** Messages in the history. */
  get count(): number {
    return this.#count;
  }

  /** Publishes the next message and gives it to the sinks; `seq` where it is not the next number. */
  append(data: Data, timestamp: bigint, stamp: { readonly place: number; readonly at: number }, seq?: number): Entry {
    const prev = this.#seq;
    this.#seq = seq ?? prev + 1;
    this.#timestamp = timestamp;
    this.#place = stamp.place;
    const { channel, symbol, lane } = this;
    const { place, at } = stamp;
    const entry = new Entry({
      type: "update",
      channel,
      symbol,
      data,
      timestamp,
      seq: this.#seq,
      prev,
      epoch: undefined,
      place,
      at,
      lane,
    });
    this.#keep(entry);
    this.#trail?.offer(entry);
    const sinks = this.sinks;
    for (let i = 0; i < sinks.length; i++) sinks[i].take(entry);
    return entry;
  }

  /** Begins in the middle of a run of sequences: `seq` is what stands before its first message. */
  protected startAt(seq: number, timestamp: bigint): void {
    this.#seq = seq;
    this.#timestamp = timestamp;
  }

  /** Whether every message after `seq` is still here. */
  covers(seq: number): boolean {
    if (seq > this.#seq || seq < 0) return false;
    return seq === this.#seq || (this.#count > 0 && this.#at(0).fields.prev <= seq);
  }

  /** The first message after `seq`, of those that are still here. */
  after(seq: number): Entry | undefined {
    const place = this.#placeAfter(seq);
    return place < this.#count ? this.#at(place) : undefined;
  }

  /** Up to `most` messages after `seq`, of those that are still here, in order. */
  listAfter(seq: number, most: number): Entry[] {
    const list: Entry[] = [];
    for (let i = this.#placeAfter(seq); i < this.#count && list.length < most; i++) list.push(this.#at(i));
    return list;
  }

  /** Up to `most` messages after `seq` that stand for all there ever were; none where the channel leaves no trail. */
  trailAfter(seq: number, most: number): Entry[] {
    return this.#trail?.after(seq, most) ?? [];
  }

  /** The sequence of the oldest message here; that of the next one where there is none. */
  get oldest(): number {
    return this.#count === 0 ? this.#seq + 1 : this.#at(0).fields.seq;
  }

  /** One message that stands for all after `seq`, which must be covered and not the newest. */
  merged(seq: number): Entry {
    const last = this.#at(this.#count - 1);
    if (last.fields.prev === seq) return last;
    const known = this.#merged;
    if (known !== undefined && known.from === seq && known.entry.fields.seq === this.#seq) return known.entry;
    const list = this.listAfter(seq, Infinity);
    const { fields } = list[list.length - 1], first = list[0].fields;
    const data = mergedData(this.channel, list.map((each) => each.fields.data));
    const entry = new Entry({ ...fields, data, prev: seq, place: first.place, at: first.at });
    this.#merged = { from: seq, entry };
    return entry;
  }

  /** The state as it is now; undefined where the channel has none, or nothing was published and nobody knows it. */
  snapshot(at: number): Entry | undefined {
    if (!this.spec.snapshot) return undefined;
    // Before the first message the state may change without a sequence of its own.
    if (this.#snapshot?.fields.seq === this.#seq && this.#seq > 0) return this.#snapshot;
    const data = this.#snapshotOf(this.channel, this.symbol) ?? this.#lastState();
    if (data === undefined) return undefined;
    const { channel, symbol, epoch, lane } = this;
    return this.#snapshot = new Entry({
      type: "snapshot",
      channel,
      symbol,
      data,
      timestamp: this.#timestamp,
      seq: this.#seq,
      prev: 0,
      epoch,
      place: this.#place,
      at,
      lane,
    });
  }

  /** Gives the room of its history back. */
  release(): void {
    this.#trail?.release();
    this.#room.left += this.#ring.length;
    this.#ring = [];
    this.#count = 0;
  }

  /** What the history itself says of the state. */
  #lastState(): Data | undefined {
    if (this.#count === 0 || this.channel === "orders") return undefined;
    return this.#at(0).fields.prev === 0 ? this.merged(0).fields.data : this.#at(this.#count - 1).fields.data;
  }

  #at(place: number): Entry {
    return this.#ring[(this.#start + place) & (this.#ring.length - 1)]!;
  }

  /** Place in the ring of the first message after `seq`. */
  #placeAfter(seq: number): number {
    if (this.#count === 0 || seq >= this.#seq) return this.#count;
    const guess = seq + 1 - this.#at(0).fields.seq;
    if (guess <= 0) return 0;
    if (guess < this.#count && this.#at(guess).fields.seq === seq + 1) return guess;
    let low = 0, high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#at(middle).fields.seq > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #keep(entry: Entry): void {
    if (this.#count === this.#ring.length && !this.#grow()) {
      this.#start = (this.#start + 1) & (this.#ring.length - 1);
      this.#count--;
    }
    this.#ring[(this.#start + this.#count++) & (this.#ring.length - 1)] = entry;
  }

  /** Rings have a power of two of places, so that none is divided to find one. */
  #grow(): boolean {
    const size = this.#ring.length, next = size === 0 ? Math.min(HISTORY_LEAST, this.spec.history) : size * 2;
    if (next > this.spec.history || (size > 0 && this.#room.left < next - size)) return false;
    this.#room.left -= next - size;
    const ring = new Array<Entry | undefined>(next).fill(undefined);
    for (let i = 0; i < this.#count; i++) ring[i] = this.#at(i);
    this.#ring = ring;
    this.#start = 0;
    return true;
  }
}

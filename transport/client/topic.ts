import { type Channel, CHANNELS } from "../protocol/channels.ts";
import type { ChannelMessage } from "../protocol/messages.ts";
import type { Timers } from "../link/timers.ts";

/** Messages that may wait for one that is missing, and for how long: then it is asked for. */
export interface WindowOptions {
  /** 64. */
  readonly messages?: number;
  /** 250 ms: a message that another path overtook comes within that, or not at all. */
  readonly ms?: number;
}

/** What a topic tells of itself. */
export interface TopicEvents {
  /** The next message in order; `lost` messages before it cannot be had any more (Infinity: nobody knows how many). */
  deliver(topic: Topic, message: ChannelMessage, lost: number): void;
  /** What comes next is missing, and did not come in time: the server must be asked. */
  gap(topic: Topic): void;
  /** A message that was there already. */
  duplicate(topic: Topic): void;
}

/** Updates hold what changed, so that one that is missing makes all that follow wrong. */
const DELTAS: ReadonlySet<Channel> = new Set(["book", "positions", "pnl"]);

/**
 * Where a client stands in one channel and symbol: each message once and in order, duplicates dropped by sequence, what came too
 * early kept for a moment in a small window, what is missing asked for.
 *
 * | operation | cost |
 * |---|---|
 * | take, in order | O(1) |
 * | take, out of order | O(window) |
 * | begin | O(window) |
 */
export class Topic {
  readonly channel: Channel;
  readonly symbol: string;
  /** A filter at the server leaves messages out, so that gaps say nothing. */
  filtered = false;
  readonly lossless: boolean;
  /** The newest stands for all. */
  readonly #newest: boolean;
  readonly #clock: Timers;
  readonly #events: TopicEvents;
  readonly #messages: number;
  readonly #ms: number;
  #epoch: string | undefined;
  #seq = 0;
  #live = false;
  #lost = 0;
  /** What came early, in order of sequence. */
  #held: ChannelMessage[] = [];
  #cancel: (() => void) | undefined;

  constructor(channel: Channel, symbol: string, clock: Timers, events: TopicEvents, window: WindowOptions = {}) {
    this.channel = channel;
    this.symbol = symbol;
    this.lossless = CHANNELS[channel].delivery === "lossless";
    this.#newest = !this.lossless && !DELTAS.has(channel);
    this.#clock = clock;
    this.#events = events;
    this.#messages = window.messages ?? 64;
    this.#ms = window.ms ?? 250;
  }

  /** The sequence of the last message delivered. */
  get seq(): number {
    return this.#seq;
  }

  /** The run of sequences it stands in; undefined before the server named one. */
  get epoch(): string | undefined {
    return this.#epoch;
  }

  get #loose(): boolean {
    return this.#newest || this.filtered;
  }

  /** Where to go on from; undefined where it must begin anew. */
  get position(): { readonly epoch: string; readonly seq: number } | undefined {
    return this.#live && this.#epoch !== undefined ? { epoch: this.#epoch, seq: this.#seq } : undefined;
  }

  /** The server's word on where the topic stands, and whether all that was missed follows. */
  begin(epoch: string, seq: number, recovered: boolean): void {
    const same = this.#epoch === epoch;
    const stood = this.#epoch !== undefined;
    if (!(recovered && same)) {
      const behind = this.#live && same && this.#seq >= seq;
      if (!same) this.#held = [];
      this.#epoch = epoch;
      if (!behind) this.#beginAt(seq, same ? seq - this.#seq : Infinity, stood);
    }
    this.#drain();
  }

  /** Begins anew: a snapshot follows, and stands even where its sequence is the present one. */
  reset(): void {
    this.#live = false;
    this.#forgetHeld();
  }

  /** Takes a message as it came. */
  take(message: ChannelMessage): void {
    if (message.type === "snapshot") this.#takeSnapshot(message);
    else if (!this.#live) this.#hold(message);
    else if (message.seq <= this.#seq) this.#events.duplicate(this);
    else if (message.prev <= this.#seq || this.#loose) {
      this.#deliver(message);
      if (this.#held.length > 0) this.#drain();
    } else this.#hold(message);
  }

  /** Nothing more is wanted. */
  close(): void {
    this.#forgetHeld();
  }

  #beginAt(seq: number, missed: number, stood: boolean): void {
    // With nothing published yet no snapshot comes; else updates wait for it.
    this.#live = !CHANNELS[this.channel].snapshot || seq === 0;
    if (!this.#live) return;
    if (stood && missed > 0) this.#lost = missed;
    this.#seq = seq;
  }

  #takeSnapshot(message: ChannelMessage): void {
    const same = message.epoch === undefined || message.epoch === this.#epoch;
    if (this.#live && same && message.seq <= this.#seq && this.#seq > 0) return this.#events.duplicate(this);
    // Who stands gets what is missing by asking for it; a snapshot is for who cannot. At 0 nobody stands yet.
    if (this.lossless && this.#live && same && this.#seq > 0) return this.#gap();
    if (this.lossless && this.#seq > 0) this.#lost = same ? Math.max(0, message.seq - this.#seq) : Infinity;
    if (!same) this.#epoch = message.epoch;
    this.#live = true;
    this.#deliver(message);
    this.#drain();
  }

  #deliver(message: ChannelMessage): void {
    this.#seq = message.seq;
    const lost = this.#lost;
    this.#lost = 0;
    this.#events.deliver(this, message, lost);
  }

  #hold(message: ChannelMessage): void {
    const held = this.#held;
    let at = held.length;
    while (at > 0 && held[at - 1].seq >= message.seq) at--;
    if (held[at]?.seq === message.seq) return this.#events.duplicate(this);
    held.splice(at, 0, message);
    if (held.length > this.#messages) this.#gap();
    else this.#cancel ??= this.#clock.after(this.#ms, () => this.#gap());
  }

  /** Delivers what was held and follows now. */
  #drain(): void {
    while (this.#live && this.#held.length > 0) {
      const first = this.#held[0];
      if (first.seq > this.#seq && first.prev > this.#seq && !this.#loose) break;
      this.#held.shift();
      if (first.seq > this.#seq) this.#deliver(first);
      else this.#events.duplicate(this);
    }
    if (this.#held.length === 0) this.#forgetHeld();
  }

  #gap(): void {
    this.#forgetHeld();
    this.#events.gap(this);
  }

  #forgetHeld(): void {
    this.#held = [];
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

import type { Channel } from "../protocol/channels.ts";
import type { Entry } from "./entry.ts";
import type { HistoryRoom } from "./topic.ts";

/** Channels of figures that people look at as a line over the whole session. */
const TRAILED: ReadonlySet<Channel> = new Set<Channel>(["bbo", "bars", "pnl", "signals"]);

/** Messages that a trail holds at most, and how many it has room for whatever the others take. */
const TRAIL_MOST = 1024, TRAIL_LEAST = 64;

/** Whether a channel's topics leave a trail beside their history. */
export function leavesTrail(channel: Channel): boolean {
  return TRAILED.has(channel);
}

/**
 * Messages of a topic from its first one on, evenly spaced: when there are too many, every other one goes. So who comes late sees all
 * of a session, at less detail, where its history has long forgotten how it began.
 *
 * | operation | cost |
 * |---|---|
 * | offer | O(1), over all that are offered |
 * | after | O(messages held) |
 * | memory | 1024 messages at most |
 */
export class Trail {
  readonly #room: HistoryRoom;
  #kept: Entry[] = [];
  #offered = 0;
  /** One of so many is kept. */
  #every = 1;

  constructor(room: HistoryRoom) {
    this.#room = room;
  }

  /** The topic's next message. */
  offer(entry: Entry): void {
    if (this.#offered++ % this.#every !== 0) return;
    this.#kept.push(entry);
    this.#room.left--;
    const { length } = this.#kept;
    if (length > TRAIL_MOST || (length > TRAIL_LEAST && this.#room.left < 0)) this.#thin();
  }

  /** Up to `most` of them after `seq`, in order. */
  after(seq: number, most: number): Entry[] {
    return this.#kept.filter(({ fields }) => fields.seq > seq).slice(0, most);
  }

  /** Gives its room back. */
  release(): void {
    this.#room.left += this.#kept.length;
    this.#kept = [];
  }

  #thin(): void {
    const { length } = this.#kept;
    this.#kept = this.#kept.filter((_, i) => i % 2 === 0);
    this.#room.left += length - this.#kept.length;
    this.#every *= 2;
  }
}

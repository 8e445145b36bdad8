import { LANES } from "../protocol/channels.ts";
import type { Codec } from "../protocol/codec.ts";
import type { Entry } from "./entry.ts";
import { matches, type Route } from "./interest.ts";
import type { Topic } from "./topic.ts";

/** A cursor that stands before a snapshot. */
export const SNAPSHOT_FIRST = -1;

/** Share of a round's bytes that each lane may take while others wait, in the order of LANES. */
const LANE_BYTES = [32_768, 16_384, 16_384, 8192, 8192] as const;

/** Bounds of one frame. */
export interface BatchLimits {
  readonly messages: number;
  readonly bytes: number;
}

/** Messages for one frame. */
export interface Batch {
  readonly parts: Uint8Array[];
  bytes: number;
  snapshot: boolean;
  /** Wall time at which its oldest message was published; Infinity for answers alone. */
  at: number;
  merged: number;
  skipped: number;
  readonly entries: Entry[];
}

/** A message that a client must have is not here any more. */
export class Overrun extends Error {
  readonly topic: Topic;

  constructor(topic: Topic) {
    super(`Cannot keep ${topic.channel} ${topic.symbol} for a client any longer: history begins at ${topic.oldest}`);
    this.topic = topic;
  }
}

/**
 * What one connection has still to get: answers, and for each topic the sequence it has. Messages themselves wait in the topics'
 * histories, where they are anyway, so that a reader who stalls costs some numbers. Conflated topics come as one merged message,
 * made when it is written; of lossless ones each message comes, in the order of publication within a lane.
 *
 * Lanes go in order of priority, each up to its share of bytes in a round, so that a flood in one never silences the next.
 *
 * | operation | cost |
 * |---|---|
 * | next | O(topics) + O(messages in the frame) |
 * | memory | a number for each topic, and answers |
 */
export class Outbox {
  /** The sequence that the client has of each topic, or SNAPSHOT_FIRST. A topic that is not here began after it subscribed. */
  readonly cursors = new Map<Topic, number>();
  /** Topics with a rate whose time has come. */
  readonly due = new Set<Topic>();
  #answers: Uint8Array[] = [];
  #answerBytes = 0;
  #after: Uint8Array[] = [];
  readonly #taken = LANES.map(() => 0);

  /** Bytes of answers that wait. */
  get answerBytes(): number {
    return this.#answerBytes;
  }

  /** An answer goes before all messages. */
  answer(message: Uint8Array): void {
    this.#answers.push(message);
    this.#answerBytes += message.length;
  }

  /** What goes after all messages that were published before it. */
  sendAfter(message: Uint8Array): void {
    this.#after.push(message);
    this.#answerBytes += message.length;
  }

  /** Forgets all that waits. */
  clear(): void {
    this.cursors.clear();
    this.due.clear();
    this.#answers = [];
    this.#after = [];
    this.#answerBytes = 0;
  }

  /**
   * Messages for the next frame; undefined where there are none. `routes` are looked at: all, or those with a rate alone.
   * Throws `Overrun` where a lossless topic's history is shorter than what the client has missed.
   */
  next(routes: Iterable<Route>, codec: Codec, limits: BatchLimits, now: number): Batch | undefined {
    const batch: Batch = { parts: [], bytes: 0, snapshot: false, at: Infinity, merged: 0, skipped: 0, entries: [] };
    this.#takeAll(this.#answers, batch, limits);
    if (batch.parts.length > 0) return batch;
    const lanes = this.#behind(routes);
    for (let round = 0; round < 2; round++) {
      for (let lane = 0; lane < lanes.length; lane++) {
        if (lanes[lane].length === 0 || this.#taken[lane] >= LANE_BYTES[lane]) continue;
        this.#takeLane(lanes[lane], { codec, limits, now }, batch);
        this.#taken[lane] += batch.bytes;
        if (batch.parts.length > 0) return batch;
      }
      // All that wait have had their share: the next round begins.
      this.#taken.fill(0);
    }
    this.#takeAll(this.#after, batch, limits);
    return batch.parts.length > 0 ? batch : undefined;
  }

  #takeAll(list: Uint8Array[], batch: Batch, limits: BatchLimits): void {
    let taken = 0;
    while (taken < list.length && batch.parts.length < limits.messages && batch.bytes < limits.bytes) {
      const message = list[taken++];
      batch.parts.push(message);
      batch.bytes += message.length;
      this.#answerBytes -= message.length;
    }
    list.splice(0, taken);
  }

  /** Of each lane the routes that have something, by the place of what comes next. */
  #behind(routes: Iterable<Route>): Waiting[][] {
    const lanes: Waiting[][] = LANES.map(() => []);
    for (const route of routes) {
      const { topic } = route, cursor = this.cursors.get(topic) ?? 0;
      if (cursor === topic.seq) continue;
      if (route.rateMs > 0 && cursor !== SNAPSHOT_FIRST && !this.due.has(topic)) continue;
      const place = cursor === SNAPSHOT_FIRST ? 0 : topic.after(cursor)?.fields.place ?? 0;
      lanes[topic.lane].push({ route, place });
    }
    for (const lane of lanes) lane.sort((a, b) => a.place - b.place);
    return lanes;
  }

  #takeLane(waiting: Waiting[], tools: { codec: Codec; limits: BatchLimits; now: number }, batch: Batch): void {
    const { codec, limits, now } = tools;
    while (waiting.length > 0 && batch.parts.length < limits.messages && batch.bytes < limits.bytes) {
      const first = waiting[0], entry = this.#takeOne(first.route, now, batch);
      if (entry !== undefined) {
        const part = entry.encoded(codec);
        batch.parts.push(part);
        batch.bytes += part.length;
        batch.at = Math.min(batch.at, entry.fields.at);
        batch.entries.push(entry);
      }
      reorder(waiting, first, this.cursors.get(first.route.topic)!);
    }
  }

  /** The next message of a route; undefined where what there was matches no filter. */
  #takeOne({ topic, filters }: Route, now: number, batch: Batch): Entry | undefined {
    const cursor = this.cursors.get(topic) ?? 0;
    this.due.delete(topic);
    if (cursor === SNAPSHOT_FIRST || !topic.covers(cursor)) {
      if (cursor !== SNAPSHOT_FIRST && topic.lossless) throw new Overrun(topic);
      if (cursor !== SNAPSHOT_FIRST) batch.skipped += topic.seq - cursor;
      this.cursors.set(topic, topic.seq);
      const snapshot = topic.snapshot(now);
      if (snapshot !== undefined) batch.snapshot = true;
      return snapshot;
    }
    const entry = topic.lossless ? topic.after(cursor)! : topic.merged(cursor), { seq, data } = entry.fields;
    this.cursors.set(topic, seq);
    if (!topic.lossless) batch.merged += Math.max(0, seq - cursor - 1);
    if (filters === undefined) return entry;
    return matches(data, filters) ? entry.unchained() : undefined;
  }
}

interface Waiting {
  readonly route: Route;
  place: number;
}

/** Puts the first where its next message belongs, or takes it out where it has none. */
function reorder(waiting: Waiting[], first: Waiting, cursor: number): void {
  const next = first.route.topic.after(cursor);
  if (next === undefined) {
    waiting.shift();
    return;
  }
  first.place = next.fields.place;
  let i = 0;
  while (i + 1 < waiting.length && waiting[i + 1].place < first.place) {
    waiting[i] = waiting[i + 1];
    i++;
  }
  waiting[i] = first;
}

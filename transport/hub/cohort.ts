import type { Link } from "../link/link.ts";
import { LANES } from "../protocol/channels.ts";
import type { Codec } from "../protocol/codec.ts";
import type { Compression, Compressor } from "./compression.ts";
import type { Counters, HubMetrics } from "./counters.ts";
import type { Credit } from "./credit.ts";
import type { Entry } from "./entry.ts";
import { type Interest, matches, type Route } from "./interest.ts";
import type { FlushLimits } from "./limits.ts";
import type { Topic, TopicSink } from "./topic.ts";

/** One of a cohort. */
export interface Member {
  readonly credit: Credit;
  readonly link: Link | undefined;
  /** The cohort's frame it gets next. */
  at: number;
  /** Its place among the members. */
  slot: number;
  /** It is too far behind: where it stands in each topic is told, and it is no member any more. */
  fellBehind(cursors: Map<Topic, number>): void;
  /** Its link would not take a frame. */
  failed(error: unknown): void;
}

/** What a cohort needs of its hub. */
export interface CohortTools {
  readonly flush: FlushLimits;
  readonly counters: Counters;
  readonly compressor: Compressor;
  readonly metrics: HubMetrics;
  readonly now: () => number;
  /** Asks for a flush: at once, at the end of this turn, or soon. */
  schedule(cohort: Cohort, urgent: boolean): void;
}

/** How frames of a cohort are made. */
export interface CohortKind {
  readonly interest: Interest;
  readonly codec: Codec;
  readonly compression: Compression | null;
  /** Each frame begins by saying when it was written. */
  readonly timing: boolean;
}

interface Frame {
  readonly bytes: Uint8Array;
  readonly entries: readonly Entry[];
  readonly topics: readonly Topic[];
  readonly at: number;
}

/** Bytes of frames that are kept for members without credit: so many for each member, and at most in all. */
const MEMBER_BYTES_KEPT = 65_536;
const BYTES_KEPT = 524_288;
/** Frames between two looks at what links really hold, as clients may acknowledge what they never read. */
const BUFFER_CHECK = 16;

/**
 * Connections that get the same messages in the same codec and are in step: each message is encoded once for all of them, each
 * frame built once, and its bytes handed to every link. A member without credit may be some frames behind; if it is more it
 * leaves, and comes back when it has caught up by itself.
 *
 * | operation | cost |
 * |---|---|
 * | take | O(1) |
 * | flush | O(messages + bytes) + O(1) for each member |
 * | add, remove | O(1); add flushes |
 * | memory | while a member is behind: 64 KiB for each member, up to 512 KiB in all |
 */
export class Cohort {
  readonly kind: CohortKind;
  /** Whether a flush has been asked for. */
  scheduled = false;
  readonly #tools: CohortTools;
  readonly #members: Member[] = [];
  readonly #lanes: { entries: Entry[]; topics: Topic[] }[] = LANES.map(() => ({ entries: [], topics: [] }));
  #count = 0;
  #bytes = 0;
  /** The frame that is built next; those from `#first` on are kept. */
  #head = 0;
  #frames: Frame[] = [];
  #first = 0;
  #keptBytes = 0;
  readonly #feeds = new Map<Route, TopicSink>();

  constructor(kind: CohortKind, tools: CohortTools) {
    this.kind = kind;
    this.#tools = tools;
    for (const route of kind.interest.steady) this.attach(route);
  }

  get size(): number {
    return this.#members.length;
  }

  /** Follows a topic from now on. */
  attach(route: Route): void {
    const feed = { take: (entry: Entry) => this.#take(entry, route) };
    this.#feeds.set(route, feed);
    route.topic.sinks.push(feed);
  }

  /** Follows nothing any more. */
  dissolve(): void {
    for (const [{ topic: { sinks } }, feed] of this.#feeds) sinks.splice(sinks.indexOf(feed), 1);
    this.#feeds.clear();
  }

  /** Takes in a member that has got everything published so far. */
  add(member: Member): void {
    this.flush();
    member.at = this.#head;
    member.slot = this.#members.push(member) - 1;
  }

  /** Lets a member go. */
  remove(member: Member): void {
    const last = this.#members.pop()!;
    if (last !== member) {
      this.#members[member.slot] = last;
      last.slot = member.slot;
    }
    member.slot = -1;
  }

  /** Whether a member has got every frame. */
  inStep(member: Member): boolean {
    return member.at === this.#head;
  }

  /** How near a member is to falling behind, 0 to 1. */
  lagOf(member: Member): number {
    const frames = this.#head - member.at;
    return frames === 0 ? 0 : this.#keptBytes / this.#keptMost * frames / Math.max(this.#frames.length, 1);
  }

  /** Sends a member what it has credit for. Returns whether it is in step. */
  serve(member: Member): boolean {
    const { credit } = member;
    while (member.at < this.#head && credit.open && member.slot >= 0) {
      this.#send(member, this.#frames[member.at - this.#first].bytes, this.#tools.now());
    }
    return member.at === this.#head;
  }

  /** Where a member stands in each topic: what it has not got begins after that. */
  cursorsOf(member: Member): Map<Topic, number> {
    const cursors = new Map<Topic, number>();
    for (let i = Math.max(0, member.at - this.#first); i < this.#frames.length; i++) {
      note(this.#frames[i].entries, this.#frames[i].topics, cursors);
    }
    for (const { entries, topics } of this.#lanes) note(entries, topics, cursors);
    for (const { topic } of this.kind.interest.steady) {
      if (!cursors.has(topic)) cursors.set(topic, topic.seq);
    }
    return cursors;
  }

  /** Builds a frame of what came since the last and hands it to all who have credit. */
  flush(): void {
    if (this.#count === 0) return;
    const now = this.#tools.now(), frame = this.#build(now), { bytes } = frame, members = this.#members;
    const check = this.#head % BUFFER_CHECK === 0, mayLag = !this.kind.timing;
    this.#keep(frame);
    let behind = 0;
    // From the last to the first: whoever leaves meanwhile is replaced by one who has had its turn.
    for (let i = members.length - 1; i >= 0; i--) {
      const member = members[i], { credit } = member;
      if (
        member.at === this.#head - 1 && credit.sent - credit.acked < credit.window &&
        !(check && member.link!.buffered >= credit.window)
      ) {
        this.#send(member, bytes, now);
      } else if (member.at < this.#head) {
        if (mayLag && this.#reaches(member, now)) behind++;
        else this.#drop(member);
      }
    }
    if (behind === 0) this.#forget();
    this.#tools.metrics.written?.(now - frame.at, members.length, frame.entries.length, bytes.length);
  }

  get #keptMost(): number {
    return Math.min(BYTES_KEPT, MEMBER_BYTES_KEPT * this.#members.length);
  }

  #take(entry: Entry, route: Route): void {
    if (this.#members.length === 0) return;
    const { filters, topic } = route;
    let taken = entry;
    if (filters !== undefined) {
      if (!matches(entry.fields.data, filters)) return;
      taken = entry.unchained();
    }
    const { lane } = entry.fields, { flush } = this.#tools, pending = this.#lanes[lane];
    pending.entries.push(taken);
    pending.topics.push(topic);
    this.#bytes += taken.encoded(this.kind.codec).length;
    if (++this.#count >= flush.messages || this.#bytes >= flush.bytes) this.flush();
    else if (!this.scheduled || lane === 0) this.#tools.schedule(this, lane === 0);
  }

  /** A frame of all that waits, lane by lane. */
  #build(now: number): Frame {
    const { codec, compression, timing } = this.kind, { counters, compressor } = this.#tools;
    const entries: Entry[] = [], topics: Topic[] = [], parts: Uint8Array[] = [], size = this.#members.length;
    let at = now;
    for (const lane of this.#lanes) {
      if (lane.entries.length === 0) continue;
      for (const entry of lane.entries) {
        const part = entry.encoded(codec),
          { channel, at: published } = entry.fields,
          count = counters.channels[channel];
        count.sent += size;
        count.bytes += size * part.length;
        counters.laneBytes[entry.fields.lane] += size * part.length;
        if (published < at) at = published;
        entries.push(entry);
        parts.push(part);
      }
      for (const topic of lane.topics) topics.push(topic);
      lane.entries = [];
      lane.topics = [];
    }
    this.#count = 0;
    this.#bytes = 0;
    if (timing) {
      const data = { written: now, enqueued: at, merged: 0, skipped: 0 };
      parts.unshift(codec.encode({ type: "frame", data }));
    }
    counters.framesBuilt++;
    return { bytes: compressor.pack(codec.frame(parts), compression, false), entries, topics, at };
  }

  #send(member: Member, bytes: Uint8Array, now: number): void {
    const { counters } = this.#tools;
    member.at++;
    member.credit.spend(bytes.length, now);
    counters.framesSent++;
    counters.bytesSent += bytes.length;
    try {
      member.link!.send(bytes);
    } catch (error) {
      member.failed(error);
    }
  }

  /** Whether the frames that a member has not got are here, and young enough. */
  #reaches(member: Member, now: number): boolean {
    if (member.at < this.#first) return false;
    return now - this.#frames[member.at - this.#first].at <= this.kind.interest.ageMs;
  }

  #drop(member: Member): void {
    const cursors = this.cursorsOf(member);
    this.remove(member);
    this.#tools.counters.fell++;
    member.fellBehind(cursors);
  }

  #keep(frame: Frame): void {
    this.#frames.push(frame);
    this.#keptBytes += frame.bytes.length;
    this.#head++;
    // Who is not far enough for the oldest left is dropped by the flush that goes on; it must be here until then.
    while (this.#keptBytes > this.#keptMost && this.#frames.length > 1) this.#leaveBehind();
  }

  /** Lets the oldest frame go, and those members who have not got it. */
  #leaveBehind(): void {
    const members = this.#members;
    for (let i = members.length - 1; i >= 0; i--) {
      if (members[i].at === this.#first) this.#drop(members[i]);
    }
    this.#keptBytes -= this.#frames.shift()!.bytes.length;
    this.#first++;
  }

  #forget(): void {
    this.#frames = [];
    this.#keptBytes = 0;
    this.#first = this.#head;
  }
}

/** The first message of a topic that was not had says where one stands. */
function note(entries: readonly Entry[], topics: readonly Topic[], cursors: Map<Topic, number>): void {
  for (let i = 0; i < entries.length; i++) {
    const { seq, prev } = entries[i].fields;
    // Messages out of a choice have no chain: what comes after `seq` − 1 begins with them.
    if (!cursors.has(topics[i])) cursors.set(topics[i], topics[i].lossless ? seq - 1 : prev);
  }
}

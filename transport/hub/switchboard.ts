import type { Timers } from "../link/timers.ts";
import { type Channel, CHANNELS } from "../protocol/channels.ts";
import { Cohort, type CohortKind, type CohortTools } from "./cohort.ts";
import { Compressor } from "./compression.ts";
import type { Counters, HubMetrics } from "./counters.ts";
import { DepthTopic } from "./depth_topic.ts";
import type { Data } from "./entry.ts";
import { Interest, interestKey, type Subscription } from "./interest.ts";
import type { HubLimits } from "./limits.ts";
import { type HistoryRoom, Topic, type TopicOptions } from "./topic.ts";

/** What a switchboard is made of. */
export interface SwitchboardOptions {
  readonly epoch: string;
  readonly clock: Timers;
  readonly limits: HubLimits;
  readonly counters: Counters;
  readonly metrics: HubMetrics;
  /** Symbols that channels of instruments have from the start. */
  readonly symbols: readonly string[];
  /** Nothing is merged, on any channel. */
  readonly lossless: boolean;
  readonly snapshot: (channel: Channel, symbol: string) => Data | undefined;
}

/** Who reads: interests are shared by those who may read the same. */
export interface Reader {
  readonly key: string;
  readonly mayRead: (channel: Channel, symbol: string) => boolean;
}

/** Flush ages without a flush, after which it is quiet. */
const QUIET_AGES = 4;

/**
 * Which topics there are, who follows them, and when what was published goes out.
 *
 * | operation | cost |
 * |---|---|
 * | publish | O(1) for each cohort that follows the topic |
 * | interest, cohort | O(subscriptions), O(1) where there is one like it |
 * | a new topic | O(interests) |
 */
export class Switchboard {
  readonly #options: SwitchboardOptions;
  readonly #topics = new Map<Channel, Map<string, Topic>>();
  readonly #interests = new Map<string, Interest>();
  readonly #cohorts = new Map<string, Cohort>();
  readonly #views = new Map<Topic, DepthTopic[]>();
  readonly #room: HistoryRoom;
  readonly #tools: CohortTools;
  #place = 0;
  #waiting: Cohort[] = [];
  #cancel: (() => void) | undefined;
  #urgent = false;
  /** What the last flush took, in ms. */
  #spentMs = 0;
  #flushedAt: number;

  constructor(options: SwitchboardOptions) {
    const { limits, counters, metrics, clock } = options;
    this.#options = options;
    this.#room = { left: limits.historyMessagesMax };
    this.#flushedAt = clock.now();
    this.#tools = {
      flush: limits.flush,
      counters,
      compressor: new Compressor(limits.compressBytesMin, counters, () => clock.now()),
      metrics,
      now: () => clock.now(),
      schedule: (cohort, urgent) => this.#schedule(cohort, urgent),
    };
    for (const channel of Object.keys(CHANNELS) as Channel[]) this.#topics.set(channel, new Map());
  }

  get compressor(): Compressor {
    return this.#tools.compressor;
  }

  /** How many of each there are. */
  get sizes(): { readonly topics: number; readonly interests: number; readonly cohorts: number } {
    let topics = 0;
    for (const each of this.#topics.values()) topics += each.size;
    return { topics, interests: this.#interests.size, cohorts: this.#cohorts.size };
  }

  /** How busy it is: the share of time that flushing takes, 0 to 1. */
  get load(): number {
    const { ms } = this.#options.limits.flush;
    return Math.min(1, this.#spentMs / (this.#spentMs + Math.max(ms, 1) * 4));
  }

  /** Publishes; returns the sequence. */
  publish(channel: Channel, symbol: string, data: Data, timestamp: bigint): number {
    const topic = this.topic(channel, symbol);
    this.#options.counters.channels[channel].published++;
    return topic.append(data, timestamp, { place: ++this.#place, at: this.#options.clock.now() }).fields.seq;
  }

  /** The topic of a channel and symbol, made where there is none. */
  topic(channel: Channel, symbol: string): Topic {
    const topics = this.#topics.get(channel)!, known = topics.get(symbol);
    if (known !== undefined) return known;
    const topic = new Topic(this.#topicOptions(channel, symbol));
    topics.set(symbol, topic);
    for (const interest of this.#interests.values()) this.#consider(interest, topic);
    return topic;
  }

  /** The topic of a channel and symbol, where there is one or could be one; undefined where the symbol is not known. */
  find(channel: Channel, symbol: string): Topic | undefined {
    const known = this.#topics.get(channel)!.get(symbol);
    if (known !== undefined) return known;
    const { scope } = CHANNELS[channel];
    const expected = scope === "session" ? symbol === "" : scope === "instrument" && this.#knows(symbol);
    return expected ? this.topic(channel, symbol) : undefined;
  }

  /** Every topic that a symbol or "*" stands for. */
  findAll(channel: Channel, symbol: string): Topic[] {
    const { scope } = CHANNELS[channel];
    if (symbol !== "*") {
      const topic = this.find(channel, symbol);
      return topic === undefined ? [] : [topic];
    }
    if (scope === "instrument") { for (const each of this.#options.symbols) this.topic(channel, each); }
    if (scope === "session") this.topic(channel, "");
    return [...this.#topics.get(channel)!.values()];
  }

  /** The interest of those who have these subscriptions; each call is matched by one of `release`. */
  acquire(subscriptions: readonly Subscription[], reader: Reader): Interest {
    const key = interestKey(subscriptions, reader.key);
    let interest = this.#interests.get(key);
    if (interest === undefined) {
      interest = new Interest(key, subscriptions, reader.mayRead);
      this.#interests.set(key, interest);
      for (const topics of this.#topics.values()) {
        for (const topic of topics.values()) this.#consider(interest, topic);
      }
    }
    interest.holders++;
    return interest;
  }

  /** One connection less has an interest. */
  release(interest: Interest): void {
    interest.holders--;
  }

  /** The cohort of a kind. */
  cohort(kind: CohortKind): Cohort {
    const key = `${kind.codec.name} ${kind.compression} ${kind.timing}\n${kind.interest.key}`;
    let cohort = this.#cohorts.get(key);
    if (cohort === undefined) {
      cohort = new Cohort(kind, this.#tools);
      this.#cohorts.set(key, cohort);
    }
    return cohort;
  }

  /** Writes all that waits, now. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#urgent = false;
    const { clock } = this.#options, begin = clock.now(), waiting = this.#waiting;
    this.#waiting = [];
    for (const cohort of waiting) {
      cohort.scheduled = false;
      cohort.flush();
    }
    const end = clock.now();
    this.#spentMs = end - begin;
    this.#flushedAt = end;
  }

  /** Forgets what nobody follows any more; not while something is published. */
  tidy(): void {
    for (const [key, cohort] of this.#cohorts) {
      if (cohort.size > 0) continue;
      cohort.dissolve();
      this.#cohorts.delete(key);
    }
    for (const [key, { holders }] of this.#interests) {
      if (holders === 0) this.#interests.delete(key);
    }
    const used = new Set<Topic>();
    for (const { routes } of this.#interests.values()) for (const topic of routes.keys()) used.add(topic);
    for (const [book, views] of this.#views) {
      for (const view of views) {
        if (used.has(view)) continue;
        book.sinks.splice(book.sinks.indexOf(view), 1);
        view.release();
      }
      const left = views.filter((view) => used.has(view));
      if (left.length > 0) this.#views.set(book, left);
      else this.#views.delete(book);
    }
  }

  /** Flushes no more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #knows(symbol: string): boolean {
    return this.#options.symbols.includes(symbol);
  }

  #consider(interest: Interest, topic: Topic): void {
    const route = interest.consider(topic, (book, depth) => this.#view(book, depth));
    if (route === undefined || route.rateMs > 0) return;
    for (const cohort of this.#cohorts.values()) {
      if (cohort.kind.interest === interest) cohort.attach(route);
    }
  }

  #view(book: Topic, depth: number): Topic {
    const views = this.#views.get(book) ?? [], known = views.find((view) => view.depth === depth);
    if (known !== undefined) return known;
    const view = new DepthTopic(book, depth, this.#options.clock.now(), this.#topicOptions(book.channel, book.symbol));
    this.#views.set(book, [...views, view]);
    // First, so that whoever follows the view has it before a flush that the book's own followers cause.
    book.sinks.unshift(view);
    return view;
  }

  #topicOptions(channel: Channel, symbol: string): TopicOptions {
    const { epoch, lossless, snapshot } = this.#options;
    return { channel, symbol, epoch, lossless, snapshot, room: this.#room };
  }

  #schedule(cohort: Cohort, urgent: boolean): void {
    if (!cohort.scheduled) {
      cohort.scheduled = true;
      this.#waiting.push(cohort);
    }
    if (this.#cancel !== undefined && (this.#urgent || !urgent)) return;
    this.#cancel?.();
    this.#urgent = urgent;
    const { clock, limits: { flush } } = this.#options;
    const quietMs = clock.now() - this.#flushedAt;
    // Under pressure a flush waits as long as the last one took, so that half of the time is left for all else.
    const pause = Math.min(this.#spentMs - quietMs, flush.msMax);
    // The first message after a quiet while has no company to wait for.
    const age = urgent || quietMs > flush.ms * QUIET_AGES ? 0 : Math.min(flush.ms, cohort.kind.interest.ageMs);
    this.#cancel = clock.after(Math.max(0, pause, age), () => this.flush());
  }
}

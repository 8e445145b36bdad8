import { type Channel, CHANNELS } from "../protocol/channels.ts";
import { type ProtocolError, reactionTo } from "../protocol/errors.ts";
import type { ChannelMessage, ClientMessage, ServerMessage } from "../protocol/messages.ts";
import type { ClientClock } from "./clock.ts";
import { Fold } from "./fold.ts";
import type { Intake } from "./intake.ts";
import { matches, type Merged } from "./merge.ts";
import type { Requests } from "./requests.ts";
import { joinWishes, type ServerWishes } from "./server_wishes.ts";
import { Topic, type TopicEvents, type WindowOptions } from "./topic.ts";

/** What feeds tell whoever keeps them. */
export interface FeedsHost {
  readonly clock: ClientClock;
  readonly requests: Requests;
  /** Sends what needs no answer; dropped while there is no link. */
  send(message: ClientMessage): void;
  /** Whether a link is there and welcome. */
  connected(): boolean;
  /** A message was there already. */
  duplicate(): void;
  /** Something is missing, or a checksum is wrong: it is asked for again. */
  resync(channel: Channel, symbol: string, why: "gap" | "checksum"): void;
  /** Messages cannot be had any more; Infinity where nobody knows how many. */
  lost(channel: Channel, symbol: string, count: number): void;
  /** A topic has a new state; of channels with snapshots. */
  folded(channel: Channel, symbol: string, fold: Fold): void;
  /** A listener threw. */
  threw(error: unknown): void;
  readonly timeoutMs: number;
  readonly window: WindowOptions;
}

/** One subscription at the server: all who want its channel and symbol share it. */
interface Feed {
  readonly channel: Channel;
  readonly symbol: string;
  readonly intakes: Set<Intake>;
  wishes: ServerWishes;
  /** As the server named it; undefined until it has. */
  id: string | undefined;
  asking: boolean;
  /** Counts askings, so that the answer to one that was given up is not heard. */
  asked: number;
  cancelRetry: (() => void) | undefined;
}

interface Followed {
  readonly topic: Topic;
  readonly fold: Fold;
  intakes: readonly Intake[];
  /** What was missing is asked for. */
  resyncing: boolean;
  /** Messages since it was last repaired, and how often that was of late: what never heals is not asked for in a loop. */
  good: number;
  repairs: number;
  cancelRepair: (() => void) | undefined;
  /** A subscription beside its wildcard's, to recover what was missed; kept until that has come. */
  extra: { readonly id: string; readonly until: number } | undefined;
}

const RETRY_MS = 1000;
/** The second repair in a row waits for so long, each after it twice as long, up to the last. */
const REPAIR_MS = 100, REPAIR_MS_MAX = 30_000;
/** So many good messages make earlier repairs forgotten. */
const HEALED = 32;

/**
 * Who wants which channels, and where each topic stands.
 *
 * All who want one channel and symbol share one subscription at the server, with the widest of their wishes; filters and depth
 * are applied again for each. Whoever comes later gets the state from here. After a link is lost, every topic goes on from its
 * position; where something is missing it is asked for by that position, and by a new snapshot where a checksum is wrong.
 *
 * | operation | cost |
 * |---|---|
 * | a message | O(those who want it) |
 * | add, remove | O(feeds + topics) |
 */
export class Feeds implements TopicEvents {
  readonly #host: FeedsHost;
  readonly #feeds = new Map<string, Feed>();
  readonly #topics = new Map<string, Followed>();
  #epoch: string | undefined;

  constructor(host: FeedsHost) {
    this.#host = host;
  }

  /** Where it stands, for a server that goes on from there. */
  positions(): { channel: Channel; symbol: string; epoch: string; seq: number }[] {
    const positions = [];
    for (const { topic, resyncing } of this.#topics.values()) {
      const { channel, symbol, position } = topic;
      if (position && !resyncing) positions.push({ channel, symbol, ...position });
    }
    return positions;
  }

  /** Subscriptions at the server. */
  get size(): number {
    return this.#feeds.size;
  }

  /** The state of a topic; undefined where there is none. */
  fold(channel: Channel, symbol: string): Fold | undefined {
    return this.#topics.get(keyOf(channel, symbol))?.fold;
  }

  /** Begins to hand messages to somebody. */
  add(intake: Intake): void {
    const { channel, symbol } = intake;
    const key = keyOf(channel, symbol);
    let feed = this.#feeds.get(key);
    if (!feed) {
      feed = {
        channel,
        symbol,
        intakes: new Set(),
        wishes: {},
        id: undefined,
        asking: false,
        asked: 0,
        cancelRetry: undefined,
      };
      this.#feeds.set(key, feed);
    }
    feed.intakes.add(intake);
    this.#assignIntakes();
    this.#tellState(intake);
    for (const other of this.#feeds.values()) {
      if (other.channel === channel && overlap(other.symbol, symbol)) this.#settleWishes(other);
    }
  }

  /** Hands no more messages to somebody; who is not there is no matter. */
  remove(intake: Intake): void {
    const key = keyOf(intake.channel, intake.symbol);
    const feed = this.#feeds.get(key);
    if (!feed?.intakes.delete(intake)) return;
    if (feed.intakes.size === 0) {
      this.#feeds.delete(key);
      this.#unsubscribe(feed);
      feed.cancelRetry?.();
    }
    this.#assignIntakes();
    for (const [key, { topic, cancelRepair }] of this.#topics) {
      if (this.#feedOf(topic.channel, topic.symbol)) continue;
      topic.close();
      cancelRepair?.();
      this.#topics.delete(key);
    }
  }

  /** A link is there: asks for what the server does not know of. */
  welcome(resumed: boolean): void {
    for (const feed of this.#feeds.values()) {
      feed.asking = false;
      if (!resumed) feed.id = undefined;
      const unfinished = feed.id !== undefined &&
        this.#topicsOf(feed).some(({ topic, resyncing }) => resyncing || !topic.position);
      if (unfinished) this.#unsubscribe(feed);
      if (feed.id === undefined) this.#ask(feed);
    }
  }

  /** The link is gone. */
  lost(): void {
    for (const followed of this.#topics.values()) followed.extra = undefined;
    for (const feed of this.#feeds.values()) {
      feed.asking = false;
      feed.asked++;
      feed.cancelRetry?.();
      feed.cancelRetry = undefined;
    }
  }

  /** No link will come: all who wait are told. */
  failAll(error: ProtocolError): void {
    for (const feed of [...this.#feeds.values()]) this.#failFeed(feed, error);
  }

  /** Takes a message of a channel. */
  take(message: ChannelMessage): void {
    const followed = this.#topics.get(keyOf(message.channel, message.symbol));
    if (followed) return followed.topic.take(message);
    const feed = this.#feedOf(message.channel, message.symbol);
    if (!feed) return; // Was on its way when it was unsubscribed.
    const { topic } = this.#follow(message.channel, message.symbol);
    // A symbol that was not there when its wildcard was subscribed to: it begins with its first message.
    if (feed.id !== undefined && this.#epoch !== undefined) topic.begin(this.#epoch, 0, false);
    topic.take(message);
  }

  deliver(topic: Topic, message: ChannelMessage, lost: number): void {
    const followed = this.#topics.get(keyOf(topic.channel, topic.symbol));
    if (!followed) return;
    if (message.epoch !== undefined) this.#epoch = message.epoch;
    if (!followed.fold.take(message)) return this.#repair(followed, "checksum");
    followed.resyncing = false;
    if (++followed.good === HEALED) followed.repairs = 0;
    if (followed.extra) this.#endExtra(followed);
    if (lost > 0) this.#host.lost(topic.channel, topic.symbol, lost);
    const told: Merged = lost > 0 ? { ...message, lost } : message;
    for (const intake of followed.intakes) this.#hand(intake, told, followed.fold);
    if (CHANNELS[topic.channel].snapshot) this.#host.folded(topic.channel, topic.symbol, followed.fold);
  }

  gap(topic: Topic): void {
    const followed = this.#topics.get(keyOf(topic.channel, topic.symbol));
    if (followed) this.#repair(followed, "gap");
  }

  duplicate(): void {
    this.#host.duplicate();
  }

  #hand(intake: Intake, message: Merged, fold: Fold): void {
    if (!matches(message, intake.wishes.where)) return;
    try {
      intake.deliver(message, fold.book);
    } catch (error) {
      this.#host.threw(error);
    }
  }

  /** Who comes later begins with the state that is there. */
  #tellState(intake: Intake): void {
    for (const { topic, fold } of this.#topics.values()) {
      if (topic.channel !== intake.channel || !covers(intake.symbol, topic.symbol) || !topic.position) continue;
      const state = CHANNELS[topic.channel].snapshot ? fold.snapshot() : undefined;
      if (state) this.#hand(intake, state, fold);
    }
  }

  /** Asks again where the wishes have become wider than what the server was told. */
  #settleWishes(feed: Feed): void {
    const wanting: Intake[] = [];
    for (const other of this.#feeds.values()) {
      if (other.channel === feed.channel && overlap(other.symbol, feed.symbol)) wanting.push(...other.intakes);
    }
    const wishes = joinWishes(wanting.map((intake) => intake.wishes));
    const same = JSON.stringify(wishes) === JSON.stringify(feed.wishes);
    if (same && (feed.id !== undefined || feed.asking)) return;
    const deeper = !same && wishes.depth !== feed.wishes.depth;
    feed.wishes = wishes;
    this.#unsubscribe(feed);
    // Levels that were not sent before come with a new snapshot alone.
    if (deeper) { for (const { topic } of this.#topicsOf(feed)) topic.reset(); }
    if (this.#host.connected()) this.#ask(feed);
  }

  #ask(feed: Feed): void {
    const { channel, symbol, wishes } = feed;
    feed.asking = true;
    const asked = ++feed.asked;
    if (symbol === "*") {
      for (const followed of this.#topicsOf(feed)) if (followed.topic.position) this.#askOne(feed, followed);
    }
    const from = symbol === "*" ? undefined : this.#topics.get(keyOf(channel, symbol))?.topic.position;
    this.#host.requests.ask(
      { type: "subscribe", data: { channel, symbol, ...(from ? { from } : {}), ...wishes } },
      { timeoutMs: this.#host.timeoutMs, again: false },
      {
        done: (answer) => {
          if (answer.type !== "subscribed") return;
          const current = feed.asked === asked && this.#feeds.get(keyOf(channel, symbol)) === feed;
          if (current) this.#subscribed(feed, answer.data);
          else this.#host.send(unsubscribe(answer.data.subscription));
        },
        failed: (error) => {
          if (feed.asked === asked) this.#refused(feed, error);
        },
      },
    );
  }

  #subscribed(feed: Feed, data: Extract<ServerMessage, { type: "subscribed" }>["data"]): void {
    feed.id = data.subscription;
    feed.asking = false;
    for (const { symbol, epoch, seq, recovered } of data.topics) {
      this.#epoch = epoch;
      const followed = this.#follow(feed.channel, symbol);
      followed.resyncing = false;
      if (followed.extra && feed.symbol === "*") this.#endExtra(followed);
      else followed.topic.begin(epoch, seq, recovered);
    }
  }

  #refused(feed: Feed, error: ProtocolError): void {
    feed.asking = false;
    const reaction = reactionTo(error.data.code);
    if (reaction === "skip" || reaction === "stop" || reaction === "authenticate") return this.#failFeed(feed, error);
    feed.cancelRetry?.();
    feed.cancelRetry = this.#host.clock.after(Math.max(RETRY_MS, error.data.retryMs), () => {
      feed.cancelRetry = undefined;
      if (this.#host.connected() && !feed.asking && feed.id === undefined) this.#ask(feed);
    });
  }

  #failFeed(feed: Feed, error: ProtocolError): void {
    for (const intake of [...feed.intakes]) {
      this.remove(intake);
      try {
        intake.fail(error);
      } catch (thrown) {
        this.#host.threw(thrown);
      }
    }
  }

  /** Asks for what a topic is missing: from its position, or whole where what is there is wrong. */
  #repair(followed: Followed, why: "gap" | "checksum"): void {
    const { topic } = followed;
    const feed = this.#feedOf(topic.channel, topic.symbol);
    if (!feed || followed.cancelRepair) return;
    if (why === "checksum") topic.reset();
    this.#host.resync(topic.channel, topic.symbol, why);
    followed.resyncing = true;
    followed.good = 0;
    const repairs = followed.repairs++;
    if (repairs === 0) return this.#askAgain(feed, followed);
    followed.cancelRepair = this.#host.clock.after(Math.min(REPAIR_MS_MAX, REPAIR_MS * 2 ** (repairs - 1)), () => {
      followed.cancelRepair = undefined;
      if (followed.resyncing) this.#askAgain(feed, followed);
    });
  }

  #askAgain(feed: Feed, followed: Followed): void {
    const { channel, symbol } = feed;
    if (feed.asking || !this.#host.connected() || this.#feeds.get(keyOf(channel, symbol)) !== feed) return;
    if (symbol === "*") return this.#askOne(feed, followed);
    this.#unsubscribe(feed);
    this.#ask(feed);
  }

  /** One symbol of a wildcard, by a subscription of its own, as a wildcard has no position to go on from. */
  #askOne(feed: Feed, followed: Followed): void {
    const { channel, symbol, position } = followed.topic;
    const asked = feed.asked;
    this.#host.requests.ask(
      { type: "subscribe", data: { channel, symbol, ...(position ? { from: position } : {}), ...feed.wishes } },
      { timeoutMs: this.#host.timeoutMs, again: false },
      {
        done: (answer) => {
          if (answer.type !== "subscribed") return;
          const [place] = answer.data.topics;
          const { subscription } = answer.data;
          followed.resyncing = false;
          if (!place || feed.asked !== asked) return this.#host.send(unsubscribe(subscription));
          this.#epoch = place.epoch;
          followed.extra = { id: subscription, until: place.seq };
          followed.topic.begin(place.epoch, place.seq, place.recovered);
          this.#endExtra(followed);
        },
        failed: () => {
          followed.resyncing = false;
        },
      },
    );
  }

  /** Ends the subscription beside a wildcard's when all that it was for has come. */
  #endExtra(followed: Followed): void {
    const { topic, extra } = followed;
    if (!extra || topic.seq < extra.until || this.#feedOf(topic.channel, topic.symbol)?.id === undefined) return;
    followed.extra = undefined;
    this.#host.send(unsubscribe(extra.id));
  }

  #unsubscribe(feed: Feed): void {
    feed.asked++;
    feed.asking = false;
    if (feed.id === undefined) return;
    this.#host.send(unsubscribe(feed.id));
    feed.id = undefined;
  }

  #follow(channel: Channel, symbol: string): Followed {
    const key = keyOf(channel, symbol);
    let followed = this.#topics.get(key);
    if (!followed) {
      const depth = this.#feedOf(channel, symbol)?.wishes.depth;
      const topic = new Topic(channel, symbol, this.#host.clock, this, this.#host.window);
      followed = {
        topic,
        fold: new Fold(depth === undefined || depth >= 10),
        intakes: [],
        resyncing: false,
        good: 0,
        repairs: 0,
        cancelRepair: undefined,
        extra: undefined,
      };
      this.#topics.set(key, followed);
      this.#assignIntakes();
    }
    return followed;
  }

  #assignIntakes(): void {
    for (const followed of this.#topics.values()) {
      const { channel, symbol } = followed.topic;
      const intakes: Intake[] = [];
      for (const name of [symbol, "*"]) {
        const feed = this.#feeds.get(keyOf(channel, name));
        if (feed) intakes.push(...feed.intakes);
      }
      followed.intakes = intakes;
      // A filter at the server leaves messages out.
      followed.topic.filtered = this.#feedOf(channel, symbol)?.wishes.where !== undefined;
    }
  }

  #topicsOf(feed: Feed): Followed[] {
    return [...this.#topics.values()].filter(({ topic }) =>
      topic.channel === feed.channel && covers(feed.symbol, topic.symbol)
    );
  }

  #feedOf(channel: Channel, symbol: string): Feed | undefined {
    return this.#feeds.get(keyOf(channel, symbol)) ?? this.#feeds.get(keyOf(channel, "*"));
  }
}

function unsubscribe(subscription: string): ClientMessage {
  return { type: "unsubscribe", data: { subscription } };
}

function keyOf(channel: Channel, symbol: string): string {
  return `${channel} ${symbol}`;
}

function covers(wanted: string, symbol: string): boolean {
  return wanted === "*" || wanted === symbol;
}

function overlap(one: string, other: string): boolean {
  return one === other || one === "*" || other === "*";
}

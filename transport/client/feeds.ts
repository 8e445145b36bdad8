import { type Channel, CHANNELS } from "../protocol/channels.ts";
import { type ProtocolError, reactionTo } from "../protocol/errors.ts";
import type { ChannelMessage } from "../protocol/messages.ts";
import { Fold } from "./fold.ts";
import { covers, type Feed, type FeedsHost, type Followed, keyOf, overlap } from "./followed.ts";
import type { Intake } from "./intake.ts";
import { matches, type Merged } from "./merge.ts";
import type { AnswerData } from "./requests.ts";
import { joinWishes } from "./server_wishes.ts";
import { Topic, type TopicEvents } from "./topic.ts";
import { defined } from "./defined.ts";

const RETRY_MS = 1000;
/** A position that no server has: it begins anew. */
const NOWHERE = { epoch: "", seq: 0 };
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
  /** Subscriptions of this link that were ended. */
  readonly #ended = new Set<string>();

  constructor(host: FeedsHost) {
    this.#host = host;
  }

  /** Where it stands, for a server that goes on from there. */
  positions(): { channel: Channel; symbol: string; epoch: string; seq: number }[] {
    const positions = [];
    for (const { topic } of this.#topics.values()) {
      const { channel, symbol, position } = topic;
      if (position) positions.push({ channel, symbol, ...position });
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
      feed = { channel, symbol, intakes: new Set(), wishes: {}, asking: false, asked: 0 };
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
      if (feed.id === undefined) this.#ask(feed);
      else for (const followed of this.#topicsOf(feed)) if (!followed.topic.position) this.#recover(feed, followed);
    }
  }

  /** The link is gone. */
  lost(): void {
    this.#ended.clear();
    for (const feed of this.#feeds.values()) {
      feed.asking = false;
      feed.asked++;
      feed.cancelRetry?.();
      feed.cancelRetry = undefined;
    }
  }

  /** No link will come: all who wait are told why, where there is a reason. */
  endAll(error?: ProtocolError): void {
    for (const feed of [...this.#feeds.values()]) this.#endFeed(feed, error);
  }

  /** Takes the server's word on a subscription that outlived its link. */
  resubscribed(data: AnswerData<"subscribed">): void {
    for (const feed of this.#feeds.values()) {
      if (feed.id === data.subscription) return this.#subscribed(feed, data);
    }
    this.#end(data.subscription);
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
    if (lost > 0) this.#host.lost(topic.channel, topic.symbol, lost);
    const told: Merged = lost > 0 ? { ...message, lost } : message;
    for (const intake of followed.intakes) this.#hand(intake, told, followed.fold);
    if (CHANNELS[topic.channel].snapshot) this.#host.folded(topic.channel, topic.symbol, followed.fold);
  }

  gap(topic: Topic): void {
    const followed = this.#topics.get(keyOf(topic.channel, topic.symbol));
    const feed = this.#feedOf(topic.channel, topic.symbol);
    if (followed && feed?.id !== undefined && !feed.asking && this.#host.connected()) this.#repair(followed, "gap");
  }

  duplicate(): void {
    this.#host.duplicate();
  }

  #hand(intake: Intake, message: Merged, fold: Fold): void {
    if (!matches(message, intake.wishes.where)) return;
    this.#guard(() => intake.deliver(message, fold.book));
  }

  #guard(work: () => void): void {
    try {
      work();
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
    // Levels that were not sent before come with a new snapshot alone.
    if (deeper) { for (const { topic } of this.#topicsOf(feed)) topic.reset(); }
    if (this.#host.connected()) this.#ask(feed);
  }

  #ask(feed: Feed): void {
    const { channel, symbol, wishes } = feed;
    feed.asking = true;
    const asked = ++feed.asked;
    const from = symbol === "*" ? undefined : this.#topics.get(keyOf(channel, symbol))?.topic.position;
    this.#host.requests.ask(
      { type: "subscribe", data: defined({ channel, symbol, from, ...wishes }) },
      { timeoutMs: this.#host.timeoutMs, again: false },
      {
        done: (answer) => {
          if (answer.type !== "subscribed") return;
          const current = feed.asked === asked && this.#feeds.get(keyOf(channel, symbol)) === feed;
          if (current) this.#subscribed(feed, answer.data, from);
          else this.#end(answer.data.subscription);
        },
        failed: (error) => {
          if (feed.asked === asked) this.#refused(feed, error);
        },
      },
    );
  }

  #subscribed(feed: Feed, data: AnswerData<"subscribed">, from?: Topic["position"]): void {
    // The old one is ended after the new one stands, so that nothing is missed in between.
    if (feed.id !== undefined && feed.id !== data.subscription) this.#end(feed.id);
    feed.id = data.subscription;
    feed.asking = false;
    for (const { symbol, epoch, seq, recovered } of data.topics) {
      this.#epoch = epoch;
      const followed = this.#follow(feed.channel, symbol);
      followed.resyncing = false;
      const { topic } = followed;
      // We came to stand somewhere after we had said where we stand, by the link before: what is between can still be had.
      const stands = !recovered && !from && topic.lossless && topic.position?.epoch === epoch;
      if (stands) this.#repair(followed, "gap");
      else topic.begin(epoch, seq, recovered);
      // It goes on from where it knows that we stand, which is more than we know: only a new beginning helps.
      if (recovered && !topic.position) this.#recover(feed, followed);
    }
  }

  #refused(feed: Feed, error: ProtocolError): void {
    feed.asking = false;
    const reaction = reactionTo(error.data.code);
    if (reaction === "skip" || reaction === "stop" || reaction === "authenticate") return this.#endFeed(feed, error);
    feed.cancelRetry?.();
    feed.cancelRetry = this.#host.clock.after(Math.max(RETRY_MS, error.data.retryMs), () => {
      feed.cancelRetry = undefined;
      if (this.#host.connected() && !feed.asking && feed.id === undefined) this.#ask(feed);
    });
  }

  #endFeed(feed: Feed, error?: ProtocolError): void {
    for (const intake of [...feed.intakes]) {
      this.remove(intake);
      this.#guard(() => intake.end(error));
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
    if (repairs === 0) return this.#recover(feed, followed);
    followed.cancelRepair = this.#host.clock.after(Math.min(REPAIR_MS_MAX, REPAIR_MS * 2 ** (repairs - 1)), () => {
      followed.cancelRepair = undefined;
      if (followed.resyncing && this.#host.connected()) this.#recover(feed, followed);
    });
  }

  /**
   * Sets a topic right by a subscription beside the one that holds it, which ends when it has said from where the topic goes on.
   * A wildcard has no position to go on from; and who ended the first one would miss what comes in between.
   */
  #recover(feed: Feed, followed: Followed): void {
    const { channel, symbol, position } = followed.topic;
    const { asked, wishes } = feed;
    this.#host.requests.ask(
      { type: "subscribe", data: { channel, symbol, from: position ?? NOWHERE, ...wishes } },
      { timeoutMs: this.#host.timeoutMs, again: false },
      {
        done: (answer) => {
          if (answer.type !== "subscribed") return;
          const [place] = answer.data.topics;
          followed.resyncing = false;
          // Who had no position, and has one now, was helped meanwhile.
          const { topic } = followed, wanted = position || !topic.position;
          if (place && feed.asked === asked && wanted) topic.begin(place.epoch, place.seq, place.recovered);
          this.#end(answer.data.subscription);
        },
        failed: (error) => {
          followed.resyncing = false;
          if (reactionTo(error.data.code) !== "stop" && feed.asked === asked) this.#repair(followed, "gap");
        },
      },
    );
  }

  #unsubscribe(feed: Feed): void {
    feed.asked++;
    feed.asking = false;
    if (feed.id === undefined) return;
    this.#end(feed.id);
    feed.id = undefined;
  }

  #end(subscription: string): void {
    if (this.#ended.has(subscription)) return;
    this.#ended.add(subscription);
    this.#host.send({ type: "unsubscribe", id: `end ${subscription}`, data: { subscription } });
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

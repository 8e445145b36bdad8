import type { Channel } from "../protocol/channels.ts";
import type { Data } from "./entry.ts";
import type { Topic } from "./topic.ts";

/** Fields and the values of which each may have one. */
export type Filter = Readonly<Record<string, readonly (string | number | boolean)[]>>;

/** What one request asked for. */
export interface Subscription {
  readonly id: string;
  readonly channel: Channel;
  /** "*" for all. */
  readonly symbol: string;
  /** Least time between two messages, in ms; 0: none. */
  readonly rateMs: number;
  /** How old a message may be when it is written, in ms; 0: any age. */
  readonly ageMs: number;
  /** Levels of the book a side, one of BOOK_DEPTHS; 0: all. */
  readonly depth: number;
  readonly where?: Filter;
}

/** How one topic goes to those who have the same interest. */
export interface Route {
  readonly topic: Topic;
  /** Messages that match one of these; all where absent. */
  readonly filters?: readonly Filter[];
  readonly rateMs: number;
}

/** What a list of subscriptions comes to for one topic: what suits all of them. */
interface Want {
  readonly depth: number;
  readonly rateMs: number;
  readonly filters?: readonly Filter[];
}

/** What is wanted of a topic by those subscriptions that match it: the deepest, the most often, and any of the filters. */
function wantOf(subscriptions: readonly Subscription[], channel: Channel, symbol: string): Want | undefined {
  const matching = subscriptions.filter((each) =>
    each.channel === channel && (each.symbol === "*" || each.symbol === symbol)
  );
  if (matching.length === 0) return undefined;
  const filters = matching.map(({ where }) => where).filter((where) => where !== undefined);
  return {
    depth: allOr(matching.map(({ depth }) => depth), Math.max),
    rateMs: allOr(matching.map(({ rateMs }) => rateMs), Math.min),
    ...(filters.length === matching.length ? { filters } : {}),
  };
}

/** Whether data matches one of the filters. */
export function matches(data: Data, filters: readonly Filter[]): boolean {
  for (const filter of filters) {
    let all = true;
    for (const field in filter) {
      if (!filter[field].includes(data[field] as string)) {
        all = false;
        break;
      }
    }
    if (all) return true;
  }
  return false;
}

/** The text that is the same for lists of subscriptions that come to the same. */
export function interestKey(subscriptions: readonly Subscription[], reader: string): string {
  const texts = subscriptions.map(({ channel, symbol, rateMs, ageMs, depth, where }) =>
    JSON.stringify([channel, symbol, rateMs, ageMs, depth, where ?? null])
  );
  return `${reader}\n${[...new Set(texts)].sort().join("\n")}`;
}

/**
 * What connections with the same subscriptions have in common: the topics they follow, and how. There is one for all of them.
 *
 * | operation | cost |
 * |---|---|
 * | consider | O(subscriptions) |
 */
export class Interest {
  readonly key: string;
  readonly subscriptions: readonly Subscription[];
  /** How old a message may be when it is written, in ms; Infinity: any age. */
  readonly ageMs: number;
  /** All topics. */
  readonly routes = new Map<Topic, Route>();
  /** Those whose messages go out as they come. */
  readonly steady: Route[] = [];
  /** Those that have a rate. */
  readonly limited: Route[] = [];
  /** Connections that have it. */
  holders = 0;
  readonly #mayRead: (channel: Channel, symbol: string) => boolean;

  constructor(
    key: string,
    subscriptions: readonly Subscription[],
    mayRead: (channel: Channel, symbol: string) => boolean,
  ) {
    this.key = key;
    this.subscriptions = subscriptions;
    this.ageMs = Math.min(...subscriptions.map(({ ageMs }) => ageMs || Infinity));
    this.#mayRead = mayRead;
  }

  /** Looks at a topic; `viewOf` gives the topic of a book's best levels. Returns its route where it is of interest. */
  consider(topic: Topic, viewOf: (topic: Topic, depth: number) => Topic): Route | undefined {
    const want = wantOf(this.subscriptions, topic.channel, topic.symbol);
    if (want === undefined || !this.#mayRead(topic.channel, topic.symbol)) return undefined;
    const { depth, rateMs, filters } = want;
    const route = { topic: depth === 0 ? topic : viewOf(topic, depth), rateMs, filters };
    this.routes.set(route.topic, route);
    (rateMs > 0 ? this.limited : this.steady).push(route);
    return route;
  }
}

/** 0 stands for no bound, and wins. */
function allOr(values: readonly number[], choose: (...values: number[]) => number): number {
  return values.includes(0) ? 0 : choose(...values);
}

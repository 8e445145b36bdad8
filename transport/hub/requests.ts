import { type Channel, CHANNELS } from "../protocol/channels.ts";
import { depthSent } from "../protocol/book_depths.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { ChannelMessage, ClientMessage } from "../protocol/messages.ts";
import type { Connection } from "./connection.ts";
import type { Subscription } from "./interest.ts";
import type { HubLimits } from "./limits.ts";
import { SNAPSHOT_FIRST } from "./outbox.ts";
import { type Position, type Start, startFrom } from "./recovery.ts";
import type { Reader, Switchboard } from "./switchboard.ts";
import type { Topic } from "./topic.ts";

/** What answering requests needs of a hub. */
export interface RequestTools {
  readonly switchboard: Switchboard;
  readonly limits: HubLimits;
  readerOf(connection: Connection): Reader;
  /** Names of those who are here. */
  present(): string[];
  /** A name for a subscription. */
  nextId(): string;
}

type Of<Type extends ClientMessage["type"]> = Extract<ClientMessage, { type: Type }>;

/** Subscribes; answers, and what was missed, or the state, follows in the same turn. Throws `ProtocolError`. */
export function subscribe(connection: Connection, { id, data }: Of<"subscribe">, tools: RequestTools): void {
  const { switchboard, limits } = tools, { channel, symbol, from } = data;
  const subscription = checkedSubscription(data, tools.nextId());
  if (connection.subscriptions.length >= limits.subscriptionsMax) {
    const message = `Cannot subscribe: there are ${limits.subscriptionsMax} subscriptions already`;
    throw new ProtocolError("SUBSCRIPTIONS_EXCEEDED", message);
  }
  const list = [...connection.subscriptions, subscription];
  if (subscription.where && filtersLength(list) > limits.filtersLengthMax) {
    const message = `Cannot subscribe: filters would have over ${limits.filtersLengthMax} letters in all`;
    throw new ProtocolError("SUBSCRIPTIONS_EXCEEDED", message);
  }
  const { mayRead } = tools.readerOf(connection);
  const found = switchboard.findAll(channel, symbol), topics = found.filter((topic) => mayRead(channel, topic.symbol));
  if (topics.length === 0) {
    if (!mayRead(channel, symbol)) throw scopeMissing("subscribe", channel, symbol);
    if (symbol !== "*" && CHANNELS[channel].scope !== "strategy") throw symbolUnknown("subscribe", channel, symbol);
  }
  connection.hold(() => {
    const starts = goOn(connection, list, [subscription], { from, positions: connection.positions });
    told(connection, id, subscription, topics, starts);
  });
}

/** Subscribes again to all that a connection had, over a new link, from where its client says that it stands. */
export function resume(connection: Connection, tools: RequestTools): void {
  const list = connection.subscriptions;
  if (list.length === 0) return;
  const { mayRead } = tools.readerOf(connection);
  const starts = goOn(connection, list, list, { positions: connection.positions });
  for (const subscription of list) {
    const { channel, symbol } = subscription;
    const topics = tools.switchboard.findAll(channel, symbol).filter((topic) => mayRead(channel, topic.symbol));
    told(connection, undefined, subscription, topics, starts);
  }
}

/** Ends a subscription. Throws `ProtocolError`. */
export function unsubscribe(connection: Connection, { id, data }: Of<"unsubscribe">): void {
  const left = connection.subscriptions.filter((each) => each.id !== data.subscription);
  if (left.length === connection.subscriptions.length) {
    throw new ProtocolError("MALFORMED", `Cannot unsubscribe: there is no subscription ${data.subscription}`);
  }
  connection.hold(() => {
    connection.follow(left);
    connection.answer(id, "unsubscribed", data);
  });
}

/** Answers with messages of a channel's past, as many as are here and fit. Throws `ProtocolError`. */
export function history(connection: Connection, { id, data }: Of<"history">, tools: RequestTools): void {
  const { channel, symbol, from, most, sparse } = data, { historyBytesMax } = tools.limits;
  if (!tools.readerOf(connection).mayRead(channel, symbol)) throw scopeMissing("read history", channel, symbol);
  const topic = tools.switchboard.find(channel, symbol);
  if (topic === undefined) throw symbolUnknown("read history", channel, symbol);
  if (connection.heldBytes > historyBytesMax) {
    throw new ProtocolError("RATE_EXCEEDED", "Cannot read history: answers wait to be read", 250);
  }
  const messages: ChannelMessage[] = [];
  let bytes = 0;
  for (const entry of sparse ? topic.trailAfter(from - 1, most) : topic.listAfter(from - 1, most)) {
    bytes += entry.encoded(connection.codec).length;
    if (bytes > historyBytesMax && messages.length > 0) break;
    messages.push(entry.message());
  }
  connection.answer(id, "history", { messages, epoch: topic.epoch, first: topic.oldest, last: topic.seq });
}

/** Answers with who is here. Throws `ProtocolError`. */
export function presence(connection: Connection, { id }: Of<"presence">, tools: RequestTools): void {
  if (!tools.readerOf(connection).mayRead("presence", "")) throw scopeMissing("see who is here", "presence", "");
  connection.answer(id, "present", { clients: tools.present() });
}

interface Origin {
  readonly from?: Position;
  readonly positions: Map<string, Position> | undefined;
}

/** Follows `list`, of which `fresh` are asked for now. Returns how the client goes on in each topic of these. */
function goOn(
  connection: Connection,
  list: readonly Subscription[],
  fresh: readonly Subscription[],
  { from, positions }: Origin,
): Map<string, Start> {
  const starts = new Map<string, Start>();
  connection.follow(list, (topic, had) => {
    const { channel, symbol } = topic;
    if (!fresh.some((each) => each.channel === channel && (each.symbol === "*" || each.symbol === symbol))) {
      return undefined;
    }
    const key = `${channel} ${symbol}`, start = startOf(topic, had, from ?? positions?.get(key));
    positions?.delete(key);
    starts.set(key, start);
    return start.cursor;
  });
  return starts;
}

function startOf(topic: Topic, had: number | undefined, from: Position | undefined): Start {
  // Who follows a topic already, of which nothing may be lost, goes on with it; of others the state is sent once more.
  if (had !== undefined && from === undefined) {
    return { cursor: topic.lossless ? had : SNAPSHOT_FIRST, recovered: false };
  }
  return startFrom(topic, from);
}

/** Says how the client goes on, and what is gone for good. */
function told(
  connection: Connection,
  id: string | undefined,
  { id: subscription, channel }: Subscription,
  topics: readonly Topic[],
  starts: ReadonlyMap<string, Start>,
): void {
  const list = topics.map(({ symbol, epoch, seq }) => {
    const { cursor = seq, recovered = false } = starts.get(`${channel} ${symbol}`) ?? {};
    // Who follows it already goes on at the message that was sent last, which may not be the newest.
    return { symbol, epoch, seq: recovered || cursor < 0 ? seq : cursor, recovered };
  });
  connection.answer(id, "subscribed", { subscription, topics: list });
  for (const { symbol } of topics) {
    const missing = starts.get(`${channel} ${symbol}`)?.missing;
    if (missing === undefined) continue;
    connection.refuse(id, "UNRECOVERABLE", `Cannot recover ${channel} ${symbol}: ${missing}`);
  }
}

function checkedSubscription(data: Of<"subscribe">["data"], id: string): Subscription {
  const { channel, symbol, from, rateMax, ageMsMax, depth, where } = data;
  const { delivery } = CHANNELS[channel];
  const wrong = (what: string) => new ProtocolError("MALFORMED", `Cannot subscribe to ${channel} ${symbol}: ${what}`);
  if (from !== undefined && symbol === "*") {
    throw wrong("from is of one symbol; say in hello where you stand in several");
  }
  if (delivery === "lossless" && (rateMax ?? ageMsMax) !== undefined) {
    throw wrong("a rate or an age is for what is merged");
  }
  if (delivery === "conflated" && where !== undefined) throw wrong("where is for channels of which nothing is merged");
  if (depth !== undefined && channel !== "book") throw wrong("depth is for the book");
  return {
    id,
    channel,
    symbol,
    rateMs: rateMax === undefined ? 0 : Math.ceil(1000 / rateMax),
    ageMs: ageMsMax ?? 0,
    depth: depthSent(depth ?? 0),
    ...(where === undefined ? {} : { where: where as Subscription["where"] }),
  };
}

function filtersLength(list: readonly Subscription[]): number {
  return list.reduce((sum, { where }) => sum + (where ? JSON.stringify(where).length : 0), 0);
}

function scopeMissing(what: string, channel: Channel, symbol: string): ProtocolError {
  return new ProtocolError("SCOPE_MISSING", `Cannot ${what}: ${channel} ${symbol} is not within the token's scopes`);
}

function symbolUnknown(what: string, channel: Channel, symbol: string): ProtocolError {
  return new ProtocolError("UNKNOWN_SYMBOL", `Cannot ${what}: ${channel} has no symbol ${JSON.stringify(symbol)}`);
}

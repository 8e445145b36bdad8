/** A live session in this process that trades on a gateway, over the network, in Binance's dialect: what tests of both share. */
import { fullName } from "../engine/core/instrument_names.ts";
import type { StrategyDefinition } from "../engine/core/strategy.ts";
import type { MarketFeed } from "../engine/live/exchange.ts";
import { exchange } from "../engine/live/exchanges.ts";
import { Keys } from "../engine/live/keys.ts";
import type { LiveEvent } from "../engine/live/live_event.ts";
import { OrderBooks } from "../engine/live/order_books.ts";
import type { OrderEntry } from "../engine/live/order_entry.ts";
import { OrderLog } from "../engine/live/order_log.ts";
import { pause } from "../engine/live/pause.ts";
import { systemTimers } from "../engine/live/timers.ts";
import { LiveSession } from "../engine/run/live.ts";
import { machineNetwork } from "../engine/run/network.ts";
import { SinceSnapshot } from "../engine/run/since_snapshot.ts";
import { wallClock } from "../engine/run/wall_clock.ts";
import type { Gateway } from "../transport/gateway/gateway.ts";

/** The instrument of the tape that gateways of tests play. */
export const SYMBOL = "ZEROUSD";

/** What happens when nothing is wrong. */
const FINE = ["CONNECTED", "MARKET_WHOLE"];

/** A live session with its market, until it is disposed of. */
export class LiveOnGateway implements AsyncDisposable {
  private constructor(
    readonly live: LiveSession,
    readonly entry: OrderEntry,
    readonly events: readonly LiveEvent[],
    readonly feed: MarketFeed,
  ) {}

  /** Begins a run with a strategy; `log` holds the lines of the order log of those before, and takes its own. */
  static async begin({ url, key }: Gateway, strategy: StrategyDefinition, log: string[]): Promise<LiveOnGateway> {
    const wall = wallClock(), events: LiveEvent[] = [], tell = (event: LiveEvent) => void events.push(event);
    const tools = { network: machineNetwork({ wall }), timers: systemTimers, wall, random: Math.random, tell };
    const sockets = url.replace("http", "ws"), endpoints = { rest: url, market: sockets, orders: sockets };
    const spot = exchange("binance-spot"), instruments = await spot.instruments([SYMBOL], endpoints, tools);
    const [instrument] = instruments, keys = new Keys("hmac", key.key, key.secret);
    const entry = spot.orders!({ endpoints, keys, instruments }, tools);
    const books = OrderBooks.read(log.map((line) => `${line}\n`).join(""));
    const lines = new OrderLog({ line: (text) => void log.push(text) });
    const live = await LiveSession.open({ instruments, entry, tools, log: lines, books });
    live.begin({ strategy, feeds: [{ instrument }], wall });
    const sink = new SinceSnapshot(live.session.feeds.get(fullName(instrument))!);
    const feed = spot.market({ endpoints, into: new Map([[SYMBOL, { instrument, sink }]]) }, tools);
    return new LiveOnGateway(live, entry, events, feed);
  }

  /** What went wrong, as it was told. */
  get faults(): string[] {
    return this.events.filter(({ name }) => !FINE.includes(name)).map(({ name, message }) => `${name} ${message}`);
  }

  /** Follows the market until it is so; a test that waits for ever is cut by who runs it. */
  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    await this.feed.open();
    while (!await holds()) {
      this.live.session.advance();
      await pause(systemTimers, 20);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.feed.close();
    await this.live.close();
  }
}

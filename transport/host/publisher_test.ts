import { assert, assertEquals } from "@std/assert";
import * as v from "valibot";
import { BUY, SELL } from "../../engine/core/event.ts";
import type { Strategy } from "../../engine/core/strategy.ts";
import { backtest } from "../../engine/run/backtest.ts";
import type { Channel } from "../protocol/channels.ts";
import { SNAPSHOTS, UPDATES } from "../protocol/data.ts";
import { bookChecksum } from "../protocol/book_checksum.ts";
import { Publisher } from "./publisher.ts";

type Data = Readonly<Record<string, unknown>>;
interface Published {
  readonly channel: Channel;
  readonly symbol: string;
  readonly data: Data;
  readonly timestamp: bigint;
}

/** Buys and sells in turn, with an order that rests, one that is cancelled and one that is refused. */
const trader = (): Strategy => {
  let side = BUY;
  return {
    onStart: (ctx) => void ctx.every("20s"),
    onTimer(ctx) {
      const { bestBid, bestAsk } = ctx.book();
      if (!Number.isFinite(bestBid) || !Number.isFinite(bestAsk)) return;
      ctx.cancelAll();
      ctx.submit({ side, size: 2, tif: "ioc", price: side === BUY ? bestAsk : bestBid });
      ctx.submit({ side: BUY, size: 1, price: bestBid - 3 });
      ctx.submit({ side, size: 1000 });
      ctx.signal("side", { side, none: NaN });
      side = side === BUY ? SELL : BUY;
    },
  };
};

function published(): {
  readonly all: Published[];
  readonly publisher: Publisher;
  readonly digest: string;
  trades: number;
} {
  const all: Published[] = [];
  const publisher = new Publisher({
    sink: { publish: (channel, symbol, data, timestamp) => void all.push({ channel, symbol, data, timestamp }) },
    rows: 100,
    figures: () => ({ sharpe: null, sortino: null, drawdown: 0, winRate: null, exposure: null, trades: 0 }),
  });
  const { digest, trades } = run([publisher]);
  return { all, publisher, digest, trades };
}

function run(recorders: readonly Publisher[]) {
  return backtest({
    strategy: { name: "trader", about: "Trades for a test.", create: trader },
    tape: "fixtures/data/market_l2.arrow",
    limits: { orderSize: 100 },
    fees: "maker=0.0002,taker=0.0007",
    latency: "5ms",
    cash: { USD: "10000" },
    everyMessage: recorders.length > 0,
    recorders,
  });
}

Deno.test("Publisher: all it says is as the schemas have it, in order of time, and changes nothing", () => {
  const { all, publisher, digest } = published();
  assertEquals(digest, run([]).digest);
  let time = 0n;
  for (const { channel, data, timestamp } of all) {
    v.parse(UPDATES[channel], data);
    assert(timestamp >= time);
    time = timestamp;
  }
  const seen = new Set(all.map(({ channel }) => channel));
  const expected = [
    "bbo",
    "book",
    "fills",
    "metrics",
    "orders",
    "pnl",
    "positions",
    "progress",
    "reports",
    "signals",
    "trades",
  ];
  assertEquals([...seen].sort(), expected);
  const { symbol } = all.find(({ channel }) => channel === "book")!;
  for (const channel of ["book", "bbo", "orders", "positions"] as const) {
    const schema = channel === "orders" ? SNAPSHOTS.orders : UPDATES[channel];
    v.parse(schema, publisher.snapshot(channel, symbol));
  }
  for (const channel of ["pnl", "metrics", "progress"] as const) {
    v.parse(UPDATES[channel], publisher.snapshot(channel, ""));
  }
  v.parse(UPDATES.signals, publisher.snapshot("signals", "side"));
  assertEquals(publisher.snapshot("book", "NOBODY"), undefined);
});

Deno.test("Publisher: two runs of one session say the same", () => {
  const texts = [published(), published()].map(({ all }) =>
    all.map((each) => [each.channel, each.timestamp, each.data])
  );
  assertEquals(texts[0], texts[1]);
});

Deno.test("Publisher: the changes of a book add up to its snapshot, and its checksums hold on the way", () => {
  const { all, publisher } = published();
  const sides = { bids: new Map<number, number>(), asks: new Map<number, number>() };
  const best = (side: "bids" | "asks", sign: number) => [...sides[side]].sort(([a], [b]) => sign * (a - b));
  let symbol = "", checked = 0;
  for (const each of all) {
    if (each.channel !== "book") continue;
    symbol = each.symbol;
    for (const side of ["bids", "asks"] as const) {
      for (const [price, lots] of each.data[side] as [number, number][]) {
        if (lots === 0) assert(sides[side].delete(price));
        else sides[side].set(price, lots);
      }
    }
    if (each.data.checksum === undefined) continue;
    assertEquals(bookChecksum(best("bids", -1), best("asks", 1)), each.data.checksum);
    checked++;
  }
  assert(checked > 100);
  const { bids, asks } = publisher.snapshot("book", symbol)!;
  assertEquals([bids, asks], [best("bids", -1), best("asks", 1)]);
});

Deno.test("Publisher: fills, orders and positions tell one story", () => {
  const { all, trades } = published();
  const of = (channel: Channel) => all.filter((each) => each.channel === channel).map(({ data }) => data);
  assertEquals(of("fills").length, trades);
  const sum = of("fills").reduce((lots, { side, size }) => lots + (side === "buy" ? 1 : -1) * (size as number), 0);
  assertEquals(of("positions").findLast(({ position }) => position !== undefined)!.position, sum);
  const filled = new Map<unknown, unknown>();
  for (const { order, filled: lots } of of("orders")) filled.set(order, lots);
  const byFill = new Map<unknown, number>();
  for (const { order, size } of of("fills")) byFill.set(order, (byFill.get(order) ?? 0) + (size as number));
  for (const [order, lots] of byFill) assertEquals(filled.get(order), lots);
  const states = new Set(of("orders").map(({ state }) => state));
  for (const state of ["PendingNew", "New", "Filled", "PendingCancel", "Cancelled"]) assert(states.has(state), state);
});

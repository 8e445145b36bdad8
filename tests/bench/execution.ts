import { BUY, SELL } from "../../engine/core/event.ts";
import { strategy } from "../../engine/core/strategy.ts";
import { backtest } from "../../engine/run/backtest.ts";
import { sha256 } from "../../engine/run/sha256.ts";
import { type BenchOptions, type BenchRow, runsOf } from "./bench.ts";

/** Orders in one burst, and the time between bursts. */
const BURST = 32, INTERVAL = "100ms";

/**
 * Six limits, none of which is reached: with instrument, expiry, restriction, both grids, form and a book that is whole, an
 * order passes 13 checks.
 */
const LIMITS = {
  orderSize: 100,
  notional: 1e9,
  priceBand: 0.5,
  position: 1000,
  openOrders: 1000,
  messageRate: 1000,
};
/** Nine more, and three of the session. */
const MORE = {
  orderSizeMin: 1,
  notionalMin: 0,
  collarLast: 0.5,
  collarReference: 0.5,
  shortSelling: 1000,
  dataAgeMs: 1e9,
  orderRate: 1000,
  selfTrade: 0,
  orderToTrade: 1000,
};
const SESSION = { grossExposure: 1e12, openOrders: 1000, messageRate: 1000 };

/** Takes the touch again and again, buying and selling in turn, until it has sent `count` orders. */
function firing(count: number) {
  return strategy({
    name: "firing",
    about: "Takes the touch again and again, buying and selling in turn.",
    cash: "1000000",
    create: () => {
      let side = BUY, sent = 0;
      return {
        onStart: (ctx) => void ctx.every(INTERVAL),
        onTimer(ctx) {
          const { bestBid, bestAsk } = ctx.book();
          if (sent >= count || !Number.isFinite(bestBid) || !Number.isFinite(bestAsk)) return;
          sent += BURST;
          for (let i = 0; i < BURST; i++) {
            ctx.submit({ side, size: 1, price: side === BUY ? bestAsk : bestBid, tif: "ioc" });
            side = side === BUY ? SELL : BUY;
          }
        },
      };
    },
  });
}

/** What the runs came to: wall time of each in seconds, orders of a run, and the journal's bytes. */
interface ExecutionResult {
  readonly seconds: number[];
  orders: number;
  trades: number;
  journal: number;
}

/** One way to run it: with a journal or without, and with how many limits. */
interface Variant {
  readonly what: string;
  readonly journalled: boolean;
  readonly more: boolean;
}

const VARIANTS: readonly Variant[] = [
  { what: "execution, the whole path", journalled: true, more: false },
  { what: "  without a journal", journalled: false, more: false },
  { what: "  with 12 limits more", journalled: true, more: true },
];

/** Sends orders through a session several times, after one run that does not count. */
function benchExecution(count: number, runs: number, { journalled, more }: Variant): ExecutionResult {
  const found: ExecutionResult = { seconds: [], orders: 0, trades: 0, journal: 0 };
  for (let run = 0; run <= runs; run++) {
    found.journal = 0;
    const sink = { write: (bytes: Uint8Array) => void (found.journal += bytes.length) };
    const { seconds, orders, trades } = backtest({
      strategy: firing(count),
      tape: "fixtures/data/market_l2.arrow",
      latency: "1ms",
      fees: "maker=0.0002,taker=0.0007",
      fills: "whole",
      limits: more ? { ...LIMITS, ...MORE } : LIMITS,
      ...(more ? { risk: { session: SESSION } } : {}),
      ...(journalled ? { journal: { sink, hasher: sha256 } } : {}),
    });
    if (run > 0) found.seconds.push(seconds);
    found.orders = orders;
    found.trades = trades;
  }
  return found;
}

/** Orders through the whole path of a session: id, checks, way to the venue, match, fills, account, journal and digest. */
export async function* benchExecutionRows(options: BenchOptions): AsyncGenerator<BenchRow> {
  const count = options.quick ? 100_000 : 1_000_000;
  for (const variant of VARIANTS) {
    const { seconds, orders, trades, journal } = await Promise.resolve(benchExecution(count, runsOf(options), variant));
    const note = variant === VARIANTS[0]
      ? `${orders} orders, ${trades} fills, 13 checks, 1 ms each way, fees, account, digest, ${
        Math.round(journal / 1e6)
      } MB of journal`
      : undefined;
    const values = seconds.map((each) => orders / each / 1e6);
    yield { what: variant.what, values, unit: "M orders/s", ...(note ? { bar: 1, note } : {}) };
  }
}

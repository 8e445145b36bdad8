import { BUY, SELL } from "../../engine/core/event.ts";
import { Market } from "../../engine/venue/market.ts";

/** Orders of the symmetric workload, drawn: one row an order. */
export interface DrawnOrders {
  readonly sides: Int8Array;
  readonly prices: Float64Array;
  readonly sizes: Float64Array;
  readonly accounts: Int32Array;
}

/** What a run of the workload came to. */
export interface OrdersResult {
  readonly orders: number;
  readonly trades: number;
  readonly digest: string;
  /** Wall time of each run, in seconds. */
  readonly seconds: readonly number[];
  readonly median: number;
  readonly min: number;
}

/** The middle of the prices, in ticks. */
const MID = 10_000;

/**
 * Draws the symmetric workload: a 64-bit xorshift gives each order's side, price within 50 ticks of the middle, size of 1 to
 * 5 lots, and account of 1 to 64.
 */
export function drawOrders(count: number): DrawnOrders {
  const sides = new Int8Array(count), prices = new Float64Array(count);
  const sizes = new Float64Array(count), accounts = new Int32Array(count);
  let state = 0x1234abcdn;
  for (let i = 0; i < count; i++) {
    state = BigInt.asUintN(64, state ^ (state << 13n));
    state ^= state >> 7n;
    state = BigInt.asUintN(64, state ^ (state << 17n));
    sides[i] = state & 1n ? BUY : SELL;
    prices[i] = MID + Number((state >> 1n) % 101n) - 50;
    sizes[i] = 1 + Number((state >> 10n) % 5n);
    accounts[i] = 1 + Number((state >> 20n) % 64n);
  }
  return { sides, prices, sizes, accounts };
}

/** Sends drawn orders through a market with every limit set, none of which is reached. */
export function runOrders(drawn: DrawnOrders): Market {
  const { sides, prices, sizes, accounts } = drawn;
  const market = new Market({
    accounts: 65,
    limits: {
      priceMin: 1,
      priceMax: 2 * MID,
      orderSizeMax: 1_000,
      notionalMax: 1e9,
      priceBand: 1_000,
      referencePrice: MID,
      positionMax: 1e9,
      openOrdersMax: 1e6,
      messagesPerSecondMax: 1e6,
    },
  });
  for (let i = 0; i < sides.length; i++) {
    market.now = i * 1_000;
    market.submit(accounts[i], sides[i], prices[i], sizes[i]);
  }
  return market;
}

/** Runs the workload several times, each in a new market, after one run that does not count. */
export function benchOrders(count = 2_000_000, runs = 5): OrdersResult {
  const drawn = drawOrders(count);
  let market = runOrders(drawn);
  const digest = market.digest.hex();
  const seconds: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    market = runOrders(drawn);
    seconds.push((performance.now() - start) / 1000);
    if (market.digest.hex() !== digest) throw new Error(`Cannot trust the run: its digest is ${market.digest.hex()}`);
  }
  const sorted = [...seconds].sort((a, b) => a - b);
  const { orders, trades } = market;
  return { orders, trades, digest, seconds, median: sorted[runs >> 1], min: sorted[0] };
}

if (import.meta.main) {
  const { orders, trades, digest, min, median } = benchOrders();
  const rate = (seconds: number) => `${(orders / seconds / 1e6).toFixed(2)}M/s`;
  console.log(`${orders} orders, ${trades} trades, digest ${digest}`);
  console.log(`id, risk, match, fills, digest: ${rate(min)} best, ${rate(median)} median of 5`);
}

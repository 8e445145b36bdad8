import { type BenchOptions, type BenchRow, runsOf } from "./bench.ts";
import { benchOrders } from "./orders.ts";

/** The symmetric workload through id, risk, match, fills and digest. */
export async function* benchOrderRows(options: BenchOptions): AsyncGenerator<BenchRow> {
  const count = options.quick ? 200_000 : 2_000_000;
  const { orders, trades, seconds } = await Promise.resolve(benchOrders(count, runsOf(options)));
  const note = `${orders} limit orders, ${trades} trades: id, risk, match, fills, digest`;
  yield { what: "orders", values: seconds.map((each) => orders / each / 1e6), unit: "M orders/s", bar: 3, note };
}

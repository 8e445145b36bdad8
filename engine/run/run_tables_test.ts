import { assertEquals } from "@std/assert";
import { tableFromIPC } from "apache-arrow";
import touchMaker from "../../strategies/touch_maker.ts";
import { backtest } from "./backtest.ts";
import { FileSink } from "./byte_sink.ts";
import { FillTable, OrderListTable } from "./run_tables.ts";

Deno.test("FillTable, OrderListTable: what another Arrow reader finds sums to the run's result", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const fills = new FillTable(new FileSink(`${folder}/fills.arrow`));
    const orders = new OrderListTable(new FileSink(`${folder}/orders.arrow`));
    const result = backtest({
      strategy: touchMaker,
      tape: "fixtures/data/market_l2.arrow",
      fees: "maker=0.0002,taker=0.0007",
      latency: "10ms",
      recorders: [fills, orders],
    });
    fills.close();
    orders.close();
    const filled = tableFromIPC(Deno.readFileSync(`${folder}/fills.arrow`)).toArray();
    const ordered = tableFromIPC(Deno.readFileSync(`${folder}/orders.arrow`)).toArray();
    assertEquals([filled.length, ordered.length], [result.trades, result.orders]);
    const sum = (pick: (fill: typeof filled[number]) => number) =>
      filled.reduce((total, fill) => total + pick(fill), 0);
    const signed = (fill: typeof filled[number]) => Number(fill.lots) * (fill.side === "buy" ? 1 : -1);
    assertEquals(sum(signed), result.position);
    assertEquals(sum(({ fee }) => fee).toFixed(6), result.fees!.toFixed(6));
    assertEquals(
      (-sum((fill) => fill.price * fill.size * (fill.side === "buy" ? 1 : -1))).toFixed(6),
      result.balance!.toFixed(6),
    );
    assertEquals(ordered.reduce((lots, order) => lots + Number(order.filled_lots), 0), sum(({ lots }) => Number(lots)));
    assertEquals(new Set(ordered.map(({ type, tif }) => `${type} ${tif}`)), new Set(["limit gtc"]));
    for (const { state, lots, filled_lots, trigger } of ordered) {
      assertEquals([state === "Filled", trigger], [lots === filled_lots, NaN]);
    }
    // Those that stand open come last; all others in the order in which they ended.
    const ended = ordered.map((order) => BigInt(Math.round(Number(order.ended) * 1e6)));
    assertEquals(ended.every((time, i) => i === 0 || ended[i - 1] <= time), true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

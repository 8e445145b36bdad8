import { assertEquals, assertMatch } from "@std/assert";
import { tableFromIPC } from "apache-arrow";
import touchMaker from "../../strategies/touch_maker.ts";
import { strategy } from "../core/strategy.ts";
import { backtest, type BacktestOptions } from "./backtest.ts";
import { FileSink } from "./byte_sink.ts";
import { FillTable, OrderListTable } from "./run_tables.ts";

Deno.test("OrderListTable: an order of the session's own says what it is for; the schema says what times mean", async () => {
  const folder = await Deno.makeTempDir();
  const buyer = strategy({
    name: "buyer",
    about: "Buys once.",
    params: {},
    create: () => ({
      onStart: (ctx) => void ctx.after("1m"),
      onTimer: (ctx) => void ctx.submit({ side: 1, size: 1 }),
    }),
  });
  const run = (options: Pick<BacktestOptions, "finish" | "margin" | "cash">) => {
    const path = `${folder}/orders.arrow`;
    const orders = new OrderListTable(new FileSink(path, { overwrite: true }));
    backtest({ strategy: buyer, tape: "fixtures/data/market_l2.arrow", ...options, recorders: [orders] });
    orders.close();
    return tableFromIPC(Deno.readFileSync(path));
  };
  try {
    const closed = run({ finish: "close" });
    assertEquals(closed.toArray().map(({ side, state, reason }) => [side, state, reason]), [
      ["buy", "Filled", ""],
      ["sell", "Filled", "FINISH"],
    ]);
    const lost = run({ margin: "cross:initial=0.1,maintenance=0.0999", cash: { USD: "9.98" } });
    assertEquals(lost.toArray().map(({ reason }) => reason), ["", "LIQUIDATION"]);
    assertMatch(closed.schema.metadata.get("ended")!, /when we learnt of it.*stands open/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

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
    // Those that stand open come last, and have not ended; all others in the order in which they did.
    const done = ordered.findIndex(({ state }) => !["Filled", "Cancelled", "Rejected", "Expired"].includes(state));
    assertEquals(done > 0 && done < ordered.length, true);
    assertEquals(new Set(ordered.slice(done).map(({ ended }) => ended)), new Set([null]));
    const ended = ordered.slice(0, done).map((order) => BigInt(Math.round(Number(order.ended) * 1e6)));
    assertEquals(ended[0] > 0n, true);
    assertEquals(ended.every((time, i) => i === 0 || ended[i - 1] <= time), true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

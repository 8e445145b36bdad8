import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { parseDecimal } from "../../core/decimal.ts";
import { collectRows, feed } from "../../feed/decode/collect_rows.ts";
import { Grid } from "../../feed/grid.ts";
import { FakeNetwork } from "../_fake_network.ts";
import { FakeTimers } from "../_fake_timers.ts";
import { RestClient } from "../rest_client.ts";
import { coinbase } from "./market.ts";

const FIXTURE = new URL("../../../fixtures/data/coinbase.txt", import.meta.url);
const [LANE] = coinbase.lanes;

/** The rows of lines, of one product. */
function rowsOf(lines: readonly string[], symbol: string): string[] {
  const { options, texts } = collectRows(symbol);
  const grids = { tick: new Grid("tick", parseDecimal("0.01")), lot: new Grid("lot", parseDecimal("0.00000001")) };
  feed(coinbase.decoder({ ...options, ...grids }), `${lines.join("\n")}\n`);
  return texts();
}

Deno.test("coinbase: what a feed takes of the made session, product by product, is all of it", () => {
  const lines = Deno.readTextFileSync(FIXTURE).trimEnd().split("\n");
  for (const symbol of ["BTC-USD", "ETH-USD"]) {
    let reader = LANE.reader();
    const taken = lines.flatMap((line) => {
      if (line.includes(" <-> ")) {
        reader = LANE.reader();
        return [coinbase.lost(BigInt(line.split(" <-> ")[1].replace(".", "")), "wss://x")];
      }
      const received = /^(\d+)\.(\d+): (.*)/.exec(line);
      const news = received && reader.read(received[3]);
      if (news?.kind !== "data" || !news.symbols.includes(symbol)) return [];
      return [coinbase.line(received![3], BigInt(received![1] + received![2]))];
    });
    assertEquals(taken.length < lines.length, true);
    assertEquals(rowsOf(taken, symbol), rowsOf(lines, symbol));
  }
});

Deno.test("coinbase: one channel a subscription, heartbeats first", () => {
  assertEquals(LANE.subscribe(["A-B", "C-D"]).map((text) => JSON.parse(text)), [
    { type: "subscribe", channel: "heartbeats" },
    { type: "subscribe", product_ids: ["A-B", "C-D"], channel: "level2" },
    { type: "subscribe", product_ids: ["A-B", "C-D"], channel: "market_trades" },
    { type: "subscribe", product_ids: ["A-B", "C-D"], channel: "ticker" },
  ]);
});

Deno.test("coinbase: a number that is missing is a hole, whatever it was of; one that is known is no news", () => {
  const reader = LANE.reader();
  const read = (sequence: number, channel = "heartbeats", event = "{}") =>
    reader.read(`{"channel":"${channel}","timestamp":"","sequence_num":${sequence},"events":[${event}]}`);
  const book = '{"type":"update","product_id":"A-B","updates":[]}';
  assertEquals(read(4), { kind: "other", hole: undefined });
  assertEquals(read(5, "l2_data", book), { kind: "data", symbols: ["A-B"], hole: undefined });
  assertEquals(read(5, "l2_data", book), { kind: "other" });
  assertEquals(read(8), { kind: "other", hole: { expected: "message 6", found: "message 8" } });
  assertEquals(read(7, "l2_data", book), { kind: "other" });
  assertThrows(() => reader.read('{"channel":"l2_data","sequence_num":9,"ev'), SyntaxError);
  assertEquals(read(10).kind === "other" && read(11), { kind: "other", hole: undefined });
  assertEquals(LANE.reader().read('{"type":"error","message":"failure to subscribe"}'), {
    kind: "refused",
    message: "failure to subscribe",
  });
});

Deno.test("coinbase: products by their names, with the nearest where there is none", async () => {
  const product = {
    product_id: "BTC-USD",
    price_increment: "0.01",
    quote_increment: "0.01",
    base_increment: "0.00000001",
    quote_currency_id: "USD",
    status: "online",
    trading_disabled: false,
    alias: "",
  };
  const products = [
    product,
    { ...product, product_id: "BTC-USDC", alias: "BTC-USD" },
    { ...product, product_id: "OLD-USD", trading_disabled: true },
  ];
  const network = new FakeNetwork();
  network.answer = ({ url }) => {
    const wanted = new URL(url).searchParams.getAll("product_ids");
    const found = products.filter(({ product_id }) => wanted.length === 0 || wanted.includes(product_id));
    return { status: 200, headers: {}, text: JSON.stringify({ products: found }), at: 0n };
  };
  const tools = { network, timers: new FakeTimers(), wall: () => 0n, random: () => 0, tell: () => {} };
  const rest = new RestClient({ venue: "coinbase", weightPerMinute: 60 }, tools);
  const find = (symbol: string) => coinbase.instruments([symbol], coinbase.endpoints, rest);
  assertEquals(await find("BTC-USD"), [
    { symbol: "BTC-USD", venue: "coinbase", tick: "0.01", lot: "0.00000001", kind: "linear", currency: "USD" },
  ]);
  const fails = (symbol: string, why: string) => assertRejects(() => find(symbol), RangeError, why);
  await fails("BTC-USDC", "Cannot trade BTC-USDC: coinbase trades it in the book of BTC-USD; give that");
  await fails("OLD-USD", "Cannot trade OLD-USD: at coinbase trading is disabled; wait, or choose another");
  await fails("BTC-USS", "Cannot trade BTC-USS: coinbase does not list it; did you mean BTC-USD?");
});

Deno.test("coinbase: a time that is none is named, with what to look at", async () => {
  const network = new FakeNetwork();
  network.answer = () => ({ status: 200, headers: {}, text: '{"epochMillis":"soon"}', at: 0n });
  const tools = { network, timers: new FakeTimers(), wall: () => 0n, random: () => 0, tell: () => {} };
  const ask = () =>
    coinbase.time!(coinbase.endpoints, new RestClient({ venue: "coinbase", weightPerMinute: 60 }, tools));
  const { message } = await assertRejects(ask, RangeError);
  assertEquals(message, `Cannot read the time of coinbase: epochMillis is "soon"; is the endpoint Coinbase's?`);
});

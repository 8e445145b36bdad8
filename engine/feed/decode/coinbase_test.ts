import { assert, assertEquals, assertThrows } from "@std/assert";
import { BUY, CLEAR, DEPTH, SELL, SNAPSHOT } from "../../core/event.ts";
import { SourceError } from "../decoder.ts";
import { Grid } from "../grid.ts";
import { L2Book } from "../../book/l2.ts";
import { type Collected, collectRows, feed } from "./collect_rows.ts";
import { coinbaseDecoder } from "./coinbase.ts";

const FIXTURE = new URL("../../../fixtures/data/coinbase.txt", import.meta.url);

/** Decodes with ticks of 0.01 and lots of 1e-8. */
function decode(text: string, symbol?: string): Collected {
  const collected = collectRows(symbol);
  feed(coinbaseDecoder({ ...collected.options, lot: new Grid("lot", { mantissa: 1, decimals: 8 }) }), text, 777);
  return collected;
}

function message(at: string, sequence: number, channel: string, event: string): string {
  return `${at}: {"channel":"${channel}","client_id":"","timestamp":"1970-01-01T00:00:09.000000001Z",` +
    `"sequence_num":${sequence},"events":[${event}]}\n`;
}

const update = (side: string, price: string, quantity: string, second = 12) =>
  `{"side":"${side}","event_time":"1970-01-01T00:00:${second}.5Z","price_level":"${price}","new_quantity":"${quantity}"}`;
const level2 = (at: string, sequence: number, type: string, ...updates: string[]) =>
  message(at, sequence, "l2_data", `{"type":"${type}","product_id":"A-EUR","updates":[${updates}]}`);
const CONNECT = "wss://x <-> 10.5\n";
const SNAP = level2("11.25", 3, "snapshot", update("bid", "3.01", "1.5"), update("offer", "3.03", "2"));
const beat = (sequence: number) => message("12.5", sequence, "heartbeats", '{"heartbeat_counter":7}');

Deno.test("coinbase: a snapshot has its message's time, an update the latest of its levels", () => {
  const next = level2("12.75", 4, "update", update("bid", "3.01", "0", 12), update("ask", "3.02", "0.1", 11));
  const { texts, rows, facts, gaps } = decode(CONNECT + SNAP + next);
  assertEquals(texts(), [
    "clear 0 0x0",
    "snapshot 1 301x150000000",
    "snapshot -1 303x200000000 last",
    "depth 1 301x0",
    "depth -1 302x10000000 last",
  ]);
  assertEquals(rows.map((row) => `${row.exchangeSec}.${row.exchangeNs} ${row.localSec}.${row.localNs}`).slice(2, 4), [
    "9.1 11.250000000",
    "12.500000000 12.750000000",
  ]);
  assertEquals(facts, { symbol: "A-EUR", venue: "coinbase", kind: "linear", currency: "EUR" });
  assertEquals(gaps, []);
});

Deno.test("coinbase: a number missing on any channel is a gap until the next snapshot; what comes twice or late is left out", () => {
  const set = (sequence: number) => level2("13", sequence, "update", update("bid", "3.00", "1"));
  const { gaps, texts } = decode(
    beat(2) + SNAP + set(4) + set(4) + beat(6) + set(5) + set(7) + beat(9) + SNAP.replace(":3,", ":10,"),
  );
  assertEquals(gaps, [{ place: 5, expected: "message 5", found: "message 6" }]);
  assertEquals(texts().slice(3), [
    "depth 1 300x100000000 last",
    "gap 0 0x0 last",
    "depth 1 300x100000000 last",
    "clear 0 0x0",
    "snapshot 1 301x150000000",
    "snapshot -1 303x200000000 last",
  ]);
});

Deno.test("coinbase: a capture of one product has holes in its numbers, and a snapshot may begin them anew", () => {
  const set = (sequence: number) => level2("13", sequence, "update", update("bid", "3.00", "1"));
  const { gaps, rows } = decode(SNAP + set(40) + set(40) + set(90) + SNAP + set(5));
  assertEquals([gaps, rows.length], [[], 9]);
});

Deno.test("coinbase: a new connection begins to count anew, and its book is stale before a snapshot", () => {
  const set = level2("13", 1, "update", update("bid", "3.00", "1"));
  assertEquals(decode(CONNECT + SNAP + CONNECT + beat(0) + set).gaps, [
    { place: 3, expected: "one unbroken connection", found: "a new one" },
  ]);
  assertEquals(decode(set).gaps, [{ place: 1, expected: "a snapshot", found: "an update" }]);
});

Deno.test("coinbase: trades stand in the order of their ids, with the taker's side; those before the subscription are left out", () => {
  const trade = (id: number, side: string) =>
    `{"trade_id":"${id}","product_id":"A-EUR","price":"3.0${id}","size":"0.5","side":"${side}","time":"1970-01-01T00:00:0${id}Z"}`;
  const trades = (sequence: number, type: string, ...list: string[]) =>
    message("9.5", sequence, "market_trades", `{"type":"${type}","trades":[${list}]}`);
  const wanted = ["trade -1 301x50000000", "trade 1 302x50000000 last"];
  assertEquals(decode(trades(1, "update", trade(2, "SELL"), trade(1, "BUY"))).texts(), wanted);
  assertEquals(decode(trades(1, "update", trade(1, "BUY"), trade(2, "SELL"))).texts(), wanted);
  assertEquals(decode(trades(1, "snapshot", trade(1, "BUY"))).rows, []);
});

Deno.test("coinbase: bad input names line, value and remedy", () => {
  const cases: [string, string][] = [
    [SNAP.slice(0, 90), "line 2: broken JSON in"],
    [SNAP.replace('"bid"', '"bod"'), 'line 2: side is "bod"'],
    [SNAP.replace('"1.5"', '"-1.5"'), 'line 2: size is "-1.5"'],
    [SNAP.replace('"3.01"', "null"), "line 2: price is null"],
    [SNAP.replace(":3,", ":-3,"), "line 2: sequence_num is -3"],
    [SNAP.replace("000000001Z", "now"), "line 2: timestamp is"],
    [SNAP.replace("3.03", "3.031"), "line 2: price is 3.031, and it is off the grid"],
    [
      `12: {"channel":"market_trades","sequence_num":3,"events":[{"type":"update","trades":[{"trade_id":{"toString":1}},{}]}]}\n`,
      'line 2: trade_id is {"toString":1}',
    ],
  ];
  for (const [bad, told] of cases) {
    const error = assertThrows(() => decode(SNAP + bad.replace(":3,", ":4,")), SourceError);
    assert(error.message.includes(told), `${error.message} <> ${told}`);
  }
});

Deno.test("coinbase: books of the made session agree with its tickers, and its one gap is where the connection is cut", () => {
  const text = Deno.readTextFileSync(FIXTURE);
  const { rows, gaps } = decode(text, "BTC-USD");
  assertEquals(gaps.map(({ found }) => found), ["a new one"]);
  const book = new L2Book();
  let at = 0, checked = 0;
  for (const line of text.split("\n")) {
    const ticker = /^(\d+)\.(\d+): .*"best_bid":"([\d.]+)","best_bid_quantity":"([\d.]+)","best_ask":"([\d.]+)"/.exec(
      line,
    );
    if (!ticker) continue;
    const [, sec, ns, bid, bidSize, ask] = ticker.map(Number);
    for (; at < rows.length && rows[at].localSec + rows[at].localNs / 1e9 <= sec + ns / 1e9; at++) {
      const { kind, side, price, size } = rows[at];
      if (kind === DEPTH || kind === SNAPSHOT) book.set(side, price, size);
      else if (kind === CLEAR) book.clear(side, price);
    }
    const prices = new Float64Array(1), sizes = new Float64Array(1);
    book.top(BUY, 1, prices, sizes);
    assertEquals([prices[0], sizes[0]], [Math.round(bid * 100), Math.round(bidSize * 1e8)]);
    book.top(SELL, 1, prices, sizes);
    assertEquals(prices[0], Math.round(ask * 100));
    checked++;
  }
  assert(checked >= 5, `${checked} tickers`);
});

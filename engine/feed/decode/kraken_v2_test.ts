import { assert, assertEquals, assertThrows } from "@std/assert";
import { krakenChecksum } from "../../book/crc32.ts";
import { GAP } from "../../core/event.ts";
import { SourceError } from "../decoder.ts";
import { Grid } from "../grid.ts";
import type { Row } from "../row.ts";
import { type Collected, collectRows, feed } from "./collect_rows.ts";
import { krakenV2Decoder } from "./kraken_v2.ts";
import { krakenV2Instruments, krakenV2Messages, parseKrakenV2 } from "./kraken_v2_message.ts";
import { TextBook } from "./text_book.ts";

const FIXTURE = new URL("../../../fixtures/data/kraken_v2.txt", import.meta.url);

/** Decodes with ticks of 0.1 and lots of 1e-8. */
function decode(text: string, symbol?: string, decimals = 1): Collected {
  const collected = collectRows(symbol, decimals);
  feed(krakenV2Decoder({ ...collected.options, lot: new Grid("lot", { mantissa: 1, decimals: 8 }) }), text, 777);
  return collected;
}

const timed = (row: Row) =>
  `${row.kind} ${row.side} ${row.price}x${row.size} ${row.exchangeSec}.${row.exchangeNs} ${row.localNs}`;

type Levels = [price: string, size: string][];

/** A book message with the checksum of `after`, where that is given. */
function book(at: string, type: string, asks: Levels, bids: Levels, checksum: number, more = ""): string {
  const text = (levels: Levels) => levels.map(([price, qty]) => `{"price":${price},"qty":${qty}}`).join();
  return `${at}: {"channel":"book","type":"${type}","data":[{"symbol":"A/EUR","bids":[${text(bids)}],` +
    `"asks":[${text(asks)}],"checksum":${checksum}${more}}]}\n`;
}

function sum(asks: Levels, bids: Levels): number {
  const texts = new TextBook();
  for (const [price, size] of asks) texts.set(-1, price, size);
  for (const [price, size] of bids) texts.set(1, price, size);
  return krakenChecksum(texts);
}

const stamp = (second: number) => `,"timestamp":"1970-01-01T00:00:${String(second).padStart(2, "0")}.123456Z"`;
const CONNECT = "wss://ws.kraken.com/v2 <-> 10.5\n";
const ACK = (depth: number) =>
  `11: {"method":"subscribe","result":{"channel":"book","depth":${depth},"symbol":"A/EUR"},"success":true}\n`;
const ASKS: Levels = [["3.1", "1.00000000"], ["3.2", "2.50000000"]], BIDS: Levels = [["3.0", "0.00100000"]];
const SNAP = book("11.5", "snapshot", ASKS, BIDS, sum(ASKS, BIDS), stamp(11));

Deno.test("kraken_v2: a snapshot, an update that pushes a level out, exact times", () => {
  const after: Levels = [["3.05", "0.10000000"], ["3.1", "1.00000000"]];
  const update = book("12.25", "update", [after[0]], [], sum(after, BIDS), stamp(12));
  const { rows, facts, gaps } = decode(CONNECT + ACK(2) + SNAP + update, undefined, 2);
  assertEquals(rows.map(timed), [
    "3 0 0x0 11.123456000 500000000",
    "4 -1 310x100000000 11.123456000 500000000",
    "4 -1 320x250000000 11.123456000 500000000",
    "4 1 300x100000 11.123456000 500000000",
    "1 -1 305x10000000 12.123456000 250000000",
    "1 -1 320x0 12.123456000 250000000",
  ]);
  assertEquals(facts, { symbol: "A/EUR", venue: "kraken", kind: "linear", currency: "EUR" });
  assertEquals(gaps, []);
});

Deno.test("kraken_v2: zeros at the end of a number count for the checksum", () => {
  const wrong = SNAP.replace("0.00100000", "0.001");
  assertEquals(decode(CONNECT + ACK(10) + wrong).gaps.length, 1);
  assertEquals(decode(CONNECT + ACK(10) + SNAP.replace("2.50000000", '"2.50000000"')).gaps, [], "quoted or not");
});

Deno.test("kraken_v2: the documentation's example of a checksum", () => {
  const level = (text: string): Levels => text.split(" ").map((each) => each.split("x") as [string, string]);
  const bids = level(
    "45283.5x0.10000000 45283.4x1.54582015 45282.1x0.10000000 45281.0x0.10000000 45280.3x1.54592586 " +
      "45279.0x0.07990000 45277.6x0.03310103 45277.5x0.30000000 45277.3x1.54602737 45276.6x0.15445238",
  );
  const asks = level(
    "45285.2x0.00100000 45286.4x1.54571953 45286.6x1.54571109 45289.6x1.54560911 45290.2x0.15890660 " +
      "45291.8x1.54553491 45294.7x0.04454749 45296.1x0.35380000 45297.5x0.09945542 45299.5x0.18772827",
  );
  assertEquals(decode(book("5.5", "snapshot", asks, bids, 3310070434)).gaps, []);
});

Deno.test("kraken_v2: a wrong checksum, a new connection, an update without a snapshot are gaps, told once", () => {
  const bids: Levels = [["2.9", "1.00000000"], ...BIDS];
  const wrong = book("12.25", "update", [], [bids[0]], 1, stamp(12));
  const first = decode(SNAP + wrong + wrong);
  assertEquals(first.gaps.map(({ place, expected }) => [place, expected]), [[2, "checksum 1"]]);
  assertEquals(first.rows.slice(4).map(({ kind }) => kind), [GAP, 1, 1]);
  assertEquals(decode(CONNECT + SNAP + CONNECT + wrong + SNAP + wrong).gaps.map((gap) => gap.place), [3, 6]);
  assertEquals(decode(wrong).gaps, [{ place: 1, expected: "a snapshot", found: "an update" }]);
});

Deno.test("kraken_v2: a depth of no levels is none, and the snapshot says how many there are", () => {
  for (const depth of [-1, 0]) {
    assertEquals(decode(CONNECT + ACK(depth) + SNAP).texts(), decode(CONNECT + SNAP).texts());
  }
});

Deno.test("kraken_v2: a wrong snapshot leaves the book stale", () => {
  const { rows } = decode(SNAP.replace(/"checksum":\d+/, '"checksum":1'));
  assertEquals(rows.map(({ kind }) => kind), [3, 4, 4, 4, GAP]);
});

Deno.test("kraken_v2: trades have their own times and the taker's side; those that come twice, or were before the subscription, are left out", () => {
  const trade = (type: string) =>
    `5.5: {"channel":"trade","type":"${type}","data":[{"symbol":"A/EUR","side":"sell","price":3.1,"qty":0.5,"ord_type":"market",` +
    `"trade_id":7,"timestamp":"1970-01-01T00:00:05.2Z"},{"symbol":"A/EUR","side":"buy","price":3.2,"qty":0.25,"ord_type":"limit",` +
    `"trade_id":8,"timestamp":"1970-01-01T00:00:05.3Z"}]}\n`;
  const { texts, rows } = decode(trade("snapshot") + trade("update") + trade("update"));
  assertEquals(texts(), ["trade -1 31x50000000", "trade 1 32x25000000 last"]);
  assertEquals(rows.map((row) => row.exchangeNs), [200_000_000, 300_000_000]);
});

Deno.test("kraken_v2: bad input names line, value and remedy", () => {
  const cases: [string, string][] = [
    [SNAP.slice(0, 90), "line 2: broken JSON in"],
    [SNAP.replace("0.00100000", "-1"), 'line 2: qty is "-1"'],
    [SNAP.replace("3.2", '"NaN"'), 'line 2: price is "NaN"'],
    [SNAP.replace(/"checksum":\d+/, '"checksum":null'), "line 2: checksum is null"],
    [SNAP.replace("1970-01-01T", "noon "), 'line 2: timestamp is "noon 00:00:11.123456Z"'],
    [SNAP.replace("snapshot", "sketch"), 'line 2: type is "sketch"'],
    [SNAP.replace("3.2", "3.21"), "line 2: price is 3.21, and it is off the grid"],
  ];
  for (const [bad, told] of cases) {
    const error = assertThrows(() => decode(SNAP + bad), SourceError);
    assert(error.message.includes(told), `${error.message} <> ${told}`);
  }
});

Deno.test("krakenV2Instruments: steps of price and size as they were sent", () => {
  const text = Deno.readTextFileSync(FIXTURE).split("\n").find((line) =>
    line.includes('"channel":"instrument","type"')
  )!;
  assertEquals(krakenV2Instruments(parseKrakenV2(text.replace(/^[\d.]+: /, "")), 1), [
    { symbol: "BTC/USD", quote: "USD", tick: "0.1", lot: "0.00000001", status: "online" },
    { symbol: "ALGO/EUR", quote: "EUR", tick: "0.00001", lot: "0.00000001", status: "online" },
  ]);
});

Deno.test("kraken_v2: the made session has no gap but where its connection is cut, by pair", () => {
  const text = Deno.readTextFileSync(FIXTURE);
  for (const [pair, decimals] of [["BTC/USD", 1], ["ALGO/EUR", 5]] as [string, number][]) {
    const { gaps, rows } = decode(text, pair, decimals);
    assertEquals(gaps.map(({ found }) => found), ["a new one"], pair);
    const messages = text.split("\n").filter((line) => /^\d/.test(line)).flatMap((line, i) =>
      krakenV2Messages(parseKrakenV2(line.replace(/^[\d.]+: /, "")), i)
    );
    const trades = messages.filter((message) => message.pair === pair && message.channel === "trade");
    assertEquals(rows.filter(({ kind }) => kind === 2).length, trades.length);
  }
  assertThrows(() => decode(text), SourceError, "it has more than one instrument: ALGO/EUR, BTC/USD");
});

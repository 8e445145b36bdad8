import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { gunzipSync } from "node:zlib";
import { sharedData } from "../../../tests/shared_data.ts";
import { L2Book } from "../../book/l2.ts";
import { AT_EXCHANGE, AT_LOCAL, BUY, CLEAR, DEPTH, GAP, LAST, SELL, SNAPSHOT } from "../../core/event.ts";
import { openSource } from "../../run/open_source.ts";
import { SourceError } from "../decoder.ts";
import { FinerGrid, Grid } from "../grid.ts";
import type { Row } from "../row.ts";
import { binanceDecoder } from "./binance.ts";
import { type Collected, collectRows, feed } from "./collect_rows.ts";
import { hftbacktestDecoder } from "./hftbacktest.ts";

const USDM = sharedData("binance/usdm_btcusdt_20240808.gz");
const SPOT = sharedData("binance/spot_btcusdt_20240808.gz");
const absent = (path: string | undefined) => path === undefined ? " (ignored: ../shared/data is not there)" : "";

/** Decodes text with ticks of 0.1 and lots of 0.001. */
function decode(text: string, symbol?: string, size?: number): Collected {
  const collected = collectRows(symbol, 1);
  const lot = new Grid("lot", { mantissa: 1, decimals: 3 });
  feed(binanceDecoder({ ...collected.options, lot }), text, size);
  return collected;
}

/** A row with its clocks: e exchange, l local; and its exchange time in ms after second 1723161256. */
function clocked(row: Row): string {
  const clocks = (row.flags & AT_EXCHANGE ? "e" : "") + (row.flags & AT_LOCAL ? "l" : "") +
    (row.flags & LAST ? "!" : "");
  return `${row.kind} ${row.side} ${row.price}x${row.size} ${clocks} ${row.exchangeSec - 1723161256}.${
    row.exchangeNs / 1e6
  }`;
}

let nanoseconds = 0;
const line = (json: string) => `17231612550${String(30314667 + nanoseconds++ * 1000).padStart(8, "0")} ${json}\n`;

function futures(ids: [U: number, u: number, pu: number], ms: number, b: string, a = ""): string {
  const [U, u, pu] = ids;
  return line(
    `{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":${1723161256001 + ms},"T":${1723161256000 + ms},` +
      `"s":"BTCUSDT","U":${U},"u":${u},"pu":${pu},"b":[${b}],"a":[${a}]}}`,
  );
}

function spot(U: number, u: number, ms: number, b: string, a = ""): string {
  return line(
    `{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":${1723161256000 + ms},"s":"BTCUSDT","U":${U},` +
      `"u":${u},"b":[${b}],"a":[${a}]}}`,
  );
}

function trade(ms: number, fields: string, type = "trade"): string {
  return line(
    `{"stream":"btcusdt@${type}","data":{"e":"${type}","E":${1723161256000 + ms},"T":${1723161256000 + ms},` +
      `"s":"BTCUSDT",${fields}}}`,
  );
}

const snapshot = (id: number, bids: string, asks: string, more = "") =>
  line(`{"lastUpdateId":${id},${more}"bids":[${bids}],"asks":[${asks}]}`);

Deno.test("binance: an update is DEPTH rows, bids first, the last with LAST, at T of futures", () => {
  const { rows, facts } = decode(
    futures([1, 5, 0], 298, '["61799.90","0.004"],["1000","606.675"]', '["61800.20","0.000"]'),
  );
  assertEquals(rows.map(clocked), ["1 1 617999x4 el 0.298", "1 1 10000x606675 el 0.298", "1 -1 618002x0 el! 0.298"]);
  assertEquals([rows[0].localSec, rows[0].localNs], [1723161255, 30314667]);
  assertEquals(facts, { symbol: "BTCUSDT", venue: "binance-usdm", kind: "linear", currency: "USDT" });
});

Deno.test("binance: a trade's side is the taker's; off-book and empty trades, book tickers, other streams make no rows", () => {
  const text = trade(1, '"t":1,"p":"61800.30","q":"0.006","X":"MARKET","m":false') +
    trade(2, '"t":2,"p":"61800.2","q":"1","X":"MARKET","m":true') +
    trade(3, '"t":3,"p":"0","q":"0","X":"NA","m":true') +
    trade(4, '"t":4,"p":"61000.0","q":"5","X":"INSURANCE_FUND","m":true') +
    trade(5, '"a":9,"p":"61800.2","q":"1","f":1,"l":2,"m":true', "aggTrade") +
    line('{"stream":"btcusdt@bookTicker","data":{"u":5,"s":"BTCUSDT","b":"1.0","B":"2","a":"3","A":"4"}}') +
    line('{"stream":"!ticker@arr","data":[{"s":"ETHUSDT"}]}') + "\n";
  assertEquals(decode(text).rows.map(clocked), ["2 1 618003x6 el! 0.1", "2 -1 618002x1000 el! 0.2"]);
  const aggregates = trade(5, '"a":8,"p":"61800.2","q":"1","f":1,"l":2,"m":true', "aggTrade");
  assertEquals(decode(aggregates + text).rows.length, 2, "the kind that comes first is taken");
});

Deno.test("binance: a late snapshot stands before newer updates at the exchange, and they follow it again for us", () => {
  const text = spot(1, 4, 100, '["100","1"]') + spot(5, 9, 200, '["101","2"],["90","5"]') +
    spot(10, 12, 300, "", '["103","7"]') +
    snapshot(7, '["101","8"],["100","1"]', '["102","3"]') + spot(13, 13, 400, '["101","0"]');
  const { rows, gaps } = decode(text);
  assertEquals(gaps, []);
  assertEquals(rows.slice(4).map(clocked), [
    `${CLEAR} 1 1000x0 el 0.100`,
    `${SNAPSHOT} 1 1010x8000 el 0.100`,
    `${SNAPSHOT} 1 1000x1000 el 0.100`,
    `${CLEAR} -1 1020x0 el 0.100`,
    `${SNAPSHOT} -1 1020x3000 e! 0.100`,
    `${SNAPSHOT} -1 1020x3000 l 0.100`,
    `${DEPTH} 1 1010x2000 l 0.200`,
    `${DEPTH} 1 900x5000 l 0.200`,
    `${DEPTH} -1 1030x7000 l! 0.300`,
    `${DEPTH} 1 1010x0 el! 0.400`,
  ]);
});

Deno.test("binance: a snapshot of futures keeps its T, but stands before newer updates of the same millisecond", () => {
  const updates = futures([1, 4, 0], 100, '["100","1"]') + futures([5, 9, 4], 200, '["101","2"]');
  const at = (ms: number) => {
    const time = `"E":${1723161256900},"T":${1723161256000 + ms},`;
    const { rows } = decode(updates + snapshot(7, '["100","1"]', '["102","3"]', time));
    return `${rows[2].exchangeSec - 1723161256}.${rows[2].exchangeNs}`;
  };
  assertEquals(at(150), "0.150000000");
  assertEquals(at(200), "0.199999999");
});

Deno.test("binance: after a snapshot ahead of the updates the book starts anew, and older updates are dropped", () => {
  const text = futures([1, 4, 0], 100, '["100","1"]') + snapshot(20, '["101","8"]', '["102","3"]') +
    futures([5, 20, 4], 110, '["101","7"]') + futures([19, 25, 20], 120, '["101","9"]') +
    futures([26, 30, 25], 130, '["101","6"]');
  const { rows, gaps } = decode(text);
  assertEquals(gaps, []);
  assertEquals(rows.slice(1).map(clocked), [
    "3 0 0x0 el 0.100",
    "4 1 1010x8000 el 0.100",
    "4 -1 1020x3000 el! 0.100",
    "1 1 1010x9000 el! 0.120",
    "1 1 1010x6000 el! 0.130",
  ]);
});

Deno.test("binance: a capture that opens with a snapshot gives it the time of the next message, or its own if earlier", () => {
  const opening = snapshot(7, '["101","8"]', '["102","3"]');
  assertEquals(decode(opening + spot(6, 8, 0, '["101","1"]')).rows[0].exchangeSec, 1723161255);
  const { rows } = decode(opening.replace(/^\d+/, "1723161259000000000") + spot(6, 8, 5, '["101","1"]'));
  assertEquals(rows.map(clocked), [
    "3 0 0x0 el 0.5",
    "4 1 1010x8000 el 0.5",
    "4 -1 1020x3000 el! 0.5",
    "1 1 1010x1000 el! 0.5",
  ]);
  assertEquals(rows[0].localSec, 1723161259);
  assertEquals(decode(opening).rows.length, 3, "at the end of the file it is given out");
});

Deno.test("binance: missing updates are reported and make a GAP row; the next snapshot clears the whole book", () => {
  const text = futures([1, 4, 0], 100, '["100","1"]') + futures([9, 12, 8], 200, '["100","2"]') +
    futures([13, 15, 12], 300, '["100","3"]') + snapshot(14, '["100","4"]', '["102","3"]', '"T":1723161256250,');
  const { rows, gaps } = decode(text);
  assertEquals(gaps, [{ place: 2, expected: "an update that follows on 4", found: "one that follows on 8" }]);
  assertEquals(rows.slice(1).map(clocked), [
    "25 0 0x0 el! 0.200",
    "1 1 1000x2000 el! 0.200",
    "1 1 1000x3000 el! 0.300",
    "3 0 0x0 el 0.250",
    "4 1 1000x4000 el 0.250",
    "4 -1 1020x3000 e! 0.250",
    "4 -1 1020x3000 l 0.250",
    "1 1 1000x3000 l! 0.300",
  ]);
  const spotGap = spot(1, 4, 1, '["100","1"]') + spot(4, 6, 2, '["100","1"]') + spot(8, 9, 3, '["100","1"]');
  assertEquals(decode(spotGap).gaps.map((gap) => gap.place), [3], "spot updates may overlap");
});

Deno.test("binance: a snapshot older than what is held is left out, and is a gap where the book has none", () => {
  const late = snapshot(3, '["100","4"]', '["102","3"]', '"T":1723161256001,');
  const { rows, gaps } = decode(futures([5, 9, 4], 100, '["100","1"]') + late);
  assertEquals(gaps, [{ place: 2, expected: "a snapshot at update 4 or later", found: "one at 3" }]);
  assertEquals(rows.length, 2);
  const good = snapshot(7, '["100","4"]', '["102","3"]', '"T":1723161256001,');
  assertEquals(decode(futures([5, 9, 4], 100, '["100","1"]') + good + late).gaps, []);
});

Deno.test("binance: what was sent twice is dropped, and one of two depth streams followed", () => {
  const one = futures([1, 4, 0], 100, '["100","1"]'), two = futures([5, 6, 4], 200, '["100","2"]');
  assertEquals(decode(one + one + two + one).rows.length, 2);
  assertEquals(decode(one + two.replace("@0ms", "@100ms") + two).rows.length, 2);
});

Deno.test("binance: a trade that comes again, or late, makes no row, in either kind", () => {
  const one = (t: number, type = "trade") =>
    trade(1, `"${type === "trade" ? "t" : "a"}":${t},"p":"100","q":"1","m":true`, type);
  for (const type of ["trade", "aggTrade"]) {
    const text = [7, 8, 8, 7, 9].map((t) => one(t, type)).join("");
    assertEquals(decode(text).rows.length, 3);
    assertEquals(decode(text.replaceAll('"data":{', '"data": {')).rows.length, 3);
  }
});

Deno.test("binance: where a recorder lost its connection the book is stale until a snapshot, however ids go on", () => {
  const lost = line('{"lost":"1006 gone"}');
  const text = snapshot(4, '["99","1"],["98","1"]', '["102","3"]') + spot(5, 9, 200, '["100","1"]') + lost +
    spot(10, 12, 300, '["101","2"]') + snapshot(12, '["101","2"]', '["102","3"]');
  const { rows, gaps } = decode(lost + text);
  const kinds = rows.filter(({ flags }) => flags & AT_LOCAL).map(({ kind }) => kind);
  assertEquals(kinds, [CLEAR, SNAPSHOT, SNAPSHOT, SNAPSHOT, DEPTH, GAP, DEPTH, CLEAR, SNAPSHOT, SNAPSHOT]);
  assertEquals(gaps.map(({ found }) => found), ["one that ended"]);
  const alone = snapshot(4, '["99","1"]', '["102","3"]', '"E":1723161256300,"T":1723161256298,') + lost;
  assertEquals(decode(alone).rows.map(clocked).at(-1), "25 0 0x0 el! 0.298");
});

Deno.test("binance: one of several symbols is taken; without a choice the symbols are named", () => {
  const btc = futures([1, 4, 0], 100, '["100","1"]'),
    eth = btc.replaceAll("btcusdt", "ethusdt").replaceAll("BTCUSDT", "ETHUSDT");
  const { rows, facts } = decode(eth + btc + eth, "btcusdt");
  assertEquals([rows.length, facts.symbol], [1, "BTCUSDT"]);
  assertThrows(() => decode(btc + eth), SourceError, "line 2: it has more than one instrument: BTCUSDT, ETHUSDT");
  assertThrows(() => decode(btc + eth, "BTCUSD"), SourceError, "symbol BTCUSD is not in it; it has BTCUSDT, ETHUSDT");
  const bare = snapshot(4, '["100","1"]', '["102","3"]');
  assertThrows(() => decode(btc + eth + bare, "BTCUSDT"), SourceError, "does not say of which symbol");
});

Deno.test("binance: COIN-M is inverse, and its snapshots name their symbol", () => {
  const text = futures([1, 4, 0], 100, '["100","1"]').replaceAll("btcusdt", "btcusd_240927").replaceAll(
    "BTCUSDT",
    "BTCUSD_240927",
  ) +
    snapshot(
      4,
      '["100","1"]',
      '["102","3"]',
      '"E":1723161256101,"T":1723161256100,"symbol":"BTCUSD_240927","pair":"BTCUSD",',
    );
  const { rows, facts } = decode(text, "BTCUSD_240927");
  assertEquals(rows.length, 5);
  assertEquals(facts, {
    symbol: "BTCUSD_240927",
    venue: "binance-coinm",
    kind: "inverse",
    currency: "BTC",
    expiry: "2024-09-27T08:00:00Z",
  });
});

Deno.test("binance: bad input names line, value and remedy", () => {
  const good = futures([1, 4, 0], 100, '["100","1"]');
  const cases: [bad: string, told: string][] = [
    [good.slice(0, 150) + "\n", 'line 2: broken JSON in "17231612550'],
    [good.slice(0, 150), "line 2: broken JSON in"],
    [good.replace("}}", "}"), "line 2: broken JSON in"],
    [good.replace('"1"]', '"-1"]'), "line 2: size is -1; a size is 0 or more"],
    [good.replace('"1"]', '"NaN"]'), 'line 2: size is "NaN"; repair or drop the line'],
    [good.replace('"100"', "null"), "line 2: price is null"],
    [good.replace('"U":1,', ""), "line 2: U is missing"],
    [good.replace('"u":4', '"u":"x"'), 'line 2: u is "x"'],
    [good.replace('"b":[["100","1"]]', '"b":7'), "line 2: b is 7; levels are"],
    [good.replace('["100","1"]', '"100"'), 'line 2: a level of b is "100"'],
    [good.replace(/"T":\d+/, '"T":17'), "line 2: T is 17; a time is in milliseconds"],
    [good.replace(/^\d+/, "12:30"), 'line 2: local time is "12:30"; a line is <nanoseconds'],
    [good.replace(/^\d+/, "1723161255030"), 'line 2: local time is "1723161255030"'],
    ["hello\n", 'line 2: local time is "hello"'],
    [good.replace(/ .*/, " 7"), "line 2: a message is 7"],
    [good.replace('"100"', '"100.05"'), "line 2: price is 100.05, and it is off the grid of tick 0.1"],
    [
      good.replace('"100"', '"99999999999999.9"').replace('"1"', '"9007199254740.993"'),
      "line 2: size is 9007199254740.993, which needs 2^53",
    ],
    [trade(1, '"p":"1","q":"1"'), "line 2: m is missing"],
    [line('{"lastUpdateId":4,"bids":[]}'), "line 2: asks is missing"],
  ];
  for (const [bad, told] of cases) {
    const error = assertThrows(() => decode(good + bad), SourceError);
    assert(error.message.includes(told), `${error.message} <> ${told}`);
  }
});

Deno.test("binance: a value finer than a learning grid asks for a finer one", () => {
  const { options } = collectRows();
  const tick = new Grid("tick", { learnFrom: 1 });
  const decoder = binanceDecoder({ ...options, tick, lot: new Grid("lot", { mantissa: 1, decimals: 3 }) });
  const error = assertThrows(() => feed(decoder, futures([1, 4, 0], 100, '["100.250","1"]')), FinerGrid);
  assertEquals(error.decimals, 2);
});

Deno.test("binance: the byte scanner reads what the JSON reader reads, however the file is cut", () => {
  const digits = fc.record({ whole: fc.nat(1e6), part: fc.nat(9), zeros: fc.nat(3) })
    .map(({ whole, part, zeros }) => `${whole}.${part}${"0".repeat(zeros)}`);
  const level = fc.tuple(digits, fc.oneof(digits, fc.constant("0.000"), fc.constant("12")))
    .map(([price, size]) => `["${price}","${size}"]`);
  const levels = fc.array(level, { maxLength: 6 }).map((list) => list.join(","));
  const message = fc.oneof(
    fc.record({ kind: fc.constant("depth"), b: levels, a: levels }),
    fc.record({ kind: fc.constant("trade"), b: digits, a: digits }),
  );
  fc.assert(fc.property(fc.array(message, { maxLength: 12 }), fc.integer({ min: 1, max: 400 }), (messages, size) => {
    const text = messages.map(({ kind, b, a }, i) => {
      return kind === "depth"
        ? futures([i * 2 + 1, i * 2 + 2, i * 2], i, b, a)
        : trade(i, `"t":${i >> 1},"p":"${b}","q":"${a}","m":${i % 2 === 0}`);
    }).join("");
    // A space before the brace is beyond the scanner, and all the same to JSON.
    const slow = decode(text.replaceAll('"data":{', '"data": {')).rows.map(clocked);
    assertEquals(decode(text, undefined, size).rows.map(clocked), slow);
  }));
});

/** Applies a capture's rows to a book, as the exchange's clock (by exchange time) or ours has them. */
function replay(rows: Row[], clock: number): L2Book {
  const book = new L2Book();
  const seen = rows.filter((row) => row.flags & clock);
  if (clock === AT_EXCHANGE) seen.sort((a, b) => a.exchangeSec - b.exchangeSec || a.exchangeNs - b.exchangeNs);
  for (const { kind, side, price, size } of seen) {
    if (kind === DEPTH || kind === SNAPSHOT) book.set(side, price, size);
    else if (kind === CLEAR) book.clear(side, price);
  }
  return book;
}

function decodeFile(path: string, tickDecimals: number, lotDecimals: number): Collected {
  const collected = collectRows("BTCUSDT", tickDecimals);
  const lot = new Grid("lot", { mantissa: 1, decimals: lotDecimals });
  feed(binanceDecoder({ ...collected.options, lot }), gunzipSync(Deno.readFileSync(path)), 1 << 16);
  return collected;
}

Deno.test(
  { name: `binance: usdm btc 0808 ends with 9,597 levels on both clocks${absent(USDM)}`, ignore: !USDM },
  () => {
    const { rows, gaps } = decodeFile(USDM!, 1, 3);
    assertEquals([rows.filter((row) => row.flags & AT_EXCHANGE).length, gaps.length], [466_836, 0]);
    for (const clock of [AT_EXCHANGE, AT_LOCAL]) {
      const book = replay(rows, clock);
      assertEquals(book.count(BUY) + book.count(SELL), 9597);
      const prices = new Float64Array(4), sizes = new Float64Array(4);
      book.top(BUY, 4, prices, sizes);
      assertEquals([[...prices], [...sizes]], [[616597, 616590, 616581, 616580], [1486, 2, 33, 6718]]);
    }
  },
);

Deno.test({ name: `binance: spot btc 0808 ends alike on both clocks${absent(SPOT)}`, ignore: !SPOT }, () => {
  const { rows, gaps, facts } = decodeFile(SPOT!, 2, 8);
  assertEquals([gaps.length, facts.venue], [0, "binance-spot"]);
  const [exchange, local] = [AT_EXCHANGE, AT_LOCAL].map((clock) => replay(rows, clock));
  for (const side of [BUY, SELL]) {
    assertEquals(exchange.count(side), local.count(side));
    const best = side === BUY ? Infinity : -Infinity;
    let price = local.next(side, best);
    for (; Math.abs(price) !== Infinity; price = local.next(side, price)) {
      assertEquals(exchange.size(side, price), local.size(side, price));
    }
  }
  assertEquals([local.bestBid, local.bestBidSize], [6168599, 100870000]);
});

const NPZ = sharedData("hftbacktest/usdm_btcusdt_20240808.npz");

Deno.test({
  name:
    `binance: at the exchange, usdm btc 0808 is what hftbacktest makes of it, row by row; for us, but for the updates ` +
    `that follow the snapshot again${absent(USDM && NPZ)}`,
  ignore: !USDM || !NPZ,
}, async () => {
  const npz = collectRows(undefined, 1);
  const decoder = hftbacktestDecoder({ ...npz.options, lot: new Grid("lot", { mantissa: 1, decimals: 3 }) });
  for await (const bytes of openSource(NPZ!)) decoder.push(bytes);
  decoder.end();
  const { rows } = decodeFile(USDM!, 1, 3);
  const snapshot = rows.find((row) => row.kind === SNAPSHOT)!;
  for (const clock of [AT_EXCHANGE, AT_LOCAL]) {
    const theirs = npz.rows.filter((row) => row.flags & clock);
    const ours = rows.filter((row) => {
      const again = row.flags & AT_LOCAL && !(row.flags & AT_EXCHANGE) && row.kind === DEPTH;
      return row.flags & clock && !again;
    });
    if (clock === AT_EXCHANGE) ours.sort((a, b) => a.exchangeSec - b.exchangeSec || a.exchangeNs - b.exchangeNs);
    assertEquals(ours.length, theirs.length);
    // Their local times are shifted by one constant, so that the smallest latency is 0.
    for (let i = 0; i < ours.length; i++) {
      const a = ours[i], b = theirs[i];
      const shift = (b.localSec - a.localSec) * 1e9 + b.localNs - a.localNs;
      const equal = a.kind === b.kind && a.side === b.side && a.price === b.price && a.size === b.size &&
        a.exchangeSec === b.exchangeSec && a.exchangeNs === b.exchangeNs && shift === 1_272_156_851;
      if (!equal) throw new Error(`row ${i}: ${clocked(a)} is not ${clocked(b)}`);
    }
  }
  assertEquals(rows.length - 466_836, 70, "one row stands twice, and 69 levels follow the snapshot again");
  assertEquals([snapshot.exchangeSec, snapshot.exchangeNs], [1723161256, 493_000_000]);
});

import { assertEquals, assertThrows } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { sharedData } from "../../../tests/shared_data.ts";
import { SourceError } from "../decoder.ts";
import { feed } from "../decode/collect_rows.ts";
import { checkBinance } from "./binance.ts";
import type { CheckReport } from "./report.ts";

const USDM = sharedData("binance/usdm_btcusdt_20240808.gz");
const SPOT = sharedData("binance/spot_btcusdt_20240808.gz");
const NEXT = sharedData("binance/spot_btcusdt_20240809.gz");
const absent = (path: string | undefined) => path === undefined ? " (ignored: ../shared/data is not there)" : "";

function check(...files: (string | Uint8Array)[]): CheckReport {
  const checking = checkBinance();
  for (const file of files) feed(checking, file, 1 << 16);
  return checking.report();
}

const read = (path: string | undefined) => gunzipSync(Deno.readFileSync(path!));

let nanoseconds = 1723161255030314667n;
const line = (json: string) => `${nanoseconds += 1000n} ${json}\n`;
const snapshot = (id: number, bid: string, ask: string) =>
  line(`{"lastUpdateId":${id},"bids":[["${bid}","1.0"]],"asks":[["${ask}","2.0"]]}`);
const update = (U: number, u: number, b: string, a = "", symbol = "BTCUSDT") =>
  line(
    `{"stream":"${symbol.toLowerCase()}@depth@100ms","data":{"e":"depthUpdate","E":1723161256000,"s":"${symbol}",` +
      `"U":${U},"u":${u},"b":[${b}],"a":[${a}]}}`,
  );
const ticker = (u: number, bid: string, bidSize: string, ask: string, askSize: string, symbol = "BTCUSDT") =>
  line(
    `{"stream":"${symbol.toLowerCase()}@bookTicker","data":{"u":${u},"s":"${symbol}","b":"${bid}","B":"${bidSize}",` +
      `"a":"${ask}","A":"${askSize}"}}`,
  );

Deno.test("check binance: tickers before and after their update, finer and finer prices", () => {
  const report = check(
    snapshot(4, "100", "102") + update(5, 6, '["100.5","3.000"]') + ticker(6, "100.50", "3", "102", "2") +
      ticker(8, "100.25", "4", "102.0", "2.000") + update(7, 8, '["100.5","0"],["100.25","4"]') +
      ticker(9, "1", "1", "2", "1"),
  );
  assertEquals([report.checked, report.equal, report.first], [2, 2, undefined]);
  assertEquals([report.counts.updates, report.counts.bookTickers, report.counts.levels], [2, 3, 3]);
});

Deno.test("check binance: the first difference is told with file, line and both sides", () => {
  const good = snapshot(4, "100", "102") + update(5, 6, '["101","3"]');
  const report = check(
    good,
    ticker(6, "101", "3.5", "102", "2") + update(7, 7, '["101","0"]') + ticker(7, "1", "1", "1", "1"),
  );
  assertEquals([report.checked, report.equal], [2, 0]);
  assertEquals(report.first, {
    file: 2,
    place: 1,
    what: "BTCUSDT at update 6: the book is 101 × 3 / 102 × 2, the ticker 101 × 3.5 / 102 × 2",
  });
});

Deno.test("check binance: without a snapshot, or after a gap, nothing is compared", () => {
  const { checked, counts } = check(
    update(5, 6, '["101","3"]') + ticker(6, "9", "9", "9", "9") + ticker(8, "9", "9", "9", "9") +
      update(7, 8, '["101","3"]'),
  );
  assertEquals([checked, counts.withoutBook], [0, 1]);
  const gap = check(
    snapshot(4, "100", "102") + update(5, 6, '["101","3"]') + update(9, 10, "") + ticker(10, "9", "9", "9", "9"),
  );
  assertEquals([gap.checked, gap.counts.gaps], [0, 1]);
});

Deno.test("check binance: several symbols at once; a nameless snapshot goes where it fits", () => {
  const report = check(
    update(5, 6, '["100","3"]') + update(900, 905, '["7","3"]', '["8","1"]', "ETHUSDT") + snapshot(902, "6", "8") +
      snapshot(5, "99", "102") + snapshot(70, "1", "2") + update(7, 7, '["100","2"]') +
      ticker(7, "100", "2", "102", "2") +
      update(906, 906, '["7","1"]', "", "ETHUSDT") + ticker(906, "7", "1", "8", "1", "ETHUSDT"),
  );
  assertEquals([report.checked, report.equal], [2, 2]);
  assertEquals([report.counts.instruments, report.counts.snapshots, report.counts.snapshotsUnplaced], [2, 2, 1]);
});

Deno.test("check binance: bad input is told with its line", () => {
  assertThrows(() => check(update(5, 6, '["101","-3"]')), SourceError, "line 1: size is -3");
  assertThrows(() => check(update(5, 6, "") + "1723161255030314667 {"), SourceError, "line 2: broken JSON");
  assertThrows(() => check(ticker(6, "x", "3", "4", "5")), SourceError, 'line 1: b is "x"');
});

Deno.test({ name: `check binance: usdm btc 0808, 629 of 629${absent(USDM)}`, ignore: !USDM }, () => {
  const { checked, equal, first, counts } = check(read(USDM));
  assertEquals([checked, equal, first], [629, 629, undefined]);
  assertEquals([counts.levels, counts.gaps, counts.withoutBook, counts.updates], [9597, 0, 0, 6551]);
});

Deno.test({ name: `check binance: spot btc 0808, 564 of 564${absent(SPOT)}`, ignore: !SPOT }, () => {
  const { checked, equal, counts } = check(read(SPOT));
  assertEquals([checked, equal, counts.gaps], [564, 564, 0]);
});

Deno.test({
  name: `check binance: spot btc 0809, carried over from 0808, without a miss${absent(SPOT && NEXT)}`,
  ignore: !SPOT || !NEXT,
}, () => {
  const { checked, equal, counts } = check(read(SPOT), read(NEXT));
  assertEquals([checked, equal, counts.gaps], [564 + 508, 564 + 508, 0]);
});

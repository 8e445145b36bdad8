import { assert, assertEquals, assertThrows } from "@std/assert";
import { sharedData } from "../../../tests/shared_data.ts";
import { openSource } from "../../run/open_source.ts";
import { Bar } from "../bar.ts";
import { SourceError } from "../decoder.ts";
import { Grid } from "../grid.ts";
import { barsDecoder, type BarsOptions } from "./bars.ts";
import { collectRows, feed } from "./collect_rows.ts";

function collectBars(more: Partial<BarsOptions> = {}) {
  const { options, facts } = collectRows(more.symbol);
  const bar = new Bar(), bars: Bar[] = [];
  const add = () => bars.push(Object.assign(new Bar(), bar));
  const lot = new Grid("lot", { mantissa: 1, decimals: 3 });
  return { decoder: barsDecoder({ ...options, lot, bars: { bar, add }, ...more }), bars, facts };
}

/** Bars as text: "open time .. close time open high low close volume", in ticks of 0.01 and lots of 0.001. */
function read(text: string, more: Partial<BarsOptions> = {}, size?: number): string[] {
  const { decoder, bars } = collectBars(more);
  feed(decoder, text, size);
  const time = (sec: number, ns: number) =>
    new Date(sec * 1000).toISOString().slice(0, 19) + (ns === 0 ? "" : `.${String(ns).padStart(9, "0")}`);
  return bars.map((bar) =>
    `${time(bar.openSec, bar.openNs)} .. ${time(bar.closeSec, bar.closeNs)} ` +
    `${bar.open} ${bar.high} ${bar.low} ${bar.close} ${bar.volume}`
  );
}

const TWO_DAYS = [
  "2024-08-08T00:00:00 .. 2024-08-08T23:59:59.999999999 1000 1200 900 1150 5500",
  "2024-08-09T00:00:00 .. 2024-08-09T23:59:59.999999999 1150 1150 1150 1150 0",
];

const SPELLINGS: Record<string, string> = {
  "as pandas writes an index":
    ",Open,High,Low,Close,Volume\n2024-08-08,10,12,9,11.5,5.5\n2024-08-09,11.5,11.5,11.5,11.5,0\n",
  "any order, other columns between":
    "close,note,v,low,date,high,adj close,open\n11.50,a,5.5,9,2024-08-08,12,1,10\n11.50,b,0,11.5,2024-08-09,11.5,1,11.5",
  "semicolons, quotes, a byte order mark, CRLF":
    '\uFEFF"Date";"O";"H";"L";"C";"Vol"\r\n"08.08.2024";"10";"12";"9";"11.5";"5.5"\r\n"09.08.2024";11.5;11.5;11.5;11.5;0\r\n',
  "tabs, spaces, blank lines":
    "Time\tOpen\tHigh\tLow\tClose\tVolume BTC\n\n20240808\t 10 \t12\t9\t11.5\t5.5\n20240809\t11.5\t11.5\t11.5\t11.5\t0\n",
  "date and time apart, names in brackets":
    "<TICKER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>\nX,20240808,000000,10,12,9,11.5,5.5\nX,20240809,000000,11.5,11.5,11.5,11.5,0",
  "milliseconds":
    "timestamp,open,high,low,close,volume\n1723075200000,10,12,9,11.5,5.5\n1723161600000,11.5,11.5,11.5,11.5,0",
};

for (const [name, text] of Object.entries(SPELLINGS)) {
  Deno.test(`bars: ${name}`, () => {
    assertEquals(read(text), TWO_DAYS);
    for (const size of [1, 5]) assertEquals(read(text, {}, size), TWO_DAYS);
  });
}

Deno.test("bars: Binance klines without a header close when they say", () => {
  const text =
    "1723075200000,10,12,9,11.5,5.5,1723075259999,60,3,1,1,0\n1723075320000,11,11,11,11,0,1723075379999,0,0,0,0,0\n";
  assertEquals(read(text), [
    "2024-08-08T00:00:00 .. 2024-08-08T00:00:59.999000000 1000 1200 900 1150 5500",
    "2024-08-08T00:02:00 .. 2024-08-08T00:02:59.999000000 1100 1100 1100 1100 0",
  ]);
});

Deno.test("bars: the smallest spacing is the period, and no bar reaches into the next", () => {
  const late = Array.from({ length: 1100 }, (_, i) => `${1723075200 + i * 60},1,1,1,1`);
  late.push(`${1723075200 + 1099 * 60 + 10},1,1,1,1`);
  const bars = read(`time,open,high,low,close\n${late.join("\n")}`);
  assertEquals(bars[0].slice(0, 52), "2024-08-08T00:00:00 .. 2024-08-08T00:00:59.999999999");
  assertEquals(bars[1099].slice(0, 52), "2024-08-08T18:19:00 .. 2024-08-08T18:19:09.999999999");
  assertEquals(bars[1100].slice(0, 52), "2024-08-08T18:19:10 .. 2024-08-08T18:20:09.999999999");
  const weekend = read("date,o,h,l,c\n2024-08-09,1,1,1,1\n2024-08-12,1,1,1,1\n2024-08-13,1,1,1,1");
  assertEquals(weekend[0].slice(0, 52), "2024-08-09T00:00:00 .. 2024-08-09T23:59:59.999999999");
  const atNext = "open_time,open,high,low,close,close_time\n100,1,1,1,1,160\n160,1,1,1,1,220\n";
  assertEquals(read(atNext)[0].slice(0, 52), "1970-01-01T00:01:40 .. 1970-01-01T00:02:39.999999999");
});

Deno.test("bars: bars of milliseconds keep their nanoseconds", () => {
  const bars = read("ts,o,h,l,c\n1723075200000,1,1,1,1\n1723075200250,1,1,1,1\n");
  assertEquals(bars[0].slice(0, 52), "2024-08-08T00:00:00 .. 2024-08-08T00:00:00.249999999");
  assert(bars[1].includes("00:00:00.250000000 .. 2024-08-08T00:00:00.499999999"));
});

Deno.test("bars: one symbol of several is chosen by name", () => {
  const text =
    "date,open,high,low,close,Name\n2024-08-08,1,1,1,1,A\n2024-08-08,2,2,2,2,B\n2024-08-09,1,1,1,1,A\n2024-08-09,2,2,2,2,B\n";
  assertEquals(read(text, { symbol: "B" }).map((bar) => bar.slice(53)), ["200 200 200 200 0", "200 200 200 200 0"]);
  assert(assertThrows(() => read(text), SourceError).message.includes("line 3: it has more than one instrument: A, B"));
  assert(
    assertThrows(() => read(text, { symbol: "C" }), SourceError).message.includes("symbol C is not in it; it has A, B"),
  );
  const { decoder, facts } = collectBars({ symbol: "A" });
  feed(decoder, text);
  assertEquals(facts, { symbol: "A" });
});

Deno.test("bars: several files follow each other", () => {
  const { decoder, bars } = collectBars();
  feed(decoder, SPELLINGS["as pandas writes an index"]);
  feed(decoder, "c;l;h;o;t\n2;1;3;2;1723248000\n2;1;3;2;1723248060\n");
  assertEquals(bars.map((bar) => bar.openSec), [1723075200, 1723161600, 1723248000, 1723248060]);
  const error = assertThrows(() => feed(decoder, "t,o,h,l,c\n1723248060,2,3,1,2\n1723248120,2,3,1,2\n"), SourceError);
  assert(
    error.message.includes("line 2: its time is before the end of the last file's bars; give the files in the order"),
  );
});

Deno.test("bars: what is wrong is told with line, value and remedy", () => {
  const refused = (rows: string, header = "date,open,high,low,close,volume") =>
    assertThrows(() => read(`${header}\n2024-08-08,10,12,9,11,5\n${rows}\n`), SourceError).message.replace(
      "Cannot read the source, ",
      "",
    );
  assertEquals(
    refused("2024-08-09,10,10.5,9,11,5"),
    "line 3: the high is below another price of its bar (open 10, high 10.5, low 9, close 11); mend the line or take it out",
  );
  assertEquals(
    refused("2024-08-09,10,12,10.5,11,5"),
    "line 3: the low is above another price of its bar (open 10, high 12, low 10.5, close 11); mend the line or take it out",
  );
  assert(refused("2024-08-09,NaN,12,9,11,5").startsWith("line 3: open is NaN, not a number"));
  assert(refused("2024-08-09,10,12,9,,5").startsWith("line 3: close is missing"));
  assertEquals(refused("2024-08-09,10,12,-9,11,5"), "line 3: low is -9, below 0; mend the line or take it out");
  assertEquals(refused("2024-08-09,10,12,9,11,-5"), "line 3: volume is -5, below 0; mend the line or take it out");
  assert(refused("2024-08-09,10,12,9,11,9007199254740992").startsWith("line 3: volume is 9007199254740992"));
  assert(
    refused("2024-08-09,10.001,12,9,11,5").startsWith("line 3: open is 10.001, and it is off the grid of tick 0.01"),
  );
  assert(refused("2024-08-09,10,12").startsWith("line 3: it has 3 columns, and 6 are needed"));
  const order = "its time is not after that of line 2; sort the file by time, oldest first, without doubles";
  assertEquals(refused("2024-08-08,10,12,9,11,5"), `line 3: ${order}`);
  assertEquals(refused("2024-08-07,10,12,9,11,5"), `line 3: ${order}`);
  assert(
    refused("").startsWith("line 2: it is the only bar, and nothing tells how long it lasts; add a column close_time"),
  );
  assertEquals(
    refused("", "date,open,high,low,last_price,volume"),
    "line 1: it has no column of closing prices (its columns are date, open, high, low, last_price, volume); " +
      "name one of them close, c, closeprice, or check --format",
  );
  const whole = (text: string) =>
    assertThrows(() => read(text), SourceError).message.replace("Cannot read the source, ", "");
  assert(whole("1,2,3,4\n").startsWith("line 1: it has no header, and 4 columns; put a line of column names first"));
  assert(whole("\n\n").startsWith("line 1: it has no line of text"));
  assert(whole("PAR1\0\0\0\n").startsWith("line 1: it holds bytes of no text"));
  assert(whole("open_time,o,h,l,c,close_time\n60,1,1,1,1,60\n").startsWith("line 2: the closing time is not after"));
});

const goog = sharedData("bars/GOOG.csv");
Deno.test({
  name: `bars: GOOG, 2,148 days${goog ? "" : " (ignored: file not at hand)"}`,
  ignore: goog === undefined,
  async fn() {
    const { decoder, bars } = collectBars();
    for await (const piece of openSource(goog!)) decoder.push(piece);
    decoder.end();
    const lines = Deno.readTextFileSync(goog!).trim().split("\n").slice(1);
    assertEquals(bars.length, 2148);
    lines.forEach((line, i) => {
      const [date, open, high, low, close, volume] = line.split(",");
      const bar = bars[i];
      assertEquals(bar.openSec, Date.parse(`${date}T00:00:00Z`) / 1000);
      assertEquals([bar.closeSec - bar.openSec, bar.closeNs], [86399, 999999999]);
      assertEquals(
        [bar.open, bar.high, bar.low, bar.close],
        [open, high, low, close].map((price) => Math.round(Number(price) * 100)),
      );
      assertEquals(bar.volume, Number(volume) * 1000);
    });
  },
});

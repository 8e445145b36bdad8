import { assert, assertEquals, assertThrows } from "@std/assert";
import type { DecoderOptions } from "../decoder.ts";
import { SourceError } from "../decoder.ts";
import { Grid } from "../grid.ts";
import { collectRows, feed } from "./collect_rows.ts";
import { tardisDecoder } from "./tardis.ts";

const BOOK = "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount";
const TRADES = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount";
const QUOTES = "exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount";

function read(text: string, more: Partial<DecoderOptions> = {}, size?: number) {
  const collected = collectRows(more.symbol);
  feed(
    tardisDecoder({ ...collected.options, lot: new Grid("lot", { mantissa: 1, decimals: 3 }), ...more }),
    text,
    size,
  );
  return collected;
}

/** Lines of a file: each row behind its exchange and symbol. */
const file = (header: string, ...rows: string[]) =>
  [header, ...rows.map((row) => `deribit,BTC-PERPETUAL,${row}`)].join("\n");

Deno.test("tardis: a snapshot clears the book, and messages end where the times change", () => {
  const text = file(
    BOOK,
    "1723161256000001,1723161256000009,true,bid,100.5,1",
    "1723161256000001,1723161256000009,true,ask,101,2",
    "1723161256000001,1723161256000010,true,ask,102,2.5",
    "1723161256000020,1723161256000030,false,bid,100.5,0",
    "1723161256000020,1723161256000030,false,bid,100.25,7",
    "1723161256000020,1723161256000031,false,ask,101,0.001",
    "1723161256000040,1723161256000041,true,bid,99,1",
  );
  for (const size of [undefined, 1, 11]) {
    const { texts, rows, facts } = read(text, {}, size);
    assertEquals(texts(), [
      "clear 0 0x0",
      "snapshot 1 10050x1000",
      "snapshot -1 10100x2000 last",
      "snapshot -1 10200x2500 last",
      "depth 1 10050x0",
      "depth 1 10025x7000 last",
      "depth -1 10100x1 last",
      "clear 0 0x0",
      "snapshot 1 9900x1000 last",
    ]);
    assertEquals([rows[0].exchangeSec, rows[0].exchangeNs, rows[0].localNs], [1723161256, 1000, 9000]);
    assertEquals(facts, { venue: "deribit", symbol: "BTC-PERPETUAL" });
  }
});

Deno.test("tardis: each file's first snapshot clears the book", () => {
  const collected = collectRows();
  const decoder = tardisDecoder({ ...collected.options, lot: new Grid("lot", { mantissa: 1, decimals: 3 }) });
  for (let day = 0; day < 2; day++) {
    feed(decoder, file(BOOK, `172316125600000${day},1723161256000009,true,bid,100.5,1`));
  }
  assertEquals(collected.texts(), [
    "clear 0 0x0",
    "snapshot 1 10050x1000 last",
    "clear 0 0x0",
    "snapshot 1 10050x1000 last",
  ]);
});

Deno.test("tardis: trades of one message, of any side", () => {
  const { texts } = read(file(
    TRADES,
    "1723161256000001,1723161256000009,17,buy,100.5,1",
    "1723161256000001,1723161256000009,18,sell,100.25,0.5",
    "1723161256000002,1723161256000009,,unknown,100,1",
  ));
  assertEquals(texts(), ["trade 1 10050x1000", "trade -1 10025x500 last", "trade 0 10000x1000 last"]);
});

Deno.test("tardis: quotes are a book of one level, whose old level goes before the new one comes", () => {
  const { texts } = read(file(
    QUOTES,
    "1,2,1,101,100,2",
    "3,4,1,101,100,3", // a size
    "5,6,1,102,101.5,3", // both prices rise: the bid passes the old ask
    "7,8,1,102,101.5,3", // nothing
    "9,10,,,101.5,3", // no ask
    "11,12,4,102,101.5,3",
  ));
  assertEquals(texts(), [
    "depth 1 10000x2000",
    "depth -1 10100x1000 last",
    "depth 1 10000x3000 last",
    "depth 1 10000x0",
    "depth -1 10100x0",
    "depth 1 10150x3000",
    "depth -1 10200x1000 last",
    "depth -1 10200x0 last",
    "depth -1 10200x4000 last",
  ]);
});

Deno.test("tardis: one symbol of several is chosen by name", () => {
  const text = `${TRADES}\nbybit,A,1,2,,buy,1,1\nbybit,B,1,2,,buy,2,1\n`;
  assertEquals(read(text, { symbol: "B" }).texts(), ["trade 1 200x1000 last"]);
  assert(assertThrows(() => read(text), SourceError).message.includes("line 3: it has more than one instrument: A, B"));
  assert(
    assertThrows(() => read(text, { symbol: "C" }), SourceError).message.includes("symbol C is not in it; it has A, B"),
  );
});

Deno.test("tardis: what is wrong is told with line, value and remedy", () => {
  const refused = (row: string, header = BOOK) =>
    assertThrows(() => read(file(header, row)), SourceError).message.replace("Cannot read the source, ", "");
  assert(refused("1,2,true,bid,NaN,1").startsWith("line 2: price is NaN, not a number"));
  assertEquals(refused("1,2,true,bid,1,-1"), "line 2: amount is -1; mend the line or take it out");
  assert(refused("1,2,true,bid,1,9007199254740992").startsWith("line 2: amount is 9007199254740992"));
  assert(refused("1,2,true,bid,1.001,1").includes("off the grid of tick 0.01"));
  assertEquals(
    refused("1,2,true,both,1,1".replace("both", "mid")),
    "line 2: side is mid; mend the line or take it out",
  );
  assert(refused("1,2,true,unknown,1,1").startsWith("line 2: side is unknown"));
  assert(refused("1,2,maybe,bid,1,1").startsWith("line 2: is_snapshot is maybe, not true or false"));
  assert(refused("x,2,true,bid,1,1").startsWith("line 2: timestamp is x, not a count since 1970"));
  assert(refused("1,,true,bid,1,1").startsWith("line 2: local_timestamp is missing"));
  assert(refused("1,2,true,bid,,1").startsWith("line 2: price is missing"));
  assert(refused("1,2,true,bid").startsWith("line 2: it has 6 fields, and the header 8"));
  // It names no symbol, but is no second instrument either.
  const nonsense = file(BOOK, "1,2,true,bid,1,1") + "\n%PDF-1.4\n";
  assert(assertThrows(() => read(nonsense), SourceError).message.includes("line 3: it has 1 fields, and the header 8"));
  assert(
    refused("", "time,mark_price").includes(
      "line 1: its columns are time, mark_price; Tardis's incremental_book_L2, trades",
    ),
  );
  assert(refused("", BOOK.replace("local_timestamp", "ts")).includes("line 1: it has no column of local_timestamp"));
});

import { assertEquals, assertThrows } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { EXECUTE, TRADE } from "../../core/event.ts";
import { sharedData } from "../../../tests/shared_data.ts";
import { SourceError } from "../decoder.ts";
import { collectRows, feed } from "./collect_rows.ts";
import { databentoDecoder } from "./databento.ts";
import { databentoCsvDecoder } from "./databento_csv.ts";

const MBO = "ts_recv,ts_event,action,side,price,size,order_id,flags,sequence,symbol\n";
const TIMES = "2025-07-17T08:05:03.360848442Z,2025-07-17T08:05:03.360677248Z";

function decode(text: string, symbol?: string) {
  const got = collectRows(symbol);
  feed(databentoCsvDecoder(got.options), text, 11);
  return got;
}

Deno.test("databentoCsvDecoder: pretty and raw prices and times are the same", () => {
  const pretty = decode(`${MBO}${TIMES},A,B,5.510000000,100,817593,130,851012,ARL`);
  const raw = decode(`${MBO}1752739503360848442,1752739503360677248,A,B,5510000000,100,817593,130,851012,ARL`);
  const pandas = decode(
    `,symbol,order_id,size,side,action,price,flags,ts_event,ts_recv,sequence\n0,ARL,817593,100,B,A,5.51,130,` +
      TIMES.split(",").reverse().join().replace(/Z/g, "+00:00").replace(/T/g, " ") + ",851012",
  );
  assertEquals(pretty.texts(), ["add 1 551x100 #0.817593 last"]);
  assertEquals(raw.rows, pretty.rows);
  assertEquals(pandas.rows, pretty.rows);
  assertEquals([pretty.rows[0].exchangeNs, pretty.rows[0].localNs], [360677248, 360848442]);
  assertEquals(pretty.facts.symbol, "ARL");
});

Deno.test("databentoCsvDecoder: trades and mbp-1 by their headers", () => {
  const trades = decode(
    "ts_recv,ts_event,action,side,depth,price,size,flags,sequence,symbol\n" + `${TIMES},T,A,0,5.51,10,128,7,ARL`,
  );
  assertEquals(trades.texts(), ["trade -1 551x10 last"]);
  const levels = decode(
    "ts_recv,ts_event,action,side,depth,price,size,flags,sequence,bid_px_00,bid_sz_00,bid_ct_00,ask_px_00,ask_sz_00," +
      `ask_ct_00,symbol\n${TIMES},A,A,0,5.51,10,128,7,5.5,20,1,,0,0,ARL\n${TIMES},C,A,0,5.51,10,128,8,5.5,20,1,5.6,5,1,ARL`,
  );
  assertEquals(levels.texts(), ["depth 1 550x20 last", "depth -1 560x5 last"]);
});

Deno.test("databentoCsvDecoder: of several symbols the one asked for", () => {
  const text = `${MBO}${TIMES},A,B,5.51,100,1,130,1,ARL\n${TIMES},A,B,200.5,100,2,130,2,AAPL\n`;
  assertEquals(decode(text, "AAPL").texts(), ["add 1 20050x100 #0.2 last"]);
  assertThrows(() => decode(text), SourceError, "line 3: it has more than one instrument: AAPL, ARL");
  assertThrows(() => decode(text, "ARM"), SourceError, "symbol ARM is not in it; it has AAPL, ARL");
});

Deno.test("databentoDecoder: a next file must be of the same instrument", () => {
  const { options } = collectRows();
  const decoder = databentoDecoder(options);
  feed(decoder, `${MBO}${TIMES},A,B,5.51,100,1,130,1,ARL`);
  assertThrows(
    () => feed(decoder, `${MBO}${TIMES},A,B,5.51,100,1,130,1,AAPL`),
    SourceError,
    "more than one instrument",
  );
});

Deno.test("databentoCsvDecoder: prints between two ticks that met no order are left out and told; executions are strict", () => {
  const next = TIMES.replaceAll("03.36", "04.36");
  const got = decode(
    `${MBO}${TIMES},A,B,5.51,100,1,0,1,ARL\n${TIMES},T,N,5.515,10,0,130,2,ARL\n` + // its LAST goes to the row before
      `${next},T,A,5.505,7,0,130,3,ARL\n` + // no fill of it comes
      `${next},A,B,5.50,100,2,130,4,ARL\n${next},T,A,5.505,20,0,0,5,ARL\n` + // F accounts for all of T
      `${next},F,B,5.51,20,1,0,5,ARL\n${next},C,B,5.51,20,1,130,5,ARL\n`,
  );
  assertEquals(got.texts(), ["add 1 551x100 #0.1 last", "add 1 550x100 #0.2 last", "execute 1 551x20 #0.1 last"]);
  assertEquals(got.prints, [{ place: 3, price: "5.515" }, { place: 4, price: "5.505" }]);
  const filled = `${TIMES},F,B,5.505,20,1,0,5,ARL\n${TIMES},C,B,5.51,20,1,130,5,ARL\n`;
  assertThrows(() => decode(MBO + filled), SourceError, "line 3: price is 5.505000000, and it is off the grid");
  const levels =
    "ts_recv,ts_event,action,side,depth,price,size,flags,sequence,bid_px_00,bid_sz_00,bid_ct_00,ask_px_00," +
    "ask_sz_00,ask_ct_00,symbol\n";
  const hidden = decode(`${levels}${TIMES},T,N,0,5.505,10,128,7,5.5,20,1,,0,0,ARL\n`);
  assertEquals([hidden.texts(), hidden.prints.length], [["depth 1 550x20 last"], 1]);
  const taken = `${levels}${TIMES},T,A,0,5.505,10,128,7,5.5,20,1,,0,0,ARL\n`;
  assertThrows(() => decode(taken), SourceError, "line 2: price is 5.505000000, and it is off the grid");
});

Deno.test("databentoCsvDecoder: bad lines end with line, value and remedy", () => {
  const fails = (line: string, message: string) => {
    assertThrows(() => decode(`${MBO}${TIMES},A,B,5.51,100,1,130,1,ARL\n${line}`), SourceError, message);
  };
  fails(`${TIMES},A,B,NaN,100,1,130,1,ARL`, "line 3: price is NaN");
  fails(`${TIMES},A,B,5.51,-100,1,130,1,ARL`, "line 3: size is -100, below 0");
  fails(`${TIMES},A,B,,100,1,130,1,ARL`, "line 3: price is missing");
  fails(`${TIMES},A,B,5.515,100,1,130,1,ARL`, "line 3: price is 5.515000000, and it is off the grid");
  fails(`${TIMES},A,B,5.51,100`, "line 3: it has 6 fields, and the header 10");
  fails(`soon,${TIMES.slice(31)},A,B,5.51,100,1,130,1,ARL`, "line 3: ts_recv is soon");
  fails(`${TIMES},A,B,5.51,100,18446744073709551616,130,1,ARL`, "order_id is 18446744073709551616");
  assertThrows(() => decode("34200.1,1,7,100,2238100,1\n"), SourceError, "line 1: column ts_event is missing");
});

const mbo = sharedData("databento/ARL_20250717_mbo.csv.gz");

Deno.test({
  name: "databentoCsvDecoder: ARL, traded volume counted once (needs ../shared/data)",
  ignore: mbo === undefined,
  fn: () => {
    const csv = gunzipSync(Deno.readFileSync(mbo!));
    const got = collectRows(undefined, 4);
    feed(databentoDecoder(got.options), csv, 10_007);
    let traded = 0;
    for (const line of new TextDecoder().decode(csv).split("\n")) {
      const fields = line.split(",");
      if (fields[5] === "T") traded += Number(fields[8]);
    }
    const volume = (kind: number) => got.rows.reduce((sum, row) => sum + (row.kind === kind ? row.size : 0), 0);
    assertEquals(volume(EXECUTE) + volume(TRADE), traded);
    assertEquals(got.rows.filter((row) => row.kind === EXECUTE).length, 11);
    // 5,886 records: of each of 11 trades with a fill, three records become one row.
    assertEquals(got.rows.length, 5_886 - 22);
  },
});

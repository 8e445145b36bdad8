import { assertEquals, assertThrows } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { ADD, CANCEL, EXECUTE, TRADE } from "../../core/event.ts";
import { sharedData } from "../../../tests/shared_data.ts";
import { SourceError } from "../decoder.ts";
import { FinerGrid, Grid } from "../grid.ts";
import { collectRows, feed } from "./collect_rows.ts";
import { lobsterDecoder, lobsterName } from "./lobster.ts";

const NAME = "data/AMZN_2012-06-21_34200000_57600000_message_1.csv.gz";

Deno.test("lobsterDecoder: each message type becomes its row", () => {
  const got = collectRows();
  feed(
    lobsterDecoder({ ...got.options, fileName: NAME }),
    "34200.000000001,1,7,100,2238100,1\n34200.5,2,7,30,2238100,1\n34201,4,7,20,2238100,1\n34201,3,7,50,2238100,1\n" +
      "34202,5,0,10,2238200,-1\n34203,6,-1,500,2238200,-1\n" +
      "34204,7,0,0,-1,-1\n34205,7,0,0,0,-1\n34206,7,0,0,1,-1",
    7,
  );
  assertEquals(got.texts(), [
    "add 1 22381x100 #0.7 last",
    "cancel 1 22381x30 #0.7 last",
    "execute 1 22381x20 #0.7 last",
    "cancel 1 22381x50 #0.7 last",
    "trade 1 22382x10 last",
    "trade 0 22382x500 last",
    "status 0 0x0 last",
    "status 0 0x0 last",
    "status 0 0x1 last",
  ]);
  const noonUtc = Date.UTC(2012, 5, 21, 13, 30) / 1000;
  assertEquals([got.rows[0].exchangeSec, got.rows[0].exchangeNs], [noonUtc, 1]);
  assertEquals([got.rows[1].localSec, got.rows[1].localNs], [noonUtc, 500_000_000]);
  assertEquals(got.facts, { symbol: "AMZN", venue: "nasdaq", currency: "USD", kind: "linear" });
});

Deno.test("lobsterDecoder: winter is five hours behind UTC", () => {
  const got = collectRows();
  feed(lobsterDecoder({ ...got.options, fileName: "x.csv", date: "2012-12-21" }), "34200,1,1,1,100,1");
  assertEquals(got.rows[0].exchangeSec, Date.UTC(2012, 11, 21, 14, 30) / 1000);
});

Deno.test("lobsterDecoder: bad lines end with line, value and remedy", () => {
  const decode = (text: string) => () => feed(lobsterDecoder({ ...collectRows().options, fileName: NAME }), text);
  const good = "34200,1,7,100,2238100,1\n";
  assertThrows(decode(good + "34200,1,7,-100,2238100,1"), SourceError, "line 2: size is -100, not above 0");
  assertThrows(decode(good + "34200,1,7,NaN,2238100,1"), SourceError, "line 2: size is NaN");
  assertThrows(decode(good + "34200,1,7,100,0,1"), SourceError, "line 2: price is 0");
  assertThrows(decode(good + "34200,9,7,100,2238100,1"), SourceError, "type is 9, not 1 to 7");
  assertThrows(decode(good + "34200,1,7,100,2238100,0"), SourceError, "side is 0, not 1 or -1");
  assertThrows(decode(good + "noon,1,7,100,2238100,1"), SourceError, "time is noon");
  assertThrows(decode(good + "34200,1,7,100"), SourceError, "it has 4 fields, not 6");
  assertThrows(decode(good + "34200,1,7,100,2238150,1"), SourceError, "price is 223.8150, and it is off the grid");
  assertThrows(decode(good + "34200,1,7,9007199254740992,2238100,1"), SourceError, "below 2^53");
});

Deno.test("lobsterDecoder: without a date in name or options it says how to give one", () => {
  const { options } = collectRows();
  assertThrows(() => lobsterDecoder({ ...options, fileName: "m.csv" }), RangeError, "give it as --date 2012-06-21");
  assertThrows(() => lobsterDecoder({ ...options, fileName: "m.csv", date: "21 June" }), RangeError, "it is no day");
});

Deno.test("lobsterDecoder: an order book file is refused by its name", () => {
  const fileName = NAME.replace("message", "orderbook");
  assertThrows(() => lobsterDecoder({ ...collectRows().options, fileName }), RangeError, "it is an order book file");
});

Deno.test("lobsterDecoder: hidden prints between two ticks are left out, told, and teach the grid nothing", () => {
  const lines = "34200,5,0,10,2238250,1\n34201,6,-1,10,2238150,1\n34202,5,0,10,2238200,-1\n34203,1,7,10,2238300,1";
  for (const tick of [new Grid("tick", { learnFrom: 2 }), new Grid("tick", { mantissa: 1, decimals: 2 })]) {
    const got = collectRows();
    feed(lobsterDecoder({ ...got.options, tick, fileName: NAME }), lines);
    assertEquals(got.texts(), ["trade 1 22382x10 last", "add 1 22383x10 #0.7 last"]);
    assertEquals(got.prints, [{ place: 1, price: "223.825" }, { place: 2, price: "223.815" }]);
  }
});

Deno.test("lobsterDecoder: a learning grid starts again where the book needs it", () => {
  const { options } = collectRows();
  const decoder = lobsterDecoder({ ...options, tick: new Grid("tick", { learnFrom: 2 }), fileName: NAME });
  const error = assertThrows(() => feed(decoder, "34200,1,7,10,2238250,1"), FinerGrid);
  assertEquals((error as FinerGrid).decimals, 3);
});

Deno.test("lobsterName: symbols may hold underscores", () => {
  assertEquals(lobsterName("BRK_B_2012-06-21_34200000_57600000_orderbook_10.csv"), {
    symbol: "BRK_B",
    date: "2012-06-21",
    role: "orderbook",
    levels: 10,
  });
});

const message = sharedData("lobster/AMZN_2012-06-21_34200000_57600000_message_1.csv.gz");

Deno.test({
  name: "lobsterDecoder: AMZN 2012-06-21, every row by kind (needs ../shared/data)",
  ignore: message === undefined,
  fn: () => {
    const got = collectRows(undefined, 4);
    feed(lobsterDecoder({ ...got.options, fileName: message! }), gunzipSync(Deno.readFileSync(message!)), 10_007);
    const count = (kind: number) => got.rows.filter((row) => row.kind === kind).length;
    assertEquals(got.rows.length, 57_515);
    assertEquals(count(EXECUTE), 8_974);
    assertEquals(count(ADD) + count(CANCEL) + count(EXECUTE) + count(TRADE), 57_515);
    for (let i = 1; i < got.rows.length; i++) {
      const [a, b] = [got.rows[i - 1], got.rows[i]];
      if (b.exchangeSec < a.exchangeSec) throw new Error(`row ${i} goes back in time`);
    }
  },
});

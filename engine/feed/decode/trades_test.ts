import { assert, assertEquals, assertThrows } from "@std/assert";
import { SourceError } from "../decoder.ts";
import { Grid } from "../grid.ts";
import { collectRows, feed } from "./collect_rows.ts";
import { tradesDecoder, type TradesOptions } from "./trades.ts";

function read(text: string, more: Partial<TradesOptions> = {}, size?: number) {
  const collected = collectRows(more.symbol);
  const options = { ...collected.options, lot: new Grid("lot", { mantissa: 1, decimals: 3 }), ...more };
  feed(tradesDecoder(options), text, size);
  return collected;
}

const EXPECTED = ["trade 1 6165970x1 last", "trade -1 6165900x1486 last"];
const SPELLINGS: Record<string, string> = {
  "plain": "time,price,size,side\n1723161256.298,61659.70,0.001,buy\n1723161256.299,61659,1.486,sell\n",
  "any order, letters": "Side;QTY;id;Px;ts\nB;0.001;1;61659.7;1723161256298\nS;1.486;2;61659.0;1723161256299\n",
  "numbers as sides":
    "timestamp\tside\tamount\tprice\n1723161256298000\t1\t0.0010\t61659.7\n1723161256299000\t-1\t1.486\t61659.0\n",
  "is_buyer_maker":
    "price,qty,time,is_buyer_maker\n61659.7,0.001,2024-08-08T23:54:16.298Z,False\n61659,1.486,2024-08-08T23:54:16.299Z,True\n",
  "Binance trades, with best match":
    "1,61659.7,0.001,61.6,1723161256298,false,true\n2,61659,1.486,9,1723161256299,true,true\n",
  "Binance trades of futures": "1,61659.7,0.001,61.6,1723161256298,false\n2,61659,1.486,9,1723161256299,true\n",
  "Binance aggregated trades":
    "1,61659.7,0.001,5,6,1723161256298,False,True\n2,61659,1.486,7,7,1723161256299,True,True\n",
  "Binance futures, with header":
    "id,price,qty,quote_qty,time,is_buyer_maker\n1,61659.7,0.001,1,1723161256298,false\n2,61659,1.486,9,1723161256299,true\n",
};

for (const [name, text] of Object.entries(SPELLINGS)) {
  Deno.test(`trades: ${name}`, () => {
    for (const size of [undefined, 1, 7]) {
      const { rows, texts } = read(text, {}, size);
      assertEquals(texts(), EXPECTED);
      assertEquals(rows.map((row) => [row.exchangeSec, row.exchangeNs, row.localSec, row.localNs, row.flags & 3]), [
        [1723161256, 298_000_000, 1723161256, 298_000_000, 3],
        [1723161256, 299_000_000, 1723161256, 299_000_000, 3],
      ]);
    }
  });
}

Deno.test("trades: a local time is kept, and no side is none", () => {
  const { rows } = read("symbol,timestamp,local_timestamp,price,amount\nX,1723161256298123,1723161256299000,1,1\n");
  assertEquals([rows[0].side, rows[0].exchangeNs, rows[0].localNs], [0, 298_123_000, 299_000_000]);
  assertEquals(read("t,p,q,side\n1,1,1,\n2,1,1,unknown\n3,1,1,0\n").rows.map((row) => row.side), [0, 0, 0]);
});

Deno.test("trades: one symbol of several is chosen by name", () => {
  const text = "symbol,time,price,size\nA,1,1,1\nB,2,2,1\nA,3,3,1\n";
  const { rows, facts } = read(text, { symbol: "A" });
  assertEquals([rows.map((row) => row.price), facts.symbol], [[100, 300], "A"]);
  assert(assertThrows(() => read(text), SourceError).message.includes("line 3: it has more than one instrument: A, B"));
});

Deno.test("trades: what is wrong is told with line, value and remedy", () => {
  const refused = (row: string) =>
    assertThrows(() => read(`time,price,size,side\n1,1,1,buy\n${row}\n`), SourceError).message.replace(
      "Cannot read the source, ",
      "",
    );
  assertEquals(refused("2,1,-3,buy"), "line 3: size is -3, not above 0; mend the line or take it out");
  assertEquals(refused("2,1,0,buy"), "line 3: size is 0, not above 0; mend the line or take it out");
  assert(refused("2,nan,1,buy").startsWith("line 3: price is nan, not a number"));
  assert(refused("2,1.005,1,buy").startsWith("line 3: price is 1.005, and it is off the grid of tick 0.01"));
  assert(refused("2,1,1e17,buy").startsWith("line 3: size is 1e17, not a number below 2^53 units"));
  assert(
    refused("2,1,9007199254741,buy").startsWith("line 3: size is 9007199254741, and it is 2^53 units of lot 0.001"),
  );
  assertEquals(refused("2,1,1,long"), "line 3: side is long, neither buy nor sell; mend the line or take it out");
  assert(refused("2,1,1,7").startsWith("line 3: side is 7"));
  assert(refused("soon,1,1,buy").startsWith("line 3: time is soon"));
  assert(refused("2,1,1").startsWith("line 3: it has 3 columns, and 4 are needed"));
  const header = (text: string) => assertThrows(() => read(text), SourceError).message;
  assert(
    header("a,b\n1,2\n").includes(
      "line 1: it has no column of prices (its columns are a, b); name one of them price, px",
    ),
  );
  assert(header("1,2,3\n").includes("line 1: it has no header, and its 3 columns are not those of Binance's trades"));
  assert(header("p,q,t,m\n1,1,1,x\n").includes("is_buyer_maker is x"));
});

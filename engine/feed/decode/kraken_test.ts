import { assert, assertEquals, assertThrows } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { sharedData } from "../../../tests/shared_data.ts";
import { BookTexts, krakenChecksum } from "../../book/crc32.ts";
import { L2Book } from "../../book/l2.ts";
import { formatDecimal, parseDecimal } from "../../core/decimal.ts";
import { BUY, CLEAR, DEPTH, SELL, SNAPSHOT } from "../../core/event.ts";
import { SourceError } from "../decoder.ts";
import { Grid } from "../grid.ts";
import { Row } from "../row.ts";
import { type Collected, collectRows, feed } from "./collect_rows.ts";
import { krakenDecoder } from "./kraken.ts";
import { krakenMessage } from "./kraken_message.ts";

const SESSION = sharedData("cryptofeed/KRAKEN.ws.50.0.gz");
const TRADES = sharedData("cryptofeed/KRAKEN.ws.48.0.gz");
const absent = (path: string | undefined) => path === undefined ? " (ignored: ../shared/data is not there)" : "";

/** Decodes with ticks of 0.01 and lots of 1e-8. */
function decode(text: string | Uint8Array, symbol?: string, decimals = 2): Collected {
  const collected = collectRows(symbol, decimals);
  feed(krakenDecoder({ ...collected.options, lot: new Grid("lot", { mantissa: 1, decimals: 8 }) }), text, 777);
  return collected;
}

const timed = (row: Row) =>
  `${row.kind} ${row.side} ${row.price}x${row.size} ${row.exchangeSec}.${row.exchangeNs} ${row.localNs}`;

const CONNECT = "wss://ws.kraken.com <-> 10.5\n";
const SNAP = '11.1234567: [7,{"as":[["3.01","1.00000000","9.000000001"],["3.02","2.00000000","9.5"]],' +
  '"bs":[["2.99","1.50000000","8.5"]]},"book-2","A/EUR"]\n';
const update = (second: number, part: string, checksum = "") =>
  `${second}.25: [7,{${part}${checksum && `,"c":"${checksum}"`}},"book-2","A/EUR"]\n`;

Deno.test("kraken: a snapshot, an update that pushes a level out, exact times", () => {
  const { rows, facts, gaps } = decode(CONNECT + SNAP + update(12, '"a":[["3.00","4.00000000","11.75"]]') + "\n");
  assertEquals(rows.map(timed), [
    "3 0 0x0 9.500000000 123456700",
    "4 -1 301x100000000 9.500000000 123456700",
    "4 -1 302x200000000 9.500000000 123456700",
    "4 1 299x150000000 9.500000000 123456700",
    "1 -1 300x400000000 11.750000000 250000000",
    "1 -1 302x0 11.750000000 250000000",
  ]);
  assertEquals(facts, { symbol: "A/EUR", venue: "kraken", kind: "linear", currency: "EUR" });
  assertEquals(gaps, []);
});

Deno.test("kraken: both sides in one message, a level sent again keeps the time of what came before", () => {
  const both = '12.5: [7,{"a":[["3.01","0.00000000","12.1"]]},{"b":[["2.98","1.00000000","12.3"]]},"book-2","A/EUR"]\n';
  const { rows } = decode(SNAP + both + update(13, '"b":[["2.99","1.00000000","3.5","r"]]'));
  assertEquals(rows.slice(4).map(timed), [
    "1 -1 301x0 12.300000000 500000000",
    "1 1 298x100000000 12.300000000 500000000",
    "1 1 299x100000000 12.300000000 250000000",
  ]);
});

Deno.test("kraken: trades have their own times and the taker's side", () => {
  const { texts, rows } = decode(
    '5.5: [1,[["3.01","0.5","5.2","s","m",""],["3.02","0.25","5.3","b","l",""]],"trade","A/EUR"]\n',
  );
  assertEquals(texts(), ["trade -1 301x50000000", "trade 1 302x25000000 last"]);
  assertEquals(rows.map((row) => row.exchangeNs), [200_000_000, 300_000_000]);
});

Deno.test("kraken: a wrong checksum, a new connection, an update without a snapshot are gaps, told once", () => {
  const wrong = update(12, '"b":[["2.98","1.00000000","12.1"]]', "1");
  const first = decode(SNAP + wrong + wrong);
  assertEquals(first.gaps.map(({ place, expected }) => [place, expected]), [[2, "checksum 1"]]);
  assertEquals(first.texts().slice(4), ["gap 0 0x0 last", "depth 1 298x100000000 last", "depth 1 298x100000000 last"]);
  const again = decode(CONNECT + SNAP + CONNECT + wrong + SNAP + wrong);
  assertEquals(again.gaps.map((gap) => gap.place), [3, 6]);
  assertEquals(decode(wrong).gaps, [{ place: 1, expected: "a snapshot", found: "an update" }]);
});

Deno.test("kraken: of several pairs one is taken; without a choice, or with a wrong one, they are named", () => {
  const sent = 'wss://ws.kraken.com <- 10.6: {"event":"subscribe","pair":["A/EUR","B/EUR","C/EUR"]}\n';
  assertEquals(decode(CONNECT + sent + SNAP, "a/eur").rows.length, 4);
  assertThrows(
    () => decode(CONNECT + sent),
    SourceError,
    "line 2: it has more than one instrument: A/EUR, B/EUR, C/EUR",
  );
  assertThrows(
    () => decode(SNAP + SNAP.replace("A/EUR", "B/EUR")),
    SourceError,
    "line 2: it has more than one instrument",
  );
  assertThrows(() => decode(CONNECT + sent + SNAP, "A/USD"), SourceError, "symbol A/USD is not in it");
  assertEquals(decode(SNAP + SNAP.replace("book-2", "book-10")).rows.length, 4, "of two book channels one");
});

Deno.test("kraken: bad input names line, value and remedy", () => {
  const cases: [string, string][] = [
    [SNAP.slice(0, 90), "line 2: broken JSON in"],
    [SNAP.replace("11.1234567", "noon"), 'line 2: the line starts with "noon: [7,'],
    ["1723161255030314667 {}\n", "line 2: the line starts with"],
    [SNAP.replace('"1.50000000"', '"-1.5"'), 'line 2: size is "-1.5"'],
    [SNAP.replace('"3.02"', '"NaN"'), 'line 2: price is "NaN"'],
    [SNAP.replace('"9.5"', "null"), "line 2: the time of a level or trade is null"],
    [SNAP.replace('[["2.99","1.50000000","8.5"]]', "3"), "line 2: bs is 3"],
    ['12: [1,[["3.01","0.5","5.2","x","m",""]],"trade","A/EUR"]\n', 'line 2: the side of a trade is "x"'],
    [SNAP.replace('"3.02"', '"3.021"'), "line 2: price is 3.021, and it is off the grid"],
  ];
  for (const [bad, told] of cases) {
    const error = assertThrows(() => decode(SNAP + bad), SourceError);
    assert(error.message.includes(told), `${error.message} <> ${told}`);
  }
});

Deno.test(
  { name: `kraken: books from decoded rows have 4,269 of 4,269 checksums${absent(SESSION)}`, ignore: !SESSION },
  () => {
    const lines = gunzipSync(Deno.readFileSync(SESSION!)).toString().split("\n");
    const bytes = lines.map((line) => new TextEncoder().encode(line + "\n"));
    const messages = lines.map((line) => {
      const received = /^[\d.]+: (\[.*)/.exec(line);
      const message = received && krakenMessage(JSON.parse(received[1]), 1);
      return message?.channel === "book" ? message : undefined;
    });
    let checked = 0, equal = 0;
    for (const pair of new Set(messages.flatMap((message) => message?.snapshot ? message.pair : []))) {
      const prices = messages.flatMap((message) =>
        message?.pair === pair ? message.levels.map(({ price }) => price) : []
      );
      const sent = prices[0].split(".")[1].length;
      // The tick is what prices need, not what is sent: KSM/XBT has an ask at 99,999,997, which is past 2^53 at 8 decimals.
      const decimals = Math.max(...prices.map((price) => parseDecimal(price).decimals));
      const zeros = "0".repeat(sent - decimals);
      const book = new L2Book(), row = new Row();
      const texts = new BookTexts(
        book,
        (ticks) => formatDecimal(ticks, decimals) + zeros,
        (lots) => formatDecimal(lots, 8),
      );
      const add = () => {
        if (row.kind === DEPTH || row.kind === SNAPSHOT) book.set(row.side, row.price, row.size);
        else if (row.kind === CLEAR) book.clear(row.side, row.price);
      };
      const { options, gaps } = collectRows(pair, decimals);
      const decoder = krakenDecoder({
        ...options,
        sink: { row, add },
        lot: new Grid("lot", { mantissa: 1, decimals: 8 }),
      });
      messages.forEach((message, i) => {
        decoder.push(bytes[i]);
        if (message?.pair !== pair) return;
        assert(book.count(BUY) <= 1000 && book.count(SELL) <= 1000);
        if (message.checksum === undefined) return;
        texts.read();
        checked++;
        if (krakenChecksum(texts) === message.checksum) equal++;
      });
      decoder.end();
      assertEquals(gaps, []);
    }
    assertEquals([checked, equal], [4269, 4269]);
  },
);

Deno.test({ name: `kraken: trades of a recorded session${absent(TRADES)}`, ignore: !TRADES }, () => {
  const { texts, rows } = decode(gunzipSync(Deno.readFileSync(TRADES!)), "XMR/USD");
  assertEquals(texts().slice(2), ["trade -1 35404x28245396", "trade -1 35381x171754604 last"]);
  assertEquals([rows[2].exchangeSec, rows[2].exchangeNs, rows[2].localNs], [1618678150, 826417000, 856557100]);
});

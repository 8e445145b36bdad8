import { assert, assertEquals, assertThrows } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { sharedData } from "../../../tests/shared_data.ts";
import { BookTexts, okxChecksum } from "../../book/crc32.ts";
import { L2Book } from "../../book/l2.ts";
import { formatDecimal } from "../../core/decimal.ts";
import { CLEAR, DEPTH, SNAPSHOT } from "../../core/event.ts";
import { SourceError } from "../decoder.ts";
import { Grid } from "../grid.ts";
import { Row } from "../row.ts";
import { type Collected, collectRows, feed } from "./collect_rows.ts";
import { okxDecoder } from "./okx.ts";
import { okxMessages } from "./okx_message.ts";

const SESSION = sharedData("cryptofeed/OKX.ws.1.0.gz");
const absent = (path: string | undefined) => path === undefined ? " (ignored: ../shared/data is not there)" : "";

/** Decodes with ticks of 0.1 and lots of 1e-8. */
function decode(text: string | Uint8Array, symbol?: string): Collected {
  const collected = collectRows(symbol, 1);
  feed(okxDecoder({ ...collected.options, lot: new Grid("lot", { mantissa: 1, decimals: 8 }) }), text, 777);
  return collected;
}

const CONNECT = "wss://ws.okx.com:8443/ws/v5/public <-> 1652459224.5\n";
const book = (action: string, levels: string, more = "", channel = "books") =>
  `1652459225.7084810: {"arg":{"channel":"${channel}","instId":"BTC-USD-220527"},"action":"${action}",` +
  `"data":[{${levels},"ts":"1652459225464"${more}}]}\n`;
const SNAP = book(
  "snapshot",
  '"asks":[["30238.8","2","0","1"]],"bids":[["30182.6","452","0","1"]]',
  ',"seqId":5,"prevSeqId":-1',
);
const update = (seq: number, previous: number, more = "") =>
  book("update", '"asks":[["30238.8","0","0","0"]],"bids":[]', `,"seqId":${seq},"prevSeqId":${previous}${more}`);

Deno.test("okx: a snapshot and an update, exact times, what the name says", () => {
  const { rows, texts, facts, gaps } = decode(CONNECT + SNAP + update(7, 5));
  assertEquals(texts(), [
    "clear 0 0x0",
    "snapshot -1 302388x200000000",
    "snapshot 1 301826x45200000000 last",
    "depth -1 302388x0 last",
  ]);
  const { exchangeSec, exchangeNs, localSec, localNs } = rows[3];
  assertEquals([exchangeSec, exchangeNs, localSec, localNs], [1652459225, 464_000_000, 1652459225, 708_481_000]);
  assertEquals(facts, {
    symbol: "BTC-USD-220527",
    venue: "okx",
    kind: "inverse",
    currency: "BTC",
    expiry: "2022-05-27T08:00:00Z",
  });
  assertEquals(gaps, []);
});

Deno.test("okx: trades, the taker's side; the second trade or book channel says the same and is left out", () => {
  const trades = (channel: string) =>
    `2.5: {"arg":{"channel":"${channel}","instId":"A-B"},"data":[{"px":"1.5","sz":"2","side":"sell","ts":"1652459225464"},` +
    `{"px":"1.6","sz":"3","side":"buy","ts":"1652459225465"}]}\n`;
  const { texts, facts } = decode(trades("trades") + trades("trades-all") + trades("tickers"));
  assertEquals(texts(), ["trade -1 15x200000000", "trade 1 16x300000000 last"]);
  assertEquals(facts, { symbol: "A-B", venue: "okx", kind: "linear", currency: "B" });
  assertEquals(decode(SNAP + SNAP.replace('"books"', '"books50-l2-tbt"')).rows.length, 3);
});

Deno.test("okx: a wrong checksum, a sequence that does not follow, a new connection are gaps", () => {
  assertEquals(decode(SNAP + update(7, 6) + update(8, 7)).gaps, [
    { place: 2, expected: "an update that follows on 5", found: "one that follows on 6" },
  ]);
  assertEquals(decode(SNAP + update(7, 5, ',"checksum":-3')).gaps.map((gap) => gap.expected), ["checksum -3"]);
  assertEquals(decode(SNAP + update(7, 5, ',"checksum":0')).gaps, [], "0: OKX computes none");
  assertEquals(decode(SNAP + CONNECT + SNAP).texts().slice(3, 5), ["gap 0 0x0 last", "clear 0 0x0"]);
  assertEquals(decode(update(7, 5)).gaps, [{ place: 1, expected: "a snapshot", found: "an update" }]);
});

Deno.test("okx: bad input names line, value and remedy", () => {
  const cases: [string, string][] = [
    [SNAP.slice(0, 120), "line 2: broken JSON in"],
    [SNAP.replace('"2"', '"-2"'), 'line 2: size is "-2"'],
    [SNAP.replace('"30238.8"', "{}"), "line 2: price is {}"],
    [SNAP.replace('"bids"', '"buys"'), "line 2: bids is missing"],
    [SNAP.replace("snapshot", "partial"), 'line 2: action is "partial"'],
    [SNAP.replace('"1652459225464"', '"soon"'), 'line 2: ts is "soon"'],
    [SNAP.replace("BTC-USD-220527", "BTC-USDT"), "line 2: it has more than one instrument: BTC-USD-220527, BTC-USDT"],
  ];
  for (const [bad, told] of cases) {
    const error = assertThrows(() => decode(SNAP + bad), SourceError);
    assert(error.message.includes(told), `${error.message} <> ${told}`);
  }
});

Deno.test(
  { name: `okx: books from decoded rows have 290 of 290 checksums${absent(SESSION)}`, ignore: !SESSION },
  () => {
    const lines = gunzipSync(Deno.readFileSync(SESSION!)).toString().split("\n");
    let checked = 0, equal = 0;
    for (const [name, tickDecimals] of [["BTC-USD-220527", 1], ["UNI-USD-SWAP", 3], ["BTC-USDT", 1]] as const) {
      const book = new L2Book(), row = new Row();
      // OKX writes decimals without trailing zeros.
      const shortest = (units: number, decimals: number) => formatDecimal(units, decimals).replace(/\.?0+$/, "");
      const texts = new BookTexts(book, (ticks) => shortest(ticks, tickDecimals), (lots) => shortest(lots, 8));
      const add = () => {
        if (row.kind === DEPTH || row.kind === SNAPSHOT) book.set(row.side, row.price, row.size);
        else if (row.kind === CLEAR) book.clear(row.side, row.price);
      };
      const { options, gaps } = collectRows(name, tickDecimals);
      const decoder = okxDecoder({
        ...options,
        sink: { row, add },
        lot: new Grid("lot", { mantissa: 1, decimals: 8 }),
      });
      for (const line of lines) {
        decoder.push(new TextEncoder().encode(line + "\n"));
        const received = /^[\d.]+: (\{.*)/.exec(line);
        for (const message of received ? okxMessages(JSON.parse(received[1]), 1) : []) {
          if (message.type !== "book" || message.instrument !== name) continue;
          texts.read();
          checked++;
          if (okxChecksum(texts) === message.checksum) equal++;
        }
      }
      decoder.end();
      assertEquals(gaps, []);
    }
    assertEquals([checked, equal], [290, 290]);
  },
);

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatDecimal } from "../core/decimal.ts";
import { BUY, SELL } from "../core/event.ts";
import { BookTexts, crc32, krakenChecksum, type LevelTexts, okxChecksum } from "./crc32.ts";
import { NaiveL2Book } from "./naive_l2.ts";

/** Levels of each side, best first. */
function texts(bids: [string, string][], asks: [string, string][]): LevelTexts {
  const levels = (side: number) => side === BUY ? bids : asks;
  return {
    count: (side) => levels(side).length,
    price: (side, i) => levels(side)[i][0],
    size: (side, i) => levels(side)[i][1],
  };
}

/** The CRC by its definition: the remainder of a division of polynomials, bit by bit. */
function slowCrc(text: string): number {
  let crc = 0xffffffff;
  for (const char of text) {
    crc ^= char.charCodeAt(0);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

Deno.test("crc32: check value, empty text, any text in two parts", () => {
  assertEquals(crc32("123456789"), 0xcbf43926);
  assertEquals(crc32(""), 0);
  const ascii = fc.string({ unit: "grapheme-ascii" });
  fc.assert(fc.property(ascii, ascii, (a, b) => {
    assertEquals(crc32(b, crc32(a)), slowCrc(a + b));
  }));
});

Deno.test("krakenChecksum: ten asks, then ten bids, digits alone without leading zeros", () => {
  const asks = Array.from({ length: 12 }, (_, i): [string, string] => [`0.0500${i + 10}`, `0.0000050${i}`]);
  const bids: [string, string][] = [["0.050000", "10.00000000"]];
  const digits = asks.slice(0, 10).map(([price, size]) => {
    return price.replace(".", "").replace(/^0+/, "") + size.replace(".", "").replace(/^0+/, "");
  }).join("") + "50000" + "1000000000";
  assertEquals(krakenChecksum(texts(bids, asks)), slowCrc(digits));
});

Deno.test("okxChecksum: bid and ask in turn, then what one side has more; signed", () => {
  const bids: [string, string][] = [["3366.1", "7"], ["3366", "6"], ["3365", "2"]],
    asks: [string, string][] = [["3366.8", "9"]];
  assertEquals(okxChecksum(texts(bids, asks)), slowCrc("3366.1:7:3366.8:9:3366:6:3365:2") | 0);
  const many = Array.from({ length: 30 }, (_, i): [string, string] => [`${9 + i}`, "1"]);
  assertEquals(okxChecksum(texts([], many)), slowCrc(many.slice(0, 25).map((level) => level.join(":")).join(":")) | 0);
  assertEquals(okxChecksum(texts([], [])), 0);
});

Deno.test("BookTexts: levels of a book as the exchange writes them", () => {
  const book = new NaiveL2Book();
  for (let i = 0; i < 30; i++) book.set(SELL, 43130 + i, 1180277325050);
  book.set(BUY, 43020, 5);
  const levels = new BookTexts(book, (ticks) => formatDecimal(ticks, 6), (lots) => formatDecimal(lots, 8));
  levels.read();
  assertEquals([levels.count(BUY), levels.count(SELL)], [1, 25]);
  assertEquals([levels.price(SELL, 1), levels.size(SELL, 1)], ["0.043131", "11802.77325050"]);
  assertEquals([levels.price(BUY, 0), levels.size(BUY, 0)], ["0.043020", "0.00000005"]);
});

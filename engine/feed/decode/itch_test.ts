import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ADD, CANCEL, EXECUTE } from "../../core/event.ts";
import { DONE } from "../../book/book.ts";
import { L3Book } from "../../book/l3.ts";
import { SourceError } from "../decoder.ts";
import { type Collected, collectRows, feed } from "./collect_rows.ts";
import { joinBytes } from "./encode_dbn.ts";
import { itchDate, itchDecoder } from "./itch.ts";

const NAME = "data/01302019.NASDAQ_ITCH50.gz";
const NOON_NS = 12 * 3600 * 1_000_000_000;

/** A message: its letter, then fields of [value, bytes], numbers big-endian and text padded with spaces. */
function message(letter: string, locate: number, ...fields: [number | bigint | string, number][]): Uint8Array {
  const out: number[] = [];
  const put = (value: number | bigint | string, bytes: number) => {
    if (typeof value === "string") {
      for (let i = 0; i < bytes; i++) out.push(i < value.length ? value.charCodeAt(i) : 32);
    } else for (let i = bytes - 1; i >= 0; i--) out.push(Number((BigInt(value) >> BigInt(8 * i)) & 255n));
  };
  put(letter, 1);
  put(locate, 2);
  put(0, 2);
  put(NOON_NS + 5, 6);
  for (const [value, bytes] of fields) put(value, bytes);
  return Uint8Array.of(out.length >> 8, out.length & 255, ...out);
}

const directory = (locate: number, stock: string) => message("R", locate, [stock, 8], ["QN", 2], [100, 4], ["N", 14]);
const add = (id: number | bigint, side: string, shares: number, price: number, locate = 1, stock = "AAPL") =>
  message("A", locate, [id, 8], [side, 1], [shares, 4], [stock, 8], [price, 4]);
const executed = (id: number, shares: number) => message("E", 1, [id, 8], [shares, 4], [99, 8]);
const reduced = (id: number, shares: number) => message("X", 1, [id, 8], [shares, 4]);
const deleted = (id: number) => message("D", 1, [id, 8]);
const replaced = (id: number, fresh: number, shares: number, price: number) =>
  message("U", 1, [id, 8], [fresh, 8], [shares, 4], [price, 4]);
const halted = (state: string, locate = 1, stock = "AAPL") =>
  message("H", locate, [stock, 8], [state, 1], [" ", 1], ["", 4]);

function decode(messages: Uint8Array[], symbol?: string, size?: number): Collected {
  const got = collectRows(symbol);
  feed(itchDecoder({ ...got.options, fileName: NAME }), joinBytes(...messages), size);
  return got;
}

Deno.test("itchDecoder: each message becomes its rows, whatever the cut", () => {
  const messages = [
    message("S", 0, ["O", 1]),
    directory(1, "AAPL"),
    halted("T"),
    add((7n << 32n) | 5n, "B", 100, 1_500_000),
    message("F", 1, [6, 8], ["S", 1], [200, 4], ["AAPL", 8], [1_510_000, 4], ["GSCO", 4]),
    executed(6, 50),
    message("C", 1, [6, 8], [30, 4], [99, 8], ["Y", 1], [1_509_000, 4]),
    message("C", 1, [6, 8], [20, 4], [99, 8], ["N", 1], [1_505_000, 4]),
    reduced(6, 40),
    replaced(6, 8, 300, 1_520_000),
    deleted(8),
    message("P", 1, [0, 8], ["B", 1], [10, 4], ["AAPL", 8], [1_505_000, 4], [99, 8]),
    message("P", 1, [0, 8], ["S", 1], [10, 4], ["AAPL", 8], [1_505_000, 4], [99, 8]),
    message("Q", 1, [5000, 8], ["AAPL", 8], [1_506_000, 4], [99, 8], ["O", 1]),
    message("Q", 1, [0, 8], ["AAPL", 8], [0, 4], [99, 8], ["H", 1]),
    message("B", 1, [99, 8]),
    message("z", 1, ["a later version", 20]),
    halted("P"),
    Uint8Array.of(0, 0),
  ];
  for (const size of [1, 13, 1 << 20]) {
    const got = decode(messages, undefined, size);
    assertEquals(got.texts(), [
      "status 0 0x1 last",
      "add 1 15000x100 #7.5 last",
      "add -1 15100x200 #0.6 last",
      "execute -1 15100x50 #0.6 last",
      "execute -1 15090x30 #0.6 last",
      "cancel -1 15100x20 #0.6 last",
      "cancel -1 15100x40 #0.6 last",
      "cancel -1 15100x60 #0.6",
      "add -1 15200x300 #0.8 last",
      "cancel -1 15200x300 #0.8 last",
      "trade 0 15050x10 last",
      "trade 1 15050x10 last",
      "trade 0 15060x5000 last",
      "status 0 0x0 last",
    ]);
    assertEquals([got.rows[0].exchangeSec, got.rows[0].localNs], [Date.UTC(2019, 0, 30, 17) / 1000, 5]);
    assertEquals(got.facts, { symbol: "AAPL", venue: "nasdaq", currency: "USD", kind: "linear" });
  }
});

Deno.test("itchDecoder: hidden trades and crosses between two ticks are left out and told", () => {
  const got = decode([
    directory(1, "AAPL"),
    add(1, "B", 100, 1_500_000),
    message("P", 1, [0, 8], ["B", 1], [10, 4], ["AAPL", 8], [1_505_050, 4], [99, 8]),
    message("Q", 1, [5000, 8], ["AAPL", 8], [1_506_050, 4], [99, 8], ["O", 1]),
  ]);
  assertEquals(got.texts(), ["add 1 15000x100 #0.1 last"]);
  assertEquals(got.prints, [{ place: 3, price: "150.505" }, { place: 4, price: "150.605" }]);
});

Deno.test("itchDecoder: of several stocks the one asked for, and an error that names them", () => {
  const stocks = Array.from({ length: 30 }, (_, i) => `S${String(i).padStart(2, "0")}`);
  const listing = stocks.flatMap((stock, i) => [directory(i + 1, stock), halted("T", i + 1, stock)]);
  const orders = stocks.map((stock, i) => add(i + 1, "B", 100, 1_500_000, i + 1, stock));
  const got = decode([...listing, ...orders], "S07");
  assertEquals(got.texts(), ["status 0 0x1 last", "add 1 15000x100 #0.8 last"]);
  assertThrows(
    () => decode([...listing, ...orders]),
    SourceError,
    `more than one instrument: ${stocks.slice(0, 20).join(", ")} and 10 more; name the one to take, as --symbol S00`,
  );
  assertThrows(() => decode([...listing, ...orders], "S25X"), SourceError, "symbol S25X is not in it; it has S10, S11");
  assertEquals(decode(orders, "S07").rows.length, 1, "a file cut out of a day has no directory");
});

Deno.test("itchDecoder: a book built from the rows is the one built from the messages", () => {
  const step = fc.record({
    kind: fc.nat(4),
    pick: fc.nat(1000),
    size: fc.integer({ min: 1, max: 500 }),
    price: fc.nat(50),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const live = new Map<number, { side: number; size: number; price: number }>(), messages = [directory(1, "AAPL")];
    let next = 1;
    for (const { kind, pick, size, price } of steps) {
      const ids = [...live.keys()], id = ids[pick % ids.length], ticks = 1000 + price;
      if (kind === 0 || id === undefined) {
        messages.push(add(next, pick % 2 ? "B" : "S", size, ticks * 100));
        live.set(next++, { side: pick % 2 ? 1 : -1, size, price: ticks });
        continue;
      }
      const order = live.get(id)!, part = Math.min(size, order.size);
      if (kind === 1) messages.push(executed(id, part));
      if (kind === 2) messages.push(reduced(id, part));
      if (kind === 3) messages.push(deleted(id));
      if (kind === 4) messages.push(replaced(id, next, size, ticks * 100));
      if (kind === 4) live.set(next++, { side: order.side, size, price: ticks });
      order.size -= part;
      if (kind > 2 || order.size === 0) live.delete(id);
    }
    const book = new L3Book();
    for (const { kind, idLow, idHigh, side, price, size } of decode(messages, "AAPL").rows) {
      const outcome = kind === ADD
        ? book.add(idLow, idHigh, side, price, size)
        : kind === CANCEL
        ? book.cancel(idLow, idHigh, size)
        : kind === EXECUTE
        ? book.execute(idLow, idHigh, size)
        : -1;
      assertEquals(outcome, DONE);
    }
    assertEquals(book.count, live.size);
    for (const [id, { side, size, price }] of live) {
      assertEquals([book.orderSide(id, 0), book.orderSize(id, 0), book.orderPrice(id, 0)], [side, size, price]);
    }
  }));
});

Deno.test("itchDecoder: bad input ends with record, value and remedy", () => {
  const fails = (messages: Uint8Array[], text: string) => {
    for (const size of [1 << 20, 3]) assertThrows(() => decode(messages, undefined, size), SourceError, text);
  };
  const good = [directory(1, "AAPL"), add(1, "B", 100, 1_500_000)];
  fails([...good, executed(2, 10)], "record 3: order 2 is not in the book; give the whole day's file");
  fails([...good, executed(1, 101)], "record 3: order 1 has 100 lots left, and 101 leave it");
  fails([...good, add(1, "B", 5, 100)], "order 1 is there already");
  fails([...good, add(2, "B", 0, 100)], "size is 0, not above 0");
  fails([...good, add(2, "X", 1, 100)], "side is byte 88, not B or S");
  fails([...good, add(2, "B", 1, 1_500_050)], "record 3: price is 150.0050, and it is off the grid");
  fails([...good, deleted(1).subarray(0, 10)], "record 3: the file ends after 10 of its 21 bytes");
  fails(
    [...good, Uint8Array.of(0, 20, 65, ...new Uint8Array(19))],
    "record 3: a message of type A has 20 bytes, not 36",
  );
  fails([new TextEncoder().encode("ts_recv,ts_event,action")], "record 1: there is no message of type byte 95");
  fails([...good, Uint8Array.of(0, 0), deleted(1)], "it comes after the end of the session");
});

Deno.test("itchDate: the forms of names in archives", () => {
  const days = (year: number, month: number, day: number) => Date.UTC(year, month - 1, day) / 86_400_000;
  assertEquals(itchDate("/x/S020120-v50.txt.gz"), days(2020, 2, 1));
  assertEquals(itchDate("01302019.NASDAQ_ITCH50.gz"), days(2019, 1, 30));
  assertEquals(itchDate("20190730.BX_ITCH_50.gz"), days(2019, 7, 30));
  assertEquals(itchDate("nasdaq-2019-07-30.itch"), days(2019, 7, 30));
  assertEquals(itchDate("tvitch.bin"), undefined);
  const { options } = collectRows();
  assertThrows(() => itchDecoder({ ...options, fileName: "tvitch.bin" }), RangeError, "give it as --date 2019-01-30");
});

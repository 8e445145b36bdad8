import { assertEquals, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { SourceError } from "../decoder.ts";
import { type Collected, collectRows, feed } from "./collect_rows.ts";
import { dbnDecoder } from "./dbn.ts";
import {
  encodeEvent,
  encodeMetadata,
  encodeOrder,
  joinBytes,
  type MetadataFields,
  type RecordFields,
} from "./encode_dbn.ts";

const MAPPINGS: MetadataFields["mappings"] = [["ARL", 20250717, 20250718, "1108"]];
const DAY = 1752735909n * 1_000_000_000n; // 2025-07-17 07:05:09 UTC
const DOLLAR = 1_000_000_000n;

function decode(bytes: Uint8Array, symbol?: string, piece?: number): Collected {
  const got = collectRows(symbol);
  feed(dbnDecoder(got.options), bytes, piece);
  return got;
}

function order(
  action: string,
  side: string,
  id: number,
  dollars: number,
  size: number,
  more: Partial<RecordFields> = {},
) {
  const price = BigInt(dollars * 100) * DOLLAR / 100n;
  return encodeOrder({ action, side, order: BigInt(id), price, size, event: DAY, recv: DAY + 7n, ...more });
}

Deno.test("encodeMetadata: writes what the databento_dbn library writes, all versions", () => {
  // SHA-256 of bytes(databento_dbn.Metadata(...)), library 0.72.0, with these same fields.
  const golden = [
    "b8559e372480a936e1c7b63861e00c3b511df32d4bc91417b6b066f7b0730887",
    "8ca06272e78aa26a00b7571a879a337bfe1fbb9271e229436ad39236dc580d48",
    "58c9a5938193572e69e3a054205c9999b1da357edd5182eccbea148d48a7e7c1",
  ];
  for (const version of [1, 2, 3]) {
    const bytes = encodeMetadata({
      version,
      schema: 0,
      tsOut: version === 3,
      lists: [["ARL", "AAPL"], ["P1"], ["NF"]],
      mappings: MAPPINGS,
      start: 1752735909035793433n,
      end: 1752735909035793434n,
      limit: 7n,
    });
    assertEquals(createHash("sha256").update(bytes).digest("hex"), golden[version - 1], `version ${version}`);
  }
});

Deno.test("dbnDecoder: a record as the databento_dbn library writes it", () => {
  const hex = "0ea0020054040000887766554433221100ffeeddccbbaa9900c6b31e03000000040302018207" +
    "4142887766554433222" + "10d0c0b0a54535251";
  const record = Uint8Array.from(hex.match(/../g)!, (pair) => parseInt(pair, 16));
  const got = decode(joinBytes(encodeMetadata({ version: 2, schema: 0 }), record));
  assertEquals(got.texts(), ["add 1 1340x16909060 #2578103244.3723427584 last"]);
  const { exchangeSec, exchangeNs, localSec, localNs } = got.rows[0];
  assertEquals(BigInt(exchangeSec) * 1_000_000_000n + BigInt(exchangeNs), 0x1122334455667788n);
  assertEquals(BigInt(localSec) * 1_000_000_000n + BigInt(localNs), 0x2122334455667788n);
});

Deno.test("dbnDecoder: versions 1 to 3, records with a send time, any cut", () => {
  for (const version of [1, 2, 3]) {
    for (const piece of [1, 7, 100, 1 << 20]) {
      const record = order("A", "B", 5, 13.4, 100);
      const sent = joinBytes(record, new Uint8Array(8));
      sent[0] = 16;
      const other = Uint8Array.of(4, 23, ...new Uint8Array(14)); // a system message
      const head = encodeMetadata({ version, schema: 0, mappings: MAPPINGS, tsOut: true });
      const got = decode(joinBytes(head, record, other, sent), undefined, piece);
      assertEquals(got.texts(), Array(2).fill("add 1 1340x100 #0.5 last"));
      assertEquals(got.facts, { venue: "xnas.itch", symbol: "ARL" });
    }
  }
});

Deno.test("dbnDecoder: a trade, its fills and their cancels are one EXECUTE each, volume counted once", () => {
  const got = decode(joinBytes(
    encodeMetadata({ version: 3, schema: 0, mappings: MAPPINGS }),
    order("A", "A", 1, 13.4, 10, { event: DAY - 9n }),
    order("A", "A", 2, 13.41, 10, { event: DAY - 9n }),
    // A buyer takes 17: 10 of order 1, 4 of order 2, 3 that were hidden.
    order("T", "B", 0, 13.41, 17, { flags: 0 }),
    order("F", "A", 1, 13.4, 10, { flags: 0 }),
    order("F", "A", 2, 13.41, 4, { flags: 0 }),
    order("C", "A", 1, 13.4, 10, { flags: 0 }),
    order("C", "A", 2, 13.41, 6, { flags: 0 }),
    encodeOrder({ action: "N", event: DAY, recv: DAY, flags: 128 }),
    // A hidden trade; a cancel; a modify; then a clear.
    order("T", "N", 0, 13.41, 5, { event: DAY + 1n }),
    order("C", "A", 2, 13.41, 2, { event: DAY + 2n }),
    order("M", "A", 2, 13.5, 2, { event: DAY + 3n }),
    encodeOrder({ action: "R", event: DAY + 4n, recv: DAY, flags: 8 }),
  ));
  assertEquals(got.texts(), [
    "add -1 1340x10 #0.1 last",
    "add -1 1341x10 #0.2 last",
    "trade 1 1341x3",
    "execute -1 1340x10 #0.1",
    "execute -1 1341x4 #0.2",
    "cancel -1 1341x2 #0.2 last",
    "trade 0 1341x5 last",
    "cancel -1 1341x2 #0.2 last",
    "modify -1 1350x2 #0.2 last",
    "clear 0 0x0",
  ]);
});

Deno.test("dbnDecoder: fills that nothing takes out, and a trade without fills, are TRADE", () => {
  const got = decode(joinBytes(
    encodeMetadata({ version: 3, schema: 0 }),
    order("T", "A", 0, 13.4, 8),
    order("A", "B", 7, 13.3, 1),
    order("T", "B", 0, 13.4, 6, { event: DAY + 1n }),
    order("F", "A", 9, 13.4, 6, { event: DAY + 1n }),
    order("F", "A", 9, 13.4, 2, { event: DAY + 2n }),
  ));
  assertEquals(got.texts(), [
    "trade -1 1340x8 last",
    "add 1 1330x1 #0.7 last",
    "trade 1 1340x6 last",
    "trade 1 1340x2 last",
  ]);
});

Deno.test("dbnDecoder: an order filled and modified at once is executed, then modified", () => {
  const got = decode(joinBytes(
    encodeMetadata({ version: 3, schema: 0 }),
    order("T", "B", 0, 13.4, 4, { flags: 0 }),
    order("F", "A", 1, 13.4, 4, { flags: 0 }),
    order("M", "A", 1, 13.4, 6),
  ));
  assertEquals(got.texts(), ["execute -1 1340x4 #0.1", "modify -1 1340x6 #0.1 last"]);
});

Deno.test("dbnDecoder: orders of a snapshot happen when the snapshot came", () => {
  const got = decode(joinBytes(
    encodeMetadata({ version: 3, schema: 0 }),
    order("A", "B", 1, 13.4, 4, { event: DAY - 999_999n, flags: 0x28 }),
  ));
  assertEquals([got.rows[0].exchangeSec, got.rows[0].exchangeNs], [1752735909, 7]);
});

Deno.test("dbnDecoder: mbp-10 becomes the differences between records", () => {
  const level = (bid: number, bidSize: number, ask: number, askSize: number): [bigint, number, bigint, number] => [
    BigInt(bid) * DOLLAR,
    bidSize,
    BigInt(ask) * DOLLAR,
    askSize,
  ];
  const event = (action: string, levels: [bigint, number, bigint, number][], more: Partial<RecordFields> = {}) =>
    encodeEvent({ action, side: "B", price: 10n * DOLLAR, size: 3, event: DAY, recv: DAY, levels, ...more }, 10);
  const got = decode(joinBytes(
    encodeMetadata({ version: 3, schema: 2 }),
    event("A", [level(9, 5, 11, 5), level(8, 1, 12, 2)]),
    event("C", [level(9, 5, 11, 5), level(7, 4, 13, 2)]),
    event("T", [level(11, 5, 13, 2)], { flags: 0 }),
    event("N", [level(11, 5, 13, 2)]),
    event("R", []),
  ));
  assertEquals(got.texts(), [
    "depth 1 900x5",
    "depth 1 800x1",
    "depth -1 1100x5",
    "depth -1 1200x2 last",
    "depth 1 800x0",
    "depth -1 1200x0",
    "depth 1 700x4",
    "depth -1 1300x2 last",
    "trade 1 1000x3",
    "depth 1 900x0",
    "depth 1 700x0",
    "depth -1 1100x0",
    "depth 1 1100x5 last",
    "clear 0 0x0 last",
  ]);
});

Deno.test("dbnDecoder: trades; of tbbo the trades alone", () => {
  const trade: RecordFields = { action: "T", side: "A", price: 10n * DOLLAR, size: 3 };
  const trades = decode(joinBytes(encodeMetadata({ version: 1, schema: 4 }), encodeEvent(trade)));
  const tbbo = decode(joinBytes(encodeMetadata({ version: 3, schema: 3 }), encodeEvent(trade, 1)));
  assertEquals([trades.texts(), tbbo.texts()], [["trade -1 1000x3 last"], ["trade -1 1000x3 last"]]);
});

Deno.test("dbnDecoder: an unrecoverable gap is a GAP row, reported once", () => {
  const got = decode(joinBytes(
    encodeMetadata({ version: 3, schema: 0 }),
    order("A", "B", 1, 13.4, 4),
    order("A", "B", 2, 13.4, 4, { flags: 0x84 }),
    order("A", "B", 3, 13.4, 4, { flags: 0x84 }),
  ));
  assertEquals(got.texts().map((text) => text.split(" ")[0]), ["add", "gap", "add", "add"]);
  assertEquals(got.gaps, [{ place: 2, expected: "an unbroken feed", found: "the flag F_MAYBE_BAD_BOOK" }]);
});

Deno.test("dbnDecoder: of several instruments the one asked for; ids change their symbol from day to day", () => {
  const later = { event: DAY + 86_400n * DOLLAR, recv: DAY + 86_400n * DOLLAR };
  const bytes = joinBytes(
    encodeMetadata({
      version: 3,
      schema: 0,
      mappings: [["ARL", 20250717, 20250718, "1108"], ["AAPL", 20250717, 20250718, "32"], [
        "AAPL",
        20250718,
        20250719,
        "1108",
      ]],
    }),
    order("A", "B", 1, 13.4, 4),
    order("A", "B", 2, 200, 4, { id: 32 }),
    order("A", "B", 3, 201, 4, later),
  );
  assertEquals(decode(bytes, "AAPL").rows.map((row) => row.idLow), [2, 3]);
  assertEquals(decode(bytes, "ARL").rows.map((row) => row.idLow), [1]);
  assertThrows(() => decode(bytes), SourceError, "record 2: it has more than one instrument: AAPL, ARL; name the one");
  assertThrows(() => decode(bytes, "MSFT"), SourceError, "symbol MSFT is not in it; it has AAPL, ARL");
});

Deno.test("dbnDecoder: a live stream names its instruments as it goes", () => {
  for (const version of [1, 2, 3]) {
    const width = version === 1 ? 22 : 71, output = version === 1 ? 16 + 22 : 16 + 1 + 71 + 1;
    const mapping = new Uint8Array(Math.ceil((output + width + 16) / 4) * 4);
    mapping.set([mapping.length / 4, 22, 0, 0, 84, 4]);
    mapping.set(new TextEncoder().encode("ESU5"), output);
    const bytes = joinBytes(encodeMetadata({ version, schema: 0xffff }), mapping, order("A", "B", 1, 13.4, 4));
    assertEquals(decode(bytes, "ESU5").facts.symbol, "ESU5");
  }
});

Deno.test("dbnDecoder: bad input ends with record, value and remedy", () => {
  const head = encodeMetadata({ version: 3, schema: 0 });
  const good = order("A", "B", 1, 13.4, 4);
  const fails = (bytes: Uint8Array, message: string) => {
    for (const piece of [1 << 20, 5]) assertThrows(() => decode(bytes, undefined, piece), SourceError, message);
  };
  fails(joinBytes(head, good, good.subarray(0, 50)), "record 2: the file ends after 50 of its 56 bytes");
  fails(head.subarray(0, 60), "record 0: the file ends after 60 of its");
  fails(new TextEncoder().encode("ts_recv,ts_event\n"), "it does not begin with DBN");
  fails(Uint8Array.of(68, 66, 78, 9, 0, 0, 0, 0), "its DBN version is 9");
  fails(Uint8Array.of(68, 66, 78, 1, 255, 255, 255, 255), "its metadata are 4294967295 bytes long");
  fails(encodeMetadata({ version: 3, schema: 8 }), "its schema is ohlcv-1d; get mbo");
  fails(joinBytes(head, good, new Uint8Array(60)), "record 2: its length is 0 bytes");
  fails(joinBytes(head, Uint8Array.of(5, 160, ...new Uint8Array(18))), "type 160 has 20 bytes, not 56");
  fails(joinBytes(head, order("A", "B", 1, 13.4, 0)), "record 1: size is 0; it must be above 0");
  fails(joinBytes(head, order("A", "N", 1, 13.4, 4)), "side is N");
  fails(joinBytes(head, order("A", "X", 1, 13.4, 4)), "side is X");
  fails(joinBytes(head, order("Z", "B", 1, 13.4, 4)), "action is Z");
  fails(joinBytes(head, encodeOrder({ action: "A", side: "B", size: 1 })), "price is missing");
  fails(joinBytes(head, encodeOrder({ action: "A", side: "B", size: 1, price: 2n ** 60n })), "beyond 9,007,199");
  fails(joinBytes(head, encodeOrder({ action: "A", side: "B", size: 2 ** 32 - 1, price: DOLLAR })), "size is missing");
  fails(joinBytes(head, order("A", "B", 1, 13.4, 4, { flags: 0x40 })), "top of book, not an order");
  const broken = encodeMetadata({ version: 3, schema: 0, mappings: MAPPINGS });
  broken[8 + 104] = 200; // more symbols than there is room for
  fails(broken, "record 0: its metadata need");
});

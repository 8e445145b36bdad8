import { assert, assertEquals, assertThrows } from "@std/assert";
import { AT_EXCHANGE, AT_LOCAL, BUY, CLEAR, DEPTH, LAST, NONE, SELL, SNAPSHOT, TRADE } from "../../core/event.ts";
import { sharedData } from "../../../tests/shared_data.ts";
import { openSource } from "../../run/open_source.ts";
import { SourceError } from "../decoder.ts";
import { FinerGrid, Grid } from "../grid.ts";
import { Row } from "../row.ts";
import { hftbacktestDecoder } from "./hftbacktest.ts";

const BOTH = 0xc0000000, EXCHANGE = 0x80000000, LOCAL = 0x40000000, BUYER = 0x20000000, SELLER = 0x10000000;
const FIELDS =
  "[('ev', '<u8'), ('exch_ts', '<i8'), ('local_ts', '<i8'), ('px', '<f8'), ('qty', '<f8'), ('order_id', '<u8'), ('ival', '<i8'), ('fval', '<f8')]";

interface Event {
  ev: number;
  exchange?: bigint;
  local?: bigint;
  px?: number;
  qty?: number;
}

function header(descr: string, shape: string): Uint8Array {
  const text = `{'descr': ${descr}, 'fortran_order': False, 'shape': (${shape}), }`.padEnd(246) + "\n";
  const bytes = new Uint8Array(10 + text.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8]);
  bytes.set(new TextEncoder().encode(text), 10);
  return bytes;
}

function npy(events: Event[], records = events.length): Uint8Array {
  const head = header(FIELDS, `${records},`);
  const view = new DataView(new ArrayBuffer(events.length * 64));
  events.forEach(({ ev, exchange = 5n, local = 7n, px = 100.5, qty = 1 }, i) => {
    view.setBigUint64(i * 64, BigInt(ev), true);
    view.setBigInt64(i * 64 + 8, exchange, true);
    view.setBigInt64(i * 64 + 16, local, true);
    view.setFloat64(i * 64 + 24, px, true);
    view.setFloat64(i * 64 + 32, qty, true);
  });
  const bytes = new Uint8Array(head.length + view.byteLength);
  bytes.set(head);
  bytes.set(new Uint8Array(view.buffer), head.length);
  return bytes;
}

function decode(bytes: Uint8Array, { piece = bytes.length, tick = "0.1", files = 1 } = {}): Row[] {
  const rows: Row[] = [];
  const row = new Row();
  const decimals = tick.length - 2;
  const decoder = hftbacktestDecoder({
    sink: { row, add: () => rows.push(Object.assign(new Row(), row)) },
    tick: new Grid("tick", { mantissa: 1, decimals }),
    lot: new Grid("lot", { mantissa: 1, decimals: 3 }),
    describe: () => {},
    gap: () => {},
  });
  for (let file = 0; file < files; file++) {
    for (let at = 0; at < bytes.length; at += piece) decoder.push(bytes.subarray(at, at + piece));
    decoder.end();
  }
  return rows;
}

const brief = (row: Row) => [row.kind, row.side, row.flags, row.price, row.size];

Deno.test("hftbacktest: kinds, sides and clocks stay as recorded", () => {
  const rows = decode(npy([
    { ev: BOTH + BUYER + 3, exchange: 1n, px: 99 },
    { ev: EXCHANGE + SELLER + 4, exchange: 2n, px: 617050.1, qty: 0.2 },
    { ev: LOCAL + BUYER + 1, exchange: 3n, px: 61659.7, qty: 1.486 },
    { ev: BOTH + 2, exchange: 4n, px: 0, qty: 5 },
    { ev: BOTH + 3, exchange: 5n, px: NaN },
  ]));
  assertEquals(rows.map(brief), [
    [CLEAR, BUY, AT_EXCHANGE | AT_LOCAL | LAST, 990, 0],
    [SNAPSHOT, SELL, AT_EXCHANGE | LAST, 6170501, 200],
    [DEPTH, BUY, AT_LOCAL | LAST, 616597, 1486],
    [TRADE, NONE, AT_EXCHANGE | AT_LOCAL | LAST, 0, 5000],
    [CLEAR, NONE, AT_EXCHANGE | AT_LOCAL | LAST, 0, 0],
  ]);
});

Deno.test("hftbacktest: times are exact at both ends of int64 and around each carry", () => {
  const times = [
    0n,
    -1n,
    999_999_999n,
    1_000_000_000n,
    1723161256298123457n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 32n,
    -(2n ** 48n) + 1n,
  ];
  const rows = decode(npy(times.map((exchange) => ({ ev: BOTH + BUYER + 1, exchange, local: -exchange - 1n }))));
  const whole = (sec: number, ns: number) => BigInt(sec) * 1_000_000_000n + BigInt(ns);
  assertEquals(rows.map((row) => whole(row.exchangeSec, row.exchangeNs)), times);
  assertEquals(rows.map((row) => whole(row.localSec, row.localNs)), times.map((time) => -time - 1n));
  assert(rows.every((row) => row.exchangeNs >= 0 && row.exchangeNs < 1e9));
});

Deno.test("hftbacktest: a message ends once for each clock, though its records stand apart", () => {
  const depth = BUYER + 1;
  const rows = decode(npy([
    { ev: BOTH + depth, exchange: 1n, local: 9n },
    { ev: BOTH + depth, exchange: 1n, local: 9n },
    { ev: BOTH + BUYER + 2, exchange: 1n, local: 9n }, // a trade of the same times is another message
    { ev: EXCHANGE + depth, exchange: 4n, local: 12n },
    { ev: LOCAL + depth, exchange: 2n, local: 10n }, // between two of the exchange's, as it falls
    { ev: EXCHANGE + depth, exchange: 4n, local: 12n },
    { ev: LOCAL + depth, exchange: 4n, local: 12n },
    { ev: BOTH + depth, exchange: 4n, local: 12n },
  ]));
  assertEquals(rows.map((row) => row.flags & LAST ? 1 : 0), [0, 1, 1, 0, 1, 0, 0, 1]);
});

Deno.test("hftbacktest: any cut of the bytes and any number of files give the same rows", () => {
  const events = Array.from({ length: 200 }, (_, i) => ({
    ev: [BOTH, EXCHANGE, LOCAL][i % 3] + (i % 2 ? BUYER : SELLER) + 1 + i % 4,
    exchange: BigInt(i >> 2),
    local: BigInt(i >> 2),
    px: i / 10,
    qty: i / 1000,
  }));
  const bytes = npy(events);
  const whole = decode(bytes);
  assertEquals(whole.length, 200);
  for (const piece of [1, 7, 64, 300, 4096]) assertEquals(decode(bytes, { piece }), whole);
  assertEquals(decode(bytes, { files: 2 }).slice(200), whole);
});

Deno.test("hftbacktest: records wait for the other clock only so long", () => {
  const events: Event[] = [{ ev: LOCAL + BUYER + 1, exchange: 1n, local: 1n }];
  for (let i = 0; i < 70_000; i++) events.push({ ev: EXCHANGE + BUYER + 1, exchange: 2n, local: 2n });
  events.push({ ev: LOCAL + BUYER + 1, exchange: 1n, local: 1n });
  const rows = decode(npy(events));
  assertEquals(rows.length, events.length);
  assertEquals(rows.map((row, i) => row.flags & LAST ? i : -1).filter((i) => i >= 0), [0, 70_000, 70_001]);
});

Deno.test("hftbacktest: values that a tape cannot hold are refused with their record", () => {
  const good = { ev: BOTH + BUYER + 1 };
  const refused = (bad: Partial<Event>) => {
    const bytes = npy([good, { ...good, ...bad }]);
    const error = assertThrows(() => decode(bytes), SourceError);
    assert(error.message.includes("record 2: "), error.message);
    return error.message.replace("Cannot read the source, record 2: ", "");
  };
  assertEquals(refused({ px: NaN }), "price is NaN; mend or drop it");
  assertEquals(refused({ px: -Infinity }), "price is -Infinity; mend or drop it");
  assertEquals(refused({ qty: NaN }), "size is NaN; mend or drop it");
  assertEquals(refused({ qty: -0.5 }), "size is -0.5; mend or drop it");
  assertEquals(
    refused({ qty: 2 ** 53 }),
    "size is 9007199254740992, and it is 2^53 units of lot 0.001 or more; give a coarser --lot",
  );
  assert(refused({ px: 1e300 }).startsWith("price is 1"));
  assertEquals(refused({ px: 100.25 }), "price is 100.25, and it is off the grid of tick 0.1; give a finer --tick");
  assert(refused({ px: 0.1 + 0.2 }).startsWith("price is 0.30000000000000004, which is no short decimal"));
  assert(refused({ ev: BOTH + BUYER + 9 }).startsWith("the kind of event is 9, not known"));
  assert(refused({ ev: BOTH + BUYER + 10 }).startsWith("the kind of event is 10, one of single orders (L3)"));
  assert(refused({ ev: BUYER + 1 }).startsWith("ev has neither bit 31"));
  assert(refused({ ev: BOTH + 1 }).startsWith("ev has neither bit 29"));
});

Deno.test("hftbacktest: a learning grid is told the decimals that a price needs", () => {
  const row = new Row();
  const decoder = hftbacktestDecoder({
    sink: { row, add: () => {} },
    tick: new Grid("tick", { learnFrom: 0 }),
    lot: new Grid("lot", { learnFrom: 0 }),
    describe: () => {},
    gap: () => {},
  });
  const error = assertThrows(() => {
    decoder.push(npy([{ ev: BOTH + BUYER + 1, px: 61659.73 }]));
    decoder.end();
  }, FinerGrid);
  assertEquals(error.decimals, 2);
});

Deno.test("hftbacktest: another file, or a part of one, is refused", () => {
  const refused = (bytes: Uint8Array) => assertThrows(() => decode(bytes), SourceError).message;
  assert(refused(new TextEncoder().encode("timestamp,price\n")).includes("does not begin as a numpy array"));
  assert(
    refused(header("'<f8'", "1000, 6")).includes("plain array of <f8, shape (1000, 6), as hftbacktest 1 wrote them"),
  );
  assert(refused(header(FIELDS.replace("'px', '<f8'", "'px', '<f4'"), "3,")).includes("field px has type f4"));
  assert(refused(header(FIELDS.replace("'<i8'", "'>i8'"), "3,")).includes("field exch_ts is big-endian"));
  assert(refused(header(FIELDS.replace("qty", "size"), "3,")).includes("field qty is missing"));
  assert(refused(npy([]).subarray(0, 50)).includes("header is not complete"));
  const two = npy([{ ev: BOTH + BUYER + 1 }, { ev: BOTH + BUYER + 1 }]);
  const cut = refused(two.subarray(0, -10));
  assert(cut.includes("record 2: 1 whole records are there, and the header says 2; the file was cut short"), cut);
  assert(refused(npy([{ ev: BOTH + BUYER + 1 }], 0)).includes("damaged"));
});

const capture = sharedData("hftbacktest/usdm_btcusdt_20240808.npz");
Deno.test({
  name: `hftbacktest: every record of the capture, twice over by another way${
    capture ? "" : " (ignored: capture not at hand)"
  }`,
  ignore: capture === undefined,
  async fn() {
    const pieces: Uint8Array[] = [];
    for await (const piece of openSource(capture!)) pieces.push(piece);
    const bytes = new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer());
    const view = new DataView(bytes.buffer, 256);
    const rows = decode(bytes, { piece: 500_001 });
    assertEquals(rows.length, 491_973);
    const key = (i: number) =>
      `${view.getBigInt64(i * 64 + 8, true)} ${view.getBigInt64(i * 64 + 16, true)} ${rows[i].kind === TRADE}`;
    let wrong = 0;
    const ends = [0, 0];
    let seenBefore = [-1, -1];
    rows.forEach((row, i) => {
      const ev = view.getUint32(i * 64, true);
      const clocks = (ev & EXCHANGE ? AT_EXCHANGE : 0) | (ev & LOCAL ? AT_LOCAL : 0);
      const exact =
        BigInt(row.exchangeSec) * 1_000_000_000n + BigInt(row.exchangeNs) === view.getBigInt64(i * 64 + 8, true) &&
        BigInt(row.localSec) * 1_000_000_000n + BigInt(row.localNs) === view.getBigInt64(i * 64 + 16, true) &&
        Number(`${row.price}e-1`) === view.getFloat64(i * 64 + 24, true) &&
        Number(`${row.size}e-3`) === view.getFloat64(i * 64 + 32, true);
      if (!exact || (row.flags & 3) !== clocks || row.kind !== (ev & 255)) wrong++;
      seenBefore = seenBefore.map((before, clock) => {
        if ((clocks & (1 << clock)) === 0) return before;
        // One clock's last record of a message, and no other of it, is LAST.
        const ended = before >= 0 && key(before) !== key(i);
        if (before >= 0 && ended !== ((rows[before].flags & LAST) !== 0)) wrong++;
        if (ended) ends[clock]++;
        return i;
      });
    });
    assertEquals(wrong, 0);
    assertEquals(ends[0], ends[1]);
  },
});

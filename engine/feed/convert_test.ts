import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ADD, AT_EXCHANGE, AT_LOCAL, DEPTH, GAP, LAST } from "../core/event.ts";
import { parseDecimal } from "../core/decimal.ts";
import { Conversion, type ConversionOptions } from "./convert.ts";
import { type Decoder, SourceError } from "./decoder.ts";
import type { DecoderSetup, SourceFormat } from "./decode/registry.ts";
import { FinerGrid, Grid } from "./grid.ts";
import { MemoryFile } from "./memory_file.ts";
import { LateOrderId } from "./tape_rows.ts";
import { TapeReader } from "./tape_reader.ts";
import type { TapeMeta } from "./tape_schema.ts";
import { formatNs } from "./tape_text.ts";

/**
 * A small format for these tests. A line is "exchange local price size" with times in seconds; "-" after it: the message
 * goes on; "id=N" after it: an ADD. "gap" is a gap, "bad" is an error, "is X" names the symbol. Lines are counted on
 * through all files.
 */
class ToyDecoder implements Decoder {
  #rest = "";
  #line = 0;

  constructor(readonly setup: DecoderSetup) {}

  push(bytes: Uint8Array): void {
    const lines = (this.#rest + new TextDecoder().decode(bytes)).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) this.#read(line);
  }

  end(): void {
    if (this.#rest) this.#read(this.#rest);
    this.#rest = "";
  }

  #read(line: string): void {
    const { sink, tick, lot, gap } = this.setup;
    const { row } = sink;
    this.#line++;
    if (line.startsWith("is ")) {
      this.setup.describe({ symbol: line.slice(3) });
      return;
    }
    if (line === "bad") throw new SourceError("it is bad", this.#line, "repair it");
    row.flags = AT_EXCHANGE | AT_LOCAL | LAST;
    row.place = this.#line;
    if (line === "gap") {
      gap({ place: this.#line, expected: "5", found: "7" });
      row.kind = GAP;
      row.price = row.size = 0;
      sink.add();
      return;
    }
    const [exchange, local, price, size, more = ""] = line.split(" ");
    row.kind = more.startsWith("id") ? ADD : DEPTH;
    row.idLow = Number(more.slice(3)) || 0;
    if (more === "-") row.flags &= ~LAST;
    row.exchangeSec = Number(exchange);
    row.localSec = Number(local);
    const { mantissa, decimals } = parseDecimal(price);
    row.price = tick.units(mantissa, decimals);
    row.size = lot.units(Number(size), 0);
    sink.add();
  }
}

function toy(join: "append" | "merge"): SourceFormat {
  return { name: "toy", rows: "events", join, decoder: (setup) => new ToyDecoder(setup) };
}

interface Setup extends Partial<ConversionOptions> {
  readonly join?: "append" | "merge";
  /** Bytes a push. */
  readonly step?: number;
}

function start(sources: Record<string, string>, { join = "append", ...setup }: Setup): [Conversion, MemoryFile] {
  const out = new MemoryFile();
  const files = Object.entries(sources).map(([name, text]) => ({ name, bytes: text.length }));
  const tick = new Grid("tick", { learnFrom: 0 });
  const lot = new Grid("lot", { learnFrom: 0 });
  return [
    new Conversion({ format: toy(join), files, out, tick, lot, skew: { kind: "shift" }, gaps: "stale", ...setup }),
    out,
  ];
}

/** Feeds the sources as they are wanted, and tells which were read from in which order. */
function feed(conversion: Conversion, sources: Record<string, string>, step = 7): string {
  const texts = Object.values(sources);
  const names = Object.keys(sources);
  const at = texts.map(() => 0);
  let order = "";
  while (conversion.wanted >= 0) {
    const i = conversion.wanted;
    if (!order.endsWith(names[i])) order += names[i];
    if (at[i] >= texts[i].length) conversion.end();
    else conversion.push(new TextEncoder().encode(texts[i].slice(at[i], at[i] + step)));
    at[i] += step;
  }
  return order;
}

const HASHER = { update: () => {}, hex: () => "" };

function convert(sources: Record<string, string>, setup: Setup = {}): { rows: string; meta: TapeMeta } {
  const [conversion, out] = start(sources, setup);
  feed(conversion, sources, setup.step);
  const meta = conversion.finish(HASHER);
  return { rows: rowsOf(out), meta };
}

/** The tape's rows as "exchange/local price" with whole seconds. */
function rowsOf(file: MemoryFile): string {
  const { rows, exchange, local, price } = new TapeReader(file).batch(0);
  const sec = (column: Int32Array, row: number) =>
    Math.round((column[2 * row + 1] * 4294967296 + (column[2 * row] >>> 0)) / 1e9);
  return Array.from({ length: rows }, (_, i) => `${sec(exchange, i)}/${sec(local, i)} ${price[2 * i]}`).join(", ");
}

Deno.test("Conversion: appended files go through one decoder, whatever the cuts", () => {
  const sources = { a: "is TOY\n1 2 10 1\n2 3 11 1\n", b: "3 4 12 1\n4 5 13 1" };
  for (const step of [1, 5, 100]) {
    const { rows, meta } = convert(sources, { step });
    assertEquals(rows, "1/2 10, 2/3 11, 3/4 12, 4/5 13");
    assertEquals(meta.instrument, { symbol: "TOY", venue: "toy", tick: "1", lot: "1" });
    assertEquals(meta.source, { format: "toy", files: [{ name: "a", bytes: 25 }, { name: "b", bytes: 17 }] });
  }
});

Deno.test("Conversion: an appended file that begins before the one before it is refused by name", () => {
  assertThrows(
    () => convert({ late: "9 9 1 1\n", early: "5 5 1 1\n" }),
    SourceError,
    "Cannot read early, line 2: it begins 4 s before late, which was given before it; give the files in the order of time",
  );
});

Deno.test("Conversion: files that overlap are sorted", () => {
  const { rows } = convert({ a: "1 1 1 1\n9 9 2 1\n", b: "8 8 3 1\n10 10 4 1\n" });
  assertEquals(rows, "1/1 1, 8/8 3, 9/9 2, 10/10 4");
});

Deno.test("Conversion: merged files are joined by local time, reading each no further than needed, messages whole", () => {
  const sources = { a: "1 1 1 1\n5 5 2 1 -\n7 7 3 1\n", b: "2 2 4 1\n6 6 5 1\n", c: "5 5 6 1\n" };
  const [conversion, out] = start(sources, { join: "merge" });
  assertEquals(feed(conversion, sources, 8), "abcabacb");
  conversion.finish(HASHER);
  assertEquals(rowsOf(out), "1/1 1, 2/2 4, 5/5 2, 5/5 6, 6/6 5, 7/7 3");
});

Deno.test("Conversion: a row out of order is told by its own file and line, whichever is being read", () => {
  const sources = { a: "is T\n90010 1 1 1\n90011 3 1 1\n", b: "is T\n10 2 1 1\n" };
  const [conversion] = start(sources, { join: "merge" });
  const error = assertThrows(() => feed(conversion, sources, 17), SourceError) as SourceError;
  assertEquals(conversion.wanted, 0);
  assertEquals(
    error.message,
    "Cannot read b, line 2: its exchange time is 25 h before the latest one so far, and rows may come 30 s out of order; " +
      "sort the source by time, or give its files in the order of time",
  );
  const events = { name: "events.csv", bytes: 9 };
  const texts = {
    a: "100000 1 1 1\n100001 1704067300 1 1\n",
    "events.csv": "time,kind,value\n1969-01-01,status,open\n2024-01-01,status,open\n",
  };
  const [joined] = start({ a: texts.a }, { events });
  // On the exchange's clock, 2024 comes long after 1970.
  const late = assertThrows(() => feed(joined, texts, 1000), SourceError) as SourceError;
  assertStringIncludes(late.message, "Cannot read a, line 2: its exchange time is 19720 days before");
});

Deno.test("Conversion: files of two instruments are refused", () => {
  assertThrows(
    () => convert({ a: "is A\n1 1 1 1\n", b: "is B\n1 1 1 1\n" }, { join: "merge" }),
    RangeError,
    "Cannot read b: it holds B, and a file before it A; make one tape of each",
  );
});

Deno.test("Conversion: a finer value than the learning grid's asks for a new start", () => {
  const sources = { a: "1 1 10.5 1\n" };
  const [conversion] = start(sources, {});
  const error = assertThrows(() => feed(conversion, sources), FinerGrid);
  assertEquals((error as FinerGrid).decimals, 1);
  const { meta } = convert(sources, { tick: new Grid("tick", { learnFrom: 1 }) });
  assertEquals(meta.instrument.tick, "0.1");
  assertThrows(
    () => convert(sources, { tick: new Grid("tick", { mantissa: 1, decimals: 0 }) }),
    RangeError,
    "Cannot read a: Cannot place 10.5: it is off the grid of tick 1",
  );
});

Deno.test("Conversion: gaps stand on the tape and in its metadata, or stop it", () => {
  const sources = { a: "1 1 1 1\n", b: "gap\n2 2 1 1\n" };
  const { meta } = convert(sources);
  assertEquals(meta.gaps, { count: 1, first: [{ place: 2, expected: "5", found: "7", file: "b" }] });
  assertEquals(meta.counts, { depth: 2, gap: 1 });
  assertThrows(
    () => convert(sources, { gaps: "stop" }),
    SourceError,
    "Cannot read b, line 2: messages are missing: expected 5, found 7; use --gaps stale",
  );
});

Deno.test("Conversion: what is there is kept, marked incomplete", () => {
  const sources = { a: "1 1 1 1\n2 2 2 1\nbad\n3 3 3 1\n" };
  const [conversion, out] = start(sources, {});
  const error = assertThrows(() => feed(conversion, sources), SourceError) as SourceError;
  assertEquals(error.message, "Cannot read a, line 3: it is bad; repair it");
  const meta = conversion.keep(error.message, HASHER);
  assertEquals(meta?.incomplete, { reason: error.message });
  assertEquals(new TapeReader(out).meta.rows, 2);
  const [empty] = start({ a: "bad\n" }, {});
  assertThrows(() => feed(empty, { a: "bad\n" }));
  assertEquals(empty.keep("bad", HASHER), undefined);
});

Deno.test("Conversion: skew is shifted by one constant for all files, by a given one, or kept", () => {
  const sources = { a: "5 3 1 1\n", b: "9 5 2 1\n10 20 3 1\n" };
  const refused = ": a backtest will refuse this tape; use --skew shift";
  const cases: [ConversionOptions["skew"], string, number, string?][] = [
    [{ kind: "shift" }, "5/7 1, 9/9 2, 10/24 3", 4e9],
    [{ kind: "shift", shiftNs: 5e9 }, "5/8 1, 9/10 2, 10/25 3", 5e9],
    [
      { kind: "shift", shiftNs: 1e9 },
      "5/4 1, 9/6 2, 10/21 3",
      1e9,
      `the smallest latency is -3 s after the shift of 1 s${refused}`,
    ],
    [{ kind: "keep" }, "5/3 1, 9/5 2, 10/20 3", 0, `the smallest latency is -4 s${refused}`],
  ];
  for (const [skew, expected, shiftNs, warning] of cases) {
    const { rows, meta } = convert(sources, { skew });
    assertEquals(rows, expected);
    const latency = { min: -4e9, median: -2e9, max: 10e9 };
    assertEquals(meta.skew, { policy: skew.kind, shiftNs, latency, ...warning && { warning } });
  }
  assertEquals(convert({ a: "1 2 1 1\n" }).meta.skew.shiftNs, 0);
});

Deno.test("Conversion: a source without rows is refused", () => {
  assertThrows(() => convert({ a: "" }), RangeError, "Cannot convert a: it has no rows; check that it is toy");
});

Deno.test("Conversion: order ids after the first batch ask for a new start with room for them", () => {
  const lines = Array.from({ length: 70_000 }, (_, i) => `${i} ${i} 1 1`);
  const sources = { a: [...lines, "70000 70000 1 1 id=7"].join("\n") };
  const [conversion] = start(sources, {});
  assertThrows(() => {
    feed(conversion, sources, 1e6);
    conversion.finish(HASHER);
  }, LateOrderId);
  const { meta } = convert(sources, { orders: true, step: 1e6 });
  assertEquals([meta.layout, meta.rows], ["l3", 70_001]);
  assertEquals(convert({ a: "1 1 1 1 id=7\n" }).meta.layout, "l3");
});

Deno.test("Conversion: bars go to a tape of bars, and must be in order", () => {
  const bars = (opens: readonly number[]): SourceFormat => ({
    name: "bars",
    rows: "bars",
    join: "append",
    decoder: ({ bars }) => ({
      push: () => {
        for (const open of opens) {
          Object.assign(bars.bar, {
            openSec: open,
            closeSec: open + 59,
            open: 5,
            high: 9,
            low: 2,
            close: 6,
            volume: 3,
          });
          bars.add();
        }
      },
      end: () => {},
    }),
  });
  const [conversion, out] = start({ a: "x" }, { format: bars([60, 120]) });
  feed(conversion, { a: "x" });
  const meta = conversion.finish(HASHER);
  const { rows, high, volume } = new TapeReader(out).bars(0);
  assertEquals([rows, high[2], volume[2]], [2, 9, 3]);
  assertEquals([meta.layout, meta.counts, meta.span?.localLast], ["bars", { bar: 2 }, "179000000000"]);
  const [wrong] = start({ a: "x" }, { format: bars([60, 60]) });
  const error = assertThrows(() => feed(wrong, { a: "x" }), SourceError);
  assertStringIncludes(
    (error as SourceError).message,
    "Cannot read a, bar 2: it opens no later than the bar before it",
  );
});

Deno.test("formatNs: decimals in groups of three, before 1970 too", () => {
  assertEquals(formatNs(1_723_161_255_000_000_000n), "2024-08-08T23:54:15Z");
  assertEquals(formatNs(1_723_161_255_120_000_000n), "2024-08-08T23:54:15.120Z");
  assertEquals(formatNs(7n), "1970-01-01T00:00:00.000000007Z");
  assertEquals(formatNs(-1n), "1969-12-31T23:59:59.999999999Z");
});

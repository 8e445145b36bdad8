import { oddMarket, seenLate } from "../../engine/core/_busy.ts";
import { DIVIDEND, EXPIRY, FUNDING, GAP, LAST, SPLIT, STATUS } from "../../engine/core/event.ts";
import type { InstrumentSpec } from "../../engine/core/instrument.ts";
import { Rng } from "../../engine/core/rng.ts";
import { MemoryFile } from "../../engine/feed/memory_file.ts";
import type { MadeRow } from "../../engine/feed/_made_tape.ts";
import { RowOrder } from "../../engine/feed/row_order.ts";
import { TapeReader } from "../../engine/feed/tape_reader.ts";
import { TapeBars, TapeRows } from "../../engine/feed/tape_rows.ts";
import { sha256 } from "../../engine/run/sha256.ts";
import { AgentMarket } from "../../engine/agents/mod.ts";

/** When tapes begin. */
export const START_SEC = 1_700_000_000;
const START = BigInt(START_SEC) * 1_000_000_000n;
const SECOND = 1_000_000_000n;

/** odd: levels that cross, clear, halt and break off. levels, orders: a market that could be. wild: for a venue of chance. */
export type TapeKind = "odd" | "levels" | "orders" | "bars" | "wild";

/** The price around which a tape trades, in ticks. */
export function middleOf(kind: TapeKind): number {
  return kind === "wild" ? 100 : 1000;
}

const made = new Map<string, TapeReader>();

/** A tape of some 20 seconds, or 40 bars; the same for the same arguments. */
export function randomTape(kind: TapeKind, seed: number, instrument: InstrumentSpec): TapeReader {
  const key = `${kind} ${seed} ${instrument.symbol} ${instrument.venue}`;
  const tape = made.get(key) ?? make(kind, seed, instrument);
  made.set(key, tape);
  return tape;
}

function make(kind: TapeKind, seed: number, instrument: InstrumentSpec): TapeReader {
  const file = new MemoryFile(`${instrument.symbol}.arrow`), rng = new Rng(`tape ${kind} ${seed}`);
  const tape = kind === "bars" ? bars(file, rng) : events(file, kind, rng);
  const facts = {
    instrument,
    gaps: { count: 0, first: [] },
    skew: { policy: "keep" as const, shiftNs: 0 },
    source: { format: "made", files: [] },
  };
  tape.writer!.finish(facts, sha256());
  return new TapeReader(file);
}

function bars(file: MemoryFile, rng: Rng): TapeBars {
  const tape = new TapeBars(file);
  let close = middleOf("bars");
  for (let i = 0; i < 40; i++) {
    const open = close + rng.int(5) - 2;
    close = open + rng.int(9) - 4;
    const prices = { open, close, high: Math.max(open, close) + rng.int(4), low: Math.min(open, close) - rng.int(4) };
    const times = { openSec: START_SEC + i, openNs: 0, closeSec: START_SEC + i, closeNs: 999_999_999 };
    Object.assign(tape.bar, { ...times, ...prices, volume: rng.int(60) });
    tape.add();
  }
  tape.flush();
  return tape;
}

function events(file: MemoryFile, kind: Exclude<TapeKind, "bars">, rng: Rng): TapeRows {
  const tape = new TapeRows(file), order = new RowOrder(tape);
  if (kind === "orders" || kind === "levels") {
    const options = { seed: rng.int(1e9), startTicks: middleOf(kind), startSec: START_SEC, feedMs: 1 + rng.int(30) };
    new AgentMarket(options, kind === "orders" ? { l3: order } : { l2: order }).advance(250);
  } else {
    const rows = kind === "odd" ? oddRows(rng) : wildRows();
    for (const row of rows) add(order, row);
  }
  order.end();
  tape.flush();
  return tape;
}

function oddRows(rng: Rng): MadeRow[] {
  const rows = seenLate(rng, oddMarket(rng, 400, START, 4e8), 4e7), all: MadeRow[] = [];
  let halted = false;
  for (const row of rows) {
    all.push(row);
    if ((row.flags! & LAST) === 0 || rng.int(40) > 0) continue;
    const { exchange, local, flags } = row, draw = rng.int(8), times = { exchange, local, flags };
    if (draw < 3 || halted) {
      halted = !halted;
      all.push({ ...times, kind: STATUS, size: halted ? 0 : 1 });
    } else if (draw === 3) all.push({ ...times, kind: FUNDING, price: rng.int(2_000_000) - 1_000_000 });
    else if (draw === 4) all.push({ ...times, kind: DIVIDEND, price: 1 + rng.int(3) });
    else if (draw === 5) all.push({ ...times, kind: SPLIT, price: 1 + rng.int(3), size: 1 + rng.int(2) });
    else all.push({ ...times, kind: GAP });
  }
  const { exchange, local, flags } = rows[rows.length - 1];
  if (rng.int(3) === 0) all.push({ exchange, local, flags: flags! | LAST, kind: EXPIRY, price: middleOf("odd") });
  return all;
}

/** 20 rows a second, then some that are far apart, in which all that is open can come to an end. */
function wildRows(): MadeRow[] {
  const rows: MadeRow[] = [];
  for (let i = 0; i < 420; i++) {
    const exchange = START + BigInt(i) * SECOND / 20n + BigInt(Math.max(0, i - 350)) * SECOND;
    const side = i % 2 === 0 ? 1 : -1;
    rows.push({ exchange, local: exchange, kind: 1, side, price: 100 - side, size: 1 + (i % 4 >> 1), flags: 7 });
  }
  return rows;
}

function add(order: RowOrder, { exchange, local = exchange, kind = 1, side = 0, price = 0, size = 0, flags }: MadeRow) {
  const { row } = order;
  Object.assign(row, { kind, side, price, size, flags, idLow: 0, idHigh: 0 });
  row.exchangeSec = Number(BigInt(exchange) / SECOND);
  row.exchangeNs = Number(BigInt(exchange) % SECOND);
  row.localSec = Number(BigInt(local) / SECOND);
  row.localNs = Number(BigInt(local) % SECOND);
  order.add();
}

import { AT_EXCHANGE, AT_LOCAL, LAST, NONE } from "../engine/core/event.ts";
import type { InstrumentSpec } from "../engine/core/instrument.ts";
import { strategy, type StrategyDefinition } from "../engine/core/strategy.ts";
import type { Context, Strategy } from "../engine/core/strategy.ts";
import { MemoryFile } from "../engine/feed/memory_file.ts";
import { RowOrder } from "../engine/feed/row_order.ts";
import { TapeReader } from "../engine/feed/tape_reader.ts";
import { TapeRows } from "../engine/feed/tape_rows.ts";
import { sha256 } from "../engine/run/sha256.ts";

/** One row of a scripted tape; `ms` is when it happens, counted from the first moment, and we see it 1 ms later unless the tape says otherwise. */
export interface ScriptedRow {
  readonly ms: number;
  readonly kind: number;
  readonly side?: number;
  readonly price?: number;
  readonly size?: number;
  /** On tapes of single orders. */
  readonly id?: number;
  /** The row is one of several of a message, and not the last. */
  readonly more?: boolean;
}

/** Where scripted tapes begin: 2023-11-14T22:13:20Z. */
export const START_SEC = 1_700_000_000;

/** A perpetual contract on a grid of 0.1 and 0.001, settled in USDT. */
export const PERPETUAL: InstrumentSpec = {
  symbol: "BTCUSDT",
  venue: "scripted",
  tick: "0.1",
  lot: "0.001",
  currency: "USDT",
};

/** A tape of these rows, in memory. `latencyMs` below 0: we see them before they happen. */
export function scriptedTape(
  rows: readonly ScriptedRow[],
  instrument: InstrumentSpec = PERPETUAL,
  latencyMs = 1,
): TapeReader {
  const file = new MemoryFile(`${instrument.symbol}.arrow`);
  const tape = new TapeRows(file);
  const order = new RowOrder(tape);
  for (const { ms, kind, side = NONE, price = 0, size = 0, id = 0, more = false } of rows) {
    const { row } = order;
    row.kind = kind;
    row.side = side;
    row.price = price;
    row.size = size;
    row.idLow = id;
    row.idHigh = 0;
    row.exchangeSec = START_SEC + Math.floor(ms / 1000);
    row.exchangeNs = (ms % 1000) * 1e6;
    row.localSec = START_SEC + Math.floor((ms + latencyMs) / 1000);
    row.localNs = ((ms + latencyMs) % 1000) * 1e6;
    row.flags = AT_EXCHANGE | AT_LOCAL | (more ? 0 : LAST);
    order.add();
  }
  order.end();
  tape.flush();
  const facts = {
    instrument,
    gaps: { count: 0, first: [] },
    skew: { policy: "keep" as const, shiftNs: 0 },
    source: { format: "scripted", files: [] },
  };
  tape.writer!.finish(facts, sha256());
  return new TapeReader(file);
}

/** A strategy that does these things at these moments, counted from the first; `more` are further callbacks. */
export function plan(
  steps: readonly (readonly [ms: number, act: (ctx: Context) => void])[],
  more: Omit<Strategy, "onStart" | "onTimer"> = {},
): StrategyDefinition {
  return strategy({
    name: "plan",
    about: "Does what it was told, when it was told.",
    params: {},
    create: () => ({
      onStart: (ctx) => {
        for (const [ms] of steps) ctx.after(`${ms}ms`);
      },
      onTimer: (ctx, timer) => steps[timer - 1][1](ctx),
      ...more,
    }),
  });
}

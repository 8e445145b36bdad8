import { join } from "node:path";
import { type Instrument, instrument as makeInstrument, type InstrumentSpec } from "../core/instrument.ts";
import { instrumentNames } from "../core/instrument_names.ts";
import type { JournalHeader } from "../core/journal_format.ts";
import type { JournalReader } from "../core/journal_reader.ts";
import { scanJournal } from "./journal_scan.ts";
import { JournalSource } from "./journal_source.ts";

/** What about an instrument must not differ between the run that was rehearsed and the one that is live. */
const SAME = ["tick", "lot", "kind", "multiplier", "currency"] as const;

/** What is to go live. */
export interface Rehearsed {
  /** The strategy's name. */
  readonly strategy: string;
  readonly instruments: readonly InstrumentSpec[];
}

/**
 * The newest run of a strategy in a folder of runs whose orders went to a simulated venue, on these instruments at least, that came to an
 * end and saw the market of each; where none did, the newest of the others, which {@linkcode checkRehearsal} refuses; undefined where
 * there is none.
 */
export function findRehearsal(out: string, wanted: Rehearsed): string | undefined {
  let other: string | undefined;
  for (const { path } of foldersOf(out).toSorted((a, b) => b.at - a.at)) {
    const run = readRun(path);
    if (run === undefined || !isOf(run.header, wanted)) continue;
    if (lackOf(run, wanted) === undefined) return path;
    other ??= path;
  }
  return other;
}

/**
 * Refuses a run that rehearses nothing, and instruments that are not what they were in it. Throws RangeError that names the run, and the
 * instrument with both values.
 *
 * - It ran the strategy, on these instruments at least.
 * - It came to an end: by itself, or because it was stopped. One that is still going on may yet fail.
 * - It did not break off by an error, such as one that the strategy threw.
 * - It saw the market: one row of each instrument, at the least.
 *
 * With which parameters, for how long, and to what profit it ran is for the trader to judge.
 */
export function checkRehearsal(folder: string, wanted: Rehearsed): void {
  using source = new JournalSource(folder, "go live as");
  const { journal } = scanJournal(source), { header } = journal;
  const rehearsed = header.tapes.map((tape) => tape.instrument);
  for (const spec of wanted.instruments) {
    const before = rehearsed.find(({ symbol }) => plain(symbol) === plain(spec.symbol));
    if (before === undefined) {
      const names = instrumentNames(rehearsed).join(", ");
      throw new RangeError(`Cannot go live as ${folder}: it ran on ${names}, not on ${spec.symbol}; rehearse it there`);
    }
    checkSame(folder, spec, before);
  }
  const lack = lackOf(journal, wanted);
  if (lack === undefined) return;
  throw new RangeError(
    `Cannot go live as ${folder}: ${lack}; run ${wanted.strategy} with --tape or --paper again, or name another run as --rehearsed FOLDER`,
  );
}

/** Throws RangeError where an instrument is not what it was. */
function checkSame(folder: string, spec: InstrumentSpec, before: InstrumentSpec): void {
  const was = makeInstrument(before), is = makeInstrument(spec);
  for (const field of SAME) {
    const [a, b] = [was, is].map((each) => JSON.stringify(each[field]));
    if (a === b) continue;
    throw new RangeError(
      `Cannot go live as ${folder}: ${field} of ${spec.symbol} is ${textOf(is, field)}, and was ` +
        `${textOf(was, field)} there; rehearse it on what the exchange has now`,
    );
  }
}

/** Whether a run was of that strategy, in a simulated venue, on all those instruments. */
function isOf({ strategy, options, tapes }: JournalHeader, wanted: Rehearsed): boolean {
  return strategy.name === wanted.strategy && options.orders !== "away" &&
    wanted.instruments.every(({ symbol }) => tapes.some((tape) => plain(tape.instrument.symbol) === plain(symbol)));
}

/** Why a run on the instruments rehearses nothing; undefined where it does. */
function lackOf({ header, closing }: ReadRun, { strategy, instruments }: Rehearsed): string | undefined {
  if (header.strategy.name !== strategy) return `it ran ${header.strategy.name}, not ${strategy}`;
  if (closing === undefined) return "it has no end: it goes on, was killed, or its journal is damaged";
  const { incomplete, finished, rows } = closing, how = incomplete === null ? "" : ` (it ended early: ${incomplete})`;
  const unseen = instruments.find(({ symbol }) => {
    const at = header.tapes.findIndex((tape) => plain(tape.instrument.symbol) === plain(symbol));
    return !(rows[at] > 0);
  });
  if (unseen !== undefined) return `it saw 0 rows of ${unseen.symbol}${how}`;
  // One that was stopped ended in good order; another did not.
  return incomplete !== null && !finished ? `it broke off: ${incomplete}` : undefined;
}

function foldersOf(out: string): { readonly path: string; readonly at: number }[] {
  try {
    return [...Deno.readDirSync(out)].filter(({ isDirectory }) => isDirectory).map(({ name }) => {
      const path = join(out, name);
      return { path, at: Deno.statSync(path).mtime?.getTime() ?? 0 };
    });
  } catch {
    return [];
  }
}

/** What of a run's journal is looked at. */
type ReadRun = Pick<JournalReader, "header" | "closing">;

/** A run's journal, read to its end; undefined where there is none that can be read. */
function readRun(folder: string): ReadRun | undefined {
  try {
    using source = new JournalSource(folder);
    return scanJournal(source).journal;
  } catch {
    return undefined;
  }
}

/** A symbol as venues may write it: "BTC-USDT" is "BTCUSDT". */
function plain(symbol: string): string {
  return symbol.replace(/[-/_]/g, "").toUpperCase();
}

function textOf({ spec, kind }: Instrument, field: typeof SAME[number]): string {
  return field === "kind" ? kind : spec[field] ?? "the default";
}

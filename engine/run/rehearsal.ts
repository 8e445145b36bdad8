import { join } from "node:path";
import { type Instrument, instrument as makeInstrument, type InstrumentSpec } from "../core/instrument.ts";
import { instrumentNames } from "../core/instrument_names.ts";
import type { JournalHeader } from "../core/journal_format.ts";
import { scanJournal } from "./journal_scan.ts";
import { JournalSource } from "./journal_source.ts";

/** What about an instrument must not differ between the run that was rehearsed and the one that is live. */
const SAME = ["tick", "lot", "kind", "multiplier", "currency"] as const;

/**
 * The newest run of a strategy in a folder of runs whose orders went to a simulated venue, on these instruments at least; undefined
 * where there is none.
 */
export function findRehearsal(out: string, strategy: string, specs: readonly InstrumentSpec[]): string | undefined {
  const runs = foldersOf(out).toSorted((a, b) => b.at - a.at);
  return runs.find(({ path }) => {
    const header = headerOf(path);
    return header !== undefined && header.strategy.name === strategy && header.options.orders !== "away" &&
      specs.every(({ symbol }) => header.tapes.some((tape) => plain(tape.instrument.symbol) === plain(symbol)));
  })?.path;
}

/**
 * Refuses instruments that are not what they were in the run that rehearsed this one. Throws RangeError that names the run, the
 * instrument and both values, and where there is no such run or it had no such instrument.
 */
export function checkRehearsal(folder: string, specs: readonly InstrumentSpec[]): void {
  using source = new JournalSource(folder);
  const rehearsed = scanJournal(source).journal.header.tapes.map((tape) => tape.instrument);
  for (const spec of specs) {
    const before = rehearsed.find(({ symbol }) => plain(symbol) === plain(spec.symbol));
    if (before === undefined) {
      const names = instrumentNames(rehearsed).join(", ");
      throw new RangeError(`Cannot go live as ${folder}: it ran on ${names}, not on ${spec.symbol}; rehearse it there`);
    }
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

/** The header of a run's journal; undefined where there is none that can be read. */
function headerOf(folder: string): JournalHeader | undefined {
  try {
    using source = new JournalSource(folder);
    return scanJournal(source).journal.header;
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

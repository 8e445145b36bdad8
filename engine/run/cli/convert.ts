import type { Command } from "commander";
import type { InstrumentSpec } from "../../core/instrument.ts";
import type { DateOrder } from "../../feed/decode/time_column.ts";
import { disorderText } from "../../feed/tape_warnings.ts";
import type { ConvertReport } from "../convert.ts";
import type { Cli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { Failure, isOfSystem } from "./failure.ts";
import { examples, oneOf, stepText } from "./flags.ts";
import { Interrupt } from "./interrupt.ts";
import { ProgressBar } from "./progress.ts";

const ABOUT = `Converts source files to a tape, an Arrow file that backtests run on and pandas opens.
gzip, zstd and npz are read as they are. Several files join into one tape. Memory stays flat.
What is doubtful, as time that goes back, orders that nobody added or a book of orders that stands crossed, is
warned of and goes on; inspect and the notes of each run on the tape say it again.
Formats: binance, lobster, databento, itch, tardis, kraken, kraken_v2, coinbase, okx, hftbacktest, bars, trades.`;

/** Adds `convert`: makes tapes from the common sources. */
export function addConvert(program: Command, cli: Cli): void {
  program.command("convert").summary("make a tape from recorded data").description(ABOUT)
    .argument("<source...>", "files of one instrument, in the order of time")
    .requiredOption("--format <name>", "what the sources are")
    .requiredOption("--out <tape>", "where the tape goes, X.arrow")
    .option("--tick <step>", "smallest step of price, 0.1 (the finest in the data)", stepText)
    .option("--lot <step>", "smallest step of size, 0.001 (the finest in the data)", stepText)
    .option("--symbol <name>", "the instrument: which one to take, or what to call it")
    .option("--venue <name>", "where it trades")
    .option("--currency <name>", "what profit, loss and fees are paid in")
    .option("--kind <kind>", "linear, inverse or quanto", oneOf(["linear", "inverse", "quanto"]))
    .option("--multiplier <value>", "units of value per unit of size")
    .option("--expiry <time>", "when it ceases to trade, ISO 8601 in UTC")
    .option("--date <day>", "the day of a source that tells times of day only, 2012-06-21")
    .option("--date-order <order>", "how to read 03/04/2024: mdy or dmy", oneOf(["mdy", "dmy"]))
    .option(
      "--skew <policy>",
      "local times before exchange times: shift by what it takes, shift=1ms adds that constant, or keep (shift)",
    )
    .option("--gaps <policy>", "holes in the source's sequence: stale or stop (stale)", oneOf(["stale", "stop"]))
    .option(
      "--events <file>",
      "CSV of time,kind,value to join in: funding, dividend, split, expiry, status; not for bars",
    )
    .option("--json", "print the tape's metadata as JSON")
    .addHelpText(
      "after",
      examples(
        "convert capture.gz --format binance --out btcusdt.arrow",
        "convert trades.csv --format trades --symbol BTCUSDT --venue binance --out trades.arrow",
        "convert capture.gz --format binance --events funding.csv --out btcusdt.arrow",
        "convert day1.csv day2.csv --format bars --symbol GOOG --tick 0.01 --lot 1 --out goog.arrow",
      ),
    )
    .action((sources: string[], flags: Flags) => convertSources(cli, sources, flags));
}

interface Flags
  extends Partial<Pick<InstrumentSpec, "symbol" | "venue" | "currency" | "kind" | "multiplier" | "expiry">> {
  readonly format: string;
  readonly out: string;
  readonly tick?: string;
  readonly lot?: string;
  readonly date?: string;
  readonly dateOrder?: DateOrder;
  readonly skew?: string;
  readonly gaps?: "stale" | "stop";
  readonly events?: string;
  readonly json?: boolean;
}

async function convertSources(cli: Cli, sources: readonly string[], flags: Flags): Promise<void> {
  const { parseSkew } = await import("../../feed/skew.ts");
  const { sourceFormat } = await import("../../feed/decode/registry.ts");
  usage(() => sourceFormat(flags.format));
  if (flags.skew !== undefined) usage(() => parseSkew(flags.skew!));
  const { format, out, tick, lot, date, dateOrder, skew, gaps, events } = flags;
  const { symbol, venue, currency, kind, multiplier, expiry } = flags;
  const known = Object.entries({ symbol, venue, currency, kind, multiplier, expiry });
  const instrument = Object.fromEntries(known.filter(([, value]) => value !== undefined));
  const report = await convertWatched(cli, {
    sources,
    format,
    out,
    tick,
    lot,
    date,
    dateOrder,
    skew,
    gaps,
    events,
    instrument,
  });
  if (flags.json) cli.say(JSON.stringify(report));
  else cli.say(summary(report));
}

async function convertWatched(
  cli: Cli,
  options: Omit<import("../convert.ts").ConvertOptions, "signal" | "onProgress">,
): Promise<ConvertReport> {
  const { convert, ConvertError, rowsKept } = await import("../convert.ts");
  using interrupt = new Interrupt();
  using bar = new ProgressBar(cli.terminal, "convert", "B");
  try {
    return await convert({ ...options, onProgress: bar.update, signal: interrupt.signal });
  } catch (error) {
    if (!interrupt.stopped) {
      const isRaw = error instanceof Error && !error.message.startsWith("Cannot ") && isOfSystem(error);
      throw isRaw ? new Failure(EXIT.OUTPUT, `Cannot write ${options.out}: ${error.message}`, { cause: error }) : error;
    }
    const kept = error instanceof ConvertError ? `; ${rowsKept(error.rows)} in ${error.partial}` : "";
    throw new Failure(EXIT.INTERRUPTED, `Interrupted${kept}`, { cause: error });
  }
}

function usage(work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new Failure(EXIT.USAGE, (error as Error).message);
  }
}

function summary({ out, meta, warnings, rawBytes, seconds, megabytesPerSecond, eventsLeftOut }: ConvertReport): string {
  const number = (value: number) => value.toLocaleString("en-US");
  const { symbol, venue, tick, lot } = meta.instrument;
  const gaps = meta.gaps.count === 0
    ? "no gaps"
    : `${number(meta.gaps.count)} ${meta.gaps.count === 1 ? "gap" : "gaps"}`;
  const shift = meta.skew.shiftNs === 0 ? "" : `, local times shifted by ${number(meta.skew.shiftNs)} ns`;
  const warned = warnings.map((warning) => `\nWarning: ${warning}`).join("");
  const outside = eventsLeftOut === 0 ? "" : `, ${number(eventsLeftOut)} events outside its span left out`;
  const prints = meta.printsOffGrid?.count ?? 0;
  const hidden = prints === 0
    ? ""
    : `, ${number(prints)} hidden ${prints === 1 ? "print" : "prints"} off the grid of ticks left out`;
  const { exchange, local } = meta.disorder ?? {};
  const sorted = exchange && !local ? `\nPut in order: exchange time goes back ${disorderText(exchange)}` : "";
  const speed = `${(rawBytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(2)} s, ${megabytesPerSecond.toFixed(0)} MB/s`;
  const kinds = Object.entries(meta.counts).map(([kind, count]) => `${kind} ${number(count)}`).join(", ");
  return `${out}: ${symbol} on ${venue}, tick ${tick}, lot ${lot}; ${
    number(meta.rows)
  } rows (${kinds}), ${gaps}${hidden}${shift}${outside}${sorted}${warned}\n${speed}`;
}

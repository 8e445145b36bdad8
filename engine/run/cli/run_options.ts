import type { InstrumentSpec } from "../../core/instrument.ts";
import { knownNames } from "../../core/instrument_names.ts";
import type { TapeMeta } from "../../feed/tape_schema.ts";
import { closest } from "../../core/closest.ts";
import type { BacktestOptions } from "../backtest.ts";
import { joinLatencies } from "../latencies.ts";
import type { JournalStorage } from "../../core/journal_format.ts";
import { journalFilesOf, syncMs } from "../journal_storage.ts";
import { openTape } from "../open_tape.ts";
import type { AlertFlags } from "./alert_flags.ts";
import { readCommandsFile } from "./commands_file.ts";
import { EXIT } from "./exit_codes.ts";
import { failingWith, Failure } from "./failure.ts";
import type { LiveFlags } from "./live_flags.ts";
import { readLimitFlags } from "../limit_flags.ts";
import { readRiskFile } from "./risk_file.ts";

/** The flags of `run` as commander hands them over. */
export interface RunFlags extends AlertFlags, LiveFlags {
  readonly tape?: readonly string[];
  /** "1h, newsRate=0.5": participants whose market is run on, in place of tapes. */
  readonly agents?: string;
  /** "binance-spot:BTCUSDT": the market of a paper session, in place of tapes. */
  readonly paper?: string;
  readonly testnet?: boolean;
  readonly record?: string;
  readonly endpoint?: Readonly<Record<string, string>>;
  /** How long a paper session goes on. */
  readonly for?: string;
  /** A file whose appearance kills it. */
  readonly killFile?: string;
  readonly set?: Readonly<Record<string, string>>;
  readonly seed?: number;
  readonly queue?: string;
  /** Each time it was given. */
  readonly latency?: readonly string[];
  readonly fees?: string;
  readonly fills?: "whole" | "partial";
  readonly impact?: "frozen" | "insert";
  readonly selfTrade?: BacktestOptions["selfTrade"];
  readonly like?: BacktestOptions["like"];
  readonly asLevels?: boolean;
  readonly risk?: string;
  readonly limit?: Readonly<Record<string, string>>;
  readonly cash?: Readonly<Record<string, string>>;
  readonly finish?: BacktestOptions["finish"];
  readonly margin?: string;
  readonly gaps?: "stop" | "stale";
  readonly command?: readonly string[];
  readonly commands?: string;
  readonly sync?: string;
  readonly journalFiles?: string;
  readonly json?: boolean;
  readonly steps?: string;
  /** The interval. */
  readonly snapshots?: string;
  /** A time, and the folder of the run that took the snapshots. */
  readonly from?: string;
  readonly snapshot?: string;
  /** false for --no-out. */
  readonly out: string | false;
  readonly sandbox?: boolean;
  /** Seconds. */
  readonly timeout?: number;
  readonly help?: boolean;
}

/** Options of a backtest but for its strategy; all of it plain data, which can be sent to a Worker. */
export type PlainOptions = Omit<
  BacktestOptions,
  "strategy" | "tape" | "onProgress" | "recorders" | "stopped" | "journal"
>;

/** What tapes say of themselves; Failure where one cannot be read. */
export function readMetas(paths: readonly string[]): TapeMeta[] {
  return paths.map((path) => {
    const { reader, close } = failingWith(EXIT.INPUT, () => openTape(path));
    close();
    return reader.meta;
  });
}

/** The options that flags mean, on tapes of these instruments. Throws Failure where they do not fit. */
export function plainOptions(flags: RunFlags, instruments: readonly InstrumentSpec[]): PlainOptions {
  const symbols = knownNames(instruments);
  const file = flags.risk === undefined ? undefined : readRiskFile(flags.risk, symbols);
  const { limits, limitsOf, risk } = failingWith(
    EXIT.USAGE,
    () => readLimitFlags(flags.limit ?? {}, symbols, file),
  );
  const { set, seed, queue, latency, fees, fills, impact, selfTrade, like, asLevels, finish, margin, gaps } = flags;
  const given = {
    set,
    seed,
    queue,
    latency: latency?.reduce(joinLatencies),
    fees,
    fills,
    impact,
    selfTrade,
    like,
    asLevels,
    finish,
    margin,
    gaps,
    cash: flags.cash && checkCash(flags.cash, instruments),
    limits,
    limitsOf,
    risk: Object.keys(risk).length > 0 ? risk : undefined,
    guards: file?.guards,
    commands: commandsOf(flags),
  };
  // An option that is there though undefined would hide a default.
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** All commands that flags name; undefined where there are none. */
function commandsOf({ command = [], commands }: RunFlags): BacktestOptions["commands"] {
  const all = [...command, ...(commands === undefined ? [] : readCommandsFile(commands))];
  return all.length === 0 ? undefined : all;
}

/** How the journal is to lie on disk. Throws Failure where flags say it wrong. */
export function storageOf({ sync, journalFiles }: RunFlags): JournalStorage | undefined {
  if (sync === undefined && journalFiles === undefined) return undefined;
  return failingWith(EXIT.USAGE, () => {
    if (sync !== undefined) syncMs(sync);
    return { ...(sync === undefined ? {} : { sync }), ...(journalFiles ? journalFilesOf(journalFiles) : {}) };
  });
}

function checkCash(
  cash: Readonly<Record<string, string>>,
  instruments: readonly InstrumentSpec[],
): Readonly<Record<string, string>> {
  const currencies = [...new Set(instruments.map(({ currency = "USD" }) => currency))];
  for (const [currency, amount] of Object.entries(cash)) {
    if (!currencies.includes(currency)) {
      const near = closest(currency, currencies);
      throw new Failure(EXIT.USAGE, `Cannot set cash of ${currency}: no instrument settles in it; ${near}`);
    }
    if (!/^\d+(\.\d+)?$/.test(amount)) {
      throw new Failure(
        EXIT.USAGE,
        `Cannot set cash of ${currency}: ${amount} is not a decimal of 0 or more such as 10000.50`,
      );
    }
  }
  return cash;
}

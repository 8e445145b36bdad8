/** Every source format by the name that `--format` gives it. */
import { closestString } from "@std/text";
import type { BarSink } from "../bar.ts";
import type { Decoder, DecoderOptions } from "../decoder.ts";
import { barsDecoder } from "./bars.ts";
import { binanceDecoder } from "./binance.ts";
import { coinbaseDecoder } from "./coinbase.ts";
import { databentoDecoder } from "./databento.ts";
import { hftbacktestDecoder } from "./hftbacktest.ts";
import { itchDecoder } from "./itch.ts";
import { krakenDecoder } from "./kraken.ts";
import { krakenV2Decoder } from "./kraken_v2.ts";
import { lobsterDecoder } from "./lobster.ts";
import { okxDecoder } from "./okx.ts";
import { tardisDecoder } from "./tardis.ts";
import type { DateOrder } from "./time_column.ts";
import { tradesDecoder } from "./trades.ts";

/** What a format's decoder is made from. */
export interface DecoderSetup extends DecoderOptions {
  /** Where bars go, from formats that hold bars. */
  readonly bars: BarSink;
  /** Base name of the file to be read; of the first, where files are appended. */
  readonly fileName: string;
  /** The day of a source that tells times of day only, as 2012-06-21. */
  readonly date?: string;
  /** How to read dates such as 03/04/2024 where the source does not tell. */
  readonly dateOrder?: DateOrder;
}

/** One format of source files. */
export interface SourceFormat {
  readonly name: string;
  /** What its rows are. */
  readonly rows: "events" | "bars";
  /**
   * How several files become one tape. append: one decoder reads them in the order given, its state carries over from
   * file to file. merge: each has its own, and rows are joined by local time.
   */
  readonly join: "append" | "merge";
  readonly decoder: (setup: DecoderSetup) => Decoder;
}

const FORMATS: Readonly<Record<string, Omit<SourceFormat, "name">>> = {
  binance: { rows: "events", join: "append", decoder: binanceDecoder },
  databento: { rows: "events", join: "append", decoder: databentoDecoder },
  // A file's name holds its day, so that each needs its own decoder.
  lobster: { rows: "events", join: "merge", decoder: lobsterDecoder },
  itch: { rows: "events", join: "merge", decoder: itchDecoder },
  tardis: { rows: "events", join: "merge", decoder: tardisDecoder },
  kraken: { rows: "events", join: "merge", decoder: krakenDecoder },
  kraken_v2: { rows: "events", join: "append", decoder: krakenV2Decoder },
  coinbase: { rows: "events", join: "append", decoder: coinbaseDecoder },
  okx: { rows: "events", join: "merge", decoder: okxDecoder },
  hftbacktest: { rows: "events", join: "append", decoder: hftbacktestDecoder },
  bars: { rows: "bars", join: "append", decoder: barsDecoder },
  trades: { rows: "events", join: "merge", decoder: tradesDecoder },
};

/** The names of all formats. */
export const FORMAT_NAMES: readonly string[] = Object.keys(FORMATS);

/**
 * The format of that name. Throws RangeError that names the nearest one.
 *
 * @example
 * ```ts
 * import { sourceFormat } from "./registry.ts";
 * if (sourceFormat("hftbacktest").join !== "append") throw new Error("unexpected");
 * ```
 */
export function sourceFormat(name: string): SourceFormat {
  if (!Object.hasOwn(FORMATS, name)) {
    const near: string = closestString(name, FORMAT_NAMES);
    throw new RangeError(
      `Cannot read format ${JSON.stringify(name)}: did you mean ${near}? The formats are ${FORMAT_NAMES.join(", ")}`,
    );
  }
  return { name, ...FORMATS[name] };
}

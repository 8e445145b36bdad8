import { type Decoder, type DecoderOptions, SourceError } from "../decoder.ts";
import type { Bar, BarSink } from "../bar.ts";
import type { Grid } from "../grid.ts";
import { CsvHeader, isAllValues } from "./csv_header.ts";
import { type CsvLine, CsvReader, type CsvTable } from "./csv_reader.ts";
import type { Fields } from "./fields.ts";
import { unitsAt } from "./place.ts";
import { SymbolFilter } from "./symbol_filter.ts";
import { type DateOrder, TimeColumn } from "./time_column.ts";

/** What the bars decoder is given: bars go to `bars`, `sink` stays unused. */
export interface BarsOptions extends DecoderOptions {
  readonly bars: BarSink;
  /** How to read dates such as 03/04/2024 where the file does not tell. */
  readonly dateOrder?: DateOrder;
}

/**
 * Decodes CSV of OHLCV bars, with columns in any order and times in any usual style ({@linkcode TimeColumn}).
 *
 * - Columns are found by name: open, high, low, close (or o, h, l, c; "adj close" only where there is no close), volume
 *   (vol, v; 0 where there is none), a time, date or both, or a first column without a name; a column of closing times, if
 *   there; symbol or ticker. A file without a header must have the 12 columns of Binance's klines.
 * - A bar opens at its time. It closes at its closing time, or one period later less 1 ns, the period being the smallest
 *   spacing of the first 1,000 bars; but never later than 1 ns before the next one opens.
 *
 * Throws {@linkcode SourceError} with line, value and remedy on values that are no numbers, negative prices or volumes, a
 * high or low that open and close contradict, times that do not rise, and styles that cannot be told.
 *
 * @example
 * ```ts
 * import { Bar } from "../bar.ts";
 * import { Grid } from "../grid.ts";
 * import { Row } from "../row.ts";
 * import { barsDecoder } from "./bars.ts";
 * const bar = new Bar();
 * const decoder = barsDecoder({
 *   bars: { bar, add: () => {} },
 *   sink: { row: new Row(), add: () => {} },
 *   tick: new Grid("tick", { mantissa: 1, decimals: 2 }),
 *   lot: new Grid("lot", { mantissa: 1, decimals: 0 }),
 *   describe: () => {},
 *   gap: () => {},
 * });
 * decoder.push(new TextEncoder().encode("Date;Close;Low;High;Open\n08.08.2024;2;1;3;2\n09.08.2024;2;2;4;3\n"));
 * decoder.end();
 * if (bar.high !== 400 || bar.openSec !== 1723161600 || bar.closeSec !== 1723247999) throw new Error("unexpected");
 * ```
 */
export function barsDecoder(options: BarsOptions): Decoder {
  return new CsvReader(new BarsTable(options));
}

const TIME_NAMES = ["opentime", "timestamp", "datetime", "time", "date", "ts", "t", "starttime", "start", "unix", ""];
const CLOSE_TIME_NAMES = ["closetime", "endtime", "timeclose"];
const CLOSE_NAMES = ["close", "c", "closeprice", "last", "adjclose", "adjustedclose"];
const VOLUME_NAMES = ["volume", "vol", "v", "basevolume", "volumebase", "tickvol", "tickvolume"];
const SYMBOL_NAMES = ["symbol", "ticker", "instrument", "name"];
/** Binance's klines: time, open, high, low, close, volume, closing time, and five more. */
const KLINE_COLUMNS = 12;
const NS_PER_SEC = 1e9;

class BarsTable implements CsvTable {
  readonly #options: BarsOptions;
  readonly #filter: SymbolFilter;
  #columns = { symbol: -1, open: 1, high: 2, low: 3, close: 4, volume: 5 };
  #fieldsMin = 0;
  #time: TimeColumn | undefined;
  #closeTime: TimeColumn | undefined;
  /** Length of a bar; 0 while it is not known. */
  #periodSec = 0;
  #periodNs = 0;
  /** The sink's bar is filled and waits for the next one's time. */
  #waiting = false;
  #waitingLine = 0;
  /** Closing time of the last bar that was given. */
  #endSec = -Infinity;
  #endNs = 0;

  constructor(options: BarsOptions) {
    this.#options = options;
    this.#filter = new SymbolFilter(options);
  }

  begin(first: CsvLine, sample: readonly CsvLine[]): boolean {
    const isHeader = !isAllValues(first);
    if (isHeader) this.#readHeader(first, sample);
    else if (first.texts.length === KLINE_COLUMNS) {
      this.#columns = { symbol: -1, open: 1, high: 2, low: 3, close: 4, volume: 5 };
      const all = [first, ...sample];
      this.#time = new TimeColumn({ name: "open time", column: 0 }, all);
      this.#closeTime = new TimeColumn({ name: "close time", column: 6 }, all);
    } else {
      throw new SourceError(
        `it has no header, and ${first.texts.length} columns`,
        first.line,
        "put a line of column names first, such as time,open,high,low,close,volume",
      );
    }
    this.#fieldsMin = 1 + Math.max(...Object.values(this.#columns));
    this.#learnPeriod(isHeader ? sample : [first, ...sample]);
    return isHeader;
  }

  #readHeader(first: CsvLine, sample: readonly CsvLine[]): void {
    const header = new CsvHeader(first);
    this.#columns = {
      symbol: header.find(SYMBOL_NAMES),
      open: header.need("opening prices", ["open", "o", "openprice"]),
      high: header.need("highs", ["high", "h", "highprice"]),
      low: header.need("lows", ["low", "l", "lowprice"]),
      close: header.need("closing prices", CLOSE_NAMES),
      volume: volumeColumn(header, first),
    };
    const date = header.find(["date"]);
    const ofDay = header.find(["time"]);
    const both = date >= 0 && ofDay >= 0 && sample.every(({ texts }) => isTimeOfDay(texts[ofDay] ?? ""));
    const time = both
      ? { name: "time", column: date, ofDay }
      : { name: "time", column: header.need("times", TIME_NAMES) };
    this.#time = new TimeColumn(time, sample, this.#options.dateOrder);
    const closeTime = header.find(CLOSE_TIME_NAMES);
    this.#closeTime = closeTime < 0
      ? undefined
      : new TimeColumn({ name: "close time", column: closeTime }, sample, this.#options.dateOrder);
  }

  row(fields: Fields, line: number): void {
    const columns = this.#columns;
    if (fields.count < this.#fieldsMin) {
      fields.fail(`it has ${fields.count} columns, and ${this.#fieldsMin} are needed`);
    }
    if (columns.symbol >= 0 && !this.#filter.takes(fields, columns.symbol, line)) return;
    const time = this.#time!;
    time.read(fields);
    const { sec, ns } = time;
    if (this.#waiting) this.#give(sec, ns, fields);
    else if (!isBefore(this.#endSec, this.#endNs, sec, ns)) {
      fields.fail("its time is before the end of the last file's bars", "give the files in the order of time");
    }
    const bar = this.#options.bars.bar;
    const { tick, lot } = this.#options;
    bar.open = units(fields, columns.open, "open", tick, line);
    bar.high = units(fields, columns.high, "high", tick, line);
    bar.low = units(fields, columns.low, "low", tick, line);
    bar.close = units(fields, columns.close, "close", tick, line);
    bar.volume = columns.volume < 0 ? 0 : units(fields, columns.volume, "volume", lot, line);
    if (bar.high < bar.open || bar.high < bar.close || bar.high < bar.low) this.#contradiction(fields, "high", "below");
    if (bar.low > bar.open || bar.low > bar.close) this.#contradiction(fields, "low", "above");
    bar.openSec = sec;
    bar.openNs = ns;
    this.#close(fields, bar);
    this.#waiting = true;
    this.#waitingLine = line;
  }

  end(): void {
    if (this.#waiting) this.#add();
    this.#filter.end();
    this.#periodSec = 0;
    this.#periodNs = 0;
  }

  /** Sets the closing time of a bar from its own column or from the period. */
  #close(fields: Fields, bar: Bar): void {
    const closeTime = this.#closeTime;
    if (closeTime === undefined) {
      bar.closeSec = bar.openSec + this.#periodSec;
      bar.closeNs = bar.openNs + this.#periodNs - 1;
      if (bar.closeNs >= NS_PER_SEC) {
        bar.closeNs -= NS_PER_SEC;
        bar.closeSec++;
      } else if (bar.closeNs < 0) {
        bar.closeNs += NS_PER_SEC;
        bar.closeSec--;
      }
      return;
    }
    closeTime.read(fields);
    bar.closeSec = closeTime.sec;
    bar.closeNs = closeTime.ns;
    if (!isBefore(bar.openSec, bar.openNs, bar.closeSec, bar.closeNs)) {
      fields.fail("the closing time is not after the opening time");
    }
  }

  /** The bar that waits ends before the next one opens, at `sec` and `ns`. */
  #give(sec: number, ns: number, fields: Fields): void {
    const bar = this.#options.bars.bar;
    if (!isBefore(bar.openSec, bar.openNs, sec, ns)) {
      fields.fail(
        `its time is not after that of line ${this.#waitingLine}`,
        "sort the file by time, oldest first, without doubles",
      );
    }
    if (!isBefore(bar.closeSec, bar.closeNs, sec, ns)) {
      bar.closeSec = ns === 0 ? sec - 1 : sec;
      bar.closeNs = ns === 0 ? NS_PER_SEC - 1 : ns - 1;
    }
    this.#add();
  }

  #add(): void {
    if (this.#closeTime === undefined && this.#periodSec === 0 && this.#periodNs === 0) {
      throw new SourceError(
        "it is the only bar, and nothing tells how long it lasts",
        this.#waitingLine,
        "add a column close_time",
      );
    }
    this.#waiting = false;
    this.#endSec = this.#options.bars.bar.closeSec;
    this.#endNs = this.#options.bars.bar.closeNs;
    this.#options.bars.add();
  }

  /** The smallest spacing of the sample's bars. */
  #learnPeriod(sample: readonly CsvLine[]): void {
    const { symbol } = this.#columns;
    const wanted = this.#options.symbol;
    let beforeSec = NaN, beforeNs = 0;
    const time = this.#time!;
    for (const line of sample) {
      if (symbol >= 0 && wanted !== undefined && line.texts[symbol] !== wanted) continue;
      if (!time.readSample(line)) continue;
      let sec = time.sec - beforeSec, ns = time.ns - beforeNs;
      beforeSec = time.sec;
      beforeNs = time.ns;
      if (ns < 0) {
        ns += NS_PER_SEC;
        sec--;
      }
      if (!(sec > 0 || (sec === 0 && ns > 0))) continue;
      const isFirst = this.#periodSec === 0 && this.#periodNs === 0;
      if (isFirst || isBefore(sec, ns, this.#periodSec, this.#periodNs)) {
        this.#periodSec = sec;
        this.#periodNs = ns;
      }
    }
  }

  #contradiction(fields: Fields, name: "high" | "low", how: string): never {
    const { open, high, low, close } = this.#columns;
    const prices = `open ${fields.text(open)}, high ${fields.text(high)}, low ${fields.text(low)}, close ${
      fields.text(close)
    }`;
    return fields.fail(`the ${name} is ${how} another price of its bar (${prices})`);
  }
}

function units(fields: Fields, column: number, name: string, grid: Grid, line: number): number {
  fields.decimal(column, name);
  if (fields.mantissa < 0) fields.fail(`${name} is ${fields.text(column)}, below 0`);
  return unitsAt(grid, fields.mantissa, fields.decimals, name, line);
}

/** "Volume", or "Volume BTC" where it names its unit; the base currency's, which stands first. */
function volumeColumn(header: CsvHeader, { texts }: CsvLine): number {
  const column = header.find(VOLUME_NAMES);
  return column >= 0 ? column : texts.findIndex((text) => /^\W*vol(ume)?\W/i.test(text));
}

function isTimeOfDay(text: string): boolean {
  return /^\d{1,2}:\d{2}|^\d{4}$|^\d{6}$/.test(text);
}

function isBefore(sec: number, ns: number, otherSec: number, otherNs: number): boolean {
  return sec < otherSec || (sec === otherSec && ns < otherNs);
}

import {
  AT_EXCHANGE,
  AT_LOCAL,
  DIVIDEND,
  EXPIRY,
  FUNDING,
  KIND_NAMES,
  LAST,
  NONE,
  SPLIT,
  STATUS,
} from "../../core/event.ts";
import { closest } from "../../core/closest.ts";
import { POWERS_OF_TEN } from "../../core/decimal.ts";
import type { Decoder, DecoderOptions } from "../decoder.ts";
import { CsvHeader } from "./csv_header.ts";
import { type CsvLine, CsvReader, type CsvTable } from "./csv_reader.ts";
import type { Fields } from "./fields.ts";
import { unitsAt } from "./place.ts";
import { type DateOrder, TimeColumn } from "./time_column.ts";

/** What the events decoder is given. */
export interface EventsOptions extends Pick<DecoderOptions, "sink" | "tick"> {
  /** How to read dates such as 03/04/2024 where the file does not tell. */
  readonly dateOrder?: DateOrder;
}

/**
 * Decodes CSV of what happens to an instrument beside its market: columns time, kind, value and perhaps value2, in any order,
 * with times in any usual style ({@linkcode TimeColumn}).
 *
 * | kind | value | value2 |
 * |---|---|---|
 * | funding | rate of notional, 0.0001; above 0 longs pay | |
 * | dividend | money for each unit of size | |
 * | split | 2 for 2-for-1 | 1 unless said; 2 of 3-for-2 |
 * | expiry | settlement price | |
 * | status | open or halted | |
 *
 * - We learn of an event when it happens, unless a column local_time says otherwise.
 * - Dividends and settlement prices lie on the tick's grid; rates have 9 decimals at most.
 * - Lines stand in the order of time.
 *
 * Throws {@linkcode SourceError} with line, value and remedy.
 *
 * @example
 * ```ts
 * import { FUNDING } from "../../core/event.ts";
 * import { Grid } from "../grid.ts";
 * import { Row } from "../row.ts";
 * import { eventsDecoder } from "./events.ts";
 * const row = new Row();
 * const decoder = eventsDecoder({ sink: { row, add: () => {} }, tick: new Grid("tick", { mantissa: 1, decimals: 1 }) });
 * decoder.push(new TextEncoder().encode("time,kind,value\n2024-08-08T16:00:00Z,funding,-0.0001\n"));
 * decoder.end();
 * if (row.kind !== FUNDING || row.price !== -100_000) throw new Error("unexpected");
 * ```
 */
export function eventsDecoder(options: EventsOptions): Decoder {
  return new CsvReader(new EventsTable(options));
}

const KINDS: Readonly<Record<string, number>> = Object.fromEntries(
  [FUNDING, DIVIDEND, SPLIT, EXPIRY, STATUS].map((kind) => [KIND_NAMES[kind], kind]),
);
/** Decimals of a rate of funding on the tape. */
const RATE_DECIMALS = 9;

class EventsTable implements CsvTable {
  readonly #options: EventsOptions;
  #columns = { kind: 0, value: 0, value2: -1 };
  #time: TimeColumn | undefined;
  #localTime: TimeColumn | undefined;
  #sec = -Infinity;
  #ns = 0;

  constructor(options: EventsOptions) {
    this.#options = options;
  }

  begin(first: CsvLine, sample: readonly CsvLine[]): boolean {
    const header = new CsvHeader(first);
    const { dateOrder } = this.#options;
    const column = header.need("times", ["time", "timestamp", "datetime", "date"]);
    this.#columns = {
      kind: header.need("kinds", ["kind", "event", "type"]),
      value: header.need("values", ["value"]),
      value2: header.find(["value2"]),
    };
    this.#time = new TimeColumn({ name: "time", column }, sample, dateOrder);
    const local = header.find(["localtime", "localtimestamp"]);
    this.#localTime = local < 0 ? undefined : new TimeColumn({ name: "local time", column: local }, sample, dateOrder);
    return true;
  }

  row(fields: Fields, line: number): void {
    const { sink } = this.#options, { row } = sink;
    this.#times(fields);
    const name = fields.text(this.#columns.kind).toLowerCase();
    if (!Object.hasOwn(KINDS, name)) {
      fields.fail(`kind is ${name || "missing"}, none of an event`, closest(name, Object.keys(KINDS)));
    }
    row.kind = KINDS[name];
    row.side = NONE;
    row.idLow = row.idHigh = 0;
    row.price = row.size = 0;
    row.place = line;
    row.flags = AT_EXCHANGE | AT_LOCAL | LAST;
    this.#value(fields, row.kind, line);
    sink.add();
  }

  end(): void {}

  #times(fields: Fields): void {
    const { row } = this.#options.sink;
    const time = this.#time!, localTime = this.#localTime;
    time.read(fields);
    row.exchangeSec = row.localSec = time.sec;
    row.exchangeNs = row.localNs = time.ns;
    if (localTime !== undefined) {
      localTime.read(fields);
      row.localSec = localTime.sec;
      row.localNs = localTime.ns;
    }
    if (row.localSec < this.#sec || (row.localSec === this.#sec && row.localNs < this.#ns)) {
      fields.fail("its time is before that of the line above", "sort the lines by time");
    }
    this.#sec = row.localSec;
    this.#ns = row.localNs;
  }

  #value(fields: Fields, kind: number, line: number): void {
    const { tick, sink: { row } } = this.#options, { value, value2 } = this.#columns;
    if (kind === STATUS) {
      const text = fields.text(value).toLowerCase();
      if (text !== "open" && text !== "halted") fields.fail(`value is ${text || "missing"}, neither open nor halted`);
      row.size = text === "open" ? 1 : 0;
    } else if (kind === SPLIT) {
      row.price = fields.integer(value, "value");
      row.size = value2 < 0 || fields.isEmpty(value2) ? 1 : fields.integer(value2, "value2");
      if (row.price <= 0 || row.size <= 0) fields.fail(`it splits ${row.price} for ${row.size}; both must be above 0`);
    } else {
      fields.decimal(value, "value");
      const { mantissa, decimals } = fields;
      if (kind === DIVIDEND && mantissa <= 0) fields.fail(`value is ${fields.text(value)}, not above 0`);
      row.price = kind === FUNDING ? rateOf(fields, value) : unitsAt(tick, mantissa, decimals, "price", line);
    }
  }
}

/** A rate of funding in 1e-9. */
function rateOf(fields: Fields, column: number): number {
  const { mantissa, decimals } = fields;
  const rate = decimals <= RATE_DECIMALS ? mantissa * POWERS_OF_TEN[RATE_DECIMALS - decimals] : NaN;
  // A rate of one and more is a per cent that was taken for a fraction.
  if (Math.abs(rate) < POWERS_OF_TEN[RATE_DECIMALS]) return rate;
  const wanted = "a fraction such as 0.0001, below 1 and with at most 9 decimals";
  return fields.fail(`value is ${fields.text(column).slice(0, 40)}, not ${wanted}`);
}

import { SourceError } from "../decoder.ts";
import type { CsvLine } from "./csv_reader.ts";
import { Fields } from "./fields.ts";
import { daysSince1970, isDate, type Moment, parseIsoTime } from "./time.ts";

/** How to read a date such as 03/04/2024: month or day first. */
export type DateOrder = "mdy" | "dmy";

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const encoder = new TextEncoder();

/**
 * A column of times (or one of dates and one of times of day) whose style is found from a sample of it.
 *
 * Styles: ISO 8601 and its looser forms; `YYYYMMDD`, `YYYYMMDDHHMM[SS]`; `MM/DD/YYYY`, `DD/MM/YYYY`, `DD.MM.YYYY`, with one
 * digit too; `2 Jan 2024`, `Jan 2, 2024`; each with a time of day behind it, or none for midnight; seconds, milliseconds,
 * microseconds or nanoseconds since 1970, told apart by their digits. A time without an offset is UTC.
 *
 * The style is one for the file. `MM/DD` and `DD/MM` are told apart by the sample, where a day is above 12, or by the
 * caller's `dateOrder`.
 */
export class TimeColumn {
  /** Of {@linkcode read}. */
  sec = 0;
  ns = 0;
  readonly #name: string;
  readonly #column: number;
  readonly #ofDay: number;
  /** Digits below the second of a count since 1970; -1: the times are text. */
  readonly #below: number;
  readonly #order: DateOrder | undefined;
  /** All of the sample is ISO 8601 in full, which is read without making strings. */
  readonly #isIso: boolean;
  readonly #scratch = new Fields(0);

  /**
   * Looks at `sample`. `ofDay` is the column of times of day, -1 where there is none. Throws SourceError on the first time
   * that cannot be read, and on dates that can be read two ways.
   */
  constructor(
    { name, column, ofDay = -1 }: { name: string; column: number; ofDay?: number },
    sample: readonly CsvLine[],
    dateOrder?: DateOrder,
  ) {
    this.#name = name;
    this.#column = column;
    this.#ofDay = ofDay;
    const texts = sample.map(({ texts }) => join(texts[column] ?? "", ofDay < 0 ? "" : texts[ofDay] ?? ""));
    const isCount = texts.length > 0 && COUNT.test(texts[0]) && parseText(texts[0], undefined) === undefined;
    const longest = texts.reduce((most, text) => Math.max(most, COUNT.exec(text)?.[1].length ?? 0), 0);
    this.#below = !isCount ? -1 : longest <= 11 ? 0 : longest <= 14 ? 3 : longest <= 17 ? 6 : 9;
    this.#isIso = ofDay < 0 && texts.length > 0 && texts.every(isIso);
    this.#order = isCount ? undefined : orderOf(texts, sample, dateOrder);
  }

  /** Reads a row's time into `sec` and `ns`. Throws SourceError with the line when it has another style. */
  read(fields: Fields): void {
    if (this.#below >= 0) {
      fields.epoch(this.#column, this.#name, this.#below);
      this.sec = fields.sec;
      this.ns = fields.ns;
      return;
    }
    if (this.#isIso) {
      fields.time(this.#column, this.#name);
      this.sec = fields.sec;
      this.ns = fields.ns;
      return;
    }
    const text = join(fields.text(this.#column), this.#ofDay < 0 ? "" : fields.text(this.#ofDay));
    if (this.#readText(text)) return;
    fields.fail(
      `${this.#name} is ${text.slice(0, 40) || "missing"}${text === "" ? "" : ", not a time as the file's others"}`,
    );
  }

  /** Reads the time of a line of the sample; false where it has another style. */
  readSample({ texts }: CsvLine): boolean {
    const text = join(texts[this.#column] ?? "", this.#ofDay < 0 ? "" : texts[this.#ofDay] ?? "");
    if (this.#below < 0) return this.#readText(text);
    if (!COUNT.test(text)) return false;
    const bytes = encoder.encode(text);
    this.#scratch.split(bytes, 0, bytes.length, 0);
    this.#scratch.epoch(0, this.#name, this.#below);
    this.sec = this.#scratch.sec;
    this.ns = this.#scratch.ns;
    return true;
  }

  #readText(text: string): boolean {
    const moment = parseText(text, this.#order);
    if (moment === undefined) return false;
    this.sec = moment.sec;
    this.ns = moment.ns;
    return true;
  }
}

/** A count since 1970, perhaps with a fraction. */
const COUNT = /^(\d+)(?:\.\d*)?$/;

/** A date and a time of day that stand in two columns. */
function join(date: string, ofDay: string): string {
  return ofDay === "" ? date : `${date} ${ofDay}`;
}

/** The order of day and month that a sample shows; undefined where its dates have the year first or name the month. */
function orderOf(texts: readonly string[], sample: readonly CsvLine[], wanted?: DateOrder): DateOrder | undefined {
  const first = texts.findIndex((text) => /^\d{1,2}[/.-]\d{1,2}[/.-]\d{4}/.test(text));
  if (first < 0) return undefined;
  if (wanted !== undefined) return wanted;
  // With points, the day comes first everywhere.
  if (texts[first].includes(".") && !texts[first].includes("/")) return "dmy";
  const [mdy, dmy] = [readAs(texts, "mdy"), readAs(texts, "dmy")];
  if (mdy.count !== dmy.count) return mdy.count > dmy.count ? "mdy" : "dmy";
  if (mdy.rises !== dmy.rises) return mdy.rises ? "mdy" : "dmy";
  throw new SourceError(
    `the date ${texts[first]} can be read with the month or the day first`,
    sample[first].line,
    "say which, as --date-order mdy or --date-order dmy",
  );
}

/** How many of the texts are times in one order of day and month, and whether they rise. */
function readAs(texts: readonly string[], order: DateOrder): { count: number; rises: boolean } {
  let count = 0;
  let rises = true;
  let before = -Infinity;
  for (const text of texts) {
    const sec = parseText(text, order)?.sec;
    if (sec === undefined) continue;
    count++;
    if (sec < before) rises = false;
    before = sec;
  }
  return { count, rises };
}

const YEAR_FIRST = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?=$|[T ,])/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?=$|[T ,]|\d{4}$|\d{6}$)/;
const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?=$|[T ,])/;
const MONTH_NAMED = /^(\d{1,2})[- ]([A-Za-z]{3,9})\.?[- ,]+(\d{4})(?=$|[T ,])/;
const MONTH_FIRST = /^([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})(?=$|[T ,])/;
const OF_DAY =
  /^[T ,]*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?([AaPp])[Mm])?(?: ?(Z|z|UTC|GMT|([+-])(\d{2}):?(\d{2})))?$/;
const OF_DAY_COMPACT = /^[T ,]*(\d{2})(\d{2})(\d{2})?$/;

/** Reads any of the styles of text; undefined where it is none of them or there is no such day or time. */
function parseText(text: string, order: DateOrder | undefined): Moment | undefined {
  if (text.length >= 19 && text.charCodeAt(4) === 45) {
    const moment = isoTime(text);
    if (moment !== undefined) return moment;
  }
  const date = parseDateText(text, order);
  if (date === undefined) return undefined;
  const sec = date.days * 86400;
  return date.rest === "" ? { sec, ns: 0 } : addOfDay(sec, date.rest);
}

function isIso(text: string): boolean {
  return text.charCodeAt(4) === 45 && isoTime(text) !== undefined;
}

function isoTime(text: string): Moment | undefined {
  const bytes = encoder.encode(text);
  return parseIsoTime(bytes, 0, bytes.length);
}

function parseDateText(text: string, order: DateOrder | undefined): { days: number; rest: string } | undefined {
  let match: RegExpExecArray | null;
  let year: number, month: number, day: number;
  if ((match = YEAR_FIRST.exec(text)) !== null) {
    [year, month, day] = [Number(match[1]), Number(match[3]), Number(match[4])];
  } else if ((match = COMPACT.exec(text)) !== null) {
    [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
    // Eight digits may also be a count since 1970.
    if (year < 1800 || year > 2200) return undefined;
  } else if ((match = YEAR_LAST.exec(text)) !== null) {
    const [one, two] = [Number(match[1]), Number(match[3])];
    [year, month, day] = order === "dmy" ? [Number(match[4]), two, one] : [Number(match[4]), one, two];
  } else if ((match = MONTH_NAMED.exec(text)) !== null) {
    [year, month, day] = [Number(match[3]), monthOf(match[2]), Number(match[1])];
  } else if ((match = MONTH_FIRST.exec(text)) !== null) {
    [year, month, day] = [Number(match[3]), monthOf(match[1]), Number(match[2])];
  } else return undefined;
  if (!isDate(year, month, day)) return undefined;
  return { days: daysSince1970(year, month, day), rest: text.slice(match[0].length) };
}

function monthOf(name: string): number {
  return MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
}

function addOfDay(sec: number, text: string): Moment | undefined {
  const match = OF_DAY.exec(text) ?? OF_DAY_COMPACT.exec(text);
  if (match === null) return undefined;
  const [, h, m, s = "0", fraction = "", half, , sign, offsetHours = "0", offsetMinutes = "0"] = match;
  let hour = Number(h);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined;
    hour = hour % 12 + (half.toLowerCase() === "p" ? 12 : 0);
  }
  if (hour > 23 || Number(m) > 59 || Number(s) > 59) return undefined;
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === "-" ? -60 : 60);
  return { sec: sec + hour * 3600 + Number(m) * 60 + Number(s) - offset, ns: Number(fraction.padEnd(9, "0")) };
}

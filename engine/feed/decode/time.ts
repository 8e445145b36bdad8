/** A moment: whole seconds since 1970-01-01 UTC, and nanoseconds within the second. */
export interface Moment {
  sec: number;
  ns: number;
}

/**
 * Days since 1970-01-01 of a date of the Gregorian calendar; month 1 to 12.
 *
 * @example
 * ```ts
 * import { daysSince1970 } from "./time.ts";
 * if (daysSince1970(2012, 6, 21) !== 15512) throw new Error("unexpected");
 * ```
 */
export function daysSince1970(year: number, month: number, day: number): number {
  // Years counted from March, so that the leap day is the last of its year.
  const y = month <= 2 ? year - 1 : year;
  const monthFromMarch = (month + 9) % 12;
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + day - 1;
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return y * 365 + leapDays + dayOfYear - 719468; // the last: days from 0000-03-01 to 1970-01-01
}

/** Whether there is such a day. */
export function isDate(year: number, month: number, day: number): boolean {
  if (!(month >= 1 && month <= 12 && day >= 1)) return false;
  const next = month === 12 ? daysSince1970(year + 1, 1, 1) : daysSince1970(year, month + 1, 1);
  return day <= next - daysSince1970(year, month, 1);
}

/** Days since 1970-01-01 of "2012-06-21" or "20120621"; throws RangeError when it is no date. */
export function parseDate(text: string): number {
  const match = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text);
  const [year, month, day] = match ? [Number(match[1]), Number(match[2]), Number(match[3])] : [0, 0, 0];
  if (!isDate(year, month, day)) {
    throw new RangeError(`Cannot use date ${JSON.stringify(text)}: it is no day; write it as 2012-06-21`);
  }
  return daysSince1970(year, month, day);
}

/**
 * Seconds to add to US Eastern wall time to get UTC, for a date in days since 1970: 14,400 in summer, 18,000 in winter.
 *
 * By the law's rule since 1987 (first Sunday of April to last of October; since 2007 second of March to first of November).
 * The clocks change on a Sunday at 02:00, when US exchanges are closed, so the day decides.
 */
export function easternOffsetSec(days: number): number {
  const year = yearOf(days);
  const begins = year >= 2007 ? sundayOnOrAfter(year, 3, 8) : sundayOnOrAfter(year, 4, 1);
  const ends = year >= 2007 ? sundayOnOrAfter(year, 11, 1) : sundayOnOrAfter(year, 10, 25);
  return days >= begins && days < ends ? 14400 : 18000;
}

/**
 * Reads "2025-07-17T08:05:03.360848442Z" from bytes; undefined where it is not such a time.
 *
 * A space may stand for the T, up to nine digits after the point, and Z, "+00:00" or another offset, or nothing (UTC) at the
 * end. The object returned is one and the same each time.
 */
export function parseIsoTime(bytes: Uint8Array, start: number, end: number): Moment | undefined {
  if (end - start < 19) return undefined;
  const year = digits(bytes, start, 4), month = digits(bytes, start + 5, 2), day = digits(bytes, start + 8, 2);
  const hour = digits(bytes, start + 11, 2),
    minute = digits(bytes, start + 14, 2),
    second = digits(bytes, start + 17, 2);
  const separator = bytes[start + 10];
  if (bytes[start + 4] !== 45 || bytes[start + 7] !== 45 || (separator !== 84 && separator !== 32)) return undefined;
  if (bytes[start + 13] !== 58 || bytes[start + 16] !== 58) return undefined;
  if (year < 0 || !isDate(year, month, day) || hour < 0 || hour > 23 || minute < 0 || minute > 59) return undefined;
  if (second < 0 || second > 60) return undefined;
  let at = start + 19, ns = 0;
  if (at < end && bytes[at] === 46) {
    at++;
    let scale = 100_000_000;
    for (; at < end && bytes[at] >= 48 && bytes[at] <= 57; at++) {
      if (scale < 1) return undefined;
      ns += (bytes[at] - 48) * scale;
      scale /= 10;
    }
  }
  const offset = offsetSec(bytes, at, end);
  if (offset === undefined) return undefined;
  moment.sec = daysSince1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
  moment.ns = ns;
  return moment;
}

const moment: Moment = { sec: 0, ns: 0 };

function offsetSec(bytes: Uint8Array, at: number, end: number): number | undefined {
  if (at === end || (bytes[at] === 90 && at + 1 === end)) return 0;
  if (end - at !== 6 || (bytes[at] !== 43 && bytes[at] !== 45) || bytes[at + 3] !== 58) return undefined;
  const hours = digits(bytes, at + 1, 2), minutes = digits(bytes, at + 4, 2);
  if (hours < 0 || minutes < 0) return undefined;
  return (bytes[at] === 45 ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** The number of `count` digits, -1 where one is not a digit. */
function digits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = bytes[i] - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function yearOf(days: number): number {
  let year = 1970 + Math.floor(days / 365.2425);
  while (daysSince1970(year + 1, 1, 1) <= days) year++;
  while (daysSince1970(year, 1, 1) > days) year--;
  return year;
}

function sundayOnOrAfter(year: number, month: number, day: number): number {
  const days = daysSince1970(year, month, day);
  return days + (((3 - days) % 7) + 7) % 7; // 1970-01-04, day 3, was a Sunday
}

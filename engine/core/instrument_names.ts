import { closest } from "./closest.ts";

/** What names an instrument: where it trades, and its name there. */
interface Named {
  readonly symbol: string;
  readonly venue: string;
}

/**
 * The names by which a session's instruments are told apart: the symbol, and "symbol@venue" where several venues trade it.
 *
 * @example
 * ```ts
 * import { instrumentNames } from "./instrument_names.ts";
 * const names = instrumentNames([
 *   { symbol: "BTCUSDT", venue: "binance" },
 *   { symbol: "BTCUSDT", venue: "okx" },
 *   { symbol: "GOOG", venue: "XNAS" },
 * ]);
 * if (names.join() !== "BTCUSDT@binance,BTCUSDT@okx,GOOG") throw new Error("unexpected");
 * ```
 */
export function instrumentNames(instruments: readonly Named[]): string[] {
  const counts = new Map<string, number>();
  for (const { symbol } of instruments) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  return instruments.map((each) => counts.get(each.symbol) === 1 ? each.symbol : fullName(each));
}

/**
 * All names by which something may be set for these instruments: those that tell them apart, and symbols for all their venues.
 *
 * @example
 * ```ts
 * import { knownNames } from "./instrument_names.ts";
 * const names = knownNames([{ symbol: "BTCUSDT", venue: "binance" }, { symbol: "BTCUSDT", venue: "okx" }]);
 * if (names.join() !== "BTCUSDT,BTCUSDT@binance,BTCUSDT@okx") throw new Error("unexpected");
 * ```
 */
export function knownNames(instruments: readonly Named[]): string[] {
  return [...new Set([...instruments.map(({ symbol }) => symbol), ...instrumentNames(instruments)])];
}

/** "symbol@venue", which names one instrument of any session. */
export function fullName({ symbol, venue }: Named): string {
  return `${symbol}@${venue}`;
}

/**
 * The index of the instrument with a name: its symbol, or "symbol@venue". A symbol of several venues names none of them alone.
 *
 * Throws RangeError where there is none, with the nearest, or where there are several, with all of them.
 *
 * @example
 * ```ts
 * import { findInstrument } from "./instrument_names.ts";
 * const instruments = [{ symbol: "BTCUSDT", venue: "binance" }, { symbol: "BTCUSDT", venue: "okx" }];
 * if (findInstrument(instruments, "BTCUSDT@okx") !== 1) throw new Error("unexpected");
 * ```
 */
export function findInstrument(instruments: readonly Named[], name: string): number {
  const index = instruments.findIndex((each) => each.symbol === name);
  if (index < 0) {
    const full = instruments.findIndex((each) => fullName(each) === name);
    if (full >= 0) return full;
    const near = closest(name, instrumentNames(instruments));
    throw new RangeError(`Cannot find instrument ${name}: no tape of this session has it; ${near}`);
  }
  const all = instruments.filter((each) => each.symbol === name);
  if (all.length === 1) return index;
  throw new RangeError(
    `Cannot find instrument ${name}: it trades at ${all.length} venues; say ${all.map(fullName).join(" or ")}`,
  );
}

import { SourceError } from "../decoder.ts";

/** Names of instruments that are remembered at most, for an error: a source may be broken, and name a new one a line. */
const KEPT_MAX = 1000;
/** Names an error lists at most. */
const LISTED_MAX = 20;

/** Remembers a name that was met, up to 1,000 of them. */
export function noteSymbol(names: Set<string>, name: string): void {
  if (names.size < KEPT_MAX) names.add(name);
}

/** The error of a source with several instruments when none was chosen; lists up to 20 of them. */
export function severalSymbols(names: Iterable<string>, place: number, unit: string): SourceError {
  const sorted = [...new Set(names)].sort();
  return new SourceError(
    `it has more than one instrument: ${list(sorted, 0)}`,
    place,
    `name the one to take, as --symbol ${sorted[0]}`,
    unit,
  );
}

/** The error of a source without the chosen instrument; lists up to 20 that it has, those nearest by name. */
export function symbolNotFound(wanted: string, names: Iterable<string>, place: number, unit: string): SourceError {
  const sorted = [...new Set(names)].sort();
  let at = sorted.findIndex((name) => name >= wanted);
  if (at < 0) at = sorted.length;
  const from = Math.max(0, Math.min(at - LISTED_MAX / 2, sorted.length - LISTED_MAX));
  const has = sorted.length === 0 ? "no instrument" : list(sorted, from);
  return new SourceError(`symbol ${wanted} is not in it`, place, `it has ${has}`, unit);
}

function list(sorted: readonly string[], from: number): string {
  const shown = sorted.slice(from, from + LISTED_MAX);
  const rest = sorted.length - shown.length;
  return shown.join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

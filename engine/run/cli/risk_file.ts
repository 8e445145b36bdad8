import { parse } from "@std/jsonc";
import { closest } from "../../core/closest.ts";
import { type Limits, limits as checkLimits, UNLIMITED } from "../../risk/limits.ts";
import { nearName } from "../near_name.ts";
import { EXIT } from "./exit_codes.ts";
import { Failure } from "./failure.ts";

/** Limits for all instruments, and by symbol over those. */
export interface RiskLimits {
  readonly limits: Partial<Limits>;
  readonly limitsOf: Readonly<Record<string, Partial<Limits>>>;
}

const NAMES = Object.keys(UNLIMITED);

/**
 * Reads a file of limits, JSON or JSONC: `{ "position": 500, "instruments": { "BTCUSDT": { "position": 20 } } }`.
 *
 * Throws Failure that names the file and what is wrong in it: a name that is none suggests the nearest, so does a symbol
 * that no tape has.
 */
export function readRiskFile(path: string, symbols: readonly string[]): RiskLimits {
  const { instruments = {}, ...all } = asObject(path, parseFile(path), "the file");
  const limitsOf: Record<string, Partial<Limits>> = {};
  for (const [symbol, given] of Object.entries(asObject(path, instruments, "instruments"))) {
    if (!symbols.includes(symbol)) {
      throw bad(path, `instruments has ${symbol}, which no tape has; ${closest(symbol, symbols)}`);
    }
    limitsOf[symbol] = readLimits(path, asObject(path, given, symbol));
  }
  return { limits: readLimits(path, all, ["instruments"]), limitsOf };
}

/** Reads the values of `--limit NAME=VALUE`; throws Failure that suggests the nearest name. */
export function readLimitFlags(given: Readonly<Record<string, string>>): Partial<Limits> {
  const values = Object.entries(given).map(([name, text]) => {
    if (!NAMES.includes(name)) {
      throw usage(`Cannot set limit ${name}: there is none of that name; ${closest(name, NAMES)}`);
    }
    if (text === "unlimited") return [name, text] as const;
    // An empty text would be 0, which forbids everything.
    const value = text === "" ? NaN : Number(text);
    if (!(value >= 0)) {
      throw usage(`Cannot set limit ${name}: ${text || "nothing"} is neither a number of 0 or more nor "unlimited"`);
    }
    return [name, value] as const;
  });
  const found = Object.fromEntries(values) as Partial<Limits>;
  try {
    checkLimits(found);
  } catch (error) {
    throw usage((error as Error).message);
  }
  return found;
}

function readLimits(path: string, given: Record<string, unknown>, others: readonly string[] = []): Partial<Limits> {
  for (const name of Object.keys(given)) {
    if (!NAMES.includes(name)) throw bad(path, `there is no limit ${name}; ${closest(name, [...NAMES, ...others])}`);
  }
  try {
    checkLimits(given);
  } catch (error) {
    throw bad(path, (error as Error).message);
  }
  return given;
}

function parseFile(path: string): unknown {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound;
    throw bad(path, missing ? `there is no such file; ${nearName(path)}` : (error as Error).message);
  }
  try {
    return parse(text);
  } catch (error) {
    const { message } = error as Error;
    const position = Number(/position (\d+)/.exec(message)?.[1]);
    const place = Number.isNaN(position) ? "" : `, line ${text.slice(0, position).split("\n").length}`;
    throw bad(`${path}${place}`, message.replace(/^Cannot parse JSONC: /, "").replace(/ in JSONC at.*/, ""));
  }
}

function asObject(path: string, value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw bad(path, `${what} is ${JSON.stringify(value)}; write { "position": 500 }`);
}

function bad(place: string, problem: string): Failure {
  return new Failure(EXIT.INPUT, `Cannot read limits from ${place}: ${problem}`);
}

function usage(message: string): Failure {
  return new Failure(EXIT.USAGE, message);
}

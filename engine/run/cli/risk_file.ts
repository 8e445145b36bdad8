import { parse } from "@std/jsonc";
import { closest } from "../../core/closest.ts";
import { checkLimit, type ScopeLimits } from "../../risk/limits.ts";
import type { GuardOptions } from "../../risk/guard_options.ts";
import { guardSpecs } from "../../risk/guard_specs.ts";
import { LIMIT_SCOPES, placeOf, type RiskLimits, STATED_NAMES } from "../limit_flags.ts";
import { nearName } from "../near_name.ts";
import { EXIT } from "./exit_codes.ts";
import { Failure } from "./failure.ts";

const OTHERS = [...LIMIT_SCOPES, "instruments", "failClosed", "guards"];

/**
 * Reads a file of limits, JSON or JSONC:
 *
 * `{ "position": 500, "session": { "leverage": 3 }, "instruments": { "BTCUSDT": { "position": 20 } }, "restricted": ["X"] }`.
 *
 * What stands at the top is of every instrument, and of the session where it counts over all of them; `account`, `strategy`,
 * `"failClosed": true` and `"guards": { … }` (see {@linkcode GuardOptions}) go beside it. Throws Failure that names the file
 * and what is wrong in it: a name that is none suggests the nearest, so does a symbol that no tape has.
 */
export function readRiskFile(path: string, symbols: readonly string[]): RiskLimits {
  const {
    instruments = {},
    session = {},
    account = {},
    strategy = {},
    failClosed = false,
    restricted = [],
    guards,
    ...all
  } = asObject(path, parseFile(path), "the file");
  if (typeof failClosed !== "boolean") {
    throw bad(path, `failClosed is ${JSON.stringify(failClosed)}; it is true or false`);
  }
  const limitsOf: Record<string, ScopeLimits> = {};
  for (const [symbol, given] of Object.entries(asObject(path, instruments, "instruments"))) {
    checkSymbol(path, "instruments", symbol, symbols);
    limitsOf[symbol] = readLimits(path, `instruments.${symbol}`, asObject(path, given, symbol));
  }
  for (const symbol of readList(path, restricted)) {
    checkSymbol(path, "restricted", symbol, symbols);
    limitsOf[symbol] = { ...limitsOf[symbol], restricted: true };
  }
  const wide = Object.entries({ session, account, strategy }).map(([place, given]) =>
    [place, readLimits(path, place, asObject(path, given, place))] as const
  );
  const risk = Object.fromEntries(wide.filter(([, given]) => Object.keys(given).length > 0));
  return {
    limits: readLimits(path, "", all),
    limitsOf,
    risk: { ...risk, ...(failClosed ? { failClosed } : {}) },
    ...(guards === undefined ? {} : { guards: readGuards(path, guards, symbols) }),
  };
}

function readLimits(path: string, place: string, given: Record<string, unknown>): ScopeLimits {
  for (const [name, value] of Object.entries(given)) {
    if (!STATED_NAMES.includes(name)) {
      throw bad(
        path,
        `there is no limit ${name}; ${closest(name, place === "" ? [...STATED_NAMES, ...OTHERS] : STATED_NAMES)}`,
      );
    }
    try {
      checkLimit(place || placeOf(name), name, value);
    } catch (error) {
      throw bad(path, (error as Error).message);
    }
  }
  return given;
}

function readGuards(path: string, given: unknown, symbols: readonly string[]): GuardOptions {
  try {
    guardSpecs(given as GuardOptions, symbols);
  } catch (error) {
    throw bad(path, (error as Error).message);
  }
  return given as GuardOptions;
}

function checkSymbol(path: string, where: string, symbol: string, symbols: readonly string[]): void {
  if (!symbols.includes(symbol)) {
    throw bad(path, `${where} has ${symbol}, which no tape has; ${closest(symbol, symbols)}`);
  }
}

function readList(path: string, value: unknown): string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  throw bad(path, `restricted is ${JSON.stringify(value)}; write ["BTCUSDT"]`);
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

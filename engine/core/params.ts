import { parseDuration } from "../venue/latency.ts";
import { closest } from "./closest.ts";

/** A value a strategy's parameter can have. */
export type ParamValue = number | string | boolean;

/** One parameter as a strategy declares it; the command line, sweeps and pages read this declaration. */
export interface Param<T extends ParamValue = ParamValue> {
  /** What its values are; "instrument" is one's name. */
  readonly type: "int" | "number" | "text" | "flag" | "duration" | "instrument";
  /** Its value where none is given. */
  readonly default: T;
  /** One line for people. */
  readonly help: string;
  /** The least that a number may be. */
  readonly min?: number;
  /** The most that a number may be. */
  readonly max?: number;
}

/** A strategy's parameters by name. */
export type ParamSpecs = Readonly<Record<string, Param>>;

/** The values of declared parameters. */
export type ParamValues<P extends ParamSpecs> = { readonly [K in keyof P]: P[K] extends Param<infer T> ? T : never };

/**
 * Declarations of parameters.
 *
 * @example
 * ```ts
 * import { param, paramValues } from "./params.ts";
 * const specs = { spread: param.int(2, "ticks from mid to quote", { min: 0 }) };
 * if (paramValues(specs, { spread: "3" }).spread !== 3) throw new Error("unexpected");
 * ```
 */
export const param = {
  /** A whole number. */
  int: (value: number, help: string, bounds: Pick<Param, "min" | "max"> = {}): Param<number> => ({
    type: "int",
    default: value,
    help,
    ...bounds,
  }),
  /** Any finite number. */
  number: (value: number, help: string, bounds: Pick<Param, "min" | "max"> = {}): Param<number> => ({
    type: "number",
    default: value,
    help,
    ...bounds,
  }),
  /** Text as it is. */
  text: (value: string, help: string): Param<string> => ({ type: "text", default: value, help }),
  /** true or false. */
  flag: (value: boolean, help: string): Param<boolean> => ({ type: "flag", default: value, help }),
  /** A length of time such as "100ms"; parse it with `parseDuration`. */
  duration: (value: string, help: string): Param<string> => ({ type: "duration", default: value, help }),
  /** The name of one of the session's instruments, "BTCUSDT" or "BTCUSDT@okx"; "" stands for the one at the place of its declaration. */
  instrument: (help: string): Param<string> => ({ type: "instrument", default: "", help }),
};

/**
 * The values of `specs` with `given` in place of defaults; texts are read by type.
 *
 * Throws RangeError for a name that is not declared (with the nearest that is), a value that is not of its type, or out of
 * bounds.
 */
export function paramValues<P extends ParamSpecs>(
  specs: P,
  given: Readonly<Record<string, ParamValue>>,
): ParamValues<P> {
  const values: Record<string, ParamValue> = {};
  for (const [name, spec] of Object.entries(specs)) values[name] = spec.default;
  for (const [name, value] of Object.entries(given)) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (!spec) {
      throw new RangeError(
        `Cannot set parameter ${name}: there is none of that name; ${closest(name, Object.keys(specs))}`,
      );
    }
    values[name] = read(name, spec, value);
  }
  return values as ParamValues<P>;
}

/**
 * Throws RangeError where a parameter of `specs` names none of a session's instruments, `symbols`, or is left open and stands
 * at a place where the session has none: with the near name, or all there are. `others` name them as well.
 *
 * @example
 * ```ts
 * import { checkInstruments, param, paramValues } from "./params.ts";
 * const specs = { a: param.instrument("one leg"), b: param.instrument("the other leg") };
 * checkInstruments(specs, paramValues(specs, { b: "GOOG" }), ["AAPL", "GOOG"]);
 * ```
 */
export function checkInstruments(
  specs: ParamSpecs,
  values: Readonly<Record<string, ParamValue>>,
  symbols: readonly string[],
  others: readonly string[] = [],
): void {
  const names = Object.keys(specs).filter((name) => specs[name].type === "instrument");
  const all = [...symbols, ...others];
  const named = names.find((name) => values[name] !== "" && !all.includes(String(values[name])));
  if (named !== undefined) {
    const problem = `no tape of this session has instrument ${values[named]}`;
    throw new RangeError(`Cannot set parameter ${named}: ${problem}; ${closest(String(values[named]), symbols)}`);
  }
  const open = names.find((name, place) => values[name] === "" && place >= symbols.length);
  if (open === undefined) return;
  const has = `the session has ${symbols.length === 1 ? "one alone" : `${symbols.length} alone`}, ${
    symbols.join(", ")
  }`;
  const remedy = `give another tape, or set ${open} to one of those`;
  throw new RangeError(
    `Cannot set parameter ${open}: it stands for instrument ${names.indexOf(open) + 1}, and ${has}; ${remedy}`,
  );
}

function read(name: string, spec: Param, value: ParamValue): ParamValue {
  const wrong = (what: string) =>
    new RangeError(`Cannot set parameter ${name}: ${value} is not ${what} (${spec.help})`);
  switch (spec.type) {
    case "text":
    case "instrument":
      return String(value);
    case "duration":
      try {
        parseDuration(String(value));
      } catch {
        throw wrong("a duration like 100ms");
      }
      return String(value);
    case "flag":
      if (value === true || value === "true") return true;
      if (value === false || value === "false") return false;
      throw wrong("true or false");
    default: {
      const number = value === true || value === false || String(value).trim() === "" ? NaN : Number(value);
      if (!Number.isFinite(number)) throw wrong("a number");
      if (spec.type === "int" && !Number.isSafeInteger(number)) throw wrong("a whole number");
      if (spec.min !== undefined && number < spec.min) throw wrong(`${spec.min} or more`);
      if (spec.max !== undefined && number > spec.max) throw wrong(`${spec.max} or less`);
      return number;
    }
  }
}

import type { BacktestOptions } from "../../engine/run/backtest.ts";
import { plainOptions, type RunFlags } from "../../engine/run/cli/run_options.ts";
import type { TapeMeta } from "../../engine/feed/tape_schema.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { unknown } from "./strategy_registry.ts";

type Value = string | number | boolean;
type Values = Readonly<Record<string, Value>>;
type Flag = Exclude<keyof RunFlags, "out">;

/** How a value becomes what the command line would have made of a flag; throws the text of what is wrong. */
type Read = (value: Value) => unknown;

const text: Read = (value) => String(value);
const whole: Read = (value) => {
  if (/^\d{1,15}$/.test(`${value}`)) return Number(value);
  throw "it is a whole number from 0";
};
const flag: Read = (value) => {
  if (typeof value === "boolean") return value;
  throw "it is true or false";
};
const oneOf = (...names: readonly string[]): Read => (value) => {
  if (names.includes(`${value}`)) return value;
  throw `it is ${names.join(", ")}`;
};
const list: Read = (value) => `${value}`.split(";").map((each) => each.trim()).filter((each) => each !== "");
const pairs: Read = (value) =>
  Object.fromEntries(
    `${value}`.split(",").map((each) => {
      const at = each.indexOf("=");
      if (at < 1) throw "it is name=value, with commas between";
      return [each.slice(0, at).trim(), each.slice(at + 1).trim()];
    }),
  );

/**
 * Flags of `lockstep run` that a request may use, by name. What names a file of the server's is not among them, nor what is
 * written elsewhere than in the run's folder.
 */
const OPTIONS: Readonly<Record<string, readonly [flag: Flag, read: Read]>> = {
  "seed": ["seed", whole],
  "queue": ["queue", text],
  "latency": ["latency", list],
  "fees": ["fees", text],
  "fills": ["fills", oneOf("whole", "partial")],
  "impact": ["impact", oneOf("frozen", "insert")],
  "self-trade": ["selfTrade", oneOf("allow", "cancel_newest", "cancel_oldest", "cancel_both", "decrement")],
  "like": ["like", oneOf("hftbacktest")],
  "as-levels": ["asLevels", flag],
  "limit": ["limit", pairs],
  "cash": ["cash", pairs],
  "finish": ["finish", oneOf("mark", "open", "close")],
  "margin": ["margin", text],
  "gaps": ["gaps", oneOf("stop", "stale")],
  "command": ["command", list],
};

/**
 * The options of a backtest that a request means, by the names and in the words of `lockstep run`'s flags. What a flag repeats
 * stands in one text: `limit` and `cash` with commas ("position=5,orderSize=2"), `latency` and `command` with semicolons.
 *
 * Throws ProtocolError MALFORMED that names what is wrong.
 *
 * @example
 * ```ts
 * import { openTape } from "../../engine/run/open_tape.ts";
 * import { sessionOptions } from "./session_options.ts";
 * const { reader: { meta }, close } = openTape("fixtures/data/market_l2.arrow");
 * close();
 * const { seed, limits } = sessionOptions({ seed: 7, limit: "position=5" }, {}, [meta]);
 * if (seed !== 7 || limits?.position !== 5) throw new Error("unexpected");
 * ```
 */
export function sessionOptions(
  options: Values,
  set: Values,
  metas: readonly TapeMeta[],
): Omit<BacktestOptions, "strategy" | "tape"> {
  const flags: Partial<Record<Flag, unknown>> = {};
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(OPTIONS, name)) {
      throw new ProtocolError(
        "MALFORMED",
        `Cannot take option ${name}: ${unknown("option", name, Object.keys(OPTIONS))}`,
      );
    }
    const [flag, read] = OPTIONS[name];
    try {
      flags[flag] = read(value);
    } catch (why) {
      throw new ProtocolError("MALFORMED", `Cannot take option ${name}: ${value} is none; ${why}`);
    }
  }
  const given = Object.fromEntries(Object.entries(set).map(([name, value]) => [name, String(value)]));
  try {
    return plainOptions({ ...flags, set: given, out: false } as RunFlags, metas.map(({ instrument }) => instrument));
  } catch (error) {
    throw malformed(error);
  }
}

/** What the engine says of options that do not fit, as an error of the protocol; others as they are. */
export function malformed(error: unknown): unknown {
  const told = error instanceof RangeError || error instanceof TypeError ||
    (error instanceof Error && ["Failure", "StrategyFileError"].includes(error.name));
  return told && error.message.startsWith("Cannot ") ? new ProtocolError("MALFORMED", error.message) : error;
}

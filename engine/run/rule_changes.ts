import { closest } from "../core/closest.ts";
import type { ScheduledCommand } from "../core/command.ts";
import type { ParamValue } from "../core/params.ts";
import { LIMIT_NAMES, type RiskScopes, type ScopeLimits } from "../risk/limits.ts";
import { readLimitFlags, type RiskLimits } from "./limit_flags.ts";
import type { BacktestOptions } from "./prepare.ts";

/** Other rules for a run. */
export interface RuleChanges {
  /** "check:price_band" (a limit, or "price_collar" for it), "guard:drawdown", "kill", "command:ID": each is left out. */
  readonly without?: readonly string[];
  /** Limits by name, as `position` or `max_position`, or of a scope, as `session.max_open_orders`. */
  readonly with?: Readonly<Record<string, string>>;
  readonly latency?: string;
  readonly queue?: string;
  readonly fees?: string;
  readonly seed?: number;
  readonly set?: Readonly<Record<string, ParamValue>>;
}

/** A run's options under other rules, and what was changed, in words. */
export interface ChangedRules {
  readonly options: PlainRun;
  readonly changes: readonly string[];
}

/** Options of a run, all its commands among them, each with its id. */
export type PlainRun = Omit<BacktestOptions, "strategy" | "tape" | "commands"> & {
  readonly commands: readonly ScheduledCommand[];
};

/** What traders call some limits. */
const ALIASES: Readonly<Record<string, string>> = {
  priceCollar: "priceBand",
  collar: "priceBand",
  size: "orderSize",
  value: "notional",
  orders: "openOrders",
  shorting: "shortSelling",
  exposure: "grossExposure",
  rate: "messageRate",
};

/**
 * The options of a run under other rules, on instruments of these symbols.
 *
 * Throws RangeError for a name that is none, with the near one, and for what the run did not have: a change that changes
 * nothing is a slip.
 *
 * @example
 * ```ts
 * import { changeRules } from "./rule_changes.ts";
 * const was = { limits: { priceBand: 0.1 }, latency: "10ms", commands: [] };
 * const { options, changes } = changeRules(was, { without: ["check:price_collar"], latency: "2ms" }, ["BTCUSDT"]);
 * if (options.limits?.priceBand !== "unlimited" || options.latency !== "2ms") throw new Error("unexpected");
 * if (changes.join() !== "without check priceBand (it was 0.1),latency 2ms (it was 10ms)") throw new Error(changes.join());
 * ```
 */
export function changeRules(was: PlainRun, changes: RuleChanges, symbols: readonly string[]): ChangedRules {
  let options = was;
  const told: string[] = [];
  for (const each of changes.without ?? []) {
    const [kind, name = ""] = split(each, ":");
    if (kind === "check" && name !== "") options = withoutCheck(options, name, told);
    else if (kind === "guard" && name !== "") options = withoutGuard(options, name, told);
    else if (kind === "command" && name !== "") options = withoutCommand(options, name, told);
    else if (each === "kill") options = withoutKill(options, told);
    else {
      const near = closest(each, ["check:NAME", "guard:NAME", "command:ID", "kill"]);
      throw new RangeError(`Cannot leave out ${each}: it is none of check:NAME, guard:NAME, command:ID, kill; ${near}`);
    }
  }
  for (const [path, value] of Object.entries(changes.with ?? {})) {
    options = withLimit(options, path, value, symbols, told);
  }
  const { latency, queue, fees, seed, set } = changes;
  for (const [name, value] of Object.entries({ latency, queue, fees, seed })) {
    if (value === undefined) continue;
    told.push(`${name} ${value} (it was ${text(was[name as "latency"] ?? "the default")})`);
    options = { ...options, [name]: value };
  }
  for (const [name, value] of Object.entries(set ?? {})) {
    told.push(`${name} = ${value} (it was ${text(was.set?.[name])})`);
    options = { ...options, set: { ...options.set, [name]: value } };
  }
  return { options, changes: told };
}

/** The real name of a limit: of `max_position`, `price_collar`, `priceBand`. */
function limitName(given: string): string {
  const camel = given.replace(/^max_?(?=[a-z_])/i, "").replace(
    /[_-]+(\w)/g,
    (_, letter: string) => letter.toUpperCase(),
  );
  const name = camel[0]?.toLowerCase() + camel.slice(1), real = ALIASES[name] ?? name;
  if ((LIMIT_NAMES as readonly string[]).includes(real)) return real;
  throw new RangeError(
    `Cannot change check ${given}: there is none; ${closest(real, [...LIMIT_NAMES, ...Object.keys(ALIASES)])}`,
  );
}

function withoutCheck(options: PlainRun, given: string, told: string[]): PlainRun {
  const name = limitName(given);
  const values: unknown[] = [];
  const drop = (scope: ScopeLimits): ScopeLimits => {
    const { [name as "position"]: value, ...rest } = scope;
    if (value !== undefined) values.push(value);
    return rest;
  };
  const { limits = {}, limitsOf = {}, risk = {} } = options;
  const { session = {}, account = {}, strategy = {}, ...others } = risk;
  const changed = {
    // Stated, for a run that fails closed.
    limits: { ...drop(limits), [name]: "unlimited" },
    limitsOf: mapped(limitsOf, drop),
    risk: { ...others, session: drop(session), account: drop(account), strategy: drop(strategy) },
  };
  const commands = options.commands.filter(({ command }) => !(command.kind === "set_limit" && command.name === name));
  if (values.length === 0 && commands.length === options.commands.length) {
    throw new RangeError(`Cannot leave out check ${name}: the run had no such limit; ${hadLimits(options)}`);
  }
  told.push(`without check ${name} (it was ${[...new Set(values.map(text))].join(", ") || "set by a command"})`);
  return { ...options, ...changed, commands };
}

/** The limits of a run, for a remedy. */
function hadLimits({ limits = {}, limitsOf = {}, risk = {} }: PlainRun): string {
  const { session = {}, account = {}, strategy = {} } = risk;
  const names = [limits, session, account, strategy, ...Object.values(limitsOf)].flatMap((scope) => Object.keys(scope));
  return names.length === 0 ? "it had none" : `it had ${[...new Set(names)].join(", ")}`;
}

function withLimit(
  options: PlainRun,
  path: string,
  value: string,
  symbols: readonly string[],
  told: string[],
): PlainRun {
  const at = path.lastIndexOf("."), place = path.slice(0, at + 1), name = limitName(path.slice(at + 1));
  const before: RiskLimits = {
    limits: (options.limits ?? {}) as ScopeLimits,
    // What is said of all holds for all.
    limitsOf: place === ""
      ? mapped(options.limitsOf ?? {}, ({ [name as "position"]: _, ...rest }) => rest)
      : options.limitsOf ?? {},
    risk: (options.risk ?? {}) as RiskScopes,
  };
  const { limits, limitsOf, risk } = readLimitFlags({ [place + name]: value }, symbols, before);
  const was = place === "" ? options.limits?.[name as "position"] : undefined;
  told.push(`with ${place}${name} ${value}${was === undefined ? "" : ` (it was ${was})`}`);
  return { ...options, limits, limitsOf, risk };
}

function withoutCommand(options: PlainRun, id: string, told: string[]): PlainRun {
  const gone = options.commands.find(({ command }) => command.id === id);
  if (gone === undefined) {
    const ids = options.commands.map(({ command }) => `${command.id}`);
    throw new RangeError(`Cannot leave out command ${id}: the run had none of that id; ${closest(id, ids)}`);
  }
  told.push(`without command ${id} (${gone.command.kind} at ${gone.at})`);
  return { ...options, commands: options.commands.filter((each) => each !== gone) };
}

/** Neither commands nor guards throw the kill switch; guards say so instead. */
function withoutKill(options: PlainRun, told: string[]): PlainRun {
  const commands = options.commands.filter(({ command }) => command.kind !== "kill");
  const { guards, count } = withoutKills(options.guards);
  const gone = options.commands.length - commands.length;
  if (gone === 0 && count === 0) {
    throw new RangeError("Cannot leave out kill: the run had no command or guard that kills");
  }
  const [by, and] = [`${gone} command${gone === 1 ? "" : "s"}`, `${count} guard${count === 1 ? "" : "s"}`];
  told.push(`without kill (${by}, ${and})`);
  return { ...options, commands, ...(guards === undefined ? {} : { guards }) };
}

/** Guards that alert where they would kill, and how many there are; a session that starts killed starts free. */
function withoutKills(guards: BacktestOptions["guards"]) {
  let count = 0;
  const free = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return mapped(value as Record<string, unknown>, (part, name) => {
      if (name !== "then" || part !== "kill") return free(part);
      count++;
      return "alert";
    });
  };
  const freed = free(guards) as BacktestOptions["guards"];
  if (!freed?.kill?.state) return { guards: freed, count };
  const { state: _, ...kill } = freed.kill;
  return { guards: { ...freed, kill }, count: count + 1 };
}

function withoutGuard(options: PlainRun, given: string, told: string[]): PlainRun {
  const wanted = given.replace(/[_-]+(\w)/g, (_, letter: string) => letter.toUpperCase());
  const names = new Set<string>();
  let count = 0;
  const sections = ["postTrade", "breakers", "compliance", "refusals"];
  const without = (section: object): object =>
    Object.fromEntries(
      Object.entries(section).filter(([name, value]) => {
        if (typeof value === "object") names.add(name);
        if (name !== wanted) return true;
        count++;
        return false;
      }),
    );
  const inside = (part: unknown): unknown =>
    mapped(
      part as Record<string, unknown>,
      (value, name) => sections.includes(name) ? without(value as object) : value,
    );
  const { instruments, ...all } = options.guards ?? {};
  const guards = {
    ...inside(all) as object,
    ...(instruments ? { instruments: mapped(instruments, inside) } : {}),
  } as BacktestOptions["guards"];
  if (count === 0) {
    throw new RangeError(`Cannot leave out guard ${given}: the run had none; ${closest(wanted, [...names])}`);
  }
  told.push(`without guard ${wanted}`);
  return { ...options, guards };
}

function mapped<T, U>(record: Readonly<Record<string, T>>, change: (value: T, name: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
}

function split(given: string, mark: string): string[] {
  const at = given.indexOf(mark);
  return at < 0 ? [given] : [given.slice(0, at), given.slice(at + 1)];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "the default";
}

import { Code, codeName } from "../core/codes.ts";
import { StateReader } from "../core/state_reader.ts";
import { StateWriter } from "../core/state_writer.ts";
import { instrumentNames } from "../core/instrument_names.ts";
import { LIMIT_NAMES, type LimitName, LIMITS } from "./limits.ts";
import { Risk, type RiskOptions } from "./risk.ts";
import type { RiskView } from "./risk_view.ts";
import type { OrderTable } from "../oms/order_table.ts";

/** One check of an order or amend, as it was made. */
export interface CheckSeen {
  /** A limit's name, or what was looked at: "form", "book". */
  readonly check: string;
  /** Whose limit: "session", "instruments.BTC"; "" where it is nobody's. */
  readonly scope: string;
  /** What is allowed; null where there is no such number. */
  readonly limit: number | null;
  /** What it would have come to; null where no number is told. */
  readonly observed: number | null;
  /** Of both numbers: "lots", "USDT"; "" for a plain number. */
  readonly unit: string;
  /** null: not reached, because one before it refused. */
  readonly passed: boolean | null;
}

/** What is judged, and what a twin of the judge is made of. */
export interface Judged {
  readonly risk: Risk;
  readonly orders: OrderTable;
  readonly view: RiskView;
  readonly valuation: RiskOptions["valuation"];
  readonly failClosed: boolean;
  readonly slot: number;
  /** Of an amend: what is asked for. */
  readonly amend?: { readonly price: number; readonly size: number };
  /** Whether a callback of the strategy runs. */
  readonly called: boolean;
  /** Requests of the last second in a scope, with the one that is judged: counted for limits of rates. */
  readonly rate: (scope: string, name: "messageRate" | "orderRate" | "cancelRate") => number;
}

/** The checks in the order in which {@linkcode Risk} makes them; those that are no limits' stand as they are called there. */
const ORDER = [
  "instrument",
  "expiry",
  "restricted",
  "failClosed",
  "priceGrid",
  "sizeGrid",
  "form",
  "haltedOrders",
  "book",
  "dataAgeMs",
  "heartbeatAgeMs",
  "orderSize",
  "orderSizeMin",
  "notional",
  "notionalMin",
  "priceBand",
  "collarLast",
  "collarReference",
  "reduceOnly",
  "selfTrade",
  "shortSelling",
  "position",
  "grossExposure",
  "netExposure",
  "concentration",
  "leverage",
  "margin",
  "overdraft",
  "openOrders",
  "messageRate",
  "orderRate",
  "cancelRate",
  "orderToTrade",
] as const;
/** Those that an amend does not pass. */
const NEW_ONLY: ReadonlySet<string> = new Set(["instrument", "expiry", "form", "openOrders"]);
const RATES: ReadonlySet<string> = new Set(["messageRate", "orderRate", "cancelRate"]);
const MINIMA: ReadonlySet<string> = new Set(["orderSizeMin", "notionalMin"]);
/** A minimum that nothing reaches. */
const ENDLESS = 1e300;

/**
 * Tells each check of an order that is about to be judged, with what was allowed and what it came to.
 *
 * {@linkcode Risk} tells the numbers of refusals only, and does not stop to note the others. So a twin of it, in the same
 * state, is asked once for each limit in force, with that limit so tight that it refuses: nothing of the judge itself is
 * touched. What is 0 or less is told as 0.
 *
 * | call | cost |
 * |---|---|
 * | `explainChecks` | a copy of risk's state, and a check for each limit in force: for one order that somebody asks about |
 */
export function explainChecks(judged: Judged): CheckSeen[] {
  const { risk, orders, slot, amend, valuation } = judged;
  const instrument = valuation.instruments[orders.instrument[slot]];
  const twin = twinOf(judged);
  const verdict = judge(twin, slot, amend);
  const refusal = verdict === 0 ? undefined : { ...copyOf(twin.last), passed: false };
  const seen: CheckSeen[] = [];
  if (instrument === undefined) return refusal ? [refusal] : [];
  loosen(twin, judged);
  const scopes = scopesOf(judged), place = refusal && placeOf(refusal.check, verdict, twin, judged);
  let reached = true;
  const add = (check: CheckSeen) => {
    seen.push(check);
    reached &&= check.passed !== false;
  };
  for (const check of ORDER) {
    if (amend && NEW_ONLY.has(check)) continue;
    const isLimit = Object.hasOwn(LIMITS, check), here = place === check ? refusal : undefined;
    // What is nobody's limit refuses before those that are.
    if (here && (!isLimit || here.scope === "")) add(here);
    else if (!isLimit && (check !== "failClosed" || judged.failClosed)) {
      add({ ...NOTHING, check, passed: reached ? true : null });
    }
    if (!isLimit) continue;
    for (const scope of scopes) {
      if (risk.limit(scope, check) === "unlimited") continue;
      if (reached && here?.scope === scope) add(here);
      else if (reached) add(limitSeen(judged, twin, scope, check as LimitName, place === "" ? refusal!.check : ""));
      else add({ ...limitOf(judged, scope, check as LimitName), observed: null, passed: null });
    }
  }
  if (refusal && reached) seen.push(refusal);
  return seen;
}

/** The check in {@linkcode ORDER} by which an order was refused; "" where a limit had no price or account to judge it by. */
function placeOf(check: string, verdict: number, loose: Risk, { failClosed, slot, amend }: Judged): string {
  const lacks = check === "price" || check === "account";
  // Where no limit is left, only `failClosed` asks for them.
  if (failClosed && (verdict === Code.LIMIT_MISSING || (lacks && judge(loose, slot, amend) === verdict))) {
    return "failClosed";
  }
  return lacks ? "" : check;
}

const NOTHING = { scope: "", limit: null, observed: null, unit: "" } as const;

/** A limit in force, and in what unit. */
function limitOf({ risk, valuation, orders, slot }: Judged, scope: string, check: LimitName) {
  const { unit } = LIMITS[check], { currency } = valuation.instruments[orders.instrument[slot]];
  return { check, scope, limit: risk.limit(scope, check) as number, unit: unit === "currency" ? currency : unit };
}

/**
 * What a limit came to, of those before the one that refused. Where that is not known, `lacking` is what it lacked: "price" or
 * "account"; the first that lacks it is the one.
 */
function limitSeen(judged: Judged, twin: Risk, scope: string, check: LimitName, lacking = ""): CheckSeen {
  const seen = limitOf(judged, scope, check), { slot, amend } = judged;
  if (RATES.has(check)) return { ...seen, observed: judged.rate(scope, check as "messageRate"), passed: true };
  // By a limit that nothing passes.
  twin.set(scope, check, MINIMA.has(check) ? ENDLESS : 0);
  const code = judge(twin, slot, amend), { check: by, observed } = twin.last;
  twin.set(scope, check, "unlimited");
  if (code === 0) return { ...seen, observed: 0, passed: true };
  if (by === check) return { ...seen, observed: observed === observed ? observed : null, passed: true };
  return by === lacking ? { ...seen, observed: null, passed: false } : { ...seen, observed: 0, passed: true };
}

function judge(twin: Risk, slot: number, amend: Judged["amend"]): number {
  if (amend) return twin.checkAmend(slot, amend.price, amend.size);
  const verdict = twin.check(slot);
  return typeof verdict === "number" ? verdict : 0;
}

function copyOf({ check, scope, limit, observed, unit, code }: Risk["last"]): Omit<CheckSeen, "passed"> {
  const told = (value: number) => value === value ? value : null;
  return { check: check === "" ? codeName(code) : check, scope, limit: told(limit), observed: told(observed), unit };
}

/** Another judge of the same mind. */
function twinOf({ risk, orders, view, valuation, failClosed, called }: Judged): Risk {
  const limits = valuation.instruments.map(() => ({}));
  const twin = new Risk({ valuation, limits, scopes: { failClosed } }, orders, view);
  const state = new StateWriter();
  risk.save(state);
  twin.load(new StateReader(state.bytes()));
  if (called) twin.called(true);
  return twin;
}

/** Takes every limit off it. */
function loosen(twin: Risk, judged: Judged): void {
  const all = instrumentNames(judged.valuation.instruments).map((name) => `instruments.${name}`);
  for (const scope of ["session", "account", "strategy", ...all]) {
    for (const name of LIMIT_NAMES) if (twin.limit(scope, name) !== "unlimited") twin.set(scope, name, "unlimited");
  }
}

/** The scopes that an order is of, in the order in which limits are looked for. */
function scopesOf({ orders, slot, valuation }: Judged): readonly string[] {
  return [
    `instruments.${instrumentNames(valuation.instruments)[orders.instrument[slot]]}`,
    "strategy",
    "account",
    "session",
  ];
}

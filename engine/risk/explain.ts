import { codeName } from "../core/codes.ts";
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
  const scopes = scopesOf(judged);
  let reached = true;
  for (const check of ORDER) {
    if (amend && NEW_ONLY.has(check)) continue;
    const isLimit = Object.hasOwn(LIMITS, check);
    const places = isLimit ? scopes.filter((scope) => risk.limit(scope, check) !== "unlimited") : [""];
    for (const scope of places) {
      if (reached && refusal?.check === check && (refusal.scope === scope || !isLimit)) {
        seen.push(refusal);
        reached = false;
      } else if (!isLimit) seen.push({ ...NOTHING, check, passed: reached ? true : null });
      else seen.push(limitSeen(judged, twin, scope, check as LimitName, reached));
    }
  }
  // A refusal for what a check needed, as a price, stands by itself.
  if (refusal && reached) seen.push(refusal);
  return seen;
}

const NOTHING = { scope: "", limit: null, observed: null, unit: "" } as const;

function limitSeen(judged: Judged, twin: Risk, scope: string, check: LimitName, reached: boolean): CheckSeen {
  const limit = judged.risk.limit(scope, check) as number, { unit } = LIMITS[check];
  const { instruments } = judged.valuation;
  const currency = instruments[judged.orders.instrument[judged.slot]].currency;
  const seen = { check, scope, limit, unit: unit === "currency" ? currency : unit };
  if (!reached) return { ...seen, observed: null, passed: null };
  if (RATES.has(check)) {
    return { ...seen, observed: judged.rate(scope, check as "messageRate"), passed: true };
  }
  return { ...seen, observed: observedBy(twin, scope, check, judged), passed: true };
}

/** What a limit looks at, by a limit that nothing passes; null where it is not looked at. */
function observedBy(twin: Risk, scope: string, check: LimitName, { slot, amend }: Judged): number | null {
  twin.set(scope, check, MINIMA.has(check) ? ENDLESS : 0);
  const refused = judge(twin, slot, amend) !== 0 && twin.last.check === check;
  const { observed } = twin.last;
  twin.set(scope, check, "unlimited");
  return refused && observed === observed ? observed : refused ? null : 0;
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

import type { Code } from "../core/codes.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import { LIMIT_NAMES, type LimitName } from "./limits.ts";
import { refusalText } from "./remedies.ts";

/** What risk looks at: a limit, or another check, as a refusal names it. */
export type CheckName =
  | LimitName
  | "instrument"
  | "expiry"
  | "restricted"
  | "account"
  | "price"
  | "priceGrid"
  | "sizeGrid"
  | "form"
  | "book"
  | "margin";

/** Checks that are no limits. */
const OTHER_CHECKS: Readonly<Record<Exclude<CheckName, LimitName>, true>> = {
  instrument: true,
  expiry: true,
  restricted: true,
  account: true,
  price: true,
  priceGrid: true,
  sizeGrid: true,
  form: true,
  book: true,
  margin: true,
};

/** Every check by which risk refuses; a gate, which stands in front of them, is none. */
export const CHECK_NAMES: readonly CheckName[] = [
  ...Object.keys(OTHER_CHECKS) as Exclude<CheckName, LimitName>[],
  ...LIMIT_NAMES,
];

/** Why an order or amend was refused, as a strategy reads it: the object is used again for the next refusal. */
export interface Refusal {
  /** A code of core/codes.ts; 0 while nothing was refused. */
  readonly code: Code | 0;
  /** The check that refused: a limit's name ("position"), or what was looked at ("book"). */
  readonly check: string;
  /** Whose limit: "session", "account", "strategy", "instruments.BTC"; "" where it is nobody's. */
  readonly scope: string;
  /** The instrument's index. */
  readonly instrument: number;
  /** What is allowed, NaN where there is no such number. */
  readonly limit: number;
  /** What it would have come to, or what was found; NaN where there is no such number. */
  readonly observed: number;
  /** Of both numbers: "lots", "USDT", "ms"; "" for a plain number. */
  readonly unit: string;
  /** All of it in words, with what to do about it. */
  readonly text: string;
}

/** The last refusal: one object, whose fields are set in place. */
export class LastRefusal implements Refusal {
  code: Code | 0 = 0;
  check = "";
  scope = "";
  instrument = -1;
  limit = NaN;
  observed = NaN;
  unit = "";

  get text(): string {
    return refusalText(this);
  }

  save(to: StateWriter): void {
    to.numbers(this.code, this.instrument, this.limit, this.observed);
    for (const text of [this.check, this.scope, this.unit]) to.text(text);
  }

  load(from: StateReader): void {
    this.code = from.number() as Code | 0;
    this.instrument = from.number();
    this.limit = from.number();
    this.observed = from.number();
    this.check = from.text();
    this.scope = from.text();
    this.unit = from.text();
  }
}

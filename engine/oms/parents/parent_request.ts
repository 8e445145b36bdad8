import { closest } from "../../core/closest.ts";
import { parseDuration } from "../../venue/latency.ts";
import { checkCondition, type Condition } from "./condition.ts";

/** How a parent order works. */
export type AlgoName = "twap" | "vwap" | "pov" | "is" | "iceberg" | "sniper" | "conditional";
/** What becomes of what is left when a parent's time is over. */
export type RestPolicy = "cancel" | "market" | "rest";

/** What a conditional parent does once its condition holds: a request of its own, for the same order. */
export type ThenRequest = Omit<ParentRequest, "side" | "size" | "instrument" | "when" | "then">;

/** What `ctx.parents.start` takes. Prices are whole ticks, sizes whole lots, lengths of time texts like "10m". */
export interface ParentRequest {
  /** twap, vwap, is: by a schedule. pov: by the market's volume. iceberg, sniper: by the book. conditional: later. */
  readonly algo: AlgoName;
  /** BUY or SELL. */
  readonly side: number;
  /** Lots in all. */
  readonly size: number;
  /** Index in `ctx.instruments`; 0 unless said. */
  readonly instrument?: number;
  /** How long it works. twap, vwap and is need it; the others work until they are filled where it is absent. */
  readonly over?: string;
  /** No child trades at a worse price. An iceberg stands there, and a sniper takes up to it: both need it. */
  readonly limit?: number;
  /** What becomes of what is left when `over` has passed: "cancel" unless said. See {@linkcode ParentOrders}. */
  readonly rest?: RestPolicy;
  /** Least lots of a child; 1 unless said. */
  readonly minSize?: number;
  /** Most lots of a child; unbounded unless said. */
  readonly maxSize?: number;
  /** Least value of a child, in the instrument's currency; 0 unless said. */
  readonly minNotional?: number;
  /** twap, vwap, is, pov: time from one slice to the next; a tenth of `over`, and "1s" for pov, unless said. */
  readonly slice?: string;
  /** twap, vwap, is, pov: children take at once, or rest at the touch for one slice and then take; "take" unless said. */
  readonly style?: "take" | "post";
  /** twap, vwap, is: a slice comes up to this fraction of an interval late. iceberg: the fraction by which what it shows varies. */
  readonly jitter?: number;
  /** vwap: the market's volume in equal parts of `over`, in any unit; learnt from the run where absent. */
  readonly curve?: readonly number[];
  /** pov: lots for each lot that the market trades, above 0 and at most 1. */
  readonly rate?: number;
  /** is: aversion to risk, in 1 ÷ (tick × lot). 0 is a TWAP; the larger, the sooner it trades. */
  readonly riskAversion?: number;
  /** is: standard deviation of the price in ticks after one second; measured in the run where absent. */
  readonly volatility?: number;
  /** is: ticks by which a child moves its own price when it trades one lot a second. */
  readonly impact?: number;
  /** is: ticks by which one lot moves the price for good; 0 unless said. */
  readonly permanentImpact?: number;
  /** iceberg: lots it shows at a time. */
  readonly display?: number;
  /** sniper: lots that must stand at the touch; 1 unless said. */
  readonly shown?: number;
  /** conditional: what it waits for, for `over` at most. */
  readonly when?: Condition;
  /** conditional: how it then works; one child at once, at the limit or the market, where absent. */
  readonly then?: ThenRequest;
}

/** What an amend may change. */
export interface ParentChange {
  /** Lots in all. */
  readonly size?: number;
  /** No child trades at a worse price. */
  readonly limit?: number;
  /** In all, from the start; time in which it was paused does not count. */
  readonly over?: string;
}

const COMMON = ["algo", "side", "size", "instrument", "over", "limit", "rest", "minSize", "maxSize", "minNotional"];
const SLICED = ["slice", "style"];
// Without a prototype: "toString" is no algo.
const FIELDS: Readonly<Record<string, readonly string[]>> = Object.assign(Object.create(null), {
  twap: [...COMMON, ...SLICED, "jitter"],
  vwap: [...COMMON, ...SLICED, "jitter", "curve"],
  is: [...COMMON, ...SLICED, "jitter", "riskAversion", "volatility", "impact", "permanentImpact"],
  pov: [...COMMON, ...SLICED, "rate"],
  iceberg: [...COMMON, "display", "jitter"],
  sniper: [...COMMON, "shown"],
  conditional: [...COMMON, "when", "then"],
});
const NEEDED: Readonly<Record<AlgoName, readonly (keyof ParentRequest)[]>> = {
  twap: ["over"],
  vwap: ["over"],
  is: ["over", "riskAversion", "impact"],
  pov: ["rate"],
  iceberg: ["limit", "display"],
  sniper: ["limit"],
  conditional: ["when"],
};
const AMENDABLE = ["size", "limit", "over"];
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  rest: ["cancel", "market", "rest"],
  style: ["take", "post"],
};

/** What numbers must be: [field, test, words]. */
const NUMBERS: readonly (readonly [keyof ParentRequest, (value: number) => boolean, string])[] = [
  ["size", isLots, "a whole number of lots above 0"],
  ["minSize", isLots, "a whole number of lots above 0"],
  ["maxSize", isLots, "a whole number of lots above 0"],
  ["display", isLots, "a whole number of lots above 0"],
  ["shown", isLots, "a whole number of lots above 0"],
  ["limit", Number.isSafeInteger, "a whole number of ticks"],
  ["minNotional", (value) => value >= 0 && value < Infinity, "0 or more"],
  ["jitter", (value) => value >= 0 && value <= 1, "from 0 to 1"],
  ["rate", (value) => value > 0 && value <= 1, "above 0 and at most 1"],
  ["riskAversion", (value) => value >= 0 && value < Infinity, "0 or more"],
  ["volatility", (value) => value >= 0 && value < Infinity, "0 or more, in ticks after one second"],
  ["impact", (value) => value > 0 && value < Infinity, "above 0, in ticks for one lot a second"],
  ["permanentImpact", (value) => value >= 0 && value < Infinity, "0 or more, in ticks for one lot"],
];

/**
 * Checks a request for a session of so many instruments; throws TypeError for what is of the wrong kind or missing, and
 * RangeError for what is out of bounds: both name the field, its value and the remedy.
 *
 * @example
 * ```ts
 * import { checkRequest } from "./parent_request.ts";
 * checkRequest({ algo: "twap", side: 1, size: 100, over: "10m" });
 * let message = "";
 * try {
 *   checkRequest({ algo: "twap", side: 1, size: 100, ovr: "10m" } as never);
 * } catch (error) {
 *   message = (error as Error).message;
 * }
 * if (!message.endsWith("did you mean over?")) throw new Error("unexpected");
 * ```
 */
export function checkRequest(request: ParentRequest): void {
  const fields = FIELDS[request.algo];
  if (fields === undefined) {
    const near = closest(`${request.algo}`, Object.keys(FIELDS));
    throw new TypeError(`Cannot start a parent: algo is ${request.algo}; ${near}`);
  }
  const cannot = `Cannot start ${request.algo}`;
  if (request.side !== 1 && request.side !== -1) {
    throw new TypeError(`${cannot}: side is ${request.side}; it is BUY (1) or SELL (-1)`);
  }
  if (request.size === undefined) throw new TypeError(`${cannot}: size is missing; give it in lots`);
  checkFields(cannot, request, fields);
  const missing = NEEDED[request.algo].find((name) => request[name] === undefined);
  if (missing !== undefined) throw new TypeError(`${cannot}: ${missing} is missing; ${request.algo} needs it`);
  if ((request.maxSize ?? Infinity) < (request.minSize ?? 1)) {
    throw new RangeError(`${cannot}: maxSize is ${request.maxSize}; it must be minSize, ${request.minSize}, or more`);
  }
  if (request.over !== undefined && request.slice !== undefined && parseDuration(request.over) > 0) slicesIn(request);
  if (request.curve !== undefined) checkCurve(cannot, request.curve);
  if (request.when !== undefined) checkCondition(request.when);
  if (request.then !== undefined) checkThen(request);
}

/** Checks what an amend changes, as {@linkcode checkRequest} does. */
export function checkChange(change: ParentChange): void {
  checkFields("Cannot amend a parent", change, AMENDABLE);
}

/** What a conditional parent becomes: what stands in `then`, over what holds for the whole. */
export function thenOf(request: ParentRequest): ParentRequest {
  const { when: _when, then, over: _over, ...rest } = request;
  return { ...rest, algo: "twap", ...(then ?? { over: "0ns" }) };
}

/** The most slices one parent may have. */
export const SLICES_MAX = 10_000;
const SLICES = 10;

/** Nanoseconds from one slice to the next: as asked, or a tenth of `over`. */
export function sliceNs({ over, slice }: ParentRequest): number {
  if (slice !== undefined) return parseDuration(slice);
  return over === undefined ? 1e9 : Math.max(1, Math.ceil(parseDuration(over) / SLICES));
}

function slicesIn({ algo, over, slice }: ParentRequest): void {
  const count = Math.ceil(parseDuration(over!) / parseDuration(slice!));
  if (algo === "pov" || count <= SLICES_MAX) return;
  throw new RangeError(
    `Cannot start ${algo}: slice is ${slice}, which makes ${count} of ${over}; ${SLICES_MAX} are the most`,
  );
}

function checkFields(cannot: string, request: object, fields: readonly string[]): void {
  for (const [name, value] of Object.entries(request)) {
    if (value === undefined) continue;
    if (!fields.includes(name)) {
      throw new TypeError(`${cannot}: it takes no ${name}; ${closest(name, fields)}`);
    }
    const number = NUMBERS.find(([field]) => field === name);
    if (number && !(typeof value === "number" && number[1](value))) {
      throw new RangeError(`${cannot}: ${name} is ${value}; it must be ${number[2]}`);
    }
    const choices = Object.hasOwn(CHOICES, name) ? CHOICES[name] : undefined;
    if (choices && !choices.includes(value)) {
      throw new TypeError(`${cannot}: ${name} is ${value}; ${closest(`${value}`, choices)}`);
    }
    if (name === "over" || name === "slice") checkDuration(cannot, name, value);
  }
}

function checkDuration(cannot: string, name: string, value: unknown): void {
  let ns = NaN;
  try {
    ns = parseDuration(String(value));
  } catch {
    // Said below, with the field's name.
  }
  if (typeof value !== "string" || !(ns >= 0)) {
    throw new TypeError(`${cannot}: ${name} is ${value}; it must be a length of time like 10m`);
  }
  if (name === "slice" && ns === 0) throw new RangeError(`${cannot}: slice is ${value}; it must be above 0`);
}

function checkCurve(cannot: string, curve: readonly number[]): void {
  if (!Array.isArray(curve) || curve.length === 0 || curve.length > SLICES_MAX) {
    throw new TypeError(`${cannot}: curve is no list of 1 to ${SLICES_MAX} volumes`);
  }
  const odd = curve.find((each) => !(typeof each === "number" && each >= 0 && each < Infinity));
  if (odd !== undefined) throw new RangeError(`${cannot}: curve has ${odd}; volumes are 0 or more`);
  if (!curve.some((each) => each > 0)) throw new RangeError(`${cannot}: curve is 0 throughout; it needs some volume`);
}

function checkThen(request: ParentRequest): void {
  const { then } = request;
  if (typeof then !== "object" || then === null) {
    throw new TypeError(
      `Cannot start conditional: then is ${then}; it is what to start, as { algo: "twap", over: "10m" }`,
    );
  }
  if (then.algo === "conditional") {
    throw new TypeError("Cannot start conditional: then is conditional too; put both conditions into one");
  }
  checkRequest(thenOf(request));
}

function isLots(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

import { BinanceError, illegal, missing } from "./binance_error.ts";

/** A number as clients write it: "0.05", "12", "1.5e-7" is none. */
const DECIMAL = /^\d{1,20}(\.\d{1,20})?$/;
const WHOLE = /^\d{1,18}$/;

/**
 * The parameters of a request, each as text, and what they may be. Throws BinanceError where one is not what it has to be.
 *
 * @example
 * ```ts
 * import { Params } from "./params.ts";
 * const params = new Params([["symbol", "BTCUSDT"], ["limit", "5"]]);
 * if (params.count("limit", 100, 1000) !== 5 || params.text("symbol") !== "BTCUSDT") throw new Error("unexpected");
 * ```
 */
export class Params {
  readonly #values: ReadonlyMap<string, string>;

  constructor(values: Iterable<readonly [string, string]>) {
    this.#values = new Map(values);
  }

  /** Throws where there is one that is not among these. */
  checkNames(known: readonly string[]): void {
    const sent = this.#values.size, read = [...this.#values.keys()].filter((name) => known.includes(name)).length;
    if (read === sent) return;
    if (known.length === 0) throw new BinanceError(-1101, `Too many parameters; expected '0' and received '${sent}'.`);
    throw new BinanceError(
      -1104,
      `Not all sent parameters were read; read '${read}' parameter(s) but was sent '${sent}'.`,
    );
  }

  /** Whether it was sent. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Its text; undefined where it was not sent. */
  optional(name: string): string | undefined {
    const text = this.#values.get(name);
    if (text === "") throw new BinanceError(-1105, `Parameter '${name}' was empty.`);
    return text;
  }

  /** Its text, which has to be there. */
  text(name: string): string {
    const text = this.#values.get(name);
    if (text === undefined || text === "") throw missing(name);
    return text;
  }

  /** A whole number, or NaN where it was not sent. */
  whole(name: string): number {
    const text = this.optional(name);
    if (text === undefined) return NaN;
    if (!WHOLE.test(text)) throw illegal(name, "^[0-9]{1,20}$");
    return Number(text);
  }

  /** How many are asked for: from 1, and no more than there can be. */
  count(name: string, fallback: number, max: number): number {
    const count = this.whole(name);
    if (Number.isNaN(count)) return fallback;
    if (count < 1) throw illegal(name, "^[1-9][0-9]{0,19}$");
    return Math.min(count, max);
  }

  /** A decimal above or at 0, as text; undefined where it was not sent. */
  decimal(name: string): string | undefined {
    const text = this.optional(name);
    if (text === undefined || DECIMAL.test(text)) return text;
    throw illegal(name, "^([0-9]{1,20})(\\.[0-9]{1,20})?$");
  }

  /** Names in a list: `["A","B"]`, "A,B", or several of one name as "A". */
  list(name: string): readonly string[] | undefined {
    const text = this.optional(name);
    if (text === undefined) return undefined;
    if (/^\[("[A-Z0-9_.-]{1,20}"(,"[A-Z0-9_.-]{1,20}")*)?\]$/.test(text)) return JSON.parse(text) as string[];
    throw illegal(name, '^\\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\\]$');
  }

  /** What its owner calls an order; undefined where it was not sent. */
  name(name: string): string | undefined {
    const text = this.optional(name);
    if (text === undefined || /^[.A-Za-z0-9:/_-]{1,36}$/.test(text)) return text;
    throw illegal(name, "^[a-zA-Z0-9-_]{1,36}$");
  }
}

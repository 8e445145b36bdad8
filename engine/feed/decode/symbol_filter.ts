import { type DecoderOptions, SourceError } from "../decoder.ts";
import type { Fields } from "./fields.ts";

/** At most so many names of instruments are remembered, for an error. */
const NAMES_MAX = 8;

/** Takes one instrument out of a source that may hold several. */
export class SymbolFilter {
  readonly #wanted: string | undefined;
  readonly #describe: DecoderOptions["describe"];
  #symbol = new Uint8Array(0);
  #known: string | undefined;
  #found = false;
  readonly #others = new Set<string>();

  /** `wanted` is the user's choice; without one the source must hold one instrument only. */
  constructor({ symbol, describe }: Pick<DecoderOptions, "symbol" | "describe">) {
    this.#wanted = symbol;
    this.#describe = describe;
    if (symbol !== undefined) this.#know(symbol);
  }

  /** Whether a row is of the instrument. Throws SourceError on a second one, where none was chosen. */
  takes(fields: Fields, column: number, line: number): boolean {
    if (this.#known !== undefined && fields.equals(column, this.#symbol)) {
      if (!this.#found) {
        this.#found = true;
        this.#describe({ symbol: this.#known });
      }
      return true;
    }
    const symbol = fields.text(column);
    if (this.#known === undefined) {
      this.#know(symbol);
      return this.takes(fields, column, line);
    }
    if (this.#wanted === undefined) {
      throw new SourceError(
        `it holds ${this.#known} and ${symbol}, and a tape holds one instrument`,
        line,
        "choose with --symbol",
      );
    }
    if (this.#others.size < NAMES_MAX) this.#others.add(symbol);
    return false;
  }

  /** A file has ended: throws SourceError when it held other instruments only. */
  end(): void {
    if (this.#found || this.#others.size === 0) return;
    throw new SourceError(
      `no row is of ${this.#wanted} (it holds ${[...this.#others].join(", ")})`,
      1,
      "choose one of these with --symbol",
    );
  }

  #know(symbol: string): void {
    this.#known = symbol;
    this.#symbol = new TextEncoder().encode(symbol);
  }
}

import type { DecoderOptions } from "../decoder.ts";
import type { Fields } from "./fields.ts";
import { noteSymbol, severalSymbols, symbolNotFound } from "./symbol_choice.ts";

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
    if (this.#wanted === undefined) throw severalSymbols([this.#known, symbol], line, "line");
    noteSymbol(this.#others, symbol);
    return false;
  }

  /** A file has ended: throws SourceError when it held other instruments only. */
  end(): void {
    if (this.#found || this.#wanted === undefined || this.#others.size === 0) return;
    throw symbolNotFound(this.#wanted, this.#others, 1, "line");
  }

  #know(symbol: string): void {
    this.#known = symbol;
    this.#symbol = new TextEncoder().encode(symbol);
  }
}

import type { InstrumentSpec } from "../../core/instrument.ts";
import type { Decoder } from "../decoder.ts";
import { noteSymbol, severalSymbols, symbolNotFound } from "./symbol_choice.ts";

/** A decoder of sources that may hold several instruments. */
export interface SymbolDecoder extends Decoder {
  /** The symbols met so far, so that one that was asked for and never came can be told with what is there. */
  readonly symbols: ReadonlySet<string>;
}

/**
 * Takes one instrument out of a source of several: the one asked for, or the only one there is.
 *
 * @example
 * ```ts
 * import { OneSymbol } from "./one_symbol.ts";
 * const one = new OneSymbol("xmr/usd", () => {});
 * if (!one.takes("XMR/USD", 1) || one.takes("SC/EUR", 2)) throw new Error("unexpected");
 * ```
 */
export class OneSymbol {
  /** The symbols met, the first 1,000 of them and the one asked for. */
  readonly names = new Set<string>();
  readonly #asked: string | undefined;
  readonly #describe: (facts: Partial<InstrumentSpec>) => void;
  #described = false;

  /** Upper and lower case of `asked` do not matter. `describe` gets the symbol once it is met. */
  constructor(asked: string | undefined, describe: (facts: Partial<InstrumentSpec>) => void) {
    this.#asked = asked?.toUpperCase();
    this.#describe = describe;
  }

  /** Whether `symbol` is the one asked for; undefined where none was. */
  asked(symbol: string): boolean | undefined {
    return this.#asked === undefined ? undefined : symbol.toUpperCase() === this.#asked;
  }

  /** Notes symbols that the source is to hold; throws SourceError where they are several and none was asked for. */
  expect(symbols: Iterable<string>, line: number): void {
    for (const symbol of symbols) {
      // The one asked for is never left out: an error at the end would say that it is not there.
      if (this.asked(symbol)) this.names.add(symbol);
      else noteSymbol(this.names, symbol);
    }
    if (this.#asked !== undefined || this.names.size < 2) return;
    throw severalSymbols(this.names, line, "line");
  }

  /** A file has ended, at `line`: throws SourceError where it named other symbols only. */
  end(line: number): void {
    const asked = this.#asked;
    if (asked === undefined || this.names.size === 0) return;
    for (const name of this.names) if (name.toUpperCase() === asked) return;
    throw symbolNotFound(asked, this.names, line, "line");
  }

  /** Whether the messages of `symbol` are to be taken. Throws as `expect` does. */
  takes(symbol: string, line: number): boolean {
    if (!this.names.has(symbol)) this.expect([symbol], line);
    if (this.asked(symbol) === false) return false;
    if (!this.#described) {
      this.#described = true;
      this.#describe({ symbol });
    }
    return true;
  }
}

import { SourceError } from "../decoder.ts";
import type { CsvLine } from "./csv_reader.ts";

/** The columns of a header, found by names that mean the same. */
export class CsvHeader {
  readonly #line: number;
  readonly #texts: readonly string[];
  readonly #names: readonly string[];

  constructor({ line, texts }: CsvLine) {
    this.#line = line;
    this.#texts = texts;
    this.#names = texts.map(plain);
  }

  /** Number of columns. */
  get count(): number {
    return this.#names.length;
  }

  /**
   * The column of the first of `names` that there is, or -1. Case, spaces and signs do not count: "Open Time", "open_time"
   * and "<OPENTIME>" are "opentime", and "" is a column without a name.
   */
  find(names: readonly string[]): number {
    for (const name of names) {
      const column = this.#names.indexOf(name);
      if (column >= 0) return column;
    }
    return -1;
  }

  /** {@linkcode find}, or SourceError that names what was looked for and what is there. */
  need(what: string, names: readonly string[]): number {
    const column = this.find(names);
    if (column >= 0) return column;
    const shown = this.#texts.slice(0, 20).map((text) => text.slice(0, 30) || '""').join(", ");
    throw new SourceError(
      `it has no column of ${what} (its columns are ${shown})`,
      this.#line,
      `name one of them ${names.filter((name) => name !== "").slice(0, 3).join(", ")}, or check --format`,
    );
  }
}

/** Whether a line cannot be a header: all its fields are numbers, truth values or empty. */
export function isAllValues({ texts }: CsvLine): boolean {
  return texts.every((text) => text === "" || isBoolean(text) || isNumber(text)) && texts.some((text) => text !== "");
}

/** Whether a field is "true" or "false", in any case. */
export function isBoolean(text: string): boolean {
  return /^(true|false)$/i.test(text);
}

/** Whether a field is a number, or one that failed to be: NaN. */
function isNumber(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || /^[+-]?(nan|inf(inity)?)$/i.test(text);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

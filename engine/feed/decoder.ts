import type { InstrumentSpec } from "../core/instrument.ts";
import type { RowSink } from "./row.ts";
import type { Grid } from "./grid.ts";

/**
 * Turns the bytes of one kind of source into rows. One file per source in `engine/feed/decode/`.
 *
 * `push` takes decompressed bytes cut at any place; a decoder keeps what is left of a line or record itself, in bounded
 * memory. Bad input throws {@linkcode SourceError}; a value off a fixed grid {@linkcode OffGridError}.
 */
export interface Decoder {
  /** The next bytes of the current file. */
  push(bytes: Uint8Array): void;
  /** The current file has ended: whatever is half read must be complete now. The decoder can go on with a next file. */
  end(): void;
}

/** What a decoder is given. */
export interface DecoderOptions {
  /** Where rows go. */
  readonly sink: RowSink;
  /** Turns decimal prices into ticks. */
  readonly tick: Grid;
  /** Turns decimal sizes into lots. */
  readonly lot: Grid;
  /** Which instrument to take from a source of several; a decoder that needs it and has none throws, naming what is there. */
  readonly symbol?: string;
  /** What the source says of the instrument, reported once per field when it is known: symbol, venue, currency, kind. */
  readonly describe: (facts: Partial<InstrumentSpec>) => void;
  /** A hole in the source's own sequence; the decoder also adds a GAP row there. */
  readonly gap: (gap: Gap) => void;
  /** A print off the grid that the decoder left out, see `printUnitsAt`; where absent, nobody counts them. */
  readonly printOffGrid?: (print: PrintOffGrid) => void;
}

/** A trade that met no order of the book, at a price between two ticks. */
export interface PrintOffGrid {
  /** Line of a text source, or record of a binary one, from 1. */
  readonly place: number;
  /** As a decimal: "13.575". */
  readonly price: string;
}

/** A hole in a source's sequence numbers. */
export interface Gap {
  /** Line of a text source, or record of a binary one, from 1. */
  readonly place: number;
  /** The number that should have come. */
  readonly expected: string;
  /** The number that came. */
  readonly found: string;
}

/** Bad input from a source: says what, where and what to do. The file's name is added by whoever opened it. */
export class SourceError extends RangeError {
  /** File name, once known. */
  file = "";

  constructor(
    /** What is wrong, with the value: "size is -3". */
    readonly problem: string,
    /** Line (text) or record (binary), from 1. */
    readonly place: number,
    /** What the user can do. */
    readonly remedy: string,
    /** "line", "row" or "record". */
    readonly unit = "line",
    /** The file by its number in a conversion, where it need not be the one being read: its row had to wait. */
    readonly fileNumber?: number,
  ) {
    super();
    this.name = "SourceError";
  }

  override get message(): string {
    return `Cannot read ${this.file || "the source"}, ${this.unit} ${this.place}: ${this.problem}; ${this.remedy}`;
  }
}

/** A value lies between two steps of its grid: the instrument is another than it was held for, or the source is wrong. */
export class OffGridError extends SourceError {}

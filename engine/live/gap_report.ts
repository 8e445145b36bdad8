import { durationText } from "../feed/duration_text.ts";
import type { LiveEvent } from "./live_event.ts";

/** A time in which something was missing. Times are ISO 8601 in UTC. */
export interface GapSpan {
  readonly from: string;
  /** Absent where it lasts. */
  readonly to?: string;
  /** How long it was, or has been by the end of the report. */
  readonly ms: number;
  readonly why: string;
}

/** How often something was missing, for how long together, and the first thousand times. */
export interface GapCount {
  readonly count: number;
  readonly ms: number;
  readonly first: readonly GapSpan[];
}

/** What a recording does not have, and why. */
export interface GapReport {
  readonly venue: string;
  readonly from: string;
  readonly to: string;
  /** Lines recorded, frames of no instrument too. */
  readonly lines: number;
  /** Whether anything is missing. */
  readonly whole: boolean;
  /** By instrument: times in which its book was not whole. */
  readonly books: Readonly<Record<string, GapCount>>;
  /** By connection: times in which it was down. */
  readonly connections: Readonly<Record<string, GapCount>>;
  /** Frames that made no sense, and the first hundred reasons. */
  readonly refused: {
    readonly count: number;
    readonly first: readonly { readonly at: string; readonly why: string }[];
  };
  /** Times in which nothing was recorded, since the recorder did not run. */
  readonly stops: readonly GapSpan[];
  /** What a crash left torn and was cut off: files and bytes. */
  readonly torn: readonly { readonly file: string; readonly bytes: number }[];
}

const SPANS_KEPT = 1000, REASONS_KEPT = 100;
const ISO = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString();
const MS = (from: bigint, to: bigint): number => Number((to - from) / 1_000_000n);

/**
 * Gathers from events what a recording does not have.
 *
 * @example
 * ```ts
 * import { GapLog } from "./gap_report.ts";
 * const log = new GapLog("binance-spot", 0n);
 * log.hear({ name: "MARKET_GAP", venue: "binance-spot", symbol: "A", message: "update 7 is missing" }, 1_000_000_000n);
 * log.hear({ name: "MARKET_WHOLE", venue: "binance-spot", symbol: "A", message: "" }, 3_000_000_000n);
 * if (log.report(5_000_000_000n).books.A.ms !== 2000) throw new Error("unexpected");
 * ```
 */
export class GapLog {
  lines = 0;
  readonly #venue: string;
  readonly #from: bigint;
  readonly #books = new Map<string, Spans>();
  readonly #connections = new Map<string, Spans>();
  readonly #stops: GapSpan[] = [];
  readonly #torn: { file: string; bytes: number }[] = [];
  readonly #reasons: { at: string; why: string }[] = [];
  #refused = 0;

  /** A recording that begins at `from`, in wall time (ns). */
  constructor(venue: string, from: bigint) {
    this.#venue = venue;
    this.#from = from;
  }

  /** What happened, at wall time `at`. */
  hear({ name, symbol, connection = "connection", message }: LiveEvent, at: bigint): void {
    if (name === "MARKET_GAP") this.#of(this.#books, symbol ?? "all").open(at, message);
    else if (name === "MARKET_WHOLE") this.#of(this.#books, symbol ?? "all").close(at);
    else if (name === "RECONNECTING") this.#of(this.#connections, connection).open(at, message);
    else if (name === "CONNECTED") this.#of(this.#connections, connection).close(at);
    else if (name === "FRAME_REFUSED") {
      this.#refused++;
      if (this.#reasons.length < REASONS_KEPT) this.#reasons.push({ at: ISO(at), why: message });
    }
  }

  /** The recorder did not run from one time to another. */
  stopped(from: bigint, to: bigint, why: string): void {
    this.#stops.push({ from: ISO(from), to: ISO(to), ms: MS(from, to), why });
  }

  /** What was cut off a file that a crash left torn. */
  cut(file: string, bytes: number): void {
    this.#torn.push({ file, bytes });
  }

  /** All of it, up to wall time `at`. */
  report(at: bigint): GapReport {
    const told = (all: ReadonlyMap<string, Spans>) =>
      Object.fromEntries([...all].filter(([, { count }]) => count > 0).map(([name, spans]) => [name, spans.told(at)]));
    const books = told(this.#books), connections = told(this.#connections);
    const missing = [books, connections].some((all) => Object.keys(all).length > 0);
    return {
      venue: this.#venue,
      from: ISO(this.#from),
      to: ISO(at),
      lines: this.lines,
      whole: !missing && this.#refused + this.#stops.length + this.#torn.length === 0,
      books,
      connections,
      refused: { count: this.#refused, first: [...this.#reasons] },
      stops: [...this.#stops],
      torn: [...this.#torn],
    };
  }

  #of(all: Map<string, Spans>, name: string): Spans {
    let spans = all.get(name);
    if (!spans) all.set(name, spans = new Spans());
    return spans;
  }
}

/** Times in which one thing was missing. */
class Spans {
  count = 0;
  readonly #first: GapSpan[] = [];
  #ms = 0;
  #open: { from: bigint; why: string } | undefined;

  /** It is missing from now on; more reasons while it is are the same gap. */
  open(at: bigint, why: string): void {
    if (this.#open) return;
    this.#open = { from: at, why };
    this.count++;
  }

  close(at: bigint): void {
    if (!this.#open) return;
    const { from, why } = this.#open;
    this.#open = undefined;
    this.#ms += MS(from, at);
    if (this.#first.length < SPANS_KEPT) this.#first.push({ from: ISO(from), to: ISO(at), ms: MS(from, at), why });
  }

  told(at: bigint): GapCount {
    const open = this.#open && { from: ISO(this.#open.from), ms: MS(this.#open.from, at), why: this.#open.why };
    return { count: this.count, ms: this.#ms + (open?.ms ?? 0), first: [...this.#first, ...open ? [open] : []] };
  }
}

/** The report for people. */
export function gapText(report: GapReport): string {
  const { venue, from, to, lines, whole, books, connections, refused, stops, torn } = report;
  const out = [`${venue}, ${from} to ${to}: ${lines.toLocaleString("en-US")} lines`];
  if (whole) return `${out[0]}; nothing is missing\n`;
  const spans = (label: string, { count, ms, first }: GapCount) => {
    out.push(`${label}: ${count} ${count === 1 ? "gap" : "gaps"}, ${length(ms)} in all`);
    for (const span of first) out.push(`  ${spanText(span)}`);
  };
  for (const [symbol, count] of Object.entries(books)) spans(`book of ${symbol}`, count);
  for (const [name, count] of Object.entries(connections)) spans(name, count);
  if (refused.count > 0) out.push(`frames refused: ${refused.count}`);
  for (const { at, why } of refused.first) out.push(`  ${at} ${why}`);
  for (const span of stops) out.push(`not recorded: ${spanText(span)}`);
  for (const { file, bytes } of torn) {
    out.push(`cut off ${file}: ${bytes.toLocaleString("en-US")} bytes that a crash left torn`);
  }
  return `${out.join("\n")}\n`;
}

function spanText({ from, to, ms, why }: GapSpan): string {
  return `${from} to ${to ?? "now"} (${length(ms)})${why === "" ? "" : `: ${why}`}`;
}

function length(ms: number): string {
  return durationText(ms * 1e6);
}

import { durationText } from "../feed/duration_text.ts";
import { hashTape } from "../feed/tape_hash.ts";
import { tapeLatency } from "../feed/tape_latency.ts";
import { TapeReader } from "../feed/tape_reader.ts";
import type { SkewMeta, TapeMeta } from "../feed/tape_schema.ts";
import { disorderText, tapeWarnings } from "../feed/tape_warnings.ts";
import { firstRows, formatNs, type TextRow } from "../feed/tape_text.ts";
import type { InstrumentSpec } from "../core/instrument.ts";
import { openTapeSource } from "./open_tape.ts";
import { sha256 } from "./sha256.ts";

/** What {@linkcode inspect} can be given. */
export interface InspectOptions {
  /** How many of the first rows are shown; 8 unless said. */
  readonly rows?: number;
  /** Works the hash out again; a pass over the whole tape. */
  readonly checkHash?: boolean;
  /** For tapes whose metadata was lost. */
  readonly instrument?: InstrumentSpec;
}

/** What a tape is. */
export interface TapeReport {
  /** Name of its file. */
  readonly name: string;
  /** Size of its file. */
  readonly bytes: number;
  /** How many batches it has. */
  readonly batches: number;
  /** What it says of itself. */
  readonly meta: TapeMeta;
  /** Its first rows, as people read them. */
  readonly first: readonly TextRow[];
  /** As the rows have them, where the metadata do not say; of events. */
  readonly latency?: SkewMeta["latency"];
  /** Of `checkHash`: the hash of what stands in the file, and whether the metadata has the same. */
  readonly hash?: { readonly sha256: string; readonly equal: boolean };
}

/** Opens a tape and tells what it is. Throws what `TapeReader` throws on files that are none. */
export function inspect(path: string, options: InspectOptions = {}): TapeReport {
  using source = openTapeSource(path);
  const reader = new TapeReader(source, { instrument: options.instrument });
  const found = options.checkHash ? hashTape(reader, sha256()) : undefined;
  return {
    name: source.name,
    bytes: source.size,
    batches: reader.batches,
    meta: reader.meta,
    first: firstRows(reader, options.rows ?? 8),
    latency: reader.meta.skew.latency === undefined ? tapeLatency(reader) : undefined,
    hash: found === undefined ? undefined : { sha256: found, equal: found === reader.meta.sha256 },
  };
}

/** A report as text for a terminal. */
export function renderInspect(report: TapeReport): string {
  const { meta } = report;
  const { symbol, venue, tick, lot, ...others } = meta.instrument;
  const lines: [string, string][] = [
    ["tape", `${report.name}, ${meta.layout === "bars" ? "bars" : `${meta.layout.toUpperCase()} events`}`],
    ["instrument", `${symbol} on ${venue}, tick ${tick}, lot ${lot}${tell(others)}`],
  ];
  if (meta.incomplete) lines.push(["INCOMPLETE", meta.incomplete.reason]);
  if (meta.span) {
    const [a, b] = meta.layout === "bars" ? ["first open", "last close"] : ["exchange", "local"];
    const { exchangeFirst, exchangeLast, localFirst, localLast } = meta.span;
    if (meta.layout === "bars") lines.push([a, time(exchangeFirst)], [b, time(localLast)]);
    else lines.push([a, between(exchangeFirst, exchangeLast)], [b, between(localFirst, localLast)]);
  }
  const kinds = Object.entries(meta.counts).sort((a, b) => b[1] - a[1]).map(([kind, n]) => `${kind} ${count(n)}`);
  lines.push([
    "rows",
    `${count(meta.rows)} in ${report.batches} ${report.batches === 1 ? "batch" : "batches"}${
      kinds.length ? `: ${kinds.join(", ")}` : ""
    }`,
  ]);
  lines.push(["gaps", gapText(meta)]);
  if (meta.printsOffGrid) lines.push(["left out", printsText(meta.printsOffGrid)]);
  if (meta.layout !== "bars") lines.push(["clock skew", skewText(meta.skew, report.latency)]);
  const { exchange, local } = meta.disorder ?? {};
  if (exchange && !local) lines.push(["sorted", `exchange time goes back ${disorderText(exchange)}`]);
  for (const warning of tapeWarnings(meta)) lines.push(["WARNING", warning]);
  const files = meta.source.files.map(({ name, bytes }) => `${name} (${count(bytes)} bytes)`).join(", ");
  lines.push(["source", `${meta.source.format}${files && ": "}${files}`]);
  lines.push(["sha256", hashText(report)]);
  const head = lines.map(([name, text]) => `${name.padEnd(11)} ${text}`).join("\n");
  return report.first.length === 0 ? head : `${head}\n\n${table(report.first)}`;
}

function hashText({ meta, hash }: TapeReport): string {
  if (hash === undefined) return meta.sha256 || "unknown: the file was written again by another program";
  if (hash.equal) return `${hash.sha256} (checked)`;
  return meta.sha256 ? `${hash.sha256}, BUT THE TAPE SAYS ${meta.sha256}: it was changed or damaged` : hash.sha256;
}

function gapText({ gaps }: TapeMeta): string {
  if (gaps.count === 0) return "none";
  // Of recorded tapes it is the recording that says where.
  if (gaps.first.length === 0) return count(gaps.count);
  const [{ file, place, expected, found }] = gaps.first;
  return `${count(gaps.count)}, the first at ${file}:${place} (expected ${expected}, found ${found})`;
}

function printsText({ count: prints, first: { file, place, price } }: NonNullable<TapeMeta["printsOffGrid"]>): string {
  return `${count(prints)} hidden ${prints === 1 ? "print" : "prints"} off the grid of ticks, ` +
    `the first at ${file}:${place} (price ${price})`;
}

/** `found` is what the rows have, where the metadata do not say what was recorded. */
function skewText(skew: SkewMeta, found: SkewMeta["latency"]): string {
  const latency = skew.latency ?? found;
  if (latency === undefined) return "unknown: there are no rows";
  const shiftNs = skew.latency === undefined ? 0 : skew.shiftNs;
  const { min, median, max } = latency;
  const figures = (shift: number) => {
    const [least, middle, most] = [min, median, max].map((ns) => durationText(ns + shift));
    return `smallest ${least}, median ${middle}, largest ${most}`;
  };
  const warning = min + shiftNs < 0 ? "; NEGATIVE, so that no backtest runs on it: convert it with --skew shift" : "";
  if (shiftNs !== 0) {
    return `local times were shifted by ${count(shiftNs)} ns; latency was ${figures(0)}; is ${
      figures(shiftNs)
    }${warning}`;
  }
  return `${skew.latency === undefined ? "not stated" : "none shifted"}; latency ${figures(0)}${warning}`;
}

function tell(fields: Readonly<Record<string, unknown>>): string {
  const told = Object.entries(fields).map(([key, value]) =>
    `, ${key} ${value instanceof Object ? JSON.stringify(value) : value}`
  );
  return told.join("");
}

function between(first: string, last: string): string {
  return `${time(first)} to ${time(last)}`;
}

function time(ns: string): string {
  return ns === "" ? "none" : formatNs(BigInt(ns));
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function table(rows: readonly TextRow[]): string {
  const names = Object.keys(rows[0]);
  const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => row[name].length)));
  const right = new Set(["price", "size", "open", "high", "low", "close", "volume", "order"]);
  const line = (texts: readonly string[]) =>
    texts.map((text, i) => right.has(names[i]) ? text.padStart(widths[i]) : text.padEnd(widths[i])).join("  ")
      .trimEnd();
  return [line(names), ...rows.map((row) => line(names.map((name) => row[name])))].join("\n");
}

import { SourceError } from "../decoder.ts";

/** Where the fields of hftbacktest's event array stand. Offsets are in 32-bit words from the record's start. */
export interface NpyLayout {
  readonly headerBytes: number;
  readonly records: number;
  readonly recordBytes: number;
  readonly ev: number;
  readonly exchange: number;
  readonly local: number;
  readonly price: number;
  readonly size: number;
}

/** A header longer than this is not one. */
const HEADER_MAX = 1 << 16;
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const NEEDED: readonly (readonly [string, string])[] = [
  ["ev", "u8"],
  ["exch_ts", "i8"],
  ["local_ts", "i8"],
  ["px", "f8"],
  ["qty", "f8"],
];

/**
 * Reads the header of a numpy file (versions 1 to 3) that holds hftbacktest's events; undefined while it is not complete.
 *
 * Throws SourceError when it is not a numpy file, or holds something else, which it describes.
 */
export function readNpyHeader(bytes: Uint8Array): NpyLayout | undefined {
  for (let i = 0; i < Math.min(MAGIC.length, bytes.length); i++) {
    if (bytes[i] !== MAGIC[i]) throw wrong("it does not begin as a numpy array does");
  }
  if (bytes.length < 12) return undefined;
  const long = bytes[6] >= 2;
  const start = long ? 12 : 10;
  const length = bytes[8] + bytes[9] * 256 + (long ? bytes[10] * 65536 + bytes[11] * 16777216 : 0);
  if (length > HEADER_MAX) throw wrong(`its header would have ${length} bytes`);
  if (bytes.length < start + length) return undefined;
  const text = new TextDecoder().decode(bytes.subarray(start, start + length));
  const [, shape] = /'shape'\s*:\s*\(([\d,\s]*)\)/.exec(text) ?? [];
  const fields = [...text.matchAll(/\(\s*'(\w+)'\s*,\s*'([<>|=]?)(\w+)'\s*\)/g)];
  if (shape === undefined) throw wrong("its header names no shape");
  if (fields.length === 0) throw plainArray(text, shape);
  const layout = new Map<string, { type: string; at: number }>();
  let at = 0;
  for (const [, name, order, type] of fields) {
    const size = Number(type.slice(1));
    if (order === ">") throw wrong(`field ${name} is big-endian`);
    if (size % 8 !== 0) throw wrong(`field ${name} has type ${type}`);
    layout.set(name, { type, at });
    at += size / 4;
  }
  for (const [name, type] of NEEDED) {
    const field = layout.get(name);
    if (field?.type !== type) throw wrong(`field ${name} is ${field?.type ?? "missing"}, not ${type}`);
  }
  const place = (name: string) => layout.get(name)!.at;
  return {
    headerBytes: start + length,
    records: Number(shape.replace(/,\s*$/, "")),
    recordBytes: at * 4,
    ev: place("ev"),
    exchange: place("exch_ts"),
    local: place("local_ts"),
    price: place("px"),
    size: place("qty"),
  };
}

function plainArray(header: string, shape: string): SourceError {
  const [, type = "unknown"] = /'descr'\s*:\s*'([^']*)'/.exec(header) ?? [];
  const old = /,\s*[56]\s*$/.test(shape) && type.endsWith("f8");
  return wrong(
    `it is a plain array of ${type}, shape (${shape})${old ? ", as hftbacktest 1 wrote them" : ""}`,
  );
}

function wrong(problem: string): SourceError {
  const remedy =
    "an array of hftbacktest 2 is meant, with fields ev, exch_ts, local_ts, px, qty; write it anew with its tools";
  return new SourceError(problem, 1, remedy, "record");
}

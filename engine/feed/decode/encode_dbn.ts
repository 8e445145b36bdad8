/** For tests: writes DBN bytes field by field; its metadata were compared with what the databento_dbn library writes. */

/** What {@linkcode encodeMetadata} writes; the lists are symbols asked for, partly found, not found. */
export interface MetadataFields {
  readonly version: number;
  readonly schema: number;
  readonly dataset?: string;
  readonly tsOut?: boolean;
  readonly lists?: readonly [string[], string[], string[]];
  /** Symbol, first day, day after the last (as 20250717), instrument id. */
  readonly mappings?: readonly (readonly [string, number, number, string])[];
  readonly start?: bigint;
  readonly end?: bigint;
  readonly limit?: bigint;
}

/** The metadata of a file whose input symbols are raw and whose output symbols are instrument ids. */
export function encodeMetadata(fields: MetadataFields): Uint8Array {
  const { version, lists = [[], [], []], mappings = [] } = fields;
  const symbolBytes = version === 1 ? 22 : 71;
  const out: number[] = [];
  const number = (value: number | bigint, bytes: number) => {
    for (let i = 0; i < bytes; i++) out.push(Number((BigInt(value) >> BigInt(8 * i)) & 255n));
  };
  const text = (value: string, bytes: number) => {
    for (let i = 0; i < bytes; i++) out.push(i < value.length ? value.charCodeAt(i) : 0);
  };
  text(fields.dataset ?? "XNAS.ITCH", 16);
  number(fields.schema, 2);
  number(fields.start ?? 0n, 8);
  number(fields.end ?? 0n, 8);
  number(fields.limit ?? 0n, 8);
  if (version === 1) number(0xffffffffffffffffn, 8);
  out.push(1, 0, fields.tsOut ? 1 : 0);
  if (version > 1) number(symbolBytes, 2);
  while (out.length < 100) out.push(0);
  number(0, 4);
  for (const list of lists) {
    number(list.length, 4);
    for (const symbol of list) text(symbol, symbolBytes);
  }
  number(mappings.length, 4);
  for (const [symbol, from, to, id] of mappings) {
    text(symbol, symbolBytes);
    number(1, 4);
    number(from, 4);
    number(to, 4);
    text(id, symbolBytes);
  }
  if (version === 3) { while (out.length % 8 !== 0) out.push(0); }
  const bytes = new Uint8Array(8 + out.length);
  bytes.set([68, 66, 78, version]);
  new DataView(bytes.buffer).setUint32(4, out.length, true);
  bytes.set(out, 8);
  return bytes;
}

/** Fields of a record; what is absent is 0, and a price undefined. */
export interface RecordFields {
  readonly id?: number;
  readonly event?: bigint;
  readonly recv?: bigint;
  readonly action: string;
  readonly side?: string;
  readonly price?: bigint;
  readonly size?: number;
  readonly order?: bigint;
  readonly flags?: number;
  readonly sequence?: number;
  /** Price and size of bid and of ask, each level. */
  readonly levels?: readonly (readonly [bigint, number, bigint, number])[];
}

const NO_PRICE = 0x7fffffffffffffffn;

/** A record of type 160. */
export function encodeOrder(fields: RecordFields): Uint8Array {
  const view = header(56, 160, fields);
  view.setBigUint64(16, fields.order ?? 0n, true);
  view.setBigInt64(24, fields.price ?? NO_PRICE, true);
  view.setUint32(32, fields.size ?? 0, true);
  view.setUint8(36, fields.flags ?? 128);
  view.setUint8(38, fields.action.charCodeAt(0));
  view.setUint8(39, (fields.side ?? "N").charCodeAt(0));
  view.setBigUint64(40, fields.recv ?? 0n, true);
  view.setUint32(52, fields.sequence ?? 0, true);
  return new Uint8Array(view.buffer);
}

/** A record of type 0, or 1 or 10 with as many levels. */
export function encodeEvent(fields: RecordFields, levels: 0 | 1 | 10 = 0): Uint8Array {
  const view = header(48 + 32 * levels, levels, fields);
  view.setBigInt64(16, fields.price ?? NO_PRICE, true);
  view.setUint32(24, fields.size ?? 0, true);
  view.setUint8(28, fields.action.charCodeAt(0));
  view.setUint8(29, (fields.side ?? "N").charCodeAt(0));
  view.setUint8(30, fields.flags ?? 128);
  view.setBigUint64(32, fields.recv ?? 0n, true);
  view.setUint32(44, fields.sequence ?? 0, true);
  for (let i = 0; i < levels; i++) {
    const [bid, bidSize, ask, askSize] = fields.levels?.[i] ?? [NO_PRICE, 0, NO_PRICE, 0];
    view.setBigInt64(48 + 32 * i, bid, true);
    view.setBigInt64(56 + 32 * i, ask, true);
    view.setUint32(64 + 32 * i, bidSize, true);
    view.setUint32(68 + 32 * i, askSize, true);
  }
  return new Uint8Array(view.buffer);
}

/** Joins records into the bytes of a file. */
export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function header(bytes: number, type: number, fields: RecordFields): DataView {
  const view = new DataView(new ArrayBuffer(bytes));
  view.setUint8(0, bytes / 4);
  view.setUint8(1, type);
  view.setUint16(2, 2, true);
  view.setUint32(4, fields.id ?? 1108, true);
  view.setBigUint64(8, fields.event ?? 0n, true);
  return view;
}

/** A table of a FlatBuffer, read where it lies: Arrow's schema, batch heads and footer are such tables. */
export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;

  /** The table that starts at byte `at`. */
  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
  }

  /** The root table of a buffer that starts at byte `start`. */
  static root(view: DataView, start: number): FlatTable {
    return new FlatTable(view, start + view.getUint32(start, true));
  }

  /** Where field `slot` lies, or 0 if it is absent, which means its default. */
  #field(slot: number): number {
    const shape = this.#at - this.#view.getInt32(this.#at, true);
    const offset = 4 + 2 * slot;
    if (offset >= this.#view.getUint16(shape, true)) return 0;
    const inside = this.#view.getUint16(shape + offset, true);
    return inside === 0 ? 0 : this.#at + inside;
  }

  /** A reference's target, or 0. */
  #target(slot: number): number {
    const at = this.#field(slot);
    return at === 0 ? 0 : at + this.#view.getUint32(at, true);
  }

  has(slot: number): boolean {
    return this.#field(slot) !== 0;
  }

  uint8(slot: number): number {
    const at = this.#field(slot);
    return at === 0 ? 0 : this.#view.getUint8(at);
  }

  int16(slot: number): number {
    const at = this.#field(slot);
    return at === 0 ? 0 : this.#view.getInt16(at, true);
  }

  int32(slot: number): number {
    const at = this.#field(slot);
    return at === 0 ? 0 : this.#view.getInt32(at, true);
  }

  int64(slot: number): number {
    const at = this.#field(slot);
    return at === 0 ? 0 : int64At(this.#view, at);
  }

  table(slot: number): FlatTable | undefined {
    const at = this.#target(slot);
    return at === 0 ? undefined : new FlatTable(this.#view, at);
  }

  text(slot: number): string {
    const at = this.#target(slot);
    if (at === 0) return "";
    const length = this.#view.getUint32(at, true);
    return new TextDecoder().decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + at + 4, length));
  }

  /** Elements in the vector of field `slot`. */
  length(slot: number): number {
    const at = this.#target(slot);
    return at === 0 ? 0 : this.#view.getUint32(at, true);
  }

  /** Table `index` of a vector of tables. */
  item(slot: number, index: number): FlatTable {
    const at = this.#target(slot) + 4 + 4 * index;
    return new FlatTable(this.#view, at + this.#view.getUint32(at, true));
  }

  /** The first byte of a vector's structs, to be read with {@linkcode int64At} and the view. */
  structs(slot: number): number {
    return this.#target(slot) + 4;
  }
}

/** A little-endian int64 as a number; exact below 2^53, as lengths and offsets in files are. */
export function int64At(view: DataView, at: number): number {
  return view.getInt32(at + 4, true) * 4294967296 + view.getUint32(at, true);
}

/** What a FlatBuffer is built from. */
export type FlatNode =
  | { readonly table: readonly (FlatField | undefined)[] }
  | { readonly text: string }
  | { readonly list: readonly FlatNode[] }
  /** Structs of eight-byte members, `count` of them, already laid out as little-endian int64 values. */
  | { readonly structs: readonly number[]; readonly count: number };

/** A field of a table: a scalar of so many bytes, or a reference. */
export type FlatField = { readonly bytes: 1 | 2 | 4 | 8; readonly value: number } | { readonly ref: FlatNode };

/**
 * Builds a FlatBuffer, parents before children, so that every reference points forward.
 *
 * @example
 * ```ts
 * import { FlatTable, flatBuffer } from "./flatbuffer.ts";
 * const bytes = flatBuffer({ table: [{ bytes: 2, value: 4 }, { ref: { text: "tape" } }] });
 * const root = FlatTable.root(new DataView(bytes.buffer), 0);
 * if (root.int16(0) !== 4 || root.text(1) !== "tape") throw new Error("unexpected");
 * ```
 */
export function flatBuffer(root: FlatNode): Uint8Array<ArrayBuffer> {
  const builder = new Builder();
  builder.reserve(4);
  builder.point(0, builder.place(root));
  return builder.finish();
}

class Builder {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #size = 0;

  reserve(count: number): number {
    const at = this.#size;
    this.#size += count;
    if (this.#size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#size, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }

  /** Pads until the size is `rest` modulo `unit`. */
  #align(unit: number, rest = 0): void {
    while (this.#size % unit !== rest) this.reserve(1);
  }

  point(from: number, to: number): void {
    this.#view.setUint32(from, to - from, true);
  }

  place(node: FlatNode): number {
    if ("table" in node) return this.#table(node.table);
    if ("text" in node) return this.#text(node.text);
    if ("list" in node) return this.#list(node.list);
    this.#align(8, 4);
    const at = this.reserve(4);
    this.#view.setUint32(at, node.count, true);
    for (const value of node.structs) this.#int64(this.reserve(8), value);
    return at;
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.#align(8);
    return this.#bytes.slice(0, this.#size);
  }

  #int64(at: number, value: number): void {
    this.#view.setInt32(at, value | 0, true);
    this.#view.setInt32(at + 4, Math.floor(value / 4294967296), true);
  }

  #text(text: string): number {
    const bytes = new TextEncoder().encode(text);
    this.#align(4);
    const at = this.reserve(4 + bytes.length + 1);
    this.#view.setUint32(at, bytes.length, true);
    this.#bytes.set(bytes, at + 4);
    return at;
  }

  #list(nodes: readonly FlatNode[]): number {
    this.#align(4);
    const at = this.reserve(4 + 4 * nodes.length);
    this.#view.setUint32(at, nodes.length, true);
    nodes.forEach((node, index) => this.point(at + 4 + 4 * index, this.place(node)));
    return at;
  }

  #table(fields: readonly (FlatField | undefined)[]): number {
    this.#align(2);
    const shape = this.reserve(4 + 2 * fields.length);
    // Four bytes off a multiple of eight, so that what follows the table's own four-byte head is aligned for int64.
    this.#align(8, 4);
    const at = this.reserve(4);
    this.#view.setInt32(at, at - shape, true);
    const refs: [number, FlatNode][] = [];
    for (const width of [8, 4, 2, 1]) {
      fields.forEach((field, slot) => {
        if (field === undefined || ("ref" in field ? 4 : field.bytes) !== width) return;
        const here = this.reserve(width);
        this.#view.setUint16(shape + 4 + 2 * slot, here - at, true);
        if ("ref" in field) refs.push([here, field.ref]);
        else this.#scalar(here, field.bytes, field.value);
      });
    }
    this.#view.setUint16(shape, 4 + 2 * fields.length, true);
    this.#view.setUint16(shape + 2, this.#size - at, true);
    for (const [here, node] of refs) this.point(here, this.place(node));
    return at;
  }

  #scalar(at: number, bytes: number, value: number): void {
    if (bytes === 8) this.#int64(at, value);
    else if (bytes === 4) this.#view.setInt32(at, value, true);
    else if (bytes === 2) this.#view.setInt16(at, value, true);
    else this.#view.setUint8(at, value);
  }
}

import type { Sender } from "./check.ts";
import { beyondLimit, FRAME_LIMITS, malformed, PROTOTYPE_KEYS } from "./limits.ts";

/**
 * Counts what a MessagePack frame holds before it is parsed, and refuses what the protocol has no use for: binary, extensions,
 * keys that are no texts or reach a prototype, bytes that are missing or left over.
 *
 * Returns whether there are 64-bit integers that a number holds exactly. Throws `ProtocolError` TOO_DEEP or MALFORMED. Cost: one
 * look at each value, and memory for the nesting alone.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { scanMsgpack } from "./scan_msgpack.ts";
 * scanMsgpack(new Uint8Array([0x92, 1, 2]), "client");
 * assertThrows(() => scanMsgpack(new Uint8Array([0xdd, 255, 255, 255, 255]), "client"), Error, "more than");
 * ```
 */
export function scanMsgpack(bytes: Uint8Array, sender: Sender): boolean {
  return new Scan(bytes, sender).run();
}

/** Sizes of formats 0xca to 0xd3: floats, then unsigned and signed integers. */
const FIXED = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8];
const UINT64 = 0xcf, INT64 = 0xd3;

class Scan {
  readonly #view: DataView;
  readonly #limits;
  /** What is still to come at each depth: values of a list, or keys and values of a map. */
  readonly #left = new Float64Array(32);
  readonly #map = new Uint8Array(32);
  #depth = 0;
  #at = 0;
  #keys = 0;
  #elements = 0;
  #small = false;

  constructor(readonly bytes: Uint8Array, sender: Sender) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#limits = FRAME_LIMITS[sender];
  }

  run(): boolean {
    do {
      while (this.#depth > 0 && this.#left[this.#depth] === 0) this.#depth--;
      if (this.#at > 0 && this.#depth === 0) break;
      const key = this.#map[this.#depth] === 1 && this.#left[this.#depth] % 2 === 0 && this.#depth > 0;
      this.#left[this.#depth]--;
      this.#value(key);
    } while (this.#depth > 0);
    if (this.#at !== this.bytes.length) throw malformed(`${this.bytes.length - this.#at} bytes are left over`);
    return this.#small;
  }

  /** Passes one value; what is inside a list or a map comes later. */
  #value(key: boolean): void {
    const format = this.#take(1);
    if (format >= 0xa0 && format <= 0xbf) return this.#text(format & 0x1f, key);
    if (format >= 0xd9 && format <= 0xdb) return this.#text(this.#take(1 << (format - 0xd9)), key);
    if (key) throw malformed("a key is no text");
    if (format <= 0x7f || format >= 0xe0 || (format >= 0xc0 && format <= 0xc3 && format !== 0xc1)) return;
    if (format >= 0x90 && format <= 0x9f) return this.#open(format & 0x0f, false);
    if (format <= 0x8f) return this.#open(format & 0x0f, true);
    if (format === 0xdc || format === 0xdd) return this.#open(this.#take(format === 0xdc ? 2 : 4), false);
    if (format === 0xde || format === 0xdf) return this.#open(this.#take(format === 0xde ? 2 : 4), true);
    if (format < 0xca || format > 0xd3) throw malformed(`format 0x${format.toString(16)} is not of the protocol`);
    if (format === UINT64 || format === INT64) this.#wide(format);
    this.#skip(FIXED[format - 0xca]);
  }

  #open(count: number, map: boolean): void {
    const { nesting, keys, elements } = this.#limits;
    if (map) {
      if ((this.#keys += count) > keys) throw beyondLimit("keys", keys);
    }
    if ((this.#elements += count) > elements) throw beyondLimit("elements", elements);
    if (++this.#depth > nesting) throw beyondLimit("nesting", nesting);
    this.#left[this.#depth] = map ? 2 * count : count;
    this.#map[this.#depth] = map ? 1 : 0;
  }

  #text(length: number, key: boolean): void {
    const start = this.#at;
    this.#skip(length);
    if (!key || (length !== 9 && length !== 11)) return;
    const name = String.fromCharCode(...this.bytes.subarray(start, this.#at));
    if (PROTOTYPE_KEYS.includes(name)) throw malformed(`it has a key ${name}`);
  }

  #wide(format: number): void {
    if (this.#at + 8 > this.bytes.length) return;
    const high = format === INT64 ? this.#view.getInt32(this.#at) : this.#view.getUint32(this.#at);
    // The high half of what is within ±2^53.
    if (high >= -0x200000 && high <= 0x200000) this.#small = true;
  }

  /** An unsigned big-endian integer of 1, 2 or 4 bytes. */
  #take(size: number): number {
    const at = this.#at;
    this.#skip(size);
    return size === 1 ? this.bytes[at] : size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #skip(size: number): void {
    this.#at += size;
    if (this.#at > this.bytes.length) throw malformed("it ends in the middle of a value");
  }
}

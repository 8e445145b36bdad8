/**
 * A fixed 128-bit mixing hash over records of twelve 32-bit words; two runs agree exactly if they put out the same.
 *
 * It is a check against change, not against an attacker: the journal's SHA-256 chain is for those. Its speed is that of
 * `Math.imul`, so that it can be left on in every session. Nothing of presentation, paths or wall time ever enters it.
 *
 * @example
 * ```ts
 * import { Digest } from "./digest.ts";
 * const a = new Digest(), b = new Digest();
 * a.record(1, 0, 5, 7, 100, 3, 0);
 * b.record(1, 0, 5, 7, 100, 3, 0);
 * if (a.hex() !== b.hex()) throw new Error("unexpected");
 * ```
 */
export class Digest {
  #a = 0x6c6f636b;
  #b = 0x73746570;
  #c = 0x64696765;
  #d = 0x73742d31;
  #records = 0;

  /** Records mixed in so far. */
  get records(): number {
    return this.#records;
  }

  /**
   * Mixes one record: a tag, a time (era and nanoseconds within it, see clock.ts), and four integers below 2^53 in
   * magnitude.
   */
  record(tag: number, era: number, ns: number, order: number, x: number, y: number, z: number): void {
    const nsLow = ns | 0, orderLow = order | 0, xLow = x | 0, yLow = y | 0, zLow = z | 0;
    let a = this.#a | 0, b = this.#b | 0, c = this.#c | 0, d = this.#d | 0, p = 0, q = 0, r = 0, s = 0;
    p = Math.imul(tag, 0x9e3779b1);
    q = Math.imul(era, 0x85ebca6b);
    r = Math.imul(nsLow, 0xc2b2ae35);
    s = Math.imul(high(ns, nsLow), 0x27d4eb2f);
    a ^= Math.imul((p << 15) | (p >>> 17), 0x85ebca6b);
    b ^= Math.imul((q << 16) | (q >>> 16), 0xc2b2ae35);
    c ^= Math.imul((r << 17) | (r >>> 15), 0x27d4eb2f);
    d ^= Math.imul((s << 18) | (s >>> 14), 0x9e3779b1);
    a = (Math.imul((((a << 19) | (a >>> 13)) + b) | 0, 5) + 0x561ccd1b) | 0;
    b = (Math.imul((((b << 17) | (b >>> 15)) + c) | 0, 5) + 0x0bcaa747) | 0;
    c = (Math.imul((((c << 15) | (c >>> 17)) + d) | 0, 5) + 0x96cd1c35) | 0;
    d = (Math.imul((((d << 13) | (d >>> 19)) + a) | 0, 5) + 0x32ac3b17) | 0;
    p = Math.imul(orderLow, 0x9e3779b1);
    q = Math.imul(high(order, orderLow), 0x85ebca6b);
    r = Math.imul(xLow, 0xc2b2ae35);
    s = Math.imul(high(x, xLow), 0x27d4eb2f);
    a ^= Math.imul((p << 15) | (p >>> 17), 0x85ebca6b);
    b ^= Math.imul((q << 16) | (q >>> 16), 0xc2b2ae35);
    c ^= Math.imul((r << 17) | (r >>> 15), 0x27d4eb2f);
    d ^= Math.imul((s << 18) | (s >>> 14), 0x9e3779b1);
    a = (Math.imul((((a << 19) | (a >>> 13)) + b) | 0, 5) + 0x561ccd1b) | 0;
    b = (Math.imul((((b << 17) | (b >>> 15)) + c) | 0, 5) + 0x0bcaa747) | 0;
    c = (Math.imul((((c << 15) | (c >>> 17)) + d) | 0, 5) + 0x96cd1c35) | 0;
    d = (Math.imul((((d << 13) | (d >>> 19)) + a) | 0, 5) + 0x32ac3b17) | 0;
    p = Math.imul(yLow, 0x9e3779b1);
    q = Math.imul(high(y, yLow), 0x85ebca6b);
    r = Math.imul(zLow, 0xc2b2ae35);
    s = Math.imul(high(z, zLow), 0x27d4eb2f);
    a ^= Math.imul((p << 15) | (p >>> 17), 0x85ebca6b);
    b ^= Math.imul((q << 16) | (q >>> 16), 0xc2b2ae35);
    c ^= Math.imul((r << 17) | (r >>> 15), 0x27d4eb2f);
    d ^= Math.imul((s << 18) | (s >>> 14), 0x9e3779b1);
    a = (Math.imul((((a << 19) | (a >>> 13)) + b) | 0, 5) + 0x561ccd1b) | 0;
    b = (Math.imul((((b << 17) | (b >>> 15)) + c) | 0, 5) + 0x0bcaa747) | 0;
    c = (Math.imul((((c << 15) | (c >>> 17)) + d) | 0, 5) + 0x96cd1c35) | 0;
    d = (Math.imul((((d << 13) | (d >>> 19)) + a) | 0, 5) + 0x32ac3b17) | 0;
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
    this.#records++;
  }

  /** The digest so far, 32 hexadecimal digits. */
  hex(): string {
    const final = new Digest();
    final.restore(this.state());
    final.#block(this.#records | 0, (this.#records / 4294967296) | 0, 0, 0);
    for (let i = 0; i < 4; i++) final.#block(i, ~i, i << 8, i << 16);
    const word = (w: number) => (w >>> 0).toString(16).padStart(8, "0");
    return word(final.#a) + word(final.#b) + word(final.#c) + word(final.#d);
  }

  /** What a snapshot keeps of the digest. */
  state(): readonly number[] {
    return [this.#a, this.#b, this.#c, this.#d, this.#records];
  }

  /** Goes on from a snapshot's state. */
  restore(state: readonly number[]): void {
    [this.#a, this.#b, this.#c, this.#d, this.#records] = state;
  }

  // Each word is scrambled on its own, then stirs its lane and the next, so that order and place of every word count.
  #block(p: number, q: number, r: number, s: number): void {
    p = Math.imul(p, 0x9e3779b1);
    p = Math.imul((p << 15) | (p >>> 17), 0x85ebca6b);
    q = Math.imul(q, 0x85ebca6b);
    q = Math.imul((q << 16) | (q >>> 16), 0xc2b2ae35);
    r = Math.imul(r, 0xc2b2ae35);
    r = Math.imul((r << 17) | (r >>> 15), 0x27d4eb2f);
    s = Math.imul(s, 0x27d4eb2f);
    s = Math.imul((s << 18) | (s >>> 14), 0x9e3779b1);
    let a = this.#a ^ p, b = this.#b ^ q, c = this.#c ^ r, d = this.#d ^ s;
    a = (((a << 19) | (a >>> 13)) + b) | 0;
    a = (Math.imul(a, 5) + 0x561ccd1b) | 0;
    b = (((b << 17) | (b >>> 15)) + c) | 0;
    b = (Math.imul(b, 5) + 0x0bcaa747) | 0;
    c = (((c << 15) | (c >>> 17)) + d) | 0;
    c = (Math.imul(c, 5) + 0x96cd1c35) | 0;
    d = (((d << 13) | (d >>> 19)) + a) | 0;
    d = (Math.imul(d, 5) + 0x32ac3b17) | 0;
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
  }
}

/** The upper word of an integer below 2^53 in magnitude whose lower word is known. */
function high(value: number, low: number): number {
  // Most are no longer than a word, and their upper word is the sign's.
  return value === low ? low >> 31 : ((value - (low >>> 0)) / 4294967296) | 0;
}

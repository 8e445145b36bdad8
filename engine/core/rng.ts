/** What a run is seeded with: an integer from 0 to 2^53 − 1, or any text. 7 and "7" are the same seed. */
export type Seed = number | string;

/** All of a generator, eight unsigned 32-bit words: the four that children are drawn from, then the four that move. */
export type RngState = readonly [number, number, number, number, number, number, number, number];

/** Random numbers as strategies draw them: from the run's seed, the same in every run. */
export interface Random {
  /** The generator of the part called `name`, which depends on its name alone; two calls give two equal generators. */
  child(name: string): Random;
  /** An integer from 0 to 2^32 − 1, each equally likely. */
  next(): number;
  /** A multiple of 2^-53 from 0 to below 1. */
  float(): number;
  /** A multiple of 2^-32 from 0 to below 1: half the cost of `float`. */
  float32(): number;
  /** An integer from 0 to `n` − 1, each equally likely. Throws RangeError unless `n` is an integer from 1 to 2^53 − 1. */
  int(n: number): number;
}

/**
 * A seeded source of random numbers (sfc32: 128 bits of state, period at least 2^32, about 2^127 on average).
 *
 * One seed per run; each component draws its own child by name. A child depends on the seed and the names on its way,
 * never on how many numbers were drawn or which children were made before it, so that a new component changes nothing
 * for the others.
 *
 * | call | cost |
 * |---|---|
 * | next, float32 | O(1), about ten integer operations |
 * | float | two draws |
 * | int | one draw up to 2^32 (two above), seldom a second one |
 * | child | O(length of the name) |
 *
 * Throws RangeError for a number that is no integer of 0 to 2^53 − 1.
 *
 * @example
 * ```ts
 * import { Rng } from "./rng.ts";
 * const run = new Rng(7);
 * const latency = run.child("latency");
 * run.next();
 * if (latency.next() !== new Rng("7").child("latency").next()) throw new Error("a child hangs on its name alone");
 * ```
 */
export class Rng implements Random {
  #key0: number;
  #key1: number;
  #key2: number;
  #key3: number;
  #a = 0;
  #b = 0;
  #c = 0;
  #count = 0;

  constructor(seed: Seed) {
    if (typeof seed === "number" && !(Number.isSafeInteger(seed) && seed >= 0)) {
      throw new RangeError(`Cannot seed: seed is ${seed}; it must be an integer from 0 to 2^53 - 1, or text`);
    }
    const key = new Uint32Array([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]); // the first digits of pi
    absorb(key, String(seed));
    [this.#key0, this.#key1, this.#key2, this.#key3] = key;
    this.#start();
  }

  /** The generator of the component called `name`; two calls give two equal generators. */
  child(name: string): Rng {
    const key = new Uint32Array([this.#key0, this.#key1, this.#key2, this.#key3]);
    absorb(key, name);
    const child = new Rng(0);
    [child.#key0, child.#key1, child.#key2, child.#key3] = key;
    child.#start();
    return child;
  }

  /** An integer from 0 to 2^32 − 1, each equally likely. */
  next(): number {
    const b = this.#b;
    const c = this.#c;
    const count = this.#count;
    const out = (this.#a + b + count) | 0;
    this.#count = (count + 1) | 0;
    this.#a = b ^ (b >>> 9);
    this.#b = (c + (c << 3)) | 0;
    this.#c = (((c << 21) | (c >>> 11)) + out) | 0;
    return out >>> 0;
  }

  /** A multiple of 2^-53 from 0 to below 1. */
  float(): number {
    const high = this.next() >>> 5;
    return (high * 67108864 + (this.next() >>> 6)) / 9007199254740992; // (27 bits × 2^26 + 26 bits) ÷ 2^53
  }

  /** A multiple of 2^-32 from 0 to below 1: half the cost of `float`, where 32 bits are enough. */
  float32(): number {
    return this.next() / 4294967296;
  }

  /** An integer from 0 to `n` − 1, each equally likely. Throws RangeError unless `n` is an integer from 1 to 2^53 − 1. */
  int(n: number): number {
    if (!(Number.isSafeInteger(n) && n >= 1)) {
      throw new RangeError(`Cannot draw below ${n}: it must be an integer from 1 to 2^53 - 1`);
    }
    // Draws at or above the last whole multiple of n are thrown away; kept, they would favour small results.
    if (n <= 4294967296) {
      const limit = 4294967296 - (4294967296 % n);
      for (;;) {
        const draw = this.next();
        if (draw < limit) return draw % n;
      }
    }
    const limit = 9007199254740992 - (9007199254740992 % n);
    for (;;) {
      const draw = (this.next() >>> 5) * 67108864 + (this.next() >>> 6);
      if (draw < limit) return draw % n;
    }
  }

  /** A copy of all of it, for a snapshot. */
  get state(): RngState {
    return [
      this.#key0,
      this.#key1,
      this.#key2,
      this.#key3,
      this.#a >>> 0,
      this.#b >>> 0,
      this.#c >>> 0,
      this.#count >>> 0,
    ];
  }

  /** Goes on from a snapshot. Throws RangeError unless it is eight unsigned 32-bit words. */
  set state(state: RngState) {
    if (state.length !== 8 || state.some((word) => word >>> 0 !== word)) {
      throw new RangeError(
        `Cannot restore a generator: its state is [${state}]; it must be eight unsigned 32-bit words`,
      );
    }
    [this.#key0, this.#key1, this.#key2, this.#key3] = state;
    this.#a = state[4] | 0;
    this.#b = state[5] | 0;
    this.#c = state[6] | 0;
    this.#count = state[7] | 0;
  }

  #start(): void {
    this.#a = this.#key0 | 0;
    this.#b = this.#key1 | 0;
    this.#c = this.#key2 | 0;
    this.#count = this.#key3 | 0;
    // Twelve rounds are what it takes until one bit of the key has moved every bit of the state.
    for (let round = 0; round < 12; round++) this.next();
  }
}

/** Mixes a text into a 128-bit key: each UTF-16 unit touches one word and is then carried round to the others. */
function absorb(key: Uint32Array, text: string): void {
  let [a, b, c, d] = key;
  const round = (unit: number): void => {
    a = Math.imul(a ^ unit, 0x9e3779b1); // an odd number near 2^32 ÷ the golden ratio: multiplication loses nothing
    a ^= a >>> 15;
    b = Math.imul(b ^ a, 0x85ebca77);
    b ^= b >>> 13;
    c = Math.imul(c + b, 0xc2b2ae3d);
    c ^= c >>> 16;
    d = Math.imul(d ^ c, 0x27d4eb2f);
    d ^= d >>> 14;
    a = (a + d) | 0;
  };
  for (let i = 0; i < text.length; i++) round(text.charCodeAt(i));
  round(text.length | 0x10000); // above any unit, so that a name and its prefix part ways: "a" then "b" is not "ab"
  for (let i = 0; i < 4; i++) round(0x20000 + i);
  key[0] = a;
  key[1] = b;
  key[2] = c;
  key[3] = d;
}

// Seeded, splittable random numbers: xoshiro128++ (Blackman & Vigna 2021, "Scrambled linear pseudorandom number generators", ACM TOMS),
// 128 bits of state, period 2^128 - 1. A stream is derived from (key, name, index) by hashing with MurmurHash3's 32-bit finaliser
// (Appleby 2011), so that step 1,000 draws the same numbers whether or not steps 0 to 999 were drawn before it: nothing needs to
// store a position. Everything is 32-bit integer arithmetic and correctly rounded float64, hence the same on every machine.
import { cosineOf, fillPairs, radiusOf, sineOf } from './box-muller.ts';

const TWO_POW_MINUS_32 = 2 ** -32;

function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Absorbs `word` into a four-word key. Each lane uses its own odd constant, so lanes stay independent. */
function absorb(key: Uint32Array, word: number): void {
  for (let lane = 0; lane < 4; lane++) {
    const previous = key[(lane + 3) & 3] as number;
    key[lane] = mix(((key[lane] as number) + Math.imul(word ^ previous, 0x9e3779b1 + 2 * lane) + 0x6a09e667 * (lane + 1)) >>> 0);
  }
}

export class Rng {
  readonly #key: Uint32Array;
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  #spareNormal: number | undefined;

  private constructor(key: Uint32Array) {
    this.#key = key;
    this.#a = mix((key[0] as number) ^ 0x243f6a88);
    this.#b = mix((key[1] as number) ^ 0x85a308d3);
    this.#c = mix((key[2] as number) ^ 0x13198a2e);
    this.#d = mix((key[3] as number) ^ 0x03707344) | 1; // never all zero
  }

  /** The root generator of a seed, any finite number; fractions and numbers beyond 2^32 count in full. */
  static fromSeed(seed: number): Rng {
    if (!Number.isFinite(seed)) throw new RangeError(`a seed must be a finite number, got ${seed}`);
    const words = new Uint32Array(new Float64Array([seed]).buffer);
    const key = new Uint32Array(4);
    absorb(key, words[0] as number);
    absorb(key, words[1] as number);
    return new Rng(key);
  }

  /** An independent generator named by (this generator's key, name, index). Does not depend on how much was drawn here. */
  stream(name: string, index = 0): Rng {
    const key = this.#key.slice();
    for (let i = 0; i < name.length; i++) absorb(key, name.charCodeAt(i));
    absorb(key, 0x100000 + name.length); // no name is a prefix of another
    absorb(key, index >>> 0);
    absorb(key, Math.floor(index / 2 ** 32) >>> 0);
    return new Rng(key);
  }

  /** Uniform on the integers 0 … 2^32 - 1. */
  uint32(): number {
    const a = this.#a;
    const b = this.#b;
    const sum = (a + this.#d) | 0;
    const result = (((sum << 7) | (sum >>> 25)) + a) >>> 0;
    const shifted = b << 9;
    this.#c ^= a;
    this.#d ^= b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** Uniform on [0, 1), 32 random bits. */
  uniform(): number {
    return this.uint32() * TWO_POW_MINUS_32;
  }

  /** Uniform on the integers 0 … bound - 1, without bias (Lemire 2019's rejection, in float64). */
  integer(bound: number): number {
    if (!(Number.isInteger(bound) && bound > 0 && bound <= 2 ** 32))
      throw new RangeError(`integer(bound) needs 1 … 2^32, got ${bound}`);
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let word = this.uint32();
    while (word >= limit) word = this.uint32();
    return word % bound;
  }

  /** Standard normal (Box & Muller 1958). */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    const radius = radiusOf(this.uint32());
    const turn = this.uint32();
    this.#spareNormal = radius * sineOf(turn);
    return radius * cosineOf(turn);
  }

  fillUniform(out: Float32Array): Float32Array {
    for (let i = 0; i < out.length; i++) out[i] = (this.uint32() >>> 8) * 2 ** -24; // 24 bits: stays below 1 in float32
    return out;
  }

  /** As `normal` for each value in turn. */
  fillNormal(out: Float32Array): Float32Array {
    let from = 0;
    if (this.#spareNormal !== undefined && out.length > 0) out[from++] = this.normal();
    const end = from + ((out.length - from) & ~1);
    if (end > from) {
      const after = fillPairs([this.#a, this.#b, this.#c, this.#d], out, from, end);
      [this.#a, this.#b, this.#c, this.#d] = [after[0], after[1], after[2], after[3]] as [number, number, number, number];
    }
    if (end < out.length) out[end] = this.normal();
    return out;
  }

  /** A uniformly random order of 0 … count - 1 (Fisher & Yates). */
  permutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = order[i] as number;
      order[i] = order[j] as number;
      order[j] = held;
    }
    return order;
  }
}

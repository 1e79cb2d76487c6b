import { describe, expect, it } from 'vitest';
import { cosineOf, fillPairs, radiusOf, sineOf } from '../../src/base/box-muller.ts';
import { Rng } from '../../src/base/rng.ts';

const EDGES = [0, 1, 2, 3, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 2, 2 ** 32 - 1];
const rng = Rng.fromSeed(1);
const WORDS = [
  ...EDGES,
  ...Array.from({ length: 32 }, (_, bit) => 2 ** bit),
  // Both sides of every border between the tables' steps, and of their middles.
  ...Array.from({ length: 128 }, (_, i) => i * 2 ** 25).flatMap((word) => [word, word + 1, (word + 2 ** 32 - 1) % 2 ** 32]),
  ...Array.from({ length: 200_000 }, () => rng.uint32()),
];

/** cos and sin with the quarter turns taken off in whole numbers, so that the engine's functions see a small, almost exact angle. */
function engineCircle(word: number): readonly [number, number] {
  const quarter = Math.round(word / 2 ** 30);
  const t = (word - quarter * 2 ** 30) * (2 * Math.PI * 2 ** -32);
  const [c, s] = [Math.cos(t), Math.sin(t)];
  return ([[c, s], [-s, c], [-c, -s], [s, -c]] as const)[(quarter % 4) as 0 | 1 | 2 | 3]; // prettier-ignore
}

const rotated = (x: number, by: number): number => ((x << by) | (x >>> (32 - by))) >>> 0;
const largest = (errors: readonly number[]): number => errors.reduce((most, error) => Math.max(most, error), 0);

describe('the pairs of Box and Muller', () => {
  it('has the radius that the engine’s logarithm gives, at both ends of the words too', () => {
    const errors = WORDS.map((word) => {
      const u = (word + 0.5) * 2 ** -32;
      const exact = Math.sqrt(-2 * (u > 0.5 ? Math.log1p(u - 1) : Math.log(u)));
      return Math.abs(radiusOf(word) / exact - 1);
    });
    expect(largest(errors)).toBeLessThan(4e-14);
    expect(radiusOf(0)).toBeCloseTo(Math.sqrt(66 * Math.LN2), 14);
  });

  it('has the engine’s cosine and sine, and exact ones and zeros at the quarters', () => {
    const errors = WORDS.map((word) => {
      const [cosine, sine] = engineCircle(word);
      return Math.max(Math.abs(cosineOf(word) - cosine), Math.abs(sineOf(word) - sine));
    });
    expect(largest(errors)).toBeLessThan(4e-16);
    const quarters = [0, 1, 2, 3].map((quarter) => quarter * 2 ** 30);
    expect(quarters.map((word) => cosineOf(word) + 0)).toEqual([1, 0, -1, 0]);
    expect(quarters.map((word) => sineOf(word) + 0)).toEqual([0, 1, 0, -1]);
  });

  it.each([
    ['least', [0, 1, 2, 0], 0],
    ['next', [1, 5, 6, 2 ** 32 - 1], 1],
    ['middle', [2 ** 31, 1, 2, 2 ** 31], 2 ** 31],
    ['largest', [2 ** 32 - 1, 7, 8, 1], 2 ** 32 - 1],
  ] as const)('makes the same pair in SIMD of the %s word, and moves the state on', (_, state, first) => {
    const [a, b, c, d] = state;
    const next = [(a ^ d ^ b) >>> 0, (b ^ c ^ a) >>> 0, (c ^ a ^ (b << 9)) >>> 0, rotated(d ^ b, 11)] as const;
    const second = (rotated(next[0] + next[3], 7) + next[0]) >>> 0;
    const out = new Float32Array(4);
    const after = Uint32Array.from(fillPairs(state, out, 1, 3));
    expect((rotated(a + d, 7) + a) >>> 0).toBe(first);
    const radius = radiusOf(first);
    expect([...out]).toEqual([0, Math.fround(radius * cosineOf(second)), Math.fround(radius * sineOf(second)), 0]);
    const [p, q, r, s] = next;
    expect([...after]).toEqual([(p ^ s ^ q) >>> 0, (q ^ r ^ p) >>> 0, (r ^ p ^ (q << 9)) >>> 0, rotated(s ^ q, 11)]);
  });
});

// What every interpolation must hold to. A new one costs one row.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { interpolations } from '../../src/engine/catalogue.ts';
import { interpolate, norm } from '../../src/latent/interpolation.ts';

/** Half way between (3, 0) and (0, 1). */
const rows: Record<string, readonly [number, number]> = {
  slerp: [Math.SQRT2, Math.SQRT2],
  lerp: [1.5, 0.5],
  'lerp-norm': [(1.5 * 2) / Math.sqrt(2.5), (0.5 * 2) / Math.sqrt(2.5)],
};

it('every interpolation has its row', () => {
  expect(Object.keys(rows)).toEqual(interpolations.members.map(({ id }) => id));
});

describe.each(Object.entries(rows))('%s', (id, middle) => {
  const way = interpolations.make(id);

  it('passes the known middle', () => {
    const found = way(Float32Array.from([3, 0]), Float32Array.from([0, 1]), 0.5);
    expect(found[0]).toBeCloseTo(middle[0], 6);
    expect(found[1]).toBeCloseTo(middle[1], 6);
  });

  it('starts at a, ends at b, runs the same way back, has no jump, and does not touch its ends', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (size, seed, t) => {
        const rng = Rng.fromSeed(seed);
        const [a, b] = [rng.fillNormal(new Float32Array(size)), rng.fillNormal(new Float32Array(size))];
        const [heldA, heldB] = [a.slice(), b.slice()];
        const reach = norm(a) + norm(b);
        const apart = (u: Float32Array, v: Float32Array): number => norm(u.map((value, j) => value - (v[j] as number)));
        expect(apart(way(a, b, 0), a)).toBeLessThan(1e-5 * reach);
        expect(apart(way(a, b, 1), b)).toBeLessThan(1e-5 * reach);
        expect([a, b]).toEqual([heldA, heldB]);
        const there = way(a, b, t);
        expect([...there].every(Number.isFinite)).toBe(true);
        expect(norm(there)).toBeLessThan(1.0001 * reach);
        if (size > 1) {
          expect(apart(way(b, a, 1 - t), there)).toBeLessThan(2e-3 * reach);
          expect(apart(way(a, b, Math.min(1, t + 1e-6)), there)).toBeLessThan(2e-2 * reach);
        }
      }),
    );
  });

  it('holds still between equal codes, the origin among them', () => {
    for (const one of [Float32Array.from([1, -2, 0.5]), new Float32Array(3)]) {
      const path = interpolate(way, one, one, 5);
      for (let at = 0; at < path.data.length; at++) expect(path.data[at]).toBeCloseTo(one[at % 3] as number, 6);
    }
  });
});

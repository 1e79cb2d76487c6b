import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrix } from '../../src/base/matrix.ts';
import { Rng } from '../../src/base/rng.ts';
import { cornerGrid } from '../../src/latent/corners.ts';
import { interpolate, norm } from '../../src/latent/interpolation.ts';
import { lerpCodes } from '../../src/latent/lerp.ts';
import { neighboursAt, neighboursOf } from '../../src/latent/neighbours.ts';
import { normCorrectedLerpCodes } from '../../src/latent/norm-corrected-lerp.ts';
import { samplePrior } from '../../src/latent/prior.ts';
import { slerpCodes } from '../../src/latent/slerp.ts';
import { support } from '../../src/latent/support.ts';
import { byInformation, spacedValues, traverse } from '../../src/latent/traversal.ts';

const close = (values: readonly number[], digits = 6): number[] => values.map((v) => expect.closeTo(v, digits) as number);
const code = (...values: number[]): Float32Array => Float32Array.from(values);

describe('the great circle', () => {
  it('passes the middle of a right angle at 45 degrees', () => {
    expect([...slerpCodes(code(1, 0), code(0, 1), 0.5)]).toEqual(close([Math.SQRT1_2, Math.SQRT1_2]));
    expect([...slerpCodes(code(2, 0), code(0, 4), 0.5)]).toEqual(close([3 * Math.SQRT1_2, 3 * Math.SQRT1_2]));
    const third = slerpCodes(code(1, 0), code(0, 1), 1 / 3);
    expect([...third]).toEqual(close([Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)]));
  });

  it('moves the norm evenly and turns by even angles, in any number of dimensions', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (size, seed, t) => {
        const rng = Rng.fromSeed(seed);
        const [a, b] = [rng.fillNormal(new Float32Array(size)), rng.fillNormal(new Float32Array(size))];
        const z = slerpCodes(a, b, t);
        expect(norm(z)).toBeCloseTo((1 - t) * norm(a) + t * norm(b), 4);
        const angle = (u: Float32Array, v: Float32Array): number =>
          Math.acos(
            Math.max(-1, Math.min(1, u.reduce((sum, value, j) => sum + value * (v[j] as number), 0) / (norm(u) * norm(v)))),
          );
        fc.pre(angle(a, b) > 0.01 && angle(a, b) < 3.1);
        expect(angle(a, z)).toBeCloseTo(t * angle(a, b), 2);
      }),
      { numRuns: 200 },
    );
  });

  it('between opposite codes goes round, from the origin straight', () => {
    const way = interpolate(slerpCodes, code(1, 0, 0), code(-2, 0, 0), 5);
    for (let i = 0; i < 5; i++) expect(norm(way.data.subarray(3 * i, 3 * i + 3))).toBeCloseTo(1 + i / 4, 5);
    expect([...slerpCodes(code(0, 0), code(2, 2), 0.5)]).toEqual([1, 1]);
    expect([...slerpCodes(code(1, 0), code(1, 1e-5), 0.5)]).toEqual(close([1, 5e-6]));
    expect([...slerpCodes(code(1), code(-1), 0.25)]).toEqual([0.5]);
  });

  it('keeps the shell where the straight line falls to 0.71 of it', () => {
    const [a, b] = [0, 1].map((i) => Rng.fromSeed(i).fillNormal(new Float32Array(512))) as [Float32Array, Float32Array];
    const shell = Math.sqrt(512);
    expect(norm(lerpCodes(a, b, 0.5)) / shell).toBeCloseTo(Math.SQRT1_2, 1);
    expect(norm(slerpCodes(a, b, 0.5)) / shell).toBeCloseTo(1, 1);
    expect(norm(normCorrectedLerpCodes(a, b, 0.5)) / shell).toBeCloseTo(1, 1);
  });
});

describe('a path', () => {
  it('holds both ends exactly and refuses what is none', () => {
    const path = interpolate(slerpCodes, code(0.1, 0.7), code(-3, 0.3), 7);
    expect(path.data.slice(0, 2)).toEqual(code(0.1, 0.7));
    expect(path.data.slice(12)).toEqual(code(-3, 0.3));
    expect(() => interpolate(lerpCodes, code(1), code(1, 2), 3)).toThrow(/got 1 and 2 dimensions/);
    expect(() => interpolate(lerpCodes, code(1), code(1), 1)).toThrow(/two codes or more, got 1/);
  });

  it('between four corners is the bilinear patch', () => {
    const grid = cornerGrid([code(0, 0), code(2, 0), code(0, 4), code(2, 4)], 5, 3);
    for (let r = 0; r < 5; r++)
      for (let c = 0; c < 3; c++) expect([...grid.data.subarray((r * 3 + c) * 2, (r * 3 + c) * 2 + 2)]).toEqual([c, r]);
    expect(() => cornerGrid([code(0), code(0), code(0), code(0)], 1, 3)).toThrow(/got 1 × 3/);
  });
});

describe('a traversal', () => {
  it('moves the most informative dimensions, one at a time, symmetrically', () => {
    expect(byInformation([0.1, 3, 0, 3, 0.2])).toEqual([1, 3, 4, 0, 2]);
    expect(spacedValues(5, 3)).toEqual([-3, -1.5, 0, 1.5, 3]);
    const { dimensions, values, codes } = traverse(code(9, 8, 7), [0.5, 0.01, 2], { top: 2, count: 3, range: 1 });
    expect(dimensions).toEqual([2, 0]);
    expect(values).toEqual([-1, 0, 1]);
    expect([...codes.data]).toEqual([9, 8, -1, 9, 8, 0, 9, 8, 1, -1, 8, 7, 0, 8, 7, 1, 8, 7]);
    expect(() => traverse(code(1, 2), [1], { top: 1, count: 3, range: 1 })).toThrow(
      /2 dimensions needs as many KL values, got 1/,
    );
  });
});

describe('draws from the prior', () => {
  it('are normal, and row by row the same however many are drawn', () => {
    const drawn = samplePrior(4000, 5, Rng.fromSeed(1));
    const mean = drawn.data.reduce((sum, v) => sum + v, 0) / 20_000;
    const variance = drawn.data.reduce((sum, v) => sum + v * v, 0) / 20_000;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(variance).toBeCloseTo(1, 1);
    expect(samplePrior(7, 5, Rng.fromSeed(1)).data).toEqual(drawn.data.slice(0, 35));
  });

  it('stay within the truncation, and are scaled by the temperature', () => {
    const cut = samplePrior(3000, 4, Rng.fromSeed(2), { truncation: 0.5 });
    expect(cut.data.every((v) => Math.abs(v) <= 0.5)).toBe(true);
    const warm = samplePrior(50, 4, Rng.fromSeed(3), { temperature: 2 });
    expect([...warm.data]).toEqual([...samplePrior(50, 4, Rng.fromSeed(3)).data].map((v) => 2 * v));
    expect([...samplePrior(2, 2, Rng.fromSeed(3), { temperature: 0 }).data].every((v) => v === 0)).toBe(true);
    expect(() => samplePrior(1, 1, Rng.fromSeed(1), { truncation: 0 })).toThrow(/at least 0.01/);
    expect(() => samplePrior(1, 1, Rng.fromSeed(1), { temperature: -1 })).toThrow(/must not be negative, got -1/);
  });
});

describe('neighbours and support', () => {
  const line = matrix(
    50,
    1,
    Float32Array.from({ length: 50 }, (_, i) => i),
  );

  it('of a row leave the row out, of a code do not', () => {
    expect([...neighboursOf(line, 10, 4).indices]).toEqual([9, 11, 8, 12]);
    expect([...neighboursAt(line, code(10.2), 2).indices]).toEqual([10, 11]);
    const twins = matrix(5, 1); // all at one place: itself may not come first
    expect([...neighboursOf(twins, 3, 4).indices]).toEqual([0, 1, 2, 4]);
    expect(neighboursOf(line, 10, 4).distances).toEqual(Float32Array.from([1, 1, 2, 2]));
    expect(() => neighboursOf(line, 50, 3)).toThrow(/no row 50: the codes have rows 0 to 49/);
  });

  it('support is full on the data and none in a hole', () => {
    const rng = Rng.fromSeed(1);
    const codes = matrix(600, 2);
    for (let i = 0; i < 600; i++) {
      const angle = 2 * Math.PI * rng.uniform();
      codes.data.set([5 * Math.cos(angle) + 0.1 * rng.normal(), 5 * Math.sin(angle) + 0.1 * rng.normal()], 2 * i);
    }
    const steps = matrix(3, 2, Float32Array.from([5, 0, 0, 0, 0, 5]));
    const found = support(codes, steps, { k: 10 });
    expect(found.of).toBe(10);
    expect(found.counts[1]).toBe(0);
    expect(found.counts[0]).toBeGreaterThanOrEqual(8);
    expect(found.counts[2]).toBeGreaterThanOrEqual(8);
    // On the codes themselves, nine of ten hold all their k within reach (each counts itself besides).
    const own = support(codes, codes, { k: 10 });
    expect(own.counts.filter((count) => count === 10).length / 600).toBeGreaterThan(0.9);
  });

  it('support of many codes is measured on a share of them', () => {
    const many = matrix(
      12_000,
      1,
      Float32Array.from({ length: 12_000 }, (_, i) => i / 100),
    );
    const found = support(many, matrix(2, 1, code(60, 200)), { k: 4 });
    expect(found.usualDistance).toBeCloseTo(0.02, 2);
    expect(found.counts).toEqual([4, 0]);
    expect(support(matrix(1, 1), matrix(1, 1)).counts).toEqual([1]);
  });
});

// What every metric must hold to, with one case of known value. A new one costs one row.
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import type { Posteriors } from '../../src/metrics/metric.ts';
import { metrics } from '../../src/metrics/metrics.ts';
import { posteriorsOf } from '../metrics/posteriors.ts';

/** Four places of a square, far apart, 100 rows at each; a third dimension is dead. Prior-like noise in no dimension but that one. */
const square = posteriorsOf(
  400,
  3,
  (i, j) => (j === 2 ? 0 : ((i >> j) & 1) * 20 - 10),
  (j) => (j === 2 ? 1 : 0.01),
);
const quarter = 0.5 * (100 + 0.01 - Math.log(0.01) - 1); // KL of each living dimension

interface Row {
  readonly of: Posteriors;
  readonly value: number;
  readonly tolerance: number;
  /** How far from what is expected it may be of a collapsed model: shares of draws vary. */
  readonly byChance?: number;
}

const rows: Record<string, Row> = {
  'active-units': { of: square, value: 2, tolerance: 0 },
  kl: { of: square, value: 2 * quarter, tolerance: 1e-4 },
  'mutual-information': { of: square, value: Math.log(4), tolerance: 1e-6 },
  'aggregate-kl': { of: square, value: 2 * quarter - Math.log(4), tolerance: 0.3 },
  'effective-rank': { of: square, value: 2, tolerance: 1e-6 },
  'participation-ratio': { of: square, value: 2, tolerance: 1e-6 },
  correlation: { of: square, value: 0, tolerance: 1e-6 },
  // Codes at ±10: every draw is far from them, and they are far out in the prior.
  'prior-holes': { of: square, value: 1, tolerance: 0, byChance: 0.03 },
  'codes-off-prior': { of: square, value: 1, tolerance: 0, byChance: 0.03 },
};
/** Of codes of a codebook alone: tests/metrics/codebooks.test.ts. */
const ofCodebooks = ['code-perplexity'];

it('every metric has its row', () => {
  expect([...Object.keys(rows), ...ofCodebooks]).toEqual(metrics.members.map(({ id }) => id));
});

describe.each(Object.entries(rows))('%s', (id, { of, value, tolerance, byChance = 1e-9 }) => {
  const metric = metrics.make(id);

  it('has the known value, the same for a seed, and says on how many rows', () => {
    const found = metric(of, Rng.fromSeed(1));
    expect(Math.abs(found.value - value)).toBeLessThanOrEqual(tolerance);
    expect(metric(of, Rng.fromSeed(1))).toEqual(found);
    expect(found.rows).toBe(400);
    if (found.perDimension) expect(found.perDimension).toHaveLength(3);
    if (found.cap !== undefined) expect(found.value).toBeLessThanOrEqual(found.cap + 1e-9);
  });

  it('is finite and next to nothing, or what is expected, on a model that has collapsed', () => {
    const found = metric(
      posteriorsOf(
        300,
        4,
        () => 0,
        () => 1,
      ),
      Rng.fromSeed(1),
    );
    expect(Math.abs(found.value - (found.expected ?? 0))).toBeLessThan(byChance);
  });

  it('does not depend on which way a dimension points', () => {
    const rng = Rng.fromSeed(4);
    const draws = Float64Array.from({ length: 600 }, () => rng.normal());
    const make = (sign: number): Posteriors =>
      posteriorsOf(
        300,
        2,
        (i, j) => (j === 0 ? sign : 1) * (draws[2 * i + j] as number),
        () => 0.1,
      );
    const [a, b] = [make(1), make(-1)].map((posteriors) => metric(posteriors, Rng.fromSeed(1)).value) as [number, number];
    expect(Math.abs(a - b)).toBeLessThan(0.15); // draws differ, measures do not
  });
});

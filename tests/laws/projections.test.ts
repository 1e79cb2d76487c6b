// What every projection must hold to. A new one costs one row.
import { describe, expect, it } from 'vitest';
import { matrix } from '../../src/base/matrix.ts';
import { Rng } from '../../src/base/rng.ts';
import { fit } from '../../src/projection/projection.ts';
import { projections } from '../../src/projection/projections.ts';
import { mapQuality } from '../../src/projection/quality.ts';
import { normalMatrix } from '../projection/fixtures.ts';

/** Least trustworthiness at k 15 of three clusters in ten dimensions, and the parameters to test with. */
const rows: Record<string, { readonly trustworthiness: number; readonly params?: Record<string, number> }> = {
  pca: { trustworthiness: 0.85 },
  umap: { trustworthiness: 0.9, params: { epochs: 60 } },
};

const codes = normalMatrix(210, 10, Rng.fromSeed(1));
for (let i = 0; i < 210; i++) codes.data[i * 10 + (i % 3)] = (codes.data[i * 10 + (i % 3)] as number) + 12;

it('every projection has its row', () => {
  expect(Object.keys(rows)).toEqual(projections.members.map(({ id }) => id));
});

describe.each(Object.entries(rows))('%s', (id, { trustworthiness, params = {} }) => {
  const lay = (dims: 2 | 3, seed = 1) => fit(projections.make(id, params), codes, { dims, rng: Rng.fromSeed(seed) });

  it.each([2, 3] as const)(
    'lays %i dimensions out in finite numbers, the same for a seed, and leaves the codes alone',
    (dims) => {
      const before = codes.data.slice();
      const first = lay(dims);
      expect([first.positions.rows, first.positions.cols]).toEqual([210, dims]);
      expect([...first.positions.data].every(Number.isFinite)).toBe(true);
      expect(lay(dims).positions.data).toEqual(first.positions.data);
      expect(codes.data).toEqual(before);
    },
  );

  it('is trustworthy', () => {
    expect(mapQuality(codes, lay(3).positions)?.trustworthiness).toBeGreaterThan(trustworthiness);
  });

  it('tells a rising share of what is done and can be stepped by hand', () => {
    const steps = projections.make(id, params).steps(codes, { dims: 2, rng: Rng.fromSeed(1) });
    let last = -1;
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) {
        expect(step.value.positions.data).toEqual(lay(2).positions.data);
        break;
      }
      expect(step.value.fraction).toBeGreaterThan(last);
      expect(step.value.fraction).toBeLessThanOrEqual(1);
      last = step.value.fraction;
    }
    expect(last).toBeGreaterThanOrEqual(0);
  });

  it('survives no rows, one row, two rows, equal rows and one column', () => {
    for (const some of [matrix(0, 4), matrix(1, 4), matrix(2, 4), matrix(30, 4), normalMatrix(20, 1, Rng.fromSeed(2))]) {
      const { positions } = fit(projections.make(id, params), some, { dims: 3, rng: Rng.fromSeed(1) });
      expect(positions.rows).toBe(some.rows);
      expect([...positions.data].every(Number.isFinite)).toBe(true);
    }
  });
});

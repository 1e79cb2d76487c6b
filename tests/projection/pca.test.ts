import { describe, expect, it } from 'vitest';
import { matrix } from '../../src/base/matrix.ts';
import { Rng } from '../../src/base/rng.ts';
import { fromPositions, pca, principalComponents, toPositions } from '../../src/projection/pca.ts';
import { fit } from '../../src/projection/projection.ts';
import { digits, golden, largestDifference, normalMatrix, small } from './fixtures.ts';

describe('PCA', () => {
  it('agrees with numpy: variances, components and their signs, positions', () => {
    const fitted = fit(pca.make(), small, { dims: 3, rng: Rng.fromSeed(0) });
    expect(largestDifference(fitted.linear?.variances ?? [], golden.small.variances)).toBeLessThan(1e-5);
    expect(largestDifference(fitted.linear?.components ?? [], golden.small.components)).toBeLessThan(1e-6);
    expect(largestDifference(fitted.positions.data, golden.small.positions)).toBeLessThan(1e-5);
    expect(fitted.unitsPerSd).toBe(1);
    expect(largestDifference(principalComponents(digits().codes, 2).variances, golden.digits.variances)).toBeLessThan(1e-6);
  });

  it('has an exact inverse where nothing was left out', () => {
    const codes = normalMatrix(50, 3, Rng.fromSeed(3));
    const { linear, positions } = fit(pca.make(), codes, { dims: 3, rng: Rng.fromSeed(0) });
    if (!linear) throw new Error('PCA gives a linear map');
    expect(largestDifference(fromPositions(linear, positions).data, codes.data)).toBeLessThan(1e-5);
    const elsewhere = normalMatrix(7, 3, Rng.fromSeed(4));
    expect(largestDifference(toPositions(linear, fromPositions(linear, elsewhere)).data, elsewhere.data)).toBeLessThan(1e-5);
    const total = linear.variances.reduce((sum, value) => sum + value, 0);
    expect(total).toBeCloseTo(linear.totalVariance, 4);
  });

  it('comes out the same by way of the Gram matrix, with more columns than rows', () => {
    const few = normalMatrix(20, 80, Rng.fromSeed(5));
    const twice = matrix(100, 80); // the same rows five times: the same components, found through the covariance
    for (let i = 0; i < 100; i++) twice.data.set(few.data.subarray((i % 20) * 80, ((i % 20) + 1) * 80), i * 80);
    const [a, b] = [principalComponents(few, 3), principalComponents(twice, 3)];
    expect(largestDifference(a.components, b.components)).toBeLessThan(1e-4);
    expect(a.totalVariance / 100 / 19).toBeCloseTo(b.totalVariance / 2000 / (99 / 100), 2);
  });

  it('lays out one dimension on three axes, and nothing at all', () => {
    const line = fit(pca.make(), matrix(3, 1, Float32Array.from([1, 2, 3])), { dims: 3, rng: Rng.fromSeed(0) });
    expect([...line.positions.data]).toEqual([-1, 0, 0, 0, 0, 0, 1, 0, 0]);
    for (const rows of [0, 1]) {
      const { positions } = fit(pca.make(), matrix(rows, 4), { dims: 2, rng: Rng.fromSeed(0) });
      expect([...positions.data]).toEqual(Array<number>(rows * 2).fill(0));
    }
  });
});

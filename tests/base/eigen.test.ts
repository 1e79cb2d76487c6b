import { describe, expect, it } from 'vitest';
import { singularValues, symmetricEigen, symmetricEigenvalues } from '../../src/base/eigen.ts';
import { Rng } from '../../src/base/rng.ts';

function randomSymmetric(n: number, seed: number): Float64Array {
  const rng = Rng.fromSeed(seed);
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = rng.normal();
  return a;
}

describe('eigenvalues of a symmetric matrix', () => {
  it('are known for small matrices', () => {
    const { values, vectors } = symmetricEigen(Float64Array.from([2, 1, 1, 2]), 2);
    expect(values[0]).toBeCloseTo(3, 14);
    expect(values[1]).toBeCloseTo(1, 14);
    expect([...vectors].map((v) => v * Math.SQRT2)).toEqual([1, 1, 1, -1].map((v) => expect.closeTo(v, 12) as number));
    expect([...symmetricEigen(new Float64Array(9), 3).values]).toEqual([0, 0, 0]);
    expect([...symmetricEigen(Float64Array.from([-4]), 1).values]).toEqual([-4]);
  });

  // The second difference matrix: 2 - 2 cos(pi k / (n + 1)). Both methods, either side of their border.
  it.each([5, 32, 33, 120])('are those of the second difference matrix, n = %i', (n) => {
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      a[i * n + i] = 2;
      if (i > 0) a[i * n + i - 1] = a[(i - 1) * n + i] = -1;
    }
    const { values } = symmetricEigen(a, n);
    for (let k = 1; k <= n; k++) expect(values[n - k]).toBeCloseTo(2 - 2 * Math.cos((Math.PI * k) / (n + 1)), 12);
  });

  it.each([7, 32, 40, 150])('come with orthonormal vectors, A v = lambda v, n = %i', (n) => {
    const a = randomSymmetric(n, n);
    const { values, vectors } = symmetricEigen(a, n);
    for (let k = 0; k < n; k++) {
      let [residual, largest] = [0, 0];
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += (a[i * n + j] as number) * (vectors[k * n + j] as number);
        residual = Math.max(residual, Math.abs(sum - (values[k] as number) * (vectors[k * n + i] as number)));
        const entry = vectors[k * n + i] as number;
        if (Math.abs(entry) > Math.abs(largest) * (1 + 1e-9)) largest = entry;
      }
      expect(residual).toBeLessThan(1e-11 * n);
      expect(largest).toBeGreaterThan(0);
      if (k > 0) expect(values[k] as number).toBeLessThanOrEqual(values[k - 1] as number);
      for (let other = 0; other <= k; other++) {
        let dot = 0;
        for (let i = 0; i < n; i++) dot += (vectors[k * n + i] as number) * (vectors[other * n + i] as number);
        expect(Math.abs(dot - Number(other === k))).toBeLessThan(1e-12 * n);
      }
    }
  });

  it.each([3, 32, 33, 150])('are the same without vectors, n = %i', (n) => {
    const a = randomSymmetric(n, n);
    const values = symmetricEigenvalues(a, n);
    symmetricEigen(a, n).values.forEach((value, k) => expect(values[k]).toBeCloseTo(value, 11));
    const twice = Float64Array.from(a, (_, at) => Number(Math.floor(at / n) % 2 === (at % n) % 2)); // rank two: the rest is zero
    const [first, second, ...rest] = symmetricEigenvalues(twice, n);
    expect([first, second]).toEqual([expect.closeTo(Math.ceil(n / 2), 10), expect.closeTo(Math.floor(n / 2), 10)]);
    for (const value of rest) expect(Math.abs(value)).toBeLessThan(1e-12 * n);
  });

  it.each([40, 300])('of a matrix of ones are one %i and zeros', (n) => {
    for (const values of [
      symmetricEigenvalues(new Float64Array(n * n).fill(1), n),
      symmetricEigen(new Float64Array(n * n).fill(1), n).values,
    ]) {
      expect(values[0]).toBeCloseTo(n, 10);
      for (const value of values.subarray(1)) expect(Math.abs(value)).toBeLessThan(1e-12 * n);
    }
  });

  it('refuses what is not finite', () => {
    expect(() => symmetricEigen(Float64Array.from([1, NaN, NaN, 1]), 2)).toThrow(/finite/);
    expect(() => symmetricEigenvalues(new Float64Array(1600).fill(NaN), 40)).toThrow(/finite/);
  });
});

describe('singular values', () => {
  it.each([
    ['full rank', [4, 0, 3, -5, 2, 1, 0.5, 7, -2]],
    ['rank two', [1, 2, 3, 2, 4, 6, 1, 0, 1]],
    ['rank one', [1, 2, 3, 2, 4, 6, 3, 6, 9]],
    ['zero', [0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ])('make the matrix again from orthogonal factors: %s', (_, entries) => {
    const a = Float64Array.from(entries);
    const { u, values, v } = singularValues(a, 3);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        let [product, uu, vv] = [0, 0, 0];
        for (let k = 0; k < 3; k++) {
          product += (u[i * 3 + k] as number) * (values[k] as number) * (v[j * 3 + k] as number);
          uu += (u[k * 3 + i] as number) * (u[k * 3 + j] as number);
          vv += (v[k * 3 + i] as number) * (v[k * 3 + j] as number);
        }
        expect(product).toBeCloseTo(a[i * 3 + j] as number, 12);
        expect(uu).toBeCloseTo(Number(i === j), 12);
        expect(vv).toBeCloseTo(Number(i === j), 12);
      }
    }
  });
});

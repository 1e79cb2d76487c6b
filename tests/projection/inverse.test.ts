import { describe, expect, it } from 'vitest';
import { matrix } from '../../src/base/matrix.ts';
import { Rng } from '../../src/base/rng.ts';
import { carryOver, usualDistance } from '../../src/projection/inverse.ts';
import { largestDifference, normalMatrix } from './fixtures.ts';

describe('carrying places over', () => {
  const positions = normalMatrix(300, 2, Rng.fromSeed(1));
  const codes = matrix(300, 3); // an affine image of the map
  for (let i = 0; i < 300; i++) {
    const [x, y] = [positions.data[2 * i] as number, positions.data[2 * i + 1] as number];
    codes.data.set([x + y, x - y, 2 * x + 1], 3 * i);
  }

  it('gives a row its own code, with full confidence', () => {
    const { rows, residuals, confidences } = carryOver(positions, codes, positions);
    expect(largestDifference(rows.data, codes.data)).toBe(0);
    expect(Math.max(...residuals)).toBe(0);
    expect(Math.min(...confidences)).toBe(1);
  });

  it('is near the truth between rows and says so; far off it says that too', () => {
    const places = matrix(2, 2, Float32Array.from([0.1, -0.05, 30, 30]));
    const { rows, residuals, confidences } = carryOver(positions, codes, places);
    expect(largestDifference(rows.data.subarray(0, 3), [0.05, 0.15, 1.2])).toBeLessThan(0.2);
    expect(residuals[0]).toBeLessThan(3);
    expect(residuals[1]).toBeGreaterThan(100);
    expect(confidences[1]).toBeLessThan(1e-4);
  });

  it('weighs by inverse distance', () => {
    const from = matrix(2, 1, Float32Array.from([0, 4]));
    const to = matrix(2, 1, Float32Array.from([10, 20]));
    expect(carryOver(from, to, matrix(1, 1, Float32Array.from([1]))).rows.data[0]).toBeCloseTo((3 * 10 + 1 * 20) / 4, 5);
    const both = carryOver(matrix(2, 1), to, matrix(1, 1)); // two rows at one place
    expect(both.rows.data[0]).toBe(15);
  });

  it('measures in the usual distance of neighbours, of all rows or of a share', () => {
    const grid = matrix(
      6400,
      2,
      Float32Array.from({ length: 12_800 }, (_, at) => (at % 2 ? Math.floor(at / 160) : (at >> 1) % 80)),
    );
    expect(usualDistance(grid)).toBe(1);
    expect(usualDistance(matrix(1, 2))).toBe(0);
    expect(() => carryOver(matrix(0, 2), matrix(0, 2), matrix(1, 2))).toThrow(/empty map/);
    expect(() => carryOver(matrix(2, 2), matrix(3, 2), matrix(1, 2))).toThrow(/got 2 and 3/);
  });
});

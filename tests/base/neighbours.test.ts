import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { approximateNeighbours } from '../../src/base/approximate-neighbours.ts';
import { matrix, type Matrix } from '../../src/base/matrix.ts';
import { nearestNeighbours, nearestTo, ranking, squaredDistances, type Neighbours } from '../../src/base/neighbours.ts';
import { Rng } from '../../src/base/rng.ts';

function normalMatrix(rows: number, cols: number, rng: Rng): Matrix {
  const m = matrix(rows, cols);
  rng.fillNormal(m.data);
  return m;
}

/** The definition, one pair at a time, in the order (distance, row number). */
function slowly(points: Matrix, query: Float32Array, self: number, k: number): { indices: number[]; distances: number[] } {
  const all = Array.from({ length: points.rows }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < points.cols; j++) {
      const difference = Math.fround((points.data[i * points.cols + j] as number) - (query[j] as number));
      sum = Math.fround(sum + Math.fround(difference * difference));
    }
    return { i, sum };
  }).filter(({ i }) => i !== self);
  all.sort((a, b) => a.sum - b.sum || a.i - b.i);
  const near = all.slice(0, k);
  return { indices: near.map(({ i }) => i), distances: near.map(({ sum }) => Math.fround(Math.sqrt(sum))) };
}

describe('nearest neighbours', () => {
  it('are those of the definition, for any size, ties included', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer(),
        fc.boolean(),
        (rows, cols, k, seed, coarse) => {
          const points = normalMatrix(rows, cols, Rng.fromSeed(seed));
          if (coarse) points.data.forEach((value, at) => (points.data[at] = Math.round(value))); // many equal distances
          const found = nearestNeighbours(points, k);
          expect(found.k).toBe(Math.min(k, rows - 1));
          for (let i = 0; i < rows; i++) {
            const wanted = slowly(points, points.data.subarray(i * cols, (i + 1) * cols), i, found.k);
            expect([...found.indices.subarray(i * found.k, (i + 1) * found.k)]).toEqual(wanted.indices);
            expect([...found.distances.subarray(i * found.k, (i + 1) * found.k)]).toEqual(wanted.distances);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('of other points, more queries than a block and more dimensions than a cache line', () => {
    const rng = Rng.fromSeed(2);
    const points = normalMatrix(777, 130, rng);
    const queries = normalMatrix(1100, 130, rng);
    const found = nearestTo(points, queries, 5);
    for (const i of [0, 511, 512, 1099]) {
      const wanted = slowly(points, queries.data.subarray(i * 130, (i + 1) * 130), -1, 5);
      expect([...found.indices.subarray(i * 5, (i + 1) * 5)]).toEqual(wanted.indices);
    }
    expect(nearestTo(points, points, 1).indices[321]).toBe(321); // a point among the points finds itself
  });

  it('refuses what is not finite, sizes that do not fit and a k that is none', () => {
    const points = matrix(3, 2, Float32Array.from([0, 1, 2, NaN, 4, 5]));
    expect(() => nearestNeighbours(points, 1)).toThrow(/row 1 holds NaN in column 1/);
    expect(() => nearestTo(matrix(2, 2), matrix(2, 3), 1)).toThrow(/2 columns, the queries 3/);
    expect(() => nearestNeighbours(matrix(2, 2), 0)).toThrow(/k must be a whole number from 1, got 0/);
  });

  it('gives up when the request is taken back, and tells how far it is', () => {
    const points = normalMatrix(2000, 8, Rng.fromSeed(1));
    const shares: number[] = [];
    const stop = new AbortController();
    const onProgress = (share: number): void => {
      shares.push(share);
      stop.abort();
    };
    expect(() => nearestNeighbours(points, 3, { signal: stop.signal, onProgress })).toThrow(/cancelled/);
    expect(shares).toEqual([512 / 2000]);
  });
});

describe('squared distances', () => {
  it.each([1, 4, 9, 30])('of %i rows are those of the definition', (rows) => {
    const points = normalMatrix(rows, 3, Rng.fromSeed(rows));
    const from = squaredDistances(points);
    for (const index of [rows - 1, 0]) {
      const found = [...from(index)];
      const wanted = slowly(points, points.data.subarray(index * 3, index * 3 + 3), -1, rows);
      expect(found).toHaveLength(rows);
      wanted.indices.forEach((i, k) => expect(found[i]).toBeCloseTo(wanted.distances[k]! ** 2, 5));
      expect(found[index]).toBe(0);
    }
  });
});

describe('a ranking', () => {
  it('counts who is nearer, ties by row number', () => {
    const points = matrix(6, 1, Float32Array.from([0, 1, -1, 1, 5, 2]));
    const ranks = ranking(points);
    ranks.from(0);
    expect([1, 2, 3, 5, 4].map((other) => ranks.rankOf(other))).toEqual([0, 1, 2, 3, 4]);
    ranks.from(4);
    expect([5, 1, 3, 0, 2].map((other) => ranks.rankOf(other))).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('approximate neighbours', () => {
  const recall = (exact: Neighbours, found: Neighbours): number => {
    let shared = 0;
    for (let i = 0; i < exact.rows; i++) {
      const own = new Set(exact.indices.subarray(i * exact.k, (i + 1) * exact.k));
      for (let j = i * exact.k; j < (i + 1) * exact.k; j++) if (own.has(found.indices[j] as number)) shared++;
    }
    return shared / exact.indices.length;
  };

  // Codes as a trained model leaves them: clusters with a few strong directions.
  const clustered = (rows: number): Matrix => {
    const rng = Rng.fromSeed(5);
    const centres = normalMatrix(10, 16, rng);
    const m = normalMatrix(rows, 16, rng);
    for (let at = 0; at < m.data.length; at++) {
      const [i, j] = [Math.floor(at / 16), at % 16];
      m.data[at] = 3 * (centres.data[(i % 10) * 16 + j] as number) + (m.data[at] as number) / (1 + j / 4);
    }
    return m;
  };

  it('find at least 98 of 100 of the exact ones, with their exact distances, the same every time', () => {
    const points = clustered(6000);
    const exact = nearestNeighbours(points, 14);
    const found = approximateNeighbours(points, 14, Rng.fromSeed(1));
    expect(recall(exact, found)).toBeGreaterThan(0.98);
    for (let at = 0; at < found.distances.length; at += 97) {
      const [i, j] = [Math.floor(at / 14), found.indices[at] as number];
      let sum = 0;
      for (let c = 0; c < 16; c++) sum += ((points.data[i * 16 + c] as number) - (points.data[j * 16 + c] as number)) ** 2;
      expect(found.distances[at]).toBeCloseTo(Math.sqrt(sum), 4);
      expect(j).not.toBe(i);
    }
    const again = approximateNeighbours(points, 14, Rng.fromSeed(1));
    expect(again.indices).toEqual(found.indices);
  });

  it('each row names k different others, ascending, even where most rows are one and the same', () => {
    const points = clustered(3000);
    points.data.fill(0.5, 0, 2500 * 16);
    const found = approximateNeighbours(points, 10, Rng.fromSeed(1));
    for (let i = 0; i < 3000; i++) {
      const own = found.indices.subarray(i * 10, (i + 1) * 10);
      expect(new Set(own).size).toBe(10);
      expect(own.includes(i)).toBe(false);
      for (let j = 1; j < 10; j++) {
        expect(found.distances[i * 10 + j] as number).toBeGreaterThanOrEqual(found.distances[i * 10 + j - 1] as number);
      }
    }
  });
});

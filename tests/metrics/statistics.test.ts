// What metrics of samples are made of, against closed forms, brute force and published values.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnMeans, covariance, matrix, row, takeRows, type Matrix } from '../../src/base/matrix.ts';
import { Rng } from '../../src/base/rng.ts';
import { nearPairs, supportOf } from '../../src/metrics/birthday-support.ts';
import { idleColumns } from '../../src/metrics/columns.ts';
import { findDuplicates } from '../../src/metrics/duplicate-rows.ts';
import { fitGaussian, frechetDistance, type Gaussian } from '../../src/metrics/frechet-distance.ts';
import { kMeans } from '../../src/metrics/k-means.ts';
import { mannWhitney } from '../../src/metrics/mann-whitney.ts';
import { normalTail } from '../../src/metrics/normal-tail.ts';
import { meanPairDistance } from '../../src/metrics/pairwise-diversity.ts';
import { cosineVendi, gaussianVendi, medianDistance, vendiOfKernel } from '../../src/metrics/vendi-score.ts';

const points = (...rows: number[][]): Matrix => matrix(rows.length, rows[0]!.length, Float32Array.from(rows.flat()));
const normals = (rows: number, cols: number, seed: number): Matrix =>
  matrix(rows, cols, Rng.fromSeed(seed).fillNormal(new Float32Array(rows * cols)));
/** Few different values, so that equal rows and distances are many. */
const coarse = (rows: number, cols: number, seed: number): Matrix => {
  const rng = Rng.fromSeed(seed);
  return matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, () => rng.integer(3) - 1),
  );
};
const apart = (a: Float32Array, b: Float32Array): number => Math.sqrt(a.reduce((sum, value, j) => sum + (value - b[j]!) ** 2, 0));

describe('the tail of the normal', () => {
  // Two-sided, from tables of the error function.
  it.each([
    [0, 1],
    [0.5, 0.6170750774519738],
    [1.959963984540054, 0.05],
    [2.9999, 0.0027006827],
    [3, 0.0026997960632601866],
    [-5, 5.733031437583892e-7],
    [10, 1.523970604832094e-23],
  ])('of %s is %s', (z, p) => {
    expect(Math.abs(normalTail(z) / p - 1)).toBeLessThan(1e-7);
    expect(Math.abs(normalTail(-z) - normalTail(z))).toBe(0);
  });

  it('is one function either side of where its methods meet', () => {
    const [below, above] = [normalTail(3 - 1e-12), normalTail(3)];
    expect(Math.abs(below / above - 1)).toBeLessThan(1e-10);
  });
});

describe("Mann & Whitney's z", () => {
  it('counts pairs, ties one half, beside their number over all orders of the same values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 4, maxLength: 7 }),
        fc.integer({ min: 1, max: 3 }),
        (values, n) => {
          const u = (chosen: readonly number[]): number => {
            const rest = values.filter((_, i) => !chosen.includes(i));
            return chosen.reduce(
              (sum, i) => sum + rest.reduce((s, b) => s + (values[i]! > b ? 1 : values[i]! === b ? 0.5 : 0), 0),
              0,
            );
          };
          const subsets = (from: number, size: number): number[][] =>
            size === 0
              ? [[]]
              : values.slice(from).flatMap((_, k) => subsets(from + k + 1, size - 1).map((more) => [from + k, ...more]));
          // Under chance every choice of n of the values is as likely: the exact mean and deviation of U.
          const all = subsets(0, n).map(u);
          const mean = all.reduce((sum, one) => sum + one, 0) / all.length;
          const deviation = Math.sqrt(all.reduce((sum, one) => sum + (one - mean) ** 2, 0) / all.length);
          const chosen = Array.from({ length: n }, (_, i) => i);
          const found = mannWhitney(Float32Array.from(values.slice(0, n)), Float32Array.from(values.slice(n)));
          expect(found).toBeCloseTo(deviation === 0 ? 0 : (u(chosen) - mean) / deviation, 6);
        },
      ),
    );
  });

  it('is far below zero where the first set is smaller, and one above the other turned', () => {
    const [low, high] = [Float32Array.of(1, 2, 3, 4, 5), Float32Array.of(6, 7, 8, 9)];
    expect(mannWhitney(low, high)).toBeCloseTo(-10 / Math.sqrt((20 * 10) / 12), 12);
    expect(mannWhitney(high, low)).toBeCloseTo(10 / Math.sqrt((20 * 10) / 12), 12);
  });
});

describe('k-means', () => {
  it('finds clusters that lie apart, the same for a seed', () => {
    const middles = [-40, 0, 25, 90];
    const rows = normals(200, 3, 1);
    rows.data.forEach((value, at) => (rows.data[at] = value + middles[Math.floor(at / 3) % 4]!));
    const found = kMeans(rows, 4, Rng.fromSeed(2));
    expect(kMeans(rows, 4, Rng.fromSeed(2))).toEqual(found);
    for (let i = 4; i < 200; i++) expect(found.of[i]).toBe(found.of[i - 4]);
    const variance = rows.data.reduce(
      (sum, value, at) => sum + (value - found.centres.data[3 * found.of[Math.floor(at / 3)]! + (at % 3)]!) ** 2,
      0,
    );
    expect(found.inertia / variance).toBeCloseTo(1, 5);
    expect(found.turns).toBeLessThan(5);
  });

  it('ends where each row is with its nearest centre, each centre the mean of its rows, and none without', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer(),
        fc.boolean(),
        (rows, k, seed, isCoarse) => {
          const data = isCoarse ? coarse(rows, 2, seed) : normals(rows, 2, seed);
          const { centres, of, inertia } = kMeans(data, k, Rng.fromSeed(seed));
          expect(centres.rows).toBe(Math.min(k, findDuplicates(data).distinct.length));
          let squares = 0;
          for (let i = 0; i < rows; i++) {
            const distances = Array.from({ length: centres.rows }, (_, c) => apart(row(data, i), row(centres, c)));
            expect(distances[of[i]!]).toBeLessThanOrEqual(Math.min(...distances) + 1e-6);
            squares += distances[of[i]!]! ** 2;
          }
          for (let c = 0; c < centres.rows; c++) {
            const own = Array.from({ length: rows }, (_, i) => i).filter((i) => of[i] === c);
            expect(own.length).toBeGreaterThan(0);
            columnMeans(takeRows(data, own)).forEach((mean, j) => expect(centres.data[2 * c + j]).toBeCloseTo(mean, 5));
          }
          expect(inertia).toBeCloseTo(squares, 4);
        },
      ),
    );
  });

  it('refuses what has no clusters', () => {
    expect(() => kMeans(matrix(0, 2), 2, Rng.fromSeed(1))).toThrow(/one row or more, got none/);
    expect(() => kMeans(normals(5, 2, 1), 0, Rng.fromSeed(1))).toThrow(/whole number from 1, got 0/);
  });
});

describe('duplicates', () => {
  it('of rows and of columns are those of pair by pair', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 4 }), fc.integer(), (rows, cols, seed) => {
        const data = coarse(rows, cols, seed);
        const lines = Array.from({ length: rows }, (_, i) =>
          row(data, i)
            .map((value) => value + 0)
            .join(),
        );
        expect([...findDuplicates(data).first]).toEqual(lines.map((line) => lines.indexOf(line)));
        expect([...findDuplicates(data).distinct]).toEqual([...new Set(lines)].map((line) => lines.indexOf(line)));
        const columns = Array.from({ length: cols }, (_, j) =>
          Array.from({ length: rows }, (__, i) => data.data[i * cols + j]! + 0),
        );
        const isConstant = (column: readonly number[]): boolean => column.every((value) => value === column[0]);
        const all = Array.from(columns.keys());
        expect(idleColumns(data)).toEqual({
          constant: all.filter((j) => isConstant(columns[j]!)),
          repeated: all.filter(
            (j) => !isConstant(columns[j]!) && columns.slice(0, j).some((other) => other.join() === columns[j]!.join()),
          ),
        });
      }),
    );
  });

  it('take 0 and -0 for one', () => {
    expect([...findDuplicates(points([0, 1], [-0, 1])).first]).toEqual([0, 0]);
    expect(idleColumns(points([0], [-0])).constant).toEqual([0]);
  });
});

describe('distances of pairs', () => {
  it('have the mean, the median and the near ones of pair by pair', () => {
    const data = normals(41, 5, 3);
    const all: number[] = [];
    for (let i = 0; i < 41; i++) for (let other = 0; other < i; other++) all.push(apart(row(data, i), row(data, other)));
    all.sort((a, b) => a - b);
    expect(meanPairDistance(data)).toBeCloseTo(all.reduce((sum, one) => sum + one, 0) / all.length, 5);
    expect(medianDistance(data)).toBeCloseTo(all[all.length >> 1]!, 5);
    expect(nearPairs(data, (all[99]! + all[100]!) / 2)).toBe(100);
    expect(nearPairs(data, 0)).toBe(0);
  });
});

describe('the birthday paradox', () => {
  it.each([500, 5000])('tells of %i equally likely things within its own spread', (things) => {
    const places = normals(things, 8, 1);
    const [draws, rows] = [20, 1000];
    let sum = 0;
    for (let draw = 0; draw < draws; draw++) {
      const rng = Rng.fromSeed(draw);
      const samples = takeRows(
        places,
        Int32Array.from({ length: rows }, () => rng.integer(things)),
      );
      const pairs = nearPairs(samples, 0);
      // m² / 2s pairs are expected, and spread by their root.
      const expected = (rows * (rows - 1)) / 2 / things;
      expect(Math.abs(pairs - expected)).toBeLessThan(4.5 * Math.sqrt(expected));
      sum += pairs;
    }
    expect(Math.abs(supportOf(rows, sum / draws) / things - 1)).toBeLessThan(4 / Math.sqrt(sum));
  });

  it('has half a chance of a pair at 1.18 √s draws', () => {
    const things = 400;
    const rows = Math.round(1.18 * Math.sqrt(things));
    let hits = 0;
    for (let draw = 0; draw < 400; draw++) {
      const rng = Rng.fromSeed(draw);
      const samples = matrix(
        rows,
        1,
        Float32Array.from({ length: rows }, () => rng.integer(things)),
      );
      hits += Number(nearPairs(samples, 0) > 0);
    }
    expect(Math.abs(hits / 400 - 0.5)).toBeLessThan(0.1);
  });
});

describe('the Vendi score', () => {
  it('has its published values', () => {
    const values = [0, 0, 10, 10, 20, 20];
    const kernel = Float64Array.from({ length: 36 }, (_, at) =>
      Math.exp(-Math.abs(values[Math.floor(at / 6)]! - values[at % 6]!)),
    );
    expect(vendiOfKernel(kernel, 6)).toBeCloseTo(2.9999, 3); // published cut off, not rounded
    expect(vendiOfKernel(Float64Array.of(1, 0.9, 0, 0.9, 1, 0, 0, 0, 1), 3)).toBeCloseTo(2.1573, 4);
  });

  it('of a cosine kernel is the same through either product, blind to length, and knows rows of zeros', () => {
    const tall = normals(60, 7, 1);
    const longer = matrix(
      60,
      7,
      tall.data.map((value, at) => value * (1 + (Math.floor(at / 7) % 3))),
    );
    const kernel = new Float64Array(3600);
    const length = (i: number): number => apart(row(tall, i), new Float32Array(7));
    for (let at = 0; at < 3600; at++) {
      const [i, other] = [Math.floor(at / 60), at % 60];
      kernel[at] = row(tall, i).reduce((sum, value, j) => sum + value * row(tall, other)[j]!, 0) / (length(i) * length(other));
    }
    expect(cosineVendi(tall)).toBeCloseTo(vendiOfKernel(kernel, 60), 8);
    expect(cosineVendi(longer)).toBeCloseTo(cosineVendi(tall), 5);
    expect(cosineVendi(points([1, 0], [3, 0], [0, 2], [0, 1], [0, 0], [0, 0]))).toBeCloseTo(3, 10);
    expect(cosineVendi(points([1, 0, 0, 0], [0, 1, 0, 0]))).toBeCloseTo(2, 10);
  });

  it('of a Gaussian kernel is the number of places far apart, 1 of one place, and between them by width', () => {
    const places = points([0, 0], [0, 0], [50, 0], [50, 0], [0, 50], [0, 50]);
    expect(gaussianVendi(places, 1)).toBeCloseTo(3, 9);
    expect(gaussianVendi(places, 0)).toBeCloseTo(3, 9);
    expect(gaussianVendi(points([1, 1], [1, 1], [1, 1]), 0)).toBeCloseTo(1, 9);
    expect(gaussianVendi(places, 50)).toBeLessThan(gaussianVendi(places, 20));
    expect(gaussianVendi(places, 1e6)).toBeCloseTo(1, 4);
  });
});

describe('the Fréchet distance', () => {
  const gaussian = (mean: readonly number[], cov: readonly number[]): Gaussian => ({
    mean: Float64Array.from(mean),
    covariance: Float64Array.from(cov),
  });

  it('of Gaussians whose axes agree is that of their means and deviations', () => {
    const [x, y] = [gaussian([0, 1, 2], [4, 0, 0, 0, 9, 0, 0, 0, 0]), gaussian([1, 1, 0], [1, 0, 0, 0, 25, 0, 0, 0, 16])];
    expect(frechetDistance(x, y).squared).toBeCloseTo(5 + 1 + 4 + 16, 10);
    expect(frechetDistance(x, y).ofMeans).toBeCloseTo(5, 12);
    expect(frechetDistance(y, x).squared).toBeCloseTo(frechetDistance(x, y).squared, 10);
    expect(frechetDistance(x, x).squared).toBeCloseTo(0, 10);
  });

  it('of Gaussians in the plane whose axes do not is the closed form by trace and determinant', () => {
    const [a, b] = [
      [3, 1, 1, 2],
      [2, -0.7, -0.7, 1],
    ] as const;
    const det = (m: readonly number[]): number => m[0]! * m[3]! - m[1]! * m[2]!;
    const traceOfProduct = a[0] * b[0] + a[1] * b[2] + a[2] * b[1] + a[3] * b[3];
    // tr √M = √(tr M + 2 √det M) of a matrix of two rows, M = A B.
    const shared = Math.sqrt(traceOfProduct + 2 * Math.sqrt(det(a) * det(b)));
    expect(frechetDistance(gaussian([0, 0], a), gaussian([0, 0], b)).squared).toBeCloseTo(5 + 3 - 2 * shared, 10);
  });

  it('of many columns, some of them repeated or constant, is 0 for the same rows and sees a turn', () => {
    const rows = normals(500, 40, 1);
    for (let i = 0; i < 500; i++) rows.data.set([rows.data[40 * i]!, 7], 40 * i + 38);
    const fitted = fitGaussian(rows);
    expect(fitted.covariance).toEqual(covariance(rows, columnMeans(rows)));
    expect(frechetDistance(fitted, fitted).squared).toBeLessThan(1e-6);
    const halved = fitGaussian(
      matrix(
        500,
        40,
        rows.data.map((value) => value / 2),
      ),
    );
    let trace = 0;
    for (let j = 0; j < 40; j++) trace += fitted.covariance[41 * j]!;
    const { squared, ofMeans } = frechetDistance(fitted, halved);
    expect(squared - ofMeans).toBeCloseTo(trace / 4, 4);
  });
});

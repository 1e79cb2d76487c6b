// Scores of samples against brute force, closed forms and published figures.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { matrix, type Matrix } from '../../src/base/matrix.ts';
import { Rng } from '../../src/base/rng.ts';
import { readRows, type SampleShape } from '../../src/datasets/dataset.ts';
import { grid, gridMeans, ring, ringMeans } from '../../src/datasets/gaussians.ts';
import { shapes } from '../../src/datasets/shapes.ts';
import { meet } from '../../src/metrics/balls.ts';
import { covarianceRatio } from '../../src/metrics/covariance-ratio.ts';
import { modeCoverage } from '../../src/metrics/mode-coverage.ts';
import { expectedCoverage, neighbourBalls, precisionRecall } from '../../src/metrics/precision-recall.ts';
import { fitFeatures, principalAxes } from '../../src/metrics/sample-features.ts';
import { NEAREST, scoreReal, scoreSamples } from '../../src/metrics/sample-scores.ts';
import { principalComponents } from '../../src/projection/pca.ts';
import type { SampleScores } from '../../src/protocol/records.ts';

const normals = (rows: number, cols: number, name: string, seed = 1): Matrix =>
  matrix(
    rows,
    cols,
    Rng.fromSeed(seed)
      .stream(name)
      .fillNormal(new Float32Array(rows * cols)),
  );
const points = (...rows: number[][]): Matrix => matrix(rows.length, rows[0]!.length, Float32Array.from(rows.flat()));
const allRows = (rows: number): Int32Array => Int32Array.from({ length: rows }, (_, i) => i);

/** The definitions, pair by pair in float64. */
function slowly(real: Matrix, fake: Matrix, k: number): SampleScores & { readonly covered: number[]; readonly held: number[] } {
  const apart = (a: Matrix, i: number, b: Matrix, j: number): number => {
    let sum = 0;
    for (let c = 0; c < a.cols; c++) sum += (a.data[i * a.cols + c]! - b.data[j * b.cols + c]!) ** 2;
    return Math.sqrt(sum);
  };
  const radii = (m: Matrix): number[] =>
    Array.from({ length: m.rows }, (_, i) => {
      const others = Array.from({ length: m.rows }, (__, j) => (j === i ? Infinity : apart(m, i, m, j)));
      return others.sort((a, b) => a - b)[k - 1]!;
    });
  const [ofReal, ofFake] = [radii(real), radii(fake)];
  const [covered, reached] = [new Array<number>(real.rows).fill(0), new Array<number>(real.rows).fill(0)];
  const held = new Array<number>(fake.rows).fill(0);
  for (let i = 0; i < real.rows; i++) {
    for (let j = 0; j < fake.rows; j++) {
      const distance = apart(real, i, fake, j);
      if (distance <= ofReal[i]!) {
        held[j]!++;
        covered[i] = 1;
      }
      if (distance <= ofFake[j]!) reached[i] = 1;
    }
  }
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    precision: mean(held.map((count) => Math.min(1, count))),
    recall: mean(reached),
    density: mean(held) / k,
    coverage: mean(covered),
    covarianceRatio: NaN,
    covered,
    held,
  };
}

describe('precision, recall, density and coverage', () => {
  it.each([
    [23, 31, 1, 1],
    [64, 64, 3, 3],
    [530, 517, 7, 5],
    [41, 530, 50, 4],
  ])('of %i real points and %i samples of %i dimensions, k %s, are those of the definition', (real, fake, dims, k) => {
    const a = normals(real, dims, 'real');
    const b = normals(fake, dims, 'fake');
    for (let at = 0; at < b.data.length; at++) b.data[at] = 0.8 * b.data[at]! + 0.1;
    const found = precisionRecall(a, b, k);
    const expected = slowly(a, b, k);
    expect([...found.covered]).toEqual(expected.covered);
    expect([...found.ballsHolding]).toEqual(expected.held);
    for (const name of ['precision', 'recall', 'density', 'coverage'] as const)
      expect(found[name]).toBeCloseTo(expected[name], 9);
    expect(found.k).toBe(k);
  });

  it('count as drawn on paper', () => {
    const real = points([0], [1], [2], [3], [10]); // radii 1, 1, 1, 1, 7
    const fake = points([0.5], [2.5], [40], [41]); // radii 2, 2, 1, 1
    const found = precisionRecall(real, fake, 1);
    expect([...found.ballsHolding]).toEqual([2, 2, 0, 0]);
    expect([...found.covered]).toEqual([1, 1, 1, 1, 0]);
    expect([found.precision, found.recall, found.density, found.coverage]).toEqual([0.5, 0.8, 1, 0.8]);
  });

  it('hold their borders: samples that are the data find everything', () => {
    const real = normals(300, 6, 'real');
    const found = precisionRecall(real, matrix(real.rows, real.cols, real.data.slice()), 5);
    expect([found.precision, found.recall, found.coverage]).toEqual([1, 1, 1]);
    expect(found.density).toBeCloseTo(6 / 5, 9); // a ball holds its middle and five neighbours, the fifth on its border
  });

  it.each([2, 40])('of equal sets expect what their numbers alone say, in %i dimensions', (dims) => {
    const [real, fake, draws] = [200, 300, 30];
    let [coverage, density] = [0, 0];
    for (let draw = 0; draw < draws; draw++) {
      const found = precisionRecall(normals(real, dims, 'real', draw), normals(fake, dims, 'fake', draw), 5);
      coverage += found.coverage / draws;
      density += found.density / draws;
    }
    expect(Math.abs(coverage - expectedCoverage(real, fake, 5))).toBeLessThan(0.008);
    expect(Math.abs(density - 1)).toBeLessThan(0.05);
  });

  it('come in blocks of points that change nothing', () => {
    const wide = (m: Matrix): Matrix => {
      const out = matrix(m.rows, 30_000); // 559 rows fill the kernel's share of memory
      for (let i = 0; i < m.rows; i++) out.data.set(m.data.subarray(i * m.cols, (i + 1) * m.cols), i * 30_000 + 11);
      return out;
    };
    const [real, fake] = [normals(601, 3, 'real'), normals(9, 3, 'fake')];
    const radii = [real, fake].map(({ rows }) => Float32Array.from({ length: rows }, (_, i) => 0.2 + 0.1 * (i % 5)));
    const narrow = meet({ points: real, radii: radii[0]! }, { points: fake, radii: radii[1]! });
    const shares: number[] = [];
    const options = { onProgress: (share: number) => void shares.push(share) };
    expect(meet({ points: wide(real), radii: radii[0]! }, { points: wide(fake), radii: radii[1]! }, options)).toEqual(narrow);
    expect(shares).toEqual([0.5, 1]);
    expect(narrow.covered.subarray(560).some((one) => one === 1)).toBe(true);
    const aborted = { signal: AbortSignal.abort() };
    expect(() => precisionRecall(real, fake, 5, aborted)).toThrowError(expect.objectContaining({ code: 'cancelled' }));
  });

  it('refuse what they cannot measure', () => {
    expect(() => precisionRecall(normals(5, 2, 'a'), normals(9, 2, 'b'), 5)).toThrow(/more than 5 rows on each side, got 5/);
    expect(() => precisionRecall(normals(9, 2, 'a'), normals(9, 3, 'b'), 5)).toThrow(/have 2 columns, the second 3/);
    expect(() => precisionRecall(points([0], [NaN], [1]), normals(9, 1, 'b'), 1)).toThrow(/row 1 holds NaN/);
  });

  // Naeem et al.'s own example: 10,000 and 10,000 standard normal points of 1,000 dimensions. Half a minute of one core. In so many dimensions the
  // scores hang on which set's points are a trifle longer: over five draws P was 0.470 to 0.496, R 0.459 to 0.489, D 0.91 to 1.12, C 0.960 to 0.978.
  it.skipIf(!process.env['KARST_LONG'])(
    'give the published figures of a thousand dimensions',
    () => {
      const [real, fake] = [normals(10_000, 1000, 'real'), normals(10_000, 1000, 'fake')];
      let peakBytes = 0;
      const onProgress = (): void => void (peakBytes = Math.max(peakBytes, process.memoryUsage().rss));
      const [startMs, start] = [performance.now(), process.cpuUsage()];
      const { precision, recall, density, coverage } = precisionRecall(real, fake, 5, { onProgress });
      const [wall, cpu] = [(performance.now() - startMs) / 1000, process.cpuUsage(start).user / 1e6];
      console.log(
        `P ${precision.toFixed(4)} R ${recall.toFixed(4)} D ${density.toFixed(4)} C ${coverage.toFixed(4)} in ${wall.toFixed(1)} s ` +
          `(${cpu.toFixed(1)} s of one core), ${(peakBytes / 2 ** 20).toFixed(0)} MiB`,
      );
      expect(Math.abs(precision - 0.4772)).toBeLessThan(0.03);
      expect(Math.abs(recall - 0.4705)).toBeLessThan(0.03);
      expect(Math.abs(density - 1.0555)).toBeLessThan(0.2);
      expect(Math.abs(coverage - 0.9735)).toBeLessThan(0.02);
      expect(peakBytes).toBeLessThan(600 * 2 ** 20);
    },
    600_000,
  );
});

describe('the covariance ratio', () => {
  it('is that of total variances', () => {
    const real = points([0, 0], [2, 0], [0, 4], [2, 4]); // variances 4/3 and 16/3
    expect(covarianceRatio(real, points([5, 5], [6, 5]))).toBeCloseTo(0.5 / (20 / 3), 6);
    expect(covarianceRatio(real, real)).toBe(1);
    expect(covarianceRatio(real, points([7, 1], [7, 1]))).toBe(0);
    const halved = normals(4000, 9, 'real');
    for (let at = 0; at < halved.data.length; at++) halved.data[at] = 0.5 * halved.data[at]! + 3;
    expect(covarianceRatio(normals(4000, 9, 'real'), halved)).toBeCloseTo(0.25, 5);
    expect(() => covarianceRatio(real, points([1], [2]))).toThrow(/2 columns, the samples 1/);
    expect(() => covarianceRatio(real, points([1, 2]))).toThrow(/two rows or more, got 1/);
  });
});

describe('mode coverage', () => {
  it('counts samples within three deviations of the nearest mode', () => {
    const modes = { means: Float64Array.of(0, 0, 1, 0, 0, 1, 1, 1), sd: 0.1 };
    const samples = points([0.1, 0], [0, 0.29], [0.2, 0.2], [1, 0.9], [0.5, 0.5], [0, 0.31]);
    const found = modeCoverage(samples, modes);
    expect([...found.counts]).toEqual([3, 0, 0, 1]);
    expect([found.captured, found.of, found.highQuality]).toEqual([2, 4, 4 / 6]);
    expect(found.reverseKlNats).toBeCloseTo(0.75 * Math.log(3) + 0.25 * Math.log(1), 9);
  });

  it('gives ln M where one mode gets all, 0 where all get the same, NaN where none gets any', () => {
    const modes = { means: ringMeans(), sd: 0.01 };
    expect(modeCoverage(points([1, 0], [1, 0.001]), modes).reverseKlNats).toBeCloseTo(Math.log(8), 9);
    expect(modeCoverage(matrix(8, 2, Float32Array.from(ringMeans())), modes).reverseKlNats).toBeCloseTo(0, 9);
    const none = modeCoverage(points([0, 0]), modes);
    expect([none.captured, none.highQuality, none.reverseKlNats]).toEqual([0, 0, NaN]);
    expect(() => modeCoverage(points([0, 0, 0]), modes)).toThrow(/the samples' 3 dimensions/);
  });

  it.each([
    ['ring', ring, ringMeans(), 0.01, 8],
    ['grid', grid, gridMeans(), 0.05, 25],
  ] as const)('of the %s itself: all modes, 98.9 % of high quality, evenly', (_, made, means, sd, of) => {
    const dataset = made.make({ rows: 10_000, seed: 3 });
    expect(dataset.modes).toEqual({ means, sd });
    const found = modeCoverage(matrix(10_000, 2, readRows(dataset, allRows(10_000))), dataset.modes!);
    expect([found.captured, found.of]).toEqual([of, of]);
    expect(Math.abs(found.highQuality - (1 - Math.exp(-4.5)))).toBeLessThan(0.004);
    expect(found.reverseKlNats).toBeLessThan(0.004); // (M - 1) / 2N and its spread
  });
});

const picture: SampleShape = { kind: 'picture', height: 32, width: 32, channels: 3 };

describe('features', () => {
  it('of narrow vectors are their standardised columns, far from the origin too', () => {
    const rows = normals(500, 3, 'rows');
    for (let i = 0; i < 500; i++) {
      rows.data[3 * i] = 4 * rows.data[3 * i]! + 30_000;
      rows.data[3 * i + 2] = 7;
    }
    const found = fitFeatures({ kind: 'vector', size: 3 }, rows, Rng.fromSeed(1))(rows);
    for (const column of [0, 1]) {
      const values = Array.from({ length: 500 }, (_, i) => found.data[3 * i + column]!);
      const mean = values.reduce((sum, value) => sum + value, 0) / 500;
      expect(Math.abs(mean)).toBeLessThan(1e-5);
      expect(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 499).toBeCloseTo(1, 5);
    }
    expect(found.data.filter((_, at) => at % 3 === 2).every((value) => value === 0)).toBe(true);
  });

  it('of pictures are their principal components', () => {
    const dataset = shapes.make({ rows: 300 });
    const rows = matrix(300, 3072, readRows(dataset, allRows(300)));
    const found = fitFeatures(picture, rows, Rng.fromSeed(1))(rows);
    expect([found.rows, found.cols]).toEqual([300, 50]);
    const exact = principalComponents(rows, 50).variances;
    const variances = Array.from({ length: 50 }, (_, j) => {
      let [sum, squares] = [0, 0];
      for (let i = 0; i < 300; i++) {
        sum += found.data[i * 50 + j]!;
        squares += found.data[i * 50 + j]! ** 2;
      }
      return (squares - sum ** 2 / 300) / 299;
    });
    for (let j = 0; j < 15; j++) expect(Math.abs(variances[j]! / exact[j]! - 1)).toBeLessThan(1e-3);
    const total = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0);
    expect(total(variances) / total(exact)).toBeGreaterThan(0.997);
    expect(total(variances)).toBeLessThan(total(exact) * (1 + 1e-4));
  });

  it('are exact, and fewer, where the data have few directions', () => {
    const few = normals(12, 70, 'few');
    const mean = Array.from({ length: 70 }, (_, j) => Array.from({ length: 12 }, (__, i) => few.data[i * 70 + j]!));
    const centred = matrix(
      12,
      70,
      few.data.map((value, at) => value - mean[at % 70]!.reduce((sum, one) => sum + one, 0) / 12),
    );
    const axes = principalAxes(centred, 50, Rng.fromSeed(2));
    expect(axes.rows).toBe(11); // twelve centred rows have eleven directions
    const exact = principalComponents(few, 11);
    for (let k = 0; k < 11; k++) {
      let along = 0;
      for (let j = 0; j < 70; j++) along += axes.data[k * 70 + j]! * exact.components[k * 70 + j]!;
      expect(Math.abs(along)).toBeCloseTo(1, 4);
    }
    const wide = fitFeatures({ kind: 'vector', size: 70 }, normals(200, 70, 'wide'), Rng.fromSeed(3));
    expect(wide(normals(4, 70, 'more')).cols).toBe(50);
  });
});

describe('what real rows score', () => {
  it('is what their numbers say, with bars that other draws stay above and samples of half the data do not', () => {
    const real = neighbourBalls(normals(400, 12, 'real'), NEAREST);
    const bars = scoreReal(real, normals(1600, 12, 'others'), 400, Rng.fromSeed(1));
    expect(Math.abs(bars.mean.coverage - expectedCoverage(400, 400, NEAREST))).toBeLessThan(0.02);
    expect(Math.abs(bars.mean.density - 1)).toBeLessThan(0.1);
    for (let draw = 0; draw < 10; draw++) {
      const scores = scoreSamples(real, normals(400, 12, 'again', draw));
      for (const [name, value] of Object.entries(scores)) expect(value).toBeGreaterThan(bars.bar[name as keyof SampleScores]);
    }
    const half = normals(400, 12, 'half');
    for (let i = 0; i < 400; i++) half.data[12 * i] = Math.abs(half.data[12 * i]!);
    expect(scoreSamples(real, half).coverage).toBeLessThan(bars.bar.coverage);
    expect(scoreReal(real, normals(1600, 12, 'others'), 400, Rng.fromSeed(1))).toEqual(bars);
  });
});

describe('MNIST digits', () => {
  const folder = resolve(import.meta.dirname, '../../../shared/data/mnist');
  it.skipIf(!existsSync(folder))('show one lost class by coverage alone (skipped where the files are not at hand)', () => {
    const read = (name: string, head: number): Uint8Array => gunzipSync(readFileSync(join(folder, name))).subarray(head);
    const pixels = read('t10k-images-idx3-ubyte.gz', 16);
    const labels = read('t10k-labels-idx1-ubyte.gz', 8);
    const rng = Rng.fromSeed(1);
    const order = rng.permutation(10_000);
    const rowsOf = (rows: Int32Array): Matrix =>
      matrix(
        rows.length,
        784,
        Float32Array.from(
          { length: rows.length * 784 },
          (_, at) => pixels[rows[Math.floor(at / 784)]! * 784 + (at % 784)]! / 255,
        ),
      );
    const features = fitFeatures({ kind: 'picture', height: 28, width: 28, channels: 1 }, rowsOf(order.slice(0, 1000)), rng);
    const real = neighbourBalls(features(rowsOf(order.slice(8000))), NEAREST);
    const others = order.slice(0, 8000);
    const whole = scoreSamples(real, features(rowsOf(others.slice(0, 2000))));
    const lost = scoreSamples(real, features(rowsOf(others.filter((row) => labels[row] !== 7).slice(0, 2000))));
    const five = scoreSamples(real, features(rowsOf(others.filter((row) => labels[row]! < 5).slice(0, 2000))));
    expect(whole.coverage).toBeGreaterThan(0.93);
    expect(lost.coverage).toBeGreaterThan(0.86);
    expect(lost.coverage).toBeLessThan(0.94);
    expect(whole.coverage - lost.coverage).toBeGreaterThan(0.03);
    expect(Math.abs(whole.precision - lost.precision)).toBeLessThan(0.02); // which sees nothing
    expect(five.coverage).toBeGreaterThan(0.55);
    expect(five.coverage).toBeLessThan(0.75);
  });
});

// Bins, copying, authenticity and replicas where the truth is known: fresh draws of the data, a mode left out, copies with a little noise.
import { describe, expect, it } from 'vitest';
import { matrix, takeRows, type Matrix } from '../../src/base/matrix.ts';
import { Rng } from '../../src/base/rng.ts';
import { dataCopying } from '../../src/metrics/data-copying.ts';
import { differentBins } from '../../src/metrics/different-bins.ts';
import { kMeans } from '../../src/metrics/k-means.ts';
import type { Measured } from '../../src/metrics/metric.ts';
import { sampleMetrics } from '../../src/metrics/sample-metrics.ts';
import { sampleReference, sampleSets } from '../../src/metrics/sample-sets.ts';

const DIMS = 8;
const middles = matrix(
  10,
  DIMS,
  Rng.fromSeed(9)
    .fillNormal(new Float32Array(10 * DIMS))
    .map((value) => 2.5 * value),
);

/** Rows of a mixture of Gaussians, each of the `modes` as often. */
function mixture(rows: number, seed: number, modes: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]): Matrix {
  const rng = Rng.fromSeed(seed);
  const out = matrix(rows, DIMS);
  for (let i = 0; i < rows; i++) {
    const mode = modes[rng.integer(modes.length)]!;
    for (let j = 0; j < DIMS; j++) out.data[i * DIMS + j] = middles.data[mode * DIMS + j]! + rng.normal();
  }
  return out;
}

/** The first rows of `from`, each a little off. */
function copies(from: Matrix, rows: number, sd: number): Matrix {
  const rng = Rng.fromSeed(77);
  const taken = takeRows(
    from,
    Int32Array.from({ length: rows }, (_, i) => i),
  );
  return matrix(
    rows,
    DIMS,
    taken.data.map((value) => value + sd * rng.normal()),
  );
}

describe('bins', () => {
  it('of fresh draws differ as often as the level says, and of a lost mode many do', () => {
    const [draws, bins, alpha] = [20, 50, 0.05];
    let [fresh, lost] = [0, 0];
    let [freshNats, lostNats] = [0, 0];
    for (let draw = 0; draw < draws; draw++) {
      const train = mixture(2000, 100 + draw);
      const rng = Rng.fromSeed(draw);
      const same = differentBins(train, mixture(2000, 200 + draw), bins, alpha, rng);
      const without = differentBins(train, mixture(2000, 300 + draw, [0, 1, 2, 3, 4, 5, 6, 7, 8]), bins, alpha, rng);
      fresh += same.different / draws;
      lost += without.different / draws;
      freshNats += same.divergenceNats / draws;
      lostNats += without.divergenceNats / draws;
      expect(Math.min(...without.z)).toBeLessThan(-5);
    }
    // Bins hang together a little, and whole numbers of rows make the test shy: four deviations of a binomial's mean over the draws.
    expect(Math.abs(fresh - alpha * bins)).toBeLessThan(4 * Math.sqrt((alpha * (1 - alpha) * bins) / draws) + 0.5);
    expect(lost).toBeGreaterThan(3 * fresh);
    // Of equal distributions the divergence is about (bins - 1) / 8 (1/n + 1/m), a chi-squared over its rows.
    expect(freshNats / (((bins - 1) / 8) * (1 / 1000))).toBeCloseTo(1, 0);
    expect(lostNats).toBeGreaterThan(5 * freshNats);
  });

  it('of few rows are fewer, and it is said', () => {
    const sets = sampleSets(sampleReference({ real: mixture(100, 1), train: mixture(100, 2) }), mixture(60, 3));
    const found = sampleMetrics.make('different-bins')(sets, Rng.fromSeed(1));
    expect(found.cap).toBe(3);
    expect(found.notes).toEqual(['3 bins, not 100: there are too few rows for more']);
  });
});

describe('copying', () => {
  const train = mixture(2000, 1);
  const held = mixture(1500, 2);
  const measure = (id: string, fake: Matrix, params = {}): Measured =>
    sampleMetrics.make(id, params)(sampleSets(sampleReference({ real: held, train }), fake), Rng.fromSeed(4));

  it('is far below zero for copies in every cell, near zero for fresh draws, above for draws too wide', () => {
    for (const seed of [5, 6, 7]) expect(Math.abs(measure('data-copying', mixture(2000, seed)).value)).toBeLessThan(3);
    const copied = measure('data-copying', copies(train, 2000, 0.05));
    expect(copied.value).toBeLessThan(-8);
    expect(Math.max(...copied.perPoint![0]!.values)).toBeLessThan(-3);
    const wide = mixture(2000, 8);
    for (let at = 0; at < wide.data.length; at++) wide.data[at] = 1.4 * wide.data[at]!;
    expect(measure('data-copying', wide).value).toBeGreaterThan(3);
  });

  it('of one cell among ten is seen in that cell, and moves no other', () => {
    const sets = { train, real: held, fake: mixture(2000, 9) };
    const before = dataCopying(sets, 10, 20, Rng.fromSeed(4));
    const cell = 3;
    const { of } = kMeans(train, 10, Rng.fromSeed(4));
    const inside = Array.from(of.keys()).filter((i) => of[i] === cell);
    const fake = matrix(2000, DIMS, sets.fake.data.slice());
    before.ofFake.forEach((one, i) => {
      if (one === cell)
        fake.data.set(
          takeRows(train, [inside[i % inside.length]!]).data.map((value) => value + 0.01),
          i * DIMS,
        );
    });
    const after = dataCopying({ ...sets, fake }, 10, 20, Rng.fromSeed(4));
    expect(Math.abs(before.z[cell]!)).toBeLessThan(3);
    expect(after.z[cell]).toBeLessThan(-8);
    after.z.forEach((z, at) => at === cell || expect(z).toBe(before.z[at]));
    expect(after.ct).toBeLessThan(before.ct - 0.3);
  });

  it('leaves no sample authentic that was copied, and of fresh ones as many as of held-out rows', () => {
    const [fresh, copied] = [measure('authenticity', mixture(2000, 5)), measure('authenticity', copies(train, 1000, 0.01))];
    expect(copied.value).toBe(0);
    expect(Math.abs(fresh.value - fresh.expected!)).toBeLessThan(0.05);
    const half = measure(
      'authenticity',
      matrix(2000, DIMS, Float32Array.of(...mixture(1000, 6).data, ...copies(train, 1000, 0.01).data)),
    );
    expect(Math.abs(half.value - fresh.value / 2)).toBeLessThan(0.03);
    expect([...half.perPoint![0]!.values.subarray(1000)].every((one) => one === 0)).toBe(true);
  });

  // A draw falls into a gap of length L with a chance in proportion to L, d(y, t*) is uniform on 0 … L/2 and nearer than L, so y is authentic where
  // the gap on the other side of t* is shorter: 1 - E[exp(-d)] = 1 - 2 (1 - 2/3).
  it('finds a third of fresh draws on a line authentic, by closed form', () => {
    const line = (rows: number, seed: number): Matrix => matrix(rows, 1, Rng.fromSeed(seed).fillUniform(new Float32Array(rows)));
    const sets = sampleSets(sampleReference({ real: line(5000, 1), train: line(5000, 2) }), line(5000, 3));
    const found = sampleMetrics.make('authenticity')(sets, Rng.fromSeed(1));
    for (const share of [found.value, found.expected!]) expect(Math.abs(share - 1 / 3)).toBeLessThan(0.025);
  });

  it('makes replicas of copies, also of rows that occur twice', () => {
    const share = (fake: Matrix): number => measure('nearest-training-ratio', fake).value;
    expect(share(copies(train, 1000, 0.01))).toBeGreaterThan(0.99);
    expect(share(mixture(1000, 6))).toBeLessThan(0.005);
    const twice = takeRows(
      train,
      Int32Array.from({ length: 2000 }, (_, i) => i >> 1),
    );
    const sets = sampleSets(sampleReference({ real: held, train: twice }), copies(train, 1000, 0));
    const found = sampleMetrics.make('nearest-training-ratio')(sets, Rng.fromSeed(1));
    expect(found.value).toBe(1);
    expect(found.beside).toContainEqual({ title: 'exact copies of a training row', value: 1, unit: 'share' });
    expect(found.notes).toEqual(['1000 of 2000 training rows repeat another exactly']);
  });
});

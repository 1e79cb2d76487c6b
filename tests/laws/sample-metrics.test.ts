// What every metric of samples must hold to, with one case of known value. A new one costs one row.
import { describe, expect, it } from 'vitest';
import { matrix, takeRows, type Matrix } from '../../src/base/matrix.ts';
import { Rng } from '../../src/base/rng.ts';
import type { Measured } from '../../src/metrics/metric.ts';
import type { SampleReference, SampleSets } from '../../src/metrics/sample-metric.ts';
import { sampleMetrics } from '../../src/metrics/sample-metrics.ts';
import { sampleReference, sampleSets } from '../../src/metrics/sample-sets.ts';

const points = (...rows: number[][]): Matrix => matrix(rows.length, rows[0]!.length, Float32Array.from(rows.flat()));
const line = (from: number, count: number, step = 1): Matrix =>
  points(...Array.from({ length: count }, (_, i) => [from + step * i, 0]));
const normals = (rows: number, cols: number, name: string, scale = 1): Matrix =>
  matrix(
    rows,
    cols,
    Rng.fromSeed(5)
      .stream(name)
      .fillNormal(new Float32Array(rows * cols))
      .map((value) => scale * value),
  );
const changed = (m: Matrix, change: (value: number, i: number, j: number) => number): Matrix =>
  matrix(
    m.rows,
    m.cols,
    m.data.map((value, at) => change(value, Math.floor(at / m.cols), at % m.cols)),
  );
type Given = Parameters<typeof sampleReference>[0] & { readonly fake: Matrix; readonly rawFake?: Matrix };
const setsOf = ({ fake, rawFake, ...reference }: Given): SampleSets => sampleSets(sampleReference(reference), fake, rawFake);

const cloud = normals(200, 2, 'cloud');
/** `each` rows at each corner of a square of side 100, a little spread. */
const corners = (each: number, of: readonly number[]): Matrix =>
  changed(normals(each * of.length, 2, 'corners', 0.5), (value, i, j) => value + 100 * ((of[i % of.length]! >> j) & 1));
const paper = { real: points([0], [1], [2], [3], [10]), train: points([0], [1]), fake: points([0.5], [2.5], [40], [41]) };
const square = points([0, 0], [0, 1], [1, 0], [1, 1]);

interface Row {
  readonly of: Given;
  readonly params?: Readonly<Record<string, number | string>>;
  readonly value: number;
  readonly tolerance?: number;
}
const rows: Record<string, Row> = {
  precision: { of: paper, params: { nearest: 1 }, value: 0.5 },
  recall: { of: paper, params: { nearest: 1 }, value: 0.8 },
  density: { of: paper, params: { nearest: 1 }, value: 1 },
  coverage: { of: paper, params: { nearest: 1 }, value: 0.8 },
  // Two corners of four get nothing and two twice their due.
  'different-bins': {
    of: { real: cloud, train: corners(50, [0, 1, 2, 3]), fake: corners(100, [0, 3]) },
    params: { bins: 4 },
    value: 4,
  },
  'pairwise-diversity': {
    of: { real: cloud, train: cloud, fake: changed(cloud, (value) => value / 2 + 3) },
    value: 0.5,
    tolerance: 1e-5,
  },
  'covariance-ratio': {
    of: { real: cloud, train: cloud, fake: changed(cloud, (value) => value / 2 + 3) },
    value: 0.25,
    tolerance: 1e-5,
  },
  // Three places, each twice, far apart beside how far held-out rows are from each other.
  vendi: {
    of: { real: line(0, 6, 0.1), train: cloud, fake: changed(line(0, 6), (value, i) => 100 * (i >> 1) + 0 * value) },
    value: 3,
  },
  duplicates: {
    of: { real: cloud, train: cloud, fake: changed(line(0, 10), (value, _, j) => (j === 0 ? value % 4 : value)) },
    value: 0.6,
  },
  // Held-out rows are one apart; of the samples four are a half from another, and six two.
  'near-duplicates': {
    of: {
      real: line(0, 10),
      train: cloud,
      fake: points([0, 0], [0.5, 0], [9, 0], [9.5, 0], ...[20, 22, 24, 26, 28, 30].map((x) => [x, 0])),
    },
    value: 0.4,
  },
  // Fifty things, each drawn twice: fifty pairs of 4,950.
  'birthday-support': {
    of: { real: line(0, 100), train: cloud, fake: changed(line(0, 100), (value, i, j) => (j === 0 ? 10 * (i >> 1) : value)) },
    value: 99,
  },
  'class-coverage': {
    of: {
      real: cloud,
      train: corners(10, [0, 1, 2, 3]),
      fake: corners(20, [1, 2, 2]),
      labels: { train: Int32Array.from({ length: 40 }, (_, i) => i % 4), names: ['a', 'b', 'c', 'd'] },
    },
    value: 2,
  },
  'mode-coverage': {
    of: {
      real: cloud,
      train: cloud,
      fake: cloud,
      rawFake: points([0.1, 0], [1, 0.9], [0.5, 0.5]),
      modes: { means: Float64Array.from(square.data), sd: 0.1 },
    },
    value: 2,
  },
  'frechet-distance': {
    of: { real: cloud, train: cloud, fake: changed(cloud, (value, _, j) => value + [3, 4][j]!) },
    value: 25,
    tolerance: 1e-4,
  },
  'nearest-training-ratio': {
    of: { real: cloud, train: line(0, 50), fake: points([3, 0.1], [7, 0], [9.5, 0], [11.45, 0]) },
    value: 0.5,
  },
  // All samples are nearer than all held-out rows: U = 0 of 30 and 40.
  'data-copying': {
    of: {
      real: changed(line(0, 40), (value, i, j) => (j === 1 ? 1 + i / 100 : value)),
      train: line(0, 50),
      fake: changed(line(0, 30), (value, i, j) => (j === 1 ? i / 100 : value)),
    },
    params: { cells: 1 },
    value: -600 / Math.sqrt((1200 * 71) / 12),
    tolerance: 1e-9,
  },
  authenticity: { of: { real: cloud, train: line(0, 50), fake: points([3, 0.9], [7, 0], [9, 1.1], [30, -2]) }, value: 0.5 },
};

it('every metric has its row', () => {
  expect(Object.keys(rows)).toEqual(sampleMetrics.members.map(({ id }) => id));
});

/** Whole sets: digits' worth of rows, labels, modes. */
const whole: Given = {
  real: normals(300, 6, 'real'),
  train: normals(400, 6, 'train'),
  fake: normals(300, 6, 'fake', 0.8),
  rawFake: normals(300, 2, 'raw'),
  labels: { train: Int32Array.from({ length: 400 }, (_, i) => i % 3), names: ['a', 'b', 'c'] },
  modes: { means: Float64Array.from(square.data), sd: 0.2 },
};
const widened = (m: Matrix, more: (i: number) => number[]): Matrix =>
  points(...Array.from({ length: m.rows }, (_, i) => [...m.data.subarray(i * m.cols, (i + 1) * m.cols), ...more(i)]));
const withColumns = (more: (m: Matrix) => (i: number) => number[]): Given => ({
  ...whole,
  real: widened(whole.real, more(whole.real)),
  train: widened(whole.train, more(whole.train)),
  fake: widened(whole.fake, more(whole.fake)),
});

describe.each(Object.entries(rows))('%s', (id, { of, params = {}, value, tolerance = 1e-6 }) => {
  const measure = (given: Given, seed = 1, set = {}): Measured => sampleMetrics.make(id, set)(setsOf(given), Rng.fromSeed(seed));
  const numbersOf = ({ value: main, expected = 0, cap = 0, beside = [] }: Measured): number[] => [
    main,
    expected,
    cap,
    ...beside.map((one) => one.value),
  ];

  it('has the known value, the same for a seed, and says on how many rows', () => {
    const found = measure(of, 1, params);
    expect(Math.abs(found.value - value)).toBeLessThanOrEqual(tolerance);
    expect(measure(of, 1, params)).toEqual(found);
    expect(found.rows).toBe((id === 'mode-coverage' ? of.rawFake! : of.fake).rows);
  });

  it('keeps to its bounds, with one number a row', () => {
    const found = measure(whole);
    for (const number of numbersOf(found)) expect(Number.isFinite(number)).toBe(true);
    for (const { unit, value: one } of [found, ...(found.beside ?? [])]) {
      if (unit === 'share') expect(one).toBeLessThanOrEqual(1);
      if (unit !== 'z-score') expect(one).toBeGreaterThanOrEqual(0);
    }
    if (found.cap !== undefined) expect(found.value).toBeLessThanOrEqual(found.cap);
    const sets: Partial<Record<string, Matrix>> = { heldOut: whole.real, samples: whole.fake, training: whole.train };
    for (const { of: set, values } of found.perPoint ?? []) expect(values).toHaveLength(sets[set]!.rows);
  });

  it('does not depend on the order of held-out rows and samples', () => {
    const order = Rng.fromSeed(3).permutation(300);
    const found = measure(whole);
    const turned = measure({
      ...whole,
      real: takeRows(whole.real, order),
      fake: takeRows(whole.fake, order),
      rawFake: takeRows(whole.rawFake!, order),
    });
    numbersOf(found).forEach((number, at) => expect(numbersOf(turned)[at]).toBeCloseTo(number, 6));
    found.perPoint?.forEach(({ of: set, values }, at) => {
      const wanted = set === 'training' ? values : Float32Array.from(order, (i) => values[i]!);
      expect(turned.perPoint![at]!.values).toEqual(wanted);
    });
  });

  it('is not moved by a constant column, and says that there is one', () => {
    const found = measure(withColumns(() => () => [7]));
    numbersOf(measure(whole)).forEach((number, at) => expect(numbersOf(found)[at]).toBeCloseTo(number, 4));
    expect(found.notes).toContain('1 of 7 columns is constant and adds nothing');
  });

  it('is finite with repeated columns and rows, and says so', () => {
    const given = withColumns((m) => (i) => [m.data[i * 6 + 1]!, m.data[i * 6 + 1]!]);
    const twice = (m: Matrix): Matrix =>
      takeRows(
        m,
        Int32Array.from({ length: 2 * m.rows }, (_, i) => i >> 1),
      );
    const found = measure({
      ...given,
      real: twice(given.real),
      train: twice(given.train),
      labels: { ...whole.labels!, train: Int32Array.from({ length: 800 }, (_, i) => (i >> 1) % 3) },
    });
    for (const number of numbersOf(found)) expect(Number.isFinite(number)).toBe(true);
    expect(found.notes).toEqual(
      expect.arrayContaining([
        '2 of 8 columns repeat another, which weighs more for it',
        '400 of 800 training rows repeat another exactly',
        '300 of 600 held-out rows repeat another exactly',
      ]),
    );
  });

  it('is finite where all samples are one', () => {
    const found = measure({ ...whole, fake: changed(whole.fake, () => 0.25), rawFake: changed(whole.rawFake!, () => 0) });
    for (const number of numbersOf(found)) expect(Number.isFinite(number)).toBe(true);
  });

  it('stops where it is told to, if it takes long', () => {
    const options = { signal: AbortSignal.abort() };
    const searching = [
      'precision',
      'recall',
      'density',
      'coverage',
      'different-bins',
      'pairwise-diversity',
      'vendi',
      'near-duplicates',
    ];
    const run = (): Measured => sampleMetrics.make(id)(setsOf(whole), Rng.fromSeed(1), options);
    if (
      [...searching, 'birthday-support', 'class-coverage', 'nearest-training-ratio', 'data-copying', 'authenticity'].includes(id)
    )
      expect(run).toThrowError(expect.objectContaining({ code: 'cancelled' }));
    else expect(run().rows).toBe(300);
  });
});

describe('sets of samples', () => {
  const reference: SampleReference = sampleReference(whole);

  it('share their searches, and a reference its own among many sets of samples', () => {
    const [one, other] = [sampleSets(reference, whole.fake), sampleSets(reference, whole.real)];
    expect(one.searches.precisionRecall(5)).toBe(one.searches.precisionRecall(5));
    expect(one.searches.precisionRecall(5)).not.toBe(one.searches.precisionRecall(3));
    expect(one.realSearches.balls(5)).toBe(other.realSearches.balls(5));
    expect(other.searches.precisionRecall(5).precision).toBe(1);
  });

  it('refuse what cannot be compared', () => {
    expect(() => sampleSets(reference, normals(9, 5, 'fake'))).toThrow(/training rows have 6 columns, the samples 5/);
    expect(() => sampleSets(reference, normals(1, 6, 'fake'))).toThrow(/two rows or more, got 1 samples/);
    expect(() =>
      sampleSets(
        reference,
        changed(whole.fake, () => NaN),
      ),
    ).toThrow(/samples must be finite numbers, but row 0 holds NaN/);
    expect(() => sampleReference({ ...whole, labels: { train: new Int32Array(3), names: ['a'] } })).toThrow(
      /as many labels, got 3/,
    );
    const bare = sampleSets(sampleReference({ real: whole.real, train: whole.train }), whole.fake);
    for (const id of ['class-coverage', 'mode-coverage'])
      expect(() => sampleMetrics.make(id)(bare, Rng.fromSeed(1))).toThrowError(expect.objectContaining({ code: 'unsupported' }));
  });
});

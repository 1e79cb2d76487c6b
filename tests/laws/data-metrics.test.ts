// What every metric of data must hold to, with one case of known value. A new one costs one row.
import { describe, expect, it } from 'vitest';
import { matrix, takeRows, type Matrix } from '../../src/base/matrix.ts';
import { Rng } from '../../src/base/rng.ts';
import type { DataRows } from '../../src/metrics/data-metric.ts';
import { dataMetrics } from '../../src/metrics/data-metrics.ts';
import type { Measured } from '../../src/metrics/metric.ts';

const points = (...rows: number[][]): Matrix => matrix(rows.length, rows[0]!.length, Float32Array.from(rows.flat()));
const normals = (rows: number, cols: number): Matrix =>
  matrix(rows, cols, Rng.fromSeed(5).fillNormal(new Float32Array(rows * cols)));
const names = ['a', 'b', 'c', 'd'];

/** `beside` by title, where it is known. */
const rows: Record<string, { readonly of: DataRows; readonly value: number; readonly beside: Readonly<Record<string, number>> }> =
  {
    // The first row three times, once under another class; a fourth near it.
    'repeated-rows': {
      of: {
        rows: points([0, 0], [0, 0], [5, 0], [0, 0], [0, 0.01], [9, 0], [13, 0], [17, 0], [21, 0], [25, 0]),
        labels: { of: Int32Array.of(0, 0, 1, 1, 0, 1, 1, 1, 1, 1), names: ['a', 'b'] },
      },
      value: 0.2,
      beside: { 'near-duplicates, exact ones among them': 0.4, 'rows of another class than their first copy': 0.1 },
    },
    'class-balance': {
      of: { rows: normals(10, 2), labels: { of: Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1, -1, -1), names } },
      value: 0.5,
      beside: { 'largest class over smallest': 1, 'rows without a class': 0.2 },
    },
    // Two places far apart, each many times: most pairs of rows are within one place of many, so the median distance is that of two places.
    'effective-diversity': {
      of: { rows: points(...Array.from({ length: 60 }, (_, i) => [10 * (i % 2), 10 * (i % 2)])) },
      value: twoPlaces(Math.exp(-0.5)),
      beside: { 'effective rank of the covariance': 1 },
    },
    // 9 distinct rows of 2 columns that vary, neither of them the other.
    'data-per-weight': {
      of: { rows: points(...Array.from({ length: 10 }, (_, i) => [i % 9, 7, i % 9, -(i % 9)])), parameters: 36 },
      value: 0.5,
      beside: { 'distinct rows': 9, 'columns that vary': 2 },
    },
  };

/** Vendi score of two things alike by k: exp of the entropy of (1 ± k) / 2. */
function twoPlaces(k: number): number {
  return Math.exp(-[(1 + k) / 2, (1 - k) / 2].reduce((sum, share) => sum + share * Math.log(share), 0));
}

it('every metric has its row', () => {
  expect(Object.keys(rows)).toEqual(dataMetrics.members.map(({ id }) => id));
});

const whole: DataRows = {
  rows: normals(300, 6),
  labels: { of: Int32Array.from({ length: 300 }, (_, i) => i % 3), names },
  parameters: 500,
};

describe.each(Object.entries(rows))('%s', (id, { of, value, beside }) => {
  const measure = (data: DataRows): Measured => dataMetrics.make(id)(data, Rng.fromSeed(1));
  const numbersOf = (found: Measured): number[] => [found.value, ...(found.beside ?? []).map((one) => one.value)];

  it('has the known value, the same again, and says on how many rows', () => {
    const found = measure(of);
    expect(found.value).toBeCloseTo(value, 6);
    expect(Object.fromEntries(found.beside!.map((one) => [one.title, one.value]))).toEqual(
      Object.fromEntries(Object.entries(beside).map(([title, one]) => [title, expect.closeTo(one, 6)])),
    );
    expect(measure(of)).toEqual(found);
    expect(found.rows).toBe(of.rows.rows);
  });

  it('keeps to its bounds, and does not depend on the order of rows', () => {
    const order = Rng.fromSeed(3).permutation(300);
    const found = measure(whole);
    const turned = measure({
      ...whole,
      rows: takeRows(whole.rows, order),
      labels: { names, of: Int32Array.from(order, (i) => whole.labels!.of[i]!) },
    });
    numbersOf(found).forEach((number, at) => {
      expect(number).toBeGreaterThanOrEqual(0);
      expect(numbersOf(turned)[at]).toBeCloseTo(number, 6);
    });
    if (found.unit === 'share') expect(found.value).toBeLessThanOrEqual(1);
    if (found.cap !== undefined) expect(found.value).toBeLessThanOrEqual(found.cap);
    for (const { values } of found.perPoint ?? []) expect(values).toHaveLength(300);
  });

  it('is finite with constant and repeated columns, of one row again and again, and says so', () => {
    const data = matrix(300, 8);
    for (let i = 0; i < 300; i++)
      data.data.set([...whole.rows.data.subarray(6 * i, 6 * i + 6), whole.rows.data[6 * i]!, 7], 8 * i);
    const found = measure({ ...whole, rows: data });
    expect(found.notes).toEqual(
      expect.arrayContaining([
        '1 of 8 columns is constant and adds nothing',
        '1 of 8 columns repeats another, which weighs more for it',
      ]),
    );
    const one = measure({ ...whole, rows: matrix(300, 6) });
    for (const number of [...numbersOf(found), ...numbersOf(one)]) expect(Number.isFinite(number)).toBe(true);
    expect(one.notes).toContain('6 of 6 columns are constant and add nothing');
  });

  it('refuses what it cannot measure', () => {
    expect(() => measure({ rows: matrix(1, 3) })).toThrow(/two rows or more, got 1/);
    expect(() => measure({ ...whole, features: matrix(2, 2) })).toThrow(/300 rows need as many features, got 2/);
    const bare = (): Measured => measure({ rows: whole.rows });
    if (['class-balance', 'data-per-weight'].includes(id))
      expect(bare).toThrowError(expect.objectContaining({ code: 'unsupported' }));
    else expect(bare().rows).toBe(300);
  });
});

it('data of more weights than numbers, and classes without rows, are told', () => {
  const told = (id: string): readonly string[] =>
    dataMetrics.make(id)({ ...whole, parameters: 5000 }, Rng.fromSeed(1)).notes ?? [];
  expect(told('data-per-weight')).toEqual([expect.stringMatching(/it can store every row/)]);
  expect(told('class-balance')).toEqual(['no row of class d']);
});

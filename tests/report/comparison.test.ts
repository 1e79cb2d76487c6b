// Checkpoints side by side: differences against arithmetic done here, who does better, and what forbids comparing.
import { describe, expect, it } from 'vitest';
import type { MetricRecord } from '../../src/protocol/records.ts';
import { isBetter } from '../../src/report/better.ts';
import { compare, type Side } from '../../src/report/comparison.ts';
import { comparisonPage } from '../../src/report/comparison-page.ts';
import { comparedGroups } from '../../src/report/comparison-words.ts';
import { HOSTILE, families, measureOf } from './known-report.ts';

const metric = (value: number, rest: Partial<MetricRecord> = {}): MetricRecord => ({ value, unit: 'share', rows: 1000, ...rest });
const side = (changes: Partial<Side> = {}, measured: Parameters<typeof measureOf>[0] = {}): Side => ({
  measure: measureOf(measured),
  title: 'first',
  dataset: { title: 'digits', fingerprint: 'same' },
  seed: 1,
  params: { 'model.beta': 4, 'model.likelihood': 'bernoulli', 'likelihood.binarise': 'dynamic', 'train.heldOut': 0.1 },
  ...changes,
});
const figure = (compared: ReturnType<typeof compare>, id: string) => compared.figures.find((one) => one.id === id);

describe('a comparison', () => {
  const [before, after] = [
    side(),
    side({}, { step: 2000, heldOut: { elbo: -100, reconstruction: 92, kl: 8, rows: 1000 }, metrics: { coverage: metric(0.9) } }),
  ];
  const compared = compare([before, after], families);

  it('subtracts from the first, and says who does better where a figure can', () => {
    expect(figure(compared, 'elbo')).toMatchObject({ values: [-120.5, -100], differences: [null, 20.5], isBetter: [null, true] });
    expect(figure(compared, 'reconstruction')).toMatchObject({ differences: [null, -18], isBetter: [null, true] });
    expect(figure(compared, 'coverage')).toMatchObject({ values: [0.5, 0.9], differences: [null, 0.4], expected: [0.97, null] });
    // The second has no such metric.
    expect(figure(compared, 'mutual-information')).toMatchObject({ values: [3.5, null], differences: [null, null] });
    expect(figure(compared, 'kl')?.better).toBeUndefined();
    expect(compared).toMatchObject({ isComparable: true, caveats: [], params: [] });
  });

  it('tells two checkpoints of one run apart by their steps', () => {
    expect(compared.sides.map(({ title }) => title)).toEqual(['first, step 500', 'first, step 2,000']);
    expect(compare([before, side({ title: 'other' })], families).sides.map(({ title }) => title)).toEqual(['first', 'other']);
  });

  it('lists parameters that are not the same in all', () => {
    const other = side({ params: { ...before.params, 'model.beta': 1, 'net.skip': true } });
    expect(compare([before, other], families).params).toEqual([
      { name: 'model.beta', values: [4, 1] },
      { name: 'net.skip', values: [null, true] },
    ]);
  });

  it('subtracts nothing of other data, and says so', () => {
    const { isComparable, caveats, figures } = compare(
      [before, side({ dataset: { title: 'faces', fingerprint: 'other' } })],
      families,
    );
    expect(isComparable).toBe(false);
    expect(caveats[0]).toMatch(/^Not comparable: .*digits, fingerprint same.*faces, fingerprint other/);
    expect(figures.length).toBeGreaterThan(3);
    for (const one of figures)
      expect([one.differences, one.isBetter]).toEqual([
        [null, null],
        [null, null],
      ]);
  });

  it('subtracts no nats of two likelihoods, and nothing over other numbers of rows', () => {
    const gaussian = side({ params: { ...before.params, 'model.likelihood': 'gaussian' } });
    const likelihoods = compare([before, gaussian], families);
    expect(figure(likelihoods, 'elbo')).toMatchObject({ differences: [null, null], apart: 'other likelihood' });
    expect(figure(likelihoods, 'coverage')?.differences).toEqual([null, 0]);
    expect(likelihoods.caveats.join()).toContain('likelihoods differ');
    const fewer = side({}, { metrics: { coverage: metric(0.9, { rows: 200 }) } });
    expect(figure(compare([before, fewer], families), 'coverage')).toMatchObject({
      differences: [null, null],
      apart: 'over 1,000 and 200 rows',
    });
  });

  it('says where other rows were held out', () => {
    expect(compare([before, side({ seed: 2 })], families).caveats.join()).toContain('other rows of the same data were held out');
  });

  it('is told in words: signs, points, and better or worse', () => {
    const rows = comparedGroups(compared).flatMap((group) => group.rows);
    expect(rows.find(({ id }) => id === 'elbo')?.cells[1]).toEqual({ value: '−100 nats', difference: '+20.5', isBetter: true });
    expect(rows.find(({ id }) => id === 'coverage')?.cells.map(({ value, difference }) => [value, difference])).toEqual([
      ['50 %, expected 97 %', ''],
      ['90 %', '+40 points'],
    ]);
  });

  it('is a page that loads nothing, with every name escaped', () => {
    const page = comparisonPage(compare([side({ title: HOSTILE }), after], families), [[], []], '0.1.0', []);
    expect(page).not.toMatch(/<script|\s(src|href)=/i);
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain('+20.5');
    expect(
      comparisonPage(compare([before, side({ dataset: { title: 'x', fingerprint: 'y' } })], families), [[], []], '0', []),
    ).toContain('not compared: other data');
  });
});

describe('which way is better', () => {
  it.each([
    ['more', 1, 2, true],
    ['less', 1, 2, false],
    [{ towards: 1 }, 3, 0, true],
    [{ towards: 1 }, 0.9, 1.2, false],
    [{ towards: 1 }, 0, 2, null],
    [{ towards: 'real rows' }, 0.4, 0.6, true],
    ['more', 1, 1, null],
    [undefined, 1, 2, null],
    ['more', null, 2, null],
  ] as const)('%o from %s to %s: %s', (better, first, value, expected) => {
    expect(isBetter(better, first, value, [0.6, 0.6])).toBe(expected);
  });
  it('cannot be said of real rows that nobody knows', () => {
    expect(isBetter({ towards: 'real rows' }, 0.4, 0.6, [null, 0.6])).toBeNull();
  });
});

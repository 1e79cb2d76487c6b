// How widely samples spread beside the data: tr Cov(samples) / tr Cov(data), the ratio of their mean squared distances from their middles.
// 1 for the data's own distribution; near 0 where all samples are one. The cheapest sign of collapse, blind to lost modes that leave the
// spread as it was.
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import { columnMeans, type Matrix } from '../base/matrix.ts';
import { told, type SampleMetric } from './sample-metric.ts';

/** tr Cov, divided by rows - 1, in float64. */
export function totalVariance(m: Matrix): number {
  if (m.rows < 2) throw new KarstError('usage', `a spread is measured on two rows or more, got ${m.rows}`);
  const means = columnMeans(m);
  let sum = 0;
  for (let at = 0; at < m.data.length; at++) sum += ((m.data[at] as number) - (means[at % m.cols] as number)) ** 2;
  return sum / (m.rows - 1);
}

/** Infinity where all real rows are one and the samples are not, 1 where neither spread. */
export function covarianceRatio(real: Matrix, fake: Matrix): number {
  if (real.cols !== fake.cols)
    throw new KarstError(
      'usage',
      `spreads are compared in one space: the data have ${real.cols} columns, the samples ${fake.cols}`,
    );
  const [ofReal, ofFake] = [totalVariance(real), totalVariance(fake)];
  return ofReal === 0 && ofFake === 0 ? 1 : ofFake / ofReal;
}

export const ratioOfCovariances = member({
  id: 'covariance-ratio',
  title: 'Covariance ratio',
  summary: 'how widely samples spread beside the data; the cheapest sign of collapse',
  formula: 'tr Cov(y) / tr Cov(x)',
  params: {},
  make: (): SampleMetric => (sets) => ({
    value: covarianceRatio(sets.real, sets.fake),
    unit: 'ratio',
    expected: 1,
    rows: sets.fake.rows,
    ...told(sets),
  }),
});

// How far apart two samples are on average, beside two held-out rows: the ratio of mean distances over all pairs. What mean LPIPS is to
// pictures, in whatever space is given (Zhu et al. 2017, BicycleGAN, use it so). 1 for the data's own distribution, 0 where all samples are one;
// blind to lost modes that leave the spread as it was. O(rows² columns).
import { member } from '../base/family.ts';
import { throwIfCancelled } from '../base/errors.ts';
import { takeEvenly, type Matrix } from '../base/matrix.ts';
import { squaredDistances, type SearchOptions } from '../base/neighbours.ts';
import { told, type SampleMetric } from './sample-metric.ts';

export function meanPairDistance(rows: Matrix, { signal }: SearchOptions = {}): number {
  const from = squaredDistances(rows);
  let total = 0;
  for (let i = 0; i < rows.rows; i++) {
    if (i % 64 === 0) throwIfCancelled(signal);
    const squares = from(i);
    let sum = 0;
    for (let other = i + 1; other < rows.rows; other++) sum += Math.sqrt(squares[other] as number);
    total += sum;
  }
  return total / ((rows.rows * (rows.rows - 1)) / 2);
}

export const pairwiseDiversity = member({
  id: 'pairwise-diversity',
  title: 'Pairwise diversity',
  summary: 'how far apart samples are on average, beside the data',
  formula: 'diversity = mean_{i<j} |y_i − y_j| / mean_{i<j} |x_i − x_j|',
  paper: 'Zhu et al. 2017, arXiv 1711.11586',
  params: {
    rows: { kind: 'int', default: 10_000, min: 2, max: 100_000, scale: 'log', help: 'at most so many of each set, evenly taken' },
  },
  make:
    ({ rows }): SampleMetric =>
    (sets, _rng, options) => {
      const [real, fake] = [takeEvenly(sets.real, rows), takeEvenly(sets.fake, rows)];
      const [ofReal, ofFake] = [meanPairDistance(real, options), meanPairDistance(fake, options)];
      return {
        value: ofReal === 0 && ofFake === 0 ? 1 : ofFake / ofReal,
        unit: 'ratio',
        expected: 1,
        rows: fake.rows,
        beside: [{ title: 'between samples', value: ofFake, unit: 'distance' }],
        ...told(sets),
      };
    },
});

// Precision: the share of samples that look like the data. Blind to what is missing: one good picture again and again scores 1.
import { member } from '../base/family.ts';
import { told, type SampleMetric } from './sample-metric.ts';
import { nearestParam } from './sample-scores.ts';

export const precision = member({
  id: 'precision',
  title: 'Precision',
  summary: 'samples that look like the data; low means bad samples',
  formula: 'precision = 1/M Σ_j [∃ i: y_j ∈ B(x_i, NND_k(x_i))]',
  paper: 'Kynkäänniemi et al. 2019, arXiv 1904.06991',
  params: { nearest: nearestParam },
  make:
    ({ nearest }): SampleMetric =>
    (sets, _rng, options) => {
      const { precision: value, ballsHolding } = sets.searches.precisionRecall(nearest, options);
      const values = Float32Array.from(ballsHolding, (count) => Math.min(1, count));
      return {
        value,
        unit: 'share',
        rows: sets.fake.rows,
        perPoint: [{ of: 'samples', title: '1 where a sample looks like the data', values }],
        ...told(sets),
      };
    },
});

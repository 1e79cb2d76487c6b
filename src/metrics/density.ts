// Density: in how many real balls a sample lies, beside what is expected of the data. Unlike precision it is not fooled by one outlier of the
// data with a wide ball. Above 1 where samples crowd where the data are densest.
import { member } from '../base/family.ts';
import { told, type SampleMetric } from './sample-metric.ts';
import { nearestParam } from './sample-scores.ts';

export const density = member({
  id: 'density',
  title: 'Density',
  summary: 'how deep in the data samples lie; 1 is expected, more where they crowd the middle',
  formula: 'density = 1/(k M) Σ_j #{ i : y_j ∈ B(x_i, NND_k(x_i)) }',
  paper: 'Naeem et al. 2020, arXiv 2002.09797',
  params: { nearest: nearestParam },
  make:
    ({ nearest }): SampleMetric =>
    (sets, _rng, options) => {
      const { density: value, ballsHolding } = sets.searches.precisionRecall(nearest, options);
      const values = Float32Array.from(ballsHolding, (count) => count / nearest);
      return {
        value,
        unit: 'ratio',
        expected: 1,
        rows: sets.fake.rows,
        perPoint: [{ of: 'samples', title: 'real balls that hold a sample, over k', values }],
        ...told(sets),
      };
    },
});

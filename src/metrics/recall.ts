// Recall: the share of held-out rows that look like samples. A few samples far off have wide balls that hold much of the data: read coverage beside it.
import { member } from '../base/family.ts';
import { told, type SampleMetric } from './sample-metric.ts';
import { nearestParam } from './sample-scores.ts';

export const recall = member({
  id: 'recall',
  title: 'Recall',
  summary: 'data that look like samples; low means that part of the data is missing',
  formula: 'recall = 1/N Σ_i [∃ j: x_i ∈ B(y_j, NND_k(y_j))]',
  paper: 'Kynkäänniemi et al. 2019, arXiv 1904.06991',
  params: { nearest: nearestParam },
  make:
    ({ nearest }): SampleMetric =>
    (sets, _rng, options) => {
      const { recall: value, reached } = sets.searches.precisionRecall(nearest, options);
      return {
        value,
        unit: 'share',
        rows: sets.fake.rows,
        perPoint: [{ of: 'heldOut', title: '1 where a row looks like the samples', values: Float32Array.from(reached) }],
        ...told(sets),
      };
    },
});

// Coverage: the share of held-out rows with a sample in their ball. Its balls are the data's own, so samples cannot fool it, and it sees one lost
// class of ten, which precision, recall and density do not.
import { member } from '../base/family.ts';
import { expectedCoverage } from './precision-recall.ts';
import { told, type SampleMetric } from './sample-metric.ts';
import { nearestParam } from './sample-scores.ts';

export const coverage = member({
  id: 'coverage',
  title: 'Coverage',
  summary: 'data with a sample near them; the first to see a lost class',
  formula: 'coverage = 1/N Σ_i [∃ j: y_j ∈ B(x_i, NND_k(x_i))]',
  paper: 'Naeem et al. 2020, arXiv 2002.09797',
  params: { nearest: nearestParam },
  make:
    ({ nearest }): SampleMetric =>
    (sets, _rng, options) => {
      const { coverage: value, covered } = sets.searches.precisionRecall(nearest, options);
      return {
        value,
        unit: 'share',
        expected: expectedCoverage(sets.real.rows, sets.fake.rows, nearest),
        rows: sets.fake.rows,
        perPoint: [{ of: 'heldOut', title: '1 where a row has a sample near it', values: Float32Array.from(covered) }],
        ...told(sets),
      };
    },
});

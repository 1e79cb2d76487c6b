// Nearest-training-row ratio: a sample's distance from its nearest training row over that from its second nearest, d₁ / d₂. A replica lies far
// nearer to one row than to any other: below 1/3 it is flagged (Yoon et al. 2023; Gu et al. 2023). The value is the share of samples flagged,
// beside that of held-out rows. Training rows count once each, however often they occur.
import { member } from '../base/family.ts';
import type { Neighbours } from '../base/neighbours.ts';
import { lacking, told, type SampleMetric } from './sample-metric.ts';

/** Of each query: 0 for an exact copy. */
function ratios({ rows, k, distances }: Neighbours): Float32Array {
  return Float32Array.from({ length: rows }, (_, i) => {
    const [first, second] = [distances[i * k] as number, distances[i * k + 1] as number];
    return second === 0 ? 0 : first / second;
  });
}

export const nearestTrainingRatio = member({
  id: 'nearest-training-ratio',
  title: 'Nearest-training-row ratio',
  summary: 'samples that are replicas of one training row: far nearer to it than to any other',
  formula: 'share of samples with d₁ / d₂ < 1/3, d₁ ≤ d₂ the distances from the two nearest training rows',
  paper: 'Yoon et al. 2023; Gu et al. 2023, arXiv 2310.02664',
  params: {
    below: { kind: 'float', default: 1 / 3, min: 0.01, max: 1, help: 'a ratio below which a sample counts as a replica' },
  },
  make:
    ({ below }): SampleMetric =>
    (sets, _rng, options) => {
      if (sets.distinctTrain.rows < 2) throw lacking('the nearest-training-row ratio', 'two distinct training rows');
      const [ofFake, ofReal] = [sets.searches.nearestTraining(2, options), sets.realSearches.nearestTraining(2, options)].map(
        ratios,
      ) as [Float32Array, Float32Array];
      const share = (values: Float32Array, holds: (ratio: number) => boolean): number =>
        values.filter(holds).length / values.length;
      return {
        value: share(ofFake, (ratio) => ratio < below),
        unit: 'share',
        expected: share(ofReal, (ratio) => ratio < below),
        rows: sets.fake.rows,
        beside: [
          { title: 'median ratio', value: ofFake.slice().sort()[ofFake.length >> 1] as number, unit: 'ratio' },
          { title: 'exact copies of a training row', value: share(ofFake, (ratio) => ratio === 0), unit: 'share' },
        ],
        perPoint: [
          { of: 'samples', title: 'distance from the nearest training row over that from the second', values: ofFake },
          { of: 'heldOut', title: 'distance from the nearest training row over that from the second', values: ofReal },
        ],
        ...told(sets),
      };
    },
});

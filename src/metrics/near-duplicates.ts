// Samples that nearly repeat another: nearer to it than all but 5 % of held-out rows are to their own nearest neighbour, among as many rows.
// By construction the data themselves score 5 %; well above it the model draws the same things again and again.
import { member } from '../base/family.ts';
import { takeEvenly, type Matrix } from '../base/matrix.ts';
import { nearestNeighbours, type SearchOptions } from '../base/neighbours.ts';
import { told, type SampleMetric, type SampleSets } from './sample-metric.ts';

const PERCENT = {
  kind: 'float',
  default: 5,
  min: 0.1,
  max: 50,
  help: 'percentile of the held-out rows’ nearest distances',
} as const;
export const nearParams = { percent: PERCENT };

export interface Comparable {
  /** As many of each: distances between neighbours shrink as rows are added. */
  readonly real: Matrix;
  readonly fake: Matrix;
  /** Two rows this near or nearer are near-duplicates. */
  readonly threshold: number;
  readonly note: string | undefined;
}

export function comparable({ real, fake }: SampleSets, percent: number, options: SearchOptions = {}): Comparable {
  const count = Math.min(real.rows, fake.rows);
  const chosen = takeEvenly(real, count);
  const nearest = nearestNeighbours(chosen, 1, options).distances.slice().sort();
  const threshold = nearest[Math.max(0, Math.ceil((percent / 100) * count) - 1)] as number;
  const note = real.rows === fake.rows ? undefined : `measured on ${count} rows of each set, evenly taken`;
  return { real: chosen, fake: takeEvenly(fake, count), threshold, note };
}

export const nearDuplicates = member({
  id: 'near-duplicates',
  title: 'Near-duplicates',
  summary: 'samples nearer to another sample than 95 % of the data are to each other',
  formula: 'near-duplicates = 1/M Σ_j [NND_1(y_j) ≤ q], q the 5th percentile of NND_1 over the held-out rows',
  params: nearParams,
  make:
    ({ percent }): SampleMetric =>
    (sets, _rng, options) => {
      const { real, fake, threshold, note } = comparable(sets, percent, options);
      const shareOf = (distances: Float32Array): number =>
        distances.reduce((sum, distance) => sum + Number(distance <= threshold), 0) / distances.length;
      const { distances } = nearestNeighbours(fake, 1, options);
      return {
        value: shareOf(distances),
        unit: 'share',
        expected: shareOf(nearestNeighbours(real, 1, options).distances),
        rows: fake.rows,
        beside: [{ title: 'near means within', value: threshold, unit: 'distance' }],
        ...(fake.rows === sets.fake.rows
          ? { perPoint: [{ of: 'samples', title: 'distance from the nearest other sample', values: distances }] }
          : {}),
        ...told(sets, note),
      };
    },
});

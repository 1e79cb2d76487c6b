// How many different things can the model draw? The birthday paradox (Arora & Zhang 2017): among m draws from s equally likely things
// m (m - 1) / 2s pairs are expected to be one thing twice, so   s ≈ m (m - 1) / 2P,   P the pairs of near-duplicates (near-duplicates.ts). Of things
// that are not equally likely it is 1 / Σ p². Off by 1 / √P of itself: with no pair at all only the least that the support can be is known.
// Distances take the place of the paper's eye, and the data have near pairs too: read it beside the held-out rows.
import { member } from '../base/family.ts';
import { throwIfCancelled } from '../base/errors.ts';
import type { Matrix } from '../base/matrix.ts';
import { squaredDistances, type SearchOptions } from '../base/neighbours.ts';
import { comparable, nearParams } from './near-duplicates.ts';
import { told, type SampleMetric } from './sample-metric.ts';

/** Pairs of rows at most `threshold` apart. O(rows² columns). */
export function nearPairs(rows: Matrix, threshold: number, { signal }: SearchOptions = {}): number {
  const from = squaredDistances(rows);
  // A distance is a rounded square root: its square may fall just short of the square it came from.
  const square = threshold * threshold * (1 + 2 ** -22);
  let pairs = 0;
  for (let i = 0; i < rows.rows; i++) {
    if (i % 64 === 0) throwIfCancelled(signal);
    const distances = from(i);
    for (let other = i + 1; other < rows.rows; other++) if ((distances[other] as number) <= square) pairs++;
  }
  return pairs;
}

export function supportOf(rows: number, pairs: number): number {
  return (rows * (rows - 1)) / 2 / Math.max(1, pairs);
}

export const birthdaySupport = member({
  id: 'birthday-support',
  title: 'Support by the birthday paradox',
  summary: 'about how many different things the model draws',
  formula: 's ≈ m (m − 1) / 2P, P = #{ i < j : |y_i − y_j| ≤ q }, q as for near-duplicates',
  paper: 'Arora & Zhang 2017, arXiv 1706.08224',
  params: nearParams,
  make:
    ({ percent }): SampleMetric =>
    (sets, _rng, options) => {
      const { real, fake, threshold, note } = comparable(sets, percent, options);
      const pairs = nearPairs(fake, threshold, options);
      const none =
        pairs === 0 ? `no two samples are near-duplicates: the support is larger than ${fake.rows} samples can tell` : undefined;
      return {
        value: supportOf(fake.rows, pairs),
        unit: 'count',
        cap: supportOf(fake.rows, 1),
        expected: supportOf(real.rows, nearPairs(real, threshold, options)),
        rows: fake.rows,
        beside: [{ title: 'pairs of near-duplicates', value: pairs, unit: 'count' }],
        ...told(sets, note, none),
      };
    },
});

// Samples that are the same, value by value: the share that repeats an earlier one. 0 for a model of continuous data that works; words and tunes
// repeat themselves, as the data do, so read it beside the held-out rows.
import { member } from '../base/family.ts';
import { findDuplicates } from './duplicate-rows.ts';
import { told, type SampleMetric } from './sample-metric.ts';

export const duplicateSamples = member({
  id: 'duplicates',
  title: 'Duplicates',
  summary: 'samples that repeat an earlier sample exactly',
  formula: 'duplicates = 1/M Σ_j [∃ i < j: y_i = y_j]',
  params: {},
  make: (): SampleMetric => (sets) => {
    const { first, distinct } = findDuplicates(sets.fake);
    const share = (of: number, rows: number): number => 1 - of / rows;
    const counts = new Float32Array(sets.fake.rows); // by first row of the same
    for (const one of first) counts[one] = (counts[one] as number) + 1;
    const ofReal = share(findDuplicates(sets.real).distinct.length, sets.real.rows);
    return {
      value: share(distinct.length, sets.fake.rows),
      unit: 'share',
      expected: ofReal,
      rows: sets.fake.rows,
      beside: [{ title: 'most often drawn', value: counts.reduce((most, count) => Math.max(most, count), 0), unit: 'count' }],
      perPoint: [
        {
          of: 'samples',
          title: 'how often a sample was drawn',
          values: Float32Array.from(first, (one) => counts[one] as number),
        },
      ],
      ...told(sets),
    };
  },
});

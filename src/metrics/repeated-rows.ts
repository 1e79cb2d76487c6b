// Rows of the data that repeat an earlier one exactly: a model learns them twice, and a held-out row that is also a training row says nothing.
// Beside it near-duplicates, nearer to another row than a tenth of what is usual (the median nearest distance), and rows whose twin has another
// class, of which one label must be wrong.
import { member } from '../base/family.ts';
import { takeEvenly } from '../base/matrix.ts';
import { nearestNeighbours } from '../base/neighbours.ts';
import { checkRows, toldOf, type DataMetric } from './data-metric.ts';
import { findDuplicates } from './duplicate-rows.ts';

export const repeatedRows = member({
  id: 'repeated-rows',
  title: 'Repeated rows',
  summary: 'rows that repeat an earlier one exactly; take them out before rows are held out',
  formula: 'repeated = 1/N Σ_i [∃ h < i: x_h = x_i]',
  params: {
    within: {
      kind: 'float',
      default: 0.1,
      min: 0.001,
      max: 1,
      help: 'near-duplicates are within so much of the median nearest distance',
    },
    rows: {
      kind: 'int',
      default: 10_000,
      min: 2,
      max: 100_000,
      scale: 'log',
      help: 'near-duplicates are looked for among so many, evenly taken',
    },
  },
  make:
    ({ within, rows: most }): DataMetric =>
    (data, _rng, options) => {
      checkRows(data);
      const { rows, features = rows, labels } = data;
      const { first, distinct } = findDuplicates(rows);
      const counts = new Float32Array(rows.rows); // by first row of the same
      for (const one of first) counts[one] = (counts[one] as number) + 1;
      const conflicts = labels
        ? first.reduce((sum, one, i) => sum + Number(labels.of[one] !== labels.of[i]), 0) / rows.rows
        : undefined;
      const { distances } = nearestNeighbours(takeEvenly(features, most), 1, options);
      const usual = distances.slice().sort()[distances.length >> 1] as number;
      const near = distances.filter((distance) => distance < within * usual).length / distances.length;
      return {
        value: 1 - distinct.length / rows.rows,
        unit: 'share',
        rows: rows.rows,
        beside: [
          { title: 'near-duplicates, exact ones among them', value: near, unit: 'share' },
          ...(conflicts === undefined
            ? []
            : [{ title: 'rows of another class than their first copy', value: conflicts, unit: 'share' } as const]),
        ],
        perPoint: [
          { of: 'training', title: 'how often the row occurs', values: Float32Array.from(first, (one) => counts[one] as number) },
        ],
        ...toldOf(data, rows.rows > most ? `near-duplicates were looked for among ${most} rows, evenly taken` : undefined),
      };
    },
});

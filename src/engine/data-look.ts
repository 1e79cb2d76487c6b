// The data by themselves, before any training and after: rows that are looked at for copies and variety, and what a judgement needs of them.
import { matrix, takeEvenly, type Matrix } from '../base/matrix.ts';
import type { Rng } from '../base/rng.ts';
import { readRows, sampleSize, type Dataset } from '../datasets/dataset.ts';
import { evenly } from '../datasets/split.ts';
import type { DataRows } from '../metrics/data-metric.ts';
import { findDuplicates } from '../metrics/duplicate-rows.ts';
import { fitFeatures } from '../metrics/sample-features.ts';
import type { Model } from '../models/model.ts';
import type { DataSigns } from '../protocol/signs.ts';
import { sizeOf } from '../tracing/program.ts';

/** Values of rows that are looked at: they bound the time where rows are large. */
const VALUES = 8_000_000;
const FITTED_ROWS = 250;

/** Evenly spaced rows, as they are. */
function looked(dataset: Dataset): { readonly rowIds: Int32Array; readonly rows: Matrix } {
  const size = sampleSize(dataset.sample);
  const all = Int32Array.from({ length: dataset.rows }, (_, row) => row);
  const rowIds = evenly(all, Math.max(100, Math.floor(VALUES / size)));
  return { rowIds, rows: matrix(rowIds.length, size, readRows(dataset, rowIds)) };
}

export function dataRows(dataset: Dataset, model: Model, rng: Rng): DataRows {
  const { rowIds, rows } = looked(dataset);
  const { labels, labelNames } = dataset;
  const features = fitFeatures(dataset.sample, takeEvenly(rows, FITTED_ROWS), rng);
  return {
    rows,
    features: features(rows),
    ...(rowIds.length === dataset.rows ? { parameters: learnedWeights(model) } : {}), // of a part of the rows it would say too little
    ...(labels && labelNames ? { labels: { of: rowIds.map((row) => labels[row] as number), names: labelNames } } : {}),
  };
}

/** What is told before any training: copies among rows evenly taken, and shares of the classes. */
export function firstLook(dataset: Dataset): DataSigns {
  const { rows } = looked(dataset);
  return dataSigns(dataset, rows.rows > 0 ? 1 - findDuplicates(rows).distinct.length / rows.rows : undefined);
}

export function dataSigns({ rows, labels, labelNames }: Dataset, duplicateShare: number | undefined): DataSigns {
  const counts = new Float64Array(labelNames?.length ?? 0);
  for (const label of labels ?? []) if (label >= 0) counts[label] = (counts[label] as number) + 1;
  const total = counts.reduce((sum, one) => sum + one, 0);
  return {
    rows,
    ...(duplicateShare === undefined ? {} : { duplicateShare }),
    ...(total > 0 ? { classShares: Array.from(counts, (count) => count / total) } : {}),
  };
}

/** Every weight that is learned has a moment of its own. */
const learnedWeights = ({ state }: Model): number =>
  Object.entries(state).reduce((sum, [name, { shape }]) => (name.startsWith('adam.m.') ? sum + sizeOf(shape) : sum), 0);

// Vectors held in memory as given, and the scale of their columns for a model that standardises them: (x - mean) / sd.
import { KarstError } from '../base/errors.ts';
import { sampleSize, type Dataset } from './dataset.ts';
import { fingerprint } from './fingerprint.ts';
import { checkLabels, checkRow, type About } from './pictures.ts';

/** Up to here a plain loop is quicker than making a view of the row. */
const FEW_COLUMNS = 32;

/** `values` is [rows, size]; `names` are the columns'. */
export function vectorDataset(about: About, size: number, values: Float32Array, names?: readonly string[]): Dataset {
  const rows = values.length / size;
  if (!Number.isInteger(rows) || rows === 0)
    throw new KarstError('internal', `${about.title}: ${values.length} values do not make vectors of ${size}`);
  checkLabels(about, rows);
  return {
    ...about,
    sample: { kind: 'vector', size, ...(names ? { names } : {}) },
    rows,
    augmentations: ['noise'],
    fingerprint: fingerprint(`vector ${size}`, values, about.labels),
    notes: about.notes ?? [],
    copyRow(index, out, offset) {
      checkRow(about.title, rows, index);
      if (size > FEW_COLUMNS) out.set(values.subarray(index * size, (index + 1) * size), offset);
      else for (let j = 0; j < size; j++) out[offset + j] = values[index * size + j] as number;
    },
  };
}

export interface ColumnScale {
  readonly mean: Float32Array;
  /** Population standard deviation; 1 where a column is constant, so that dividing by it is safe. */
  readonly sd: Float32Array;
  readonly min: Float32Array;
  readonly max: Float32Array;
}

/** Mean, spread and range of each value position over `rows` (all rows when left out). Welford's recurrence in float64. */
export function columnScale(dataset: Dataset, rows?: ArrayLike<number>): ColumnScale {
  const size = sampleSize(dataset.sample);
  const mean = new Float64Array(size);
  const squares = new Float64Array(size);
  const min = new Float32Array(size).fill(Infinity);
  const max = new Float32Array(size).fill(-Infinity);
  const row = new Float32Array(size);
  const total = rows ? rows.length : dataset.rows;
  if (total === 0) throw new KarstError('usage', `${dataset.title}: a column scale needs at least one row`);
  for (let i = 0; i < total; i++) {
    dataset.copyRow(rows ? (rows[i] as number) : i, row, 0);
    for (let j = 0; j < size; j++) {
      const x = row[j] as number;
      const away = x - (mean[j] as number);
      mean[j] = (mean[j] as number) + away / (i + 1);
      squares[j] = (squares[j] as number) + away * (x - (mean[j] as number));
      if (x < (min[j] as number)) min[j] = x;
      if (x > (max[j] as number)) max[j] = x;
    }
  }
  const sd = Float32Array.from(squares, (sum, j) => ((min[j] as number) < (max[j] as number) ? Math.sqrt(sum / total) : 1));
  return { mean: Float32Array.from(mean), sd, min, max };
}

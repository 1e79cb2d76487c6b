// Mean and standard deviation of each column over the training rows, in one pass (Welford 1962). A constant column gets standard
// deviation 1: there is nothing to scale.
import { sampleSize } from '../datasets/dataset.ts';
import type { TrainingRows } from './model.ts';

export interface ColumnSpread {
  readonly mean: Float32Array;
  readonly sd: Float32Array;
  /** Root mean square of the columns' deviations, constant columns as 0. */
  readonly overall: number;
}

/** Evenly spaced rows suffice for a mean. */
const MOST_ROWS = 20_000;

export function columnSpread({ dataset, rows }: TrainingRows): ColumnSpread {
  const size = sampleSize(dataset.sample);
  const count = Math.min(rows.length, MOST_ROWS);
  const mean = new Float64Array(size);
  const squares = new Float64Array(size);
  const row = new Float32Array(size);
  for (let i = 0; i < count; i++) {
    dataset.copyRow(rows[Math.floor((i * rows.length) / count)] as number, row, 0);
    for (let j = 0; j < size; j++) {
      const x = row[j] as number;
      const away = x - (mean[j] as number);
      mean[j] = (mean[j] as number) + away / (i + 1);
      squares[j] = (squares[j] as number) + away * (x - (mean[j] as number));
    }
  }
  const sd = Float32Array.from(squares, (sum, j) => {
    const found = Math.sqrt(sum / Math.max(1, count - 1));
    return found > 1e-12 + 1e-7 * Math.abs(mean[j] as number) ? found : 1;
  });
  const overall = Math.sqrt(squares.reduce((sum, one) => sum + one, 0) / (size * Math.max(1, count - 1)));
  return { mean: Float32Array.from(mean), sd, overall };
}

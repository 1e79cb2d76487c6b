// A dense row-major matrix of float32, and the few products the arrays-in, arrays-out floors need.
import { KarstError } from './errors.ts';

export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  /** Row-major, rows × cols. */
  readonly data: Float32Array;
}

export function matrix(rows: number, cols: number, data: Float32Array = new Float32Array(rows * cols)): Matrix {
  if (data.length !== rows * cols)
    throw new KarstError('internal', `a ${rows} × ${cols} matrix needs ${rows * cols} values, got ${data.length}`);
  return { rows, cols, data };
}

export function row(m: Matrix, index: number): Float32Array {
  return m.data.subarray(index * m.cols, (index + 1) * m.cols);
}

export function takeRows(m: Matrix, indices: ArrayLike<number>): Matrix {
  const out = matrix(indices.length, m.cols);
  for (let i = 0; i < indices.length; i++) out.data.set(row(m, indices[i] as number), i * m.cols);
  return out;
}

/** At most `most` rows, evenly taken: rows may lie in an order that means something. */
export function takeEvenly(m: Matrix, most: number): Matrix {
  if (m.rows <= most) return m;
  return takeRows(
    m,
    Int32Array.from({ length: most }, (_, i) => Math.floor((i * m.rows) / most)),
  );
}

/** Mean of each column, in float64. */
export function columnMeans(m: Matrix): Float64Array {
  const means = new Float64Array(m.cols);
  for (let i = 0, at = 0; i < m.rows; i++)
    for (let j = 0; j < m.cols; j++, at++) means[j] = (means[j] as number) + (m.data[at] as number);
  for (let j = 0; j < m.cols; j++) means[j] = (means[j] as number) / Math.max(1, m.rows);
  return means;
}

/** Covariance of the columns, divided by rows - 1, in float64; [cols, cols]. Zero where there are fewer than two rows. */
export function covariance(m: Matrix, means: Float64Array = columnMeans(m)): Float64Array {
  const { rows, cols, data } = m;
  const sums = new Float64Array(cols * cols);
  // Eight centred rows at a time: each sum is then loaded and stored an eighth as often.
  const block = new Float64Array(8 * cols);
  for (let from = 0; from < rows; from += 8) {
    block.fill(0);
    for (let i = from; i < Math.min(rows, from + 8); i++) {
      for (let j = 0; j < cols; j++) block[j * 8 + i - from] = (data[i * cols + j] as number) - (means[j] as number);
    }
    for (let j = 0; j < cols; j++) {
      for (let k = 0; k <= j; k++) {
        let sum = sums[j * cols + k] as number;
        for (let a = j * 8, b = k * 8, end = a + 8; a < end; a++, b++) sum += (block[a] as number) * (block[b] as number);
        sums[j * cols + k] = sum;
      }
    }
  }
  for (let j = 0; j < cols; j++) {
    for (let k = 0; k <= j; k++) {
      const value = (sums[j * cols + k] as number) / Math.max(1, rows - 1);
      sums[j * cols + k] = value;
      sums[k * cols + j] = value;
    }
  }
  return sums;
}

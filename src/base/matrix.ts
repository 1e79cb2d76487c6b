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

/** The diagonal of the covariance, without the rest of it. */
export function columnVariances(m: Matrix, means: Float64Array = columnMeans(m)): Float64Array {
  const sums = new Float64Array(m.cols);
  for (let i = 0, at = 0; i < m.rows; i++) {
    for (let j = 0; j < m.cols; j++, at++) {
      const off = (m.data[at] as number) - (means[j] as number);
      sums[j] = (sums[j] as number) + off * off;
    }
  }
  return sums.map((sum) => sum / Math.max(1, m.rows - 1));
}

type Eight = [number, number, number, number, number, number, number, number];

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
      const [a0, a1, a2, a3, a4, a5, a6, a7] = block.subarray(j * 8, j * 8 + 8) as unknown as Eight;
      for (let at = j * cols, b = 0; b <= j * 8; at++, b += 8) {
        let sum = sums[at] as number;
        sum += a0 * (block[b] as number);
        sum += a1 * (block[b + 1] as number);
        sum += a2 * (block[b + 2] as number);
        sum += a3 * (block[b + 3] as number);
        sum += a4 * (block[b + 4] as number);
        sum += a5 * (block[b + 5] as number);
        sum += a6 * (block[b + 6] as number);
        sum += a7 * (block[b + 7] as number);
        sums[at] = sum;
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

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

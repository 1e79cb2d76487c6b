// The codes nearest to a code: what looks alike to the model.
import { KarstError } from '../base/errors.ts';
import { matrix, row, type Matrix } from '../base/matrix.ts';
import { nearestTo } from '../base/neighbours.ts';

export interface NearCodes {
  /** Rows of the codes, nearest first. */
  readonly indices: Int32Array;
  /** Euclidean, in latent units. */
  readonly distances: Float32Array;
}

/** The k codes nearest to row `index`, itself left out. */
export function neighboursOf(codes: Matrix, index: number, k: number): NearCodes {
  if (!Number.isInteger(index) || index < 0 || index >= codes.rows) {
    throw new KarstError('not-found', `there is no row ${index}: the codes have rows 0 to ${codes.rows - 1}`);
  }
  const near = neighboursAt(codes, row(codes, index), k + 1);
  const others = Array.from(near.indices.keys())
    .filter((at) => near.indices[at] !== index)
    .slice(0, k);
  return {
    indices: Int32Array.from(others, (at) => near.indices[at] as number),
    distances: Float32Array.from(others, (at) => near.distances[at] as number),
  };
}

/** The k codes nearest to any code. */
export function neighboursAt(codes: Matrix, code: Float32Array, k: number): NearCodes {
  return nearestTo(codes, matrix(1, code.length, code), k);
}

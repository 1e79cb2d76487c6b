// Is a path on the data? A step's support is how many of its k nearest codes lie within the usual distance, which is the reach of a code's
// own k nearest: the given quantile, over the codes, of the distance to the k-th nearest other code. On data most steps have k; in a hole 0.
import type { Matrix } from '../base/matrix.ts';
import { nearestNeighbours, nearestTo } from '../base/neighbours.ts';

export interface Support {
  /** For each step, 0 … of. */
  readonly counts: readonly number[];
  /** The k asked for, or fewer where there are fewer codes. */
  readonly of: number;
  /** Euclidean, in latent units. */
  readonly usualDistance: number;
}

export interface SupportOptions {
  readonly k?: number;
  readonly quantile?: number;
}

const MOST_CODES = 5000; // beyond, an even share of the codes tells the same

export function support(codes: Matrix, steps: Matrix, options: SupportOptions = {}): Support {
  const { k = 10, quantile = 0.9 } = options;
  const usualDistance = reach(codes, k, quantile);
  const near = nearestTo(codes, steps, k);
  const counts = Array.from({ length: steps.rows }, (_, i) => {
    let within = 0;
    for (let j = i * near.k; j < (i + 1) * near.k; j++) if ((near.distances[j] as number) <= usualDistance) within++;
    return within;
  });
  return { counts, of: near.k, usualDistance };
}

function reach(codes: Matrix, k: number, quantile: number): number {
  if (codes.rows < 2) return 0;
  const stride = Math.ceil(codes.rows / MOST_CODES);
  let farthest: number[];
  if (stride === 1) {
    const near = nearestNeighbours(codes, k);
    farthest = Array.from({ length: near.rows }, (_, i) => near.distances[(i + 1) * near.k - 1] as number);
  } else {
    const rows = Math.ceil(codes.rows / stride);
    const data = new Float32Array(rows * codes.cols);
    for (let i = 0; i < rows; i++) {
      data.set(codes.data.subarray(i * stride * codes.cols, (i * stride + 1) * codes.cols), i * codes.cols);
    }
    const near = nearestTo(codes, { rows, cols: codes.cols, data }, k + 1); // the first found is the row itself
    farthest = Array.from({ length: rows }, (_, i) => near.distances[(i + 1) * near.k - 1] as number);
  }
  farthest.sort((a, b) => a - b);
  return farthest[Math.min(farthest.length - 1, Math.floor(quantile * farthest.length))] as number;
}

// From a place on the map to a code, and from a code to a place, for maps without a formula: the average of the 8 nearest rows, weighted by
// inverse distance (Shepard 1968). The residual says how far to trust it: distance to the nearest row in units of the usual distance
// between neighbours; above 3 the place is off the data. Linear maps have exact forms in pca.ts.
import { KarstError } from '../base/errors.ts';
import { matrix, type Matrix } from '../base/matrix.ts';
import { nearestNeighbours, nearestTo } from '../base/neighbours.ts';

const NEIGHBOURS = 8;

export interface Carried {
  /** One row a query. */
  readonly rows: Matrix;
  /** Distance to the nearest known row over the median distance between nearest rows; 0 on a row. */
  readonly residuals: Float32Array;
  /** 1 on a known row, falling to 0 with distance: 1 / (1 + residual²). */
  readonly confidences: Float32Array;
}

/** Median distance of a row to its nearest other row: the map's own unit. Over at most 5,000 rows, evenly taken. */
export function usualDistance(points: Matrix): number {
  const stride = Math.max(1, Math.ceil(points.rows / 5000));
  const chosen = Array.from({ length: Math.ceil(points.rows / stride) }, (_, i) => i * stride);
  const sample = matrix(chosen.length, points.cols);
  chosen.forEach((from, to) => {
    sample.data.set(points.data.subarray(from * points.cols, (from + 1) * points.cols), to * points.cols);
  });
  // With every row looked at, this is the nearest other row; with a share of them, the nearest of all beside the row itself.
  const found = stride === 1 ? nearestNeighbours(points, 1) : nearestTo(points, sample, 2);
  const distances = found.distances.filter((_, at) => at % Math.max(1, found.k) === found.k - 1).sort();
  return distances[distances.length >> 1] ?? 0;
}

/**
 * Carries queries from one space to another in which the same rows are known: map to codes is the inverse of a projection, codes to map
 * its continuation. `unit` saves measuring `usualDistance(from)` again.
 */
export function carryOver(from: Matrix, to: Matrix, queries: Matrix, unit: number = usualDistance(from)): Carried {
  if (from.rows !== to.rows)
    throw new KarstError('usage', `both spaces must hold the same rows, got ${from.rows} and ${to.rows}`);
  if (from.rows === 0) throw new KarstError('usage', 'an empty map has no codes to average');
  const near = nearestTo(from, queries, NEIGHBOURS);
  const out = matrix(queries.rows, to.cols);
  const residuals = new Float32Array(queries.rows);
  const confidences = new Float32Array(queries.rows);
  for (let i = 0; i < queries.rows; i++) {
    const nearest = near.distances[i * near.k] as number;
    let total = 0;
    for (let j = i * near.k; j < (i + 1) * near.k; j++) {
      const distance = near.distances[j] as number;
      // On a row the answer is that row (or the mean of all rows at that very place).
      const weight = nearest === 0 ? Number(distance === 0) : nearest / distance;
      total += weight;
      const source = (near.indices[j] as number) * to.cols;
      for (let c = 0; c < to.cols; c++) {
        out.data[i * to.cols + c] = (out.data[i * to.cols + c] as number) + weight * (to.data[source + c] as number);
      }
    }
    for (let c = 0; c < to.cols; c++) out.data[i * to.cols + c] = (out.data[i * to.cols + c] as number) / total;
    const residual = nearest === 0 ? 0 : unit > 0 ? nearest / unit : Infinity;
    residuals[i] = residual;
    confidences[i] = 1 / (1 + residual * residual);
  }
  return { rows: out, residuals, confidences };
}

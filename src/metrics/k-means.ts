// k-means: centres c_k that make Σ_i min_k |x_i - c_k|² small. Seeded by k-means++ (Arthur & Vassilvitskii 2007), a row chosen as the next
// centre with a chance in proportion to its squared distance from the nearest one so far; then Lloyd's turns (1982): each row to its nearest
// centre, each centre to the mean of its rows. A centre that loses all its rows moves to the row farthest from its own. Finds a local
// minimum, not the least. O(rows · k · columns) a turn.
import { KarstError, throwIfCancelled } from '../base/errors.ts';
import { matrix, row, type Matrix } from '../base/matrix.ts';
import { nearestTo, type SearchOptions } from '../base/neighbours.ts';
import type { Rng } from '../base/rng.ts';

export interface Clusters {
  /** [clusters, columns]; fewer than asked where there are fewer distinct rows. */
  readonly centres: Matrix;
  /** The cluster of each row. */
  readonly of: Int32Array;
  /** Σ_i |x_i - c|², of each row from its centre. */
  readonly inertia: number;
  readonly turns: number;
}

const MOST_TURNS = 100;

export function kMeans(points: Matrix, k: number, rng: Rng, options: SearchOptions = {}): Clusters {
  if (points.rows === 0) throw new KarstError('usage', 'clusters are made of one row or more, got none');
  if (!Number.isInteger(k) || k < 1)
    throw new KarstError('usage', `the number of clusters must be a whole number from 1, got ${k}`);
  let centres = plusPlus(points, k, rng);
  let { indices: of, distances } = nearestTo(centres, points, 1, options);
  let turns = 0;
  for (let isMoving = true; isMoving && turns < MOST_TURNS; turns++) {
    throwIfCancelled(options.signal);
    centres = means(points, of, distances, centres.rows);
    const next = nearestTo(centres, points, 1, options);
    isMoving = next.indices.some((cluster, i) => cluster !== of[i]);
    ({ indices: of, distances } = next);
  }
  return { centres, of, inertia: distances.reduce((sum, distance) => sum + distance * distance, 0), turns };
}

/** The centre nearest to each row. */
export function nearestCentre(centres: Matrix, points: Matrix, options: SearchOptions = {}): Int32Array {
  return nearestTo(centres, points, 1, options).indices;
}

function plusPlus(points: Matrix, k: number, rng: Rng): Matrix {
  const { rows, cols, data } = points;
  const chosen = [rng.integer(rows)];
  const least = new Float64Array(rows).fill(Infinity);
  while (chosen.length < k) {
    const centre = row(points, chosen.at(-1) as number);
    let total = 0;
    for (let i = 0, at = 0; i < rows; i++) {
      let square = 0;
      for (let j = 0; j < cols; j++, at++) square += ((data[at] as number) - (centre[j] as number)) ** 2;
      if (square < (least[i] as number)) least[i] = square;
      total += least[i] as number;
    }
    if (total === 0) break; // every row is a centre already
    let left = rng.uniform() * total;
    let next = -1;
    for (let i = 0; i < rows && left >= 0; i++) {
      if (least[i] === 0) continue;
      next = i;
      left -= least[i] as number;
    }
    chosen.push(next);
  }
  const centres = matrix(chosen.length, cols);
  chosen.forEach((index, cluster) => centres.data.set(row(points, index), cluster * cols));
  return centres;
}

function means(points: Matrix, of: Int32Array, distances: Float32Array, k: number): Matrix {
  const { rows, cols, data } = points;
  const sums = new Float64Array(k * cols);
  const counts = new Int32Array(k);
  for (let i = 0, at = 0; i < rows; i++) {
    const cluster = of[i] as number;
    counts[cluster] = (counts[cluster] as number) + 1;
    for (let to = cluster * cols, end = to + cols; to < end; to++, at++) sums[to] = (sums[to] as number) + (data[at] as number);
  }
  const centres = matrix(k, cols);
  let farthest: number[] | undefined;
  for (let cluster = 0; cluster < k; cluster++) {
    const count = counts[cluster] as number;
    if (count === 0) {
      farthest ??= Array.from(distances.keys()).sort((a, b) => (distances[a] as number) - (distances[b] as number) || b - a);
      centres.data.set(row(points, farthest.pop() as number), cluster * cols);
      continue;
    }
    for (let j = 0; j < cols; j++) centres.data[cluster * cols + j] = (sums[cluster * cols + j] as number) / count;
  }
  return centres;
}

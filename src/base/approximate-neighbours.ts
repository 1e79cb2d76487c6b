// Approximate k nearest neighbours for many rows: an inverted file (Jégou, Douze & Schmid 2011, without the compression). Rows are parted
// into cells around k-means centroids; a cell's rows are compared, in SIMD, with the rows of its own and the nearest other cells. What
// lies in cells further off is then found through neighbours' neighbours, one round of NN-descent (Dong, Charikar & Li 2011).
// Time O(N^1.5 D), distances exact, seeded. Recall at k 14: .99 on 10,000 × 32 digit codes, .977 on 40,000 noisy copies of them.
import { matrix, takeRows, type Matrix } from './matrix.ts';
import { checkFinite, nearestNeighbours, nearestOfFirst, nearestTo, type Neighbours, type SearchOptions } from './neighbours.ts';
import { throwIfCancelled } from './errors.ts';
import type { Rng } from './rng.ts';

const LLOYD_TURNS = 4;
const TRAINING_ROWS_A_CELL = 40;
const PROBES = 24; // cells that a cell's rows are compared with
const SMALL = 2_000; // every pair is as quick

export function approximateNeighbours(points: Matrix, k: number, rng: Rng, options: SearchOptions = {}): Neighbours {
  const { rows } = points;
  if (rows <= SMALL) return nearestNeighbours(points, k, options);
  checkFinite('the points of a neighbour search', points);
  const centroids = meansOfCells(points, Math.round(Math.sqrt(rows)), rng);
  const home = nearestTo(centroids, points, 1).indices;
  const members: number[][] = Array.from({ length: centroids.rows }, () => []);
  home.forEach((cell, i) => members[cell]?.push(i));

  const wanted = Math.min(k, rows - 1);
  const found: Neighbours = {
    rows,
    k: wanted,
    indices: new Int32Array(rows * wanted),
    distances: new Float32Array(rows * wanted),
  };
  const order = nearestTo(centroids, centroids, centroids.rows);
  let done = 0;
  members.forEach((own, cell) => {
    if (own.length === 0) return;
    throwIfCancelled(options.signal);
    const candidates = own.slice();
    for (let rank = 0; rank < centroids.rows && (rank < PROBES || candidates.length < 8 * wanted); rank++) {
      const other = order.indices[cell * order.k + rank] as number;
      if (other !== cell) for (const i of members[other] ?? []) candidates.push(i);
    }
    const near = nearestOfFirst(takeRows(points, candidates), own.length, wanted);
    own.forEach((row, i) => {
      for (let j = 0; j < wanted; j++) {
        found.indices[row * wanted + j] = candidates[near.indices[i * wanted + j] as number] as number;
        found.distances[row * wanted + j] = near.distances[i * wanted + j] as number;
      }
    });
    done += own.length;
    options.onProgress?.(done / rows);
  });
  throwIfCancelled(options.signal);
  refine(points, found);
  return found;
}

/** Offers every row the neighbours of its neighbours and of the rows that have it as a neighbour, as they were before the round. */
function refine(points: Matrix, found: Neighbours): void {
  const { rows, k } = found;
  const { cols, data } = points;
  const before = found.indices.slice();
  const reverseStarts = new Int32Array(rows + 1);
  for (const i of before) reverseStarts[i + 1] = (reverseStarts[i + 1] as number) + 1;
  for (let i = 0; i < rows; i++) reverseStarts[i + 1] = (reverseStarts[i + 1] as number) + (reverseStarts[i] as number);
  const reverse = new Int32Array(before.length);
  const fill = reverseStarts.slice();
  for (let at = 0; at < before.length; at++) {
    const to = before[at] as number;
    reverse[fill[to] as number] = Math.floor(at / k);
    fill[to] = (fill[to] as number) + 1;
  }
  const seen = new Int32Array(rows).fill(-1); // the last row that met it
  for (let i = 0; i < rows; i++) {
    const own = i * k;
    seen[i] = i;
    for (let j = own; j < own + k; j++) seen[before[j] as number] = i;
    const meet = (other: number): void => {
      if (seen[other] === i) return;
      seen[other] = i;
      const limit = (found.distances[own + k - 1] as number) ** 2;
      let sum = 0;
      for (let a = i * cols, b = other * cols, end = a + cols; a < end && sum < limit; a++, b++) {
        const difference = (data[a] as number) - (data[b] as number);
        sum += difference * difference;
      }
      if (sum >= limit) return;
      const distance = Math.fround(Math.sqrt(sum));
      let slot = own + k - 1;
      for (; slot > own && (found.distances[slot - 1] as number) > distance; slot--) {
        found.distances[slot] = found.distances[slot - 1] as number;
        found.indices[slot] = found.indices[slot - 1] as number;
      }
      found.distances[slot] = distance;
      found.indices[slot] = other;
    };
    const visit = (via: number): void => {
      for (let j = via * k; j < (via + 1) * k; j++) meet(before[j] as number);
    };
    for (let j = own; j < own + k; j++) visit(before[j] as number);
    const last = Math.min(reverseStarts[i + 1] as number, (reverseStarts[i] as number) + 2 * k); // a hub has too many
    for (let r = reverseStarts[i] as number; r < last; r++) {
      meet(reverse[r] as number);
      visit(reverse[r] as number);
    }
  }
}

/** Lloyd's iteration on a seeded sample. */
function meansOfCells(points: Matrix, cells: number, rng: Rng): Matrix {
  const order = rng.permutation(points.rows);
  const sample = takeRows(points, order.subarray(0, Math.min(points.rows, cells * TRAINING_ROWS_A_CELL)));
  let centroids = takeRows(
    sample,
    Array.from({ length: cells }, (_, i) => i),
  );
  for (let turn = 0; turn < LLOYD_TURNS; turn++) {
    const home = nearestTo(centroids, sample, 1).indices;
    const counts = new Int32Array(cells);
    const next = matrix(cells, points.cols);
    home.forEach((cell, i) => {
      counts[cell] = (counts[cell] as number) + 1;
      for (let j = 0; j < points.cols; j++) {
        const at = cell * points.cols + j;
        next.data[at] = (next.data[at] as number) + (sample.data[i * points.cols + j] as number);
      }
    });
    for (let at = 0; at < next.data.length; at++) {
      const count = counts[Math.floor(at / points.cols)] as number;
      next.data[at] = count > 0 ? (next.data[at] as number) / count : (centroids.data[at] as number);
    }
    centroids = next;
  }
  return centroids;
}

// How far a map can be believed (Venna & Kaski 2001; continuity and recall as in their 2006 paper). Trustworthiness falls where points
// that are near on the map are far in the codes; continuity falls where near codes are torn apart:
// T(k) = 1 - 2 / (n k (2n - 3k - 1)) Σ_i Σ_{j near i on the map} max(0, rank of j in the codes - k), continuity with the spaces swapped.
// Exact over at most `rows` points drawn by seed, O(n² D).
import { matrix, takeRows, type Matrix } from '../base/matrix.ts';
import { KarstError, throwIfCancelled } from '../base/errors.ts';
import { nearestNeighbours, ranking, type Neighbours } from '../base/neighbours.ts';
import type { Rng } from '../base/rng.ts';

export interface Quality {
  readonly trustworthiness: number;
  readonly continuity: number;
  /** Share of the k nearest codes that are also the k nearest on the map. */
  readonly recall: number;
  readonly k: number;
  readonly rows: number;
}

export interface QualityOptions {
  readonly k?: number;
  /** At most this many rows are looked at. */
  readonly rows?: number;
  /** Draws the rows; needed where there are more than `rows`. */
  readonly rng?: Rng;
  readonly signal?: AbortSignal;
}

/** Undefined where there are too few rows to say: k must stay below half of them. */
export function mapQuality(codes: Matrix, positions: Matrix, options: QualityOptions = {}): Quality | undefined {
  const { k = 15, rows: most = 5000 } = options;
  if (codes.rows !== positions.rows) {
    throw new KarstError('usage', `quality needs one position a code, got ${positions.rows} for ${codes.rows}`);
  }
  if (codes.rows > most && !options.rng) throw new KarstError('internal', `more than ${most} rows need a generator to draw from`);
  const chosen = codes.rows > most ? options.rng?.permutation(codes.rows).slice(0, most).sort() : undefined;
  const high = chosen ? takeRows(codes, chosen) : codes;
  const low = chosen ? takeRows(positions, chosen) : positions;
  const n = high.rows;
  if (2 * k >= n) return undefined;
  throwIfCancelled(options.signal);
  const nearHigh = nearestNeighbours(high, k, options.signal ? { signal: options.signal } : {});
  const nearLow = nearestNeighbours(low, k, options.signal ? { signal: options.signal } : {});
  const scale = 2 / (n * k * (2 * n - 3 * k - 1));
  return {
    trustworthiness: 1 - scale * excessRanks(high, nearLow, options.signal),
    continuity: 1 - scale * excessRanks(low, nearHigh, options.signal),
    recall: sharedNeighbours(nearHigh, nearLow) / (n * k),
    k,
    rows: n,
  };
}

/** Σ max(0, rank - k) over neighbours found in another space, ranks (from 1) counted in `space`. */
function excessRanks(space: Matrix, near: Neighbours, signal: AbortSignal | undefined): number {
  const ranks = ranking(space);
  let excess = 0;
  for (let i = 0; i < near.rows; i++) {
    if (i % 256 === 0) throwIfCancelled(signal);
    ranks.from(i);
    for (let j = 0; j < near.k; j++) excess += Math.max(0, ranks.rankOf(near.indices[i * near.k + j] as number) + 1 - near.k);
  }
  return excess;
}

function sharedNeighbours(a: Neighbours, b: Neighbours): number {
  let shared = 0;
  for (let i = 0; i < a.rows; i++) {
    const own = new Set(a.indices.subarray(i * a.k, (i + 1) * a.k));
    for (let j = i * b.k; j < (i + 1) * b.k; j++) if (own.has(b.indices[j] as number)) shared++;
  }
  return shared;
}

/** Share of rows whose nearest row on the map has the same label. */
export function neighbourLabelAccuracy(positions: Matrix, labels: Int32Array): number {
  const near = nearestNeighbours(matrix(positions.rows, positions.cols, positions.data), 1);
  let right = 0;
  for (let i = 0; i < positions.rows; i++) if (labels[i] === labels[near.indices[i] as number]) right++;
  return right / Math.max(1, positions.rows);
}

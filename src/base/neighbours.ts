// Exact k nearest neighbours by Euclidean distance: every pair is looked at, blocked and in SIMD (WebAssembly), O(N² D) time, bounded
// memory. Distances are sums of squared differences in float32, so a copy of a row is at distance exactly zero. On equal distance the
// lower row number comes first: the answer does not depend on blocking. About 0.5 s for 10,000 × 32 on one core.
import { fromBase64 } from './bytes.ts';
import { KarstError, throwIfCancelled } from './errors.ts';
import { matrix, type Matrix } from './matrix.ts';
import wasm from './neighbours.wasm.ts';

/** Ascending by distance. Where fewer than k rows exist, k is smaller than asked. */
export interface Neighbours {
  readonly rows: number;
  readonly k: number;
  /** [rows, k] */
  readonly indices: Int32Array;
  /** [rows, k], Euclidean. */
  readonly distances: Float32Array;
}

export interface SearchOptions {
  readonly signal?: AbortSignal;
  /** Called between blocks with the share done, 0 … 1. */
  readonly onProgress?: (fraction: number) => void;
}

interface Kernel {
  scan(
    points: number,
    groups: number,
    firstIndex: number,
    queries: number,
    queryCount: number,
    firstSelf: number,
    dims: number,
    k: number,
    best: number,
    bestIndex: number,
  ): void;
  distances(points: number, groups: number, query: number, dims: number, out: number): void;
  before(values: number, groups: number, value: number, index: number): number;
}

interface Instance {
  readonly kernel: Kernel;
  readonly memory: WebAssembly.Memory;
}

let compiled: WebAssembly.Module | undefined;
let spare: Instance | undefined; // a search's instance, kept for the next one

function instantiate(bytes: number): Instance {
  compiled ??= new WebAssembly.Module(fromBase64(wasm));
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) + 1 });
  const instance = new WebAssembly.Instance(compiled, { env: { memory } });
  return { kernel: instance.exports as unknown as Kernel, memory };
}

function borrow(bytes: number): Instance {
  const instance = spare;
  spare = undefined;
  if (!instance) return instantiate(bytes);
  const missing = Math.ceil((bytes - instance.memory.buffer.byteLength) / 65536);
  if (missing > 0) instance.memory.grow(missing);
  return instance;
}

const QUERY_BLOCK = 512;
const POINT_BYTES = 64 * 2 ** 20; // points in the kernel's memory at a time
const NOT_A_POINT = -0x40000000;
const MOST_SPARE_BYTES = 16 * 2 ** 20;
const even = (count: number): number => count + (count & 1);
const align = (bytes: number): number => (bytes + 15) & ~15;

/** Writes rows [from, to) in groups of four, dimension-major; what pads the last pair of groups is infinitely far. */
export function interleave(points: Matrix, from: number, to: number, out: Float32Array): number {
  const { cols, data } = points;
  const groups = even(Math.ceil((to - from) / 4));
  out.fill(Infinity, 0, groups * 4 * cols);
  for (let i = from; i < to; i++) {
    let at = ((i - from) >> 2) * 4 * cols + ((i - from) & 3);
    for (let j = i * cols, end = j + cols; j < end; j++, at += 4) out[at] = data[j] as number;
  }
  return groups;
}

export function checkFinite(what: string, m: Matrix): void {
  const bad = m.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const row = Math.floor(bad / m.cols);
    throw new KarstError(
      'bad-data',
      `${what} must be finite numbers, but row ${row} holds ${m.data[bad]} in column ${bad % m.cols}`,
    );
  }
}

/** `isSelf`: query q is point q, and is not its own neighbour. */
function search(points: Matrix, queries: Matrix, isSelf: boolean, asked: number, options: SearchOptions): Neighbours {
  const dims = points.cols;
  if (queries.cols !== dims)
    throw new KarstError(
      'usage',
      `neighbours need rows of one size: the points have ${dims} columns, the queries ${queries.cols}`,
    );
  if (!Number.isInteger(asked) || asked < 1) throw new KarstError('usage', `k must be a whole number from 1, got ${asked}`);
  checkFinite('the points of a neighbour search', points);
  if (!isSelf) checkFinite('the queries of a neighbour search', queries);
  const k = Math.max(0, Math.min(asked, points.rows - (isSelf ? 1 : 0)));
  const found: Neighbours = {
    rows: queries.rows,
    k,
    indices: new Int32Array(queries.rows * k),
    distances: new Float32Array(queries.rows * k),
  };
  if (k === 0 || queries.rows === 0) return found;

  const chunkRows = Math.min(points.rows, Math.max(8, Math.floor(POINT_BYTES / (4 * dims)) & ~7));
  const pointBytes = align(even(Math.ceil(chunkRows / 4)) * 16 * dims);
  const queryAt = 1024 + pointBytes;
  const bestAt = queryAt + align(QUERY_BLOCK * dims * 4);
  const bestIndexAt = bestAt + align(QUERY_BLOCK * k * 4);
  const instance = borrow(bestIndexAt + QUERY_BLOCK * k * 4);
  const { kernel, memory } = instance;
  const pointView = new Float32Array(memory.buffer, 1024, pointBytes / 4);
  const queryView = new Float32Array(memory.buffer, queryAt, QUERY_BLOCK * dims);
  const best = new Float32Array(memory.buffer, bestAt, QUERY_BLOCK * k);
  const bestIndex = new Int32Array(memory.buffer, bestIndexAt, QUERY_BLOCK * k);

  let loaded = -1;
  let groups = 0;
  for (let first = 0; first < queries.rows; first += QUERY_BLOCK) {
    throwIfCancelled(options.signal);
    const count = Math.min(QUERY_BLOCK, queries.rows - first);
    queryView.fill(0);
    queryView.set(queries.data.subarray(first * dims, (first + count) * dims));
    best.fill(Infinity);
    for (let from = 0; from < points.rows; from += chunkRows) {
      if (loaded !== from) {
        groups = interleave(points, from, Math.min(points.rows, from + chunkRows), pointView);
        loaded = from;
      }
      const self = isSelf ? first : NOT_A_POINT;
      kernel.scan(1024, groups, from, queryAt, (count + 3) & ~3, self, dims, k, bestAt, bestIndexAt);
    }
    found.indices.set(bestIndex.subarray(0, count * k), first * k);
    for (let i = 0; i < count * k; i++) found.distances[first * k + i] = Math.sqrt(best[i] as number);
    options.onProgress?.((first + count) / queries.rows);
  }
  if (memory.buffer.byteLength <= MOST_SPARE_BYTES) spare = instance;
  return found;
}

/** The k nearest other rows of each row. */
export function nearestNeighbours(points: Matrix, k: number, options: SearchOptions = {}): Neighbours {
  return search(points, points, true, k, options);
}

/** The k rows of `points` nearest to each row of `queries`; a query that is itself among the points finds itself first. */
export function nearestTo(points: Matrix, queries: Matrix, k: number, options: SearchOptions = {}): Neighbours {
  return search(points, queries, false, k, options);
}

/** The k nearest other rows of each of the first `count` rows. */
export function nearestOfFirst(points: Matrix, count: number, k: number): Neighbours {
  return search(points, matrix(count, points.cols, points.data.subarray(0, count * points.cols)), true, k, {});
}

/** Ranks of rows by distance from a row, in one space: what trustworthiness and continuity count. */
export interface Ranking {
  /** Turns to row `index`: its distances to all rows are computed. */
  from(index: number): void;
  /** How many rows, the turned-to one not counted, are nearer than row `other` (ties: the lower row number is nearer). */
  rankOf(other: number): number;
}

/** All points in a kernel's memory, and squared distances of them from one at a time; what pads the last pair of groups is infinitely far. */
function allDistances(what: string, points: Matrix) {
  const { rows, cols } = points;
  checkFinite(what, points);
  const groups = even(Math.ceil(rows / 4));
  const queryAt = 1024 + align(groups * 16 * cols);
  const outAt = queryAt + align(cols * 4);
  const { kernel, memory } = instantiate(outAt + groups * 16);
  interleave(points, 0, rows, new Float32Array(memory.buffer, 1024, groups * 4 * cols));
  const query = new Float32Array(memory.buffer, queryAt, cols);
  const out = new Float32Array(memory.buffer, outAt, groups * 4);
  const from = (index: number): void => {
    query.set(points.data.subarray(index * cols, (index + 1) * cols));
    kernel.distances(1024, groups, queryAt, cols, outAt);
  };
  return { from, out, before: (value: number, index: number) => kernel.before(outAt, groups, value, index) };
}

export function ranking(points: Matrix): Ranking {
  const { from, out, before } = allDistances('the points of a ranking', points);
  return {
    from(index) {
      from(index);
      out[index] = Infinity; // never nearer than anything
    },
    rankOf: (other) => before(out[other] as number, other),
  };
}

/** Squared distances of a row from every row, itself included; each call writes over the answer of the last. */
export function squaredDistances(points: Matrix): (index: number) => Float32Array {
  const { from, out } = allDistances('points whose distances are asked for', points);
  const ofRows = out.subarray(0, points.rows);
  return (index) => {
    from(index);
    return ofRows;
  };
}

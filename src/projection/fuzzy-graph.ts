// UMAP's graph (McInnes, Healy & Melville 2018, section 3.1 and algorithms 2, 3): each row's distances to its neighbours become memberships
// exp(-(d - rho) / sigma), rho being the distance to the nearest other row and sigma such that they sum to log2(k); the two directions
// unite by w + w' - w w'. A row counts as the first of its own k neighbours, as in umap-learn, so that k = 15 means 14 others.
import type { Neighbours } from '../base/neighbours.ts';

/** A symmetric weighted graph in compressed rows: the edges of row i are starts[i] … starts[i + 1] - 1, tails ascending. */
export interface Graph {
  readonly rows: number;
  readonly starts: Int32Array;
  readonly tails: Int32Array;
  /** 0 … 1 */
  readonly weights: Float32Array;
}

const SMOOTH_TOLERANCE = 1e-5;
const LEAST_SIGMA = 1e-3; // of the mean distance
const BISECTIONS = 64;

/** rho and sigma of one row's ascending distances to others; `meanOfAll` is the mean distance over all rows. */
export function smoothDistances(distances: Float32Array, meanOfAll: number): { rho: number; sigma: number } {
  const k = distances.length + 1;
  const target = Math.log2(k);
  const rho = distances.find((d) => d > 0) ?? 0;
  let low = 0;
  let high = Infinity;
  let sigma = 1;
  for (let turn = 0; turn < BISECTIONS; turn++) {
    let sum = 0;
    for (const d of distances) sum += d - rho > 0 ? Math.exp(-(d - rho) / sigma) : 1;
    if (Math.abs(sum - target) < SMOOTH_TOLERANCE) break;
    if (sum > target) {
      high = sigma;
      sigma = (low + high) / 2;
    } else {
      low = sigma;
      sigma = high === Infinity ? sigma * 2 : (low + high) / 2;
    }
  }
  const mean = distances.reduce((sum, d) => sum + d, 0) / k;
  return { rho, sigma: Math.max(sigma, LEAST_SIGMA * (rho > 0 ? mean : meanOfAll)) };
}

export function fuzzyGraph(neighbours: Neighbours): Graph {
  const { rows, k, indices, distances } = neighbours;
  let total = 0;
  for (const d of distances) total += d;
  const meanOfAll = total / (rows * (k + 1));
  const memberships = new Float32Array(rows * k);
  for (let i = 0; i < rows; i++) {
    const own = distances.subarray(i * k, (i + 1) * k);
    const { rho, sigma } = smoothDistances(own, meanOfAll);
    for (let j = 0; j < k; j++) {
      const beyond = (own[j] as number) - rho;
      memberships[i * k + j] = beyond <= 0 || sigma === 0 ? 1 : Math.exp(-beyond / sigma);
    }
  }
  return unite(rows, k, indices, memberships);
}

function unite(rows: number, k: number, indices: Int32Array, memberships: Float32Array): Graph {
  // The reverse direction in compressed rows; sources come out ascending.
  const starts = new Int32Array(rows + 1);
  for (const tail of indices) starts[tail + 1] = (starts[tail + 1] as number) + 1;
  for (let i = 0; i < rows; i++) starts[i + 1] = (starts[i + 1] as number) + (starts[i] as number);
  const fill = starts.slice();
  const sources = new Int32Array(rows * k);
  const back = new Float32Array(rows * k);
  for (let i = 0; i < rows; i++) {
    for (let j = i * k; j < (i + 1) * k; j++) {
      const tail = indices[j] as number;
      const at = fill[tail] as number;
      fill[tail] = at + 1;
      sources[at] = i;
      back[at] = memberships[j] as number;
    }
  }
  const united = {
    starts: new Int32Array(rows + 1),
    tails: new Int32Array(2 * rows * k),
    weights: new Float32Array(2 * rows * k),
  };
  let edges = 0;
  for (let i = 0; i < rows; i++) {
    const forward = Array.from({ length: k }, (_, j) => i * k + j).sort(
      (a, b) => (indices[a] as number) - (indices[b] as number),
    );
    let f = 0;
    let r = starts[i] as number;
    const end = starts[i + 1] as number;
    while (f < k || r < end) {
      const there = f < k ? (indices[forward[f] as number] as number) : Infinity;
      const here = r < end ? (sources[r] as number) : Infinity;
      const outward = there <= here ? (memberships[forward[f++] as number] as number) : 0;
      const inward = here <= there ? (back[r++] as number) : 0;
      const weight = outward + inward - outward * inward;
      if (weight === 0) continue;
      united.tails[edges] = Math.min(there, here);
      united.weights[edges++] = weight;
    }
    united.starts[i + 1] = edges;
  }
  return { rows, starts: united.starts, tails: united.tails.slice(0, edges), weights: united.weights.slice(0, edges) };
}

/** Number of connected pieces. */
export function countComponents(graph: Graph): number {
  const seen = new Uint8Array(graph.rows);
  const stack: number[] = [];
  let components = 0;
  for (let first = 0; first < graph.rows; first++) {
    if (seen[first]) continue;
    components++;
    seen[first] = 1;
    stack.push(first);
    for (let head = stack.pop(); head !== undefined; head = stack.pop()) {
      for (let e = graph.starts[head] as number; e < (graph.starts[head + 1] as number); e++) {
        const tail = graph.tails[e] as number;
        if (seen[tail]) continue;
        seen[tail] = 1;
        stack.push(tail);
      }
    }
  }
  return components;
}

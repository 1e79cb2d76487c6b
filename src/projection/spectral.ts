// Spectral layout (Belkin & Niyogi 2003, Laplacian eigenmaps): the eigenvectors of the normalised Laplacian I - D^-1/2 W D^-1/2 with the
// smallest eigenvalues above zero. They are found as the largest of D^-1/2 W D^-1/2 by Lanczos iteration (1950) with full
// reorthogonalisation, the known first eigenvector D^1/2 1 kept out. A start for a descent, so a residual of 1e-3 is enough.
import { implicitQl } from '../base/eigen.ts';
import { matrix, type Matrix } from '../base/matrix.ts';
import type { Rng } from '../base/rng.ts';
import { countComponents, type Graph } from './fuzzy-graph.ts';

const TOLERANCE = 1e-3;
const CHECK_EVERY = 32;
const MOST_STEPS = 320;
const LEAST_STEPS = 64;
const BASIS_VALUES = 3_200_000; // bounds memory (26 MB) and time: many rows get a rougher start, which the descent makes up for

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function subtract(from: Float64Array, scale: number, what: Float64Array): void {
  for (let i = 0; i < from.length; i++) from[i] = (from[i] as number) - scale * (what[i] as number);
}

function normalise(v: Float64Array): number {
  const size = Math.sqrt(dot(v, v));
  if (size > 0) for (let i = 0; i < v.length; i++) v[i] = (v[i] as number) / size;
  return size;
}

/** [rows, dims], unit columns; undefined where the graph falls into pieces or is too small to have so many eigenvectors. */
export function spectralLayout(graph: Graph, dims: number, rng: Rng): Matrix | undefined {
  const { rows, starts, tails, weights } = graph;
  if (rows < dims + 2 || countComponents(graph) > 1) return undefined;

  const root = new Float64Array(rows); // D^1/2 1
  for (let i = 0; i < rows; i++) {
    let degree = 0;
    for (let e = starts[i] as number; e < (starts[i + 1] as number); e++) degree += weights[e] as number;
    root[i] = Math.sqrt(degree);
  }
  const normalised = new Float64Array(weights.length);
  for (let i = 0; i < rows; i++) {
    for (let e = starts[i] as number; e < (starts[i + 1] as number); e++) {
      normalised[e] = (weights[e] as number) / ((root[i] as number) * (root[tails[e] as number] as number));
    }
  }
  normalise(root);
  const apply = (v: Float64Array): Float64Array => {
    const out = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let e = starts[i] as number, end = starts[i + 1] as number; e < end; e++) {
        sum += (normalised[e] as number) * (v[tails[e] as number] as number);
      }
      out[i] = sum;
    }
    return out;
  };

  // One Krylov space holds one vector of each eigenvalue. Where an eigenvalue is double (a ring) the other is found by looking again
  // at right angles to what was found; mostly this look only confirms.
  let found = lanczos(apply, rows, [root], dims, rng);
  const looks = rows * MOST_STEPS <= BASIS_VALUES && found.length > 0 ? dims : 0; // a rough start is not worth confirming
  for (let look = 0; look < looks; look++) {
    const [other] = lanczos(apply, rows, [root, ...found.map(({ vector }) => vector)], 1, rng);
    const last = found[dims - 1];
    if (!other || (last && other.value <= last.value + TOLERANCE ** 2)) break;
    found = [...found, other].sort((a, b) => b.value - a.value).slice(0, dims);
  }
  if (found.length < dims) return undefined;
  const layout = matrix(rows, dims);
  found.forEach(({ vector }, k) => {
    const largest = vector.reduce((most, one) => (Math.abs(one) > Math.abs(most) ? one : most), 0);
    for (let i = 0; i < rows; i++) layout.data[i * dims + k] = (vector[i] as number) * Math.sign(largest);
  });
  return layout;
}

interface Pair {
  readonly value: number;
  readonly vector: Float64Array;
}

/** The `count` largest eigenpairs at right angles to `known`, fewer where there are no more. */
function lanczos(
  apply: (v: Float64Array) => Float64Array,
  rows: number,
  known: readonly Float64Array[],
  count: number,
  rng: Rng,
): readonly Pair[] {
  const affordable = Math.max(LEAST_STEPS, Math.min(MOST_STEPS, Math.floor(BASIS_VALUES / rows)));
  const most = Math.min(affordable, rows - known.length);
  if (most < 1) return [];
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const offDiagonal: number[] = [0];
  let v: Float64Array = Float64Array.from({ length: rows }, () => rng.normal());
  for (const one of known) subtract(v, dot(v, one), one);
  normalise(v);
  for (;;) {
    basis.push(v);
    const w = apply(v);
    diagonal.push(dot(w, v));
    for (const one of known) subtract(w, dot(w, one), one);
    for (const earlier of basis) subtract(w, dot(w, earlier), earlier);
    const beta = normalise(w);
    const m = basis.length;
    const isLast = beta < 1e-10 || m === most;
    if (isLast || m % CHECK_EVERY === 0) {
      const ritz = ritzPairs(diagonal, offDiagonal, m, count);
      if (isLast || ritz.every(({ vector }) => Math.abs(beta * (vector[m - 1] as number)) < TOLERANCE)) {
        return ritz.map(({ value, vector }) => ({ value, vector: combine(basis, vector) }));
      }
    }
    offDiagonal.push(beta);
    v = w;
  }
}

/** Eigenvectors of the tridiagonal matrix for its `count` largest eigenvalues, as combinations of the basis. */
function ritzPairs(diagonal: readonly number[], offDiagonal: readonly number[], m: number, count: number): readonly Pair[] {
  const d = Float64Array.from(diagonal);
  const z = new Float64Array(m * m);
  for (let i = 0; i < m; i++) z[i * m + i] = 1;
  implicitQl(d, Float64Array.from(offDiagonal.slice(0, m)), z, m);
  const order = Array.from(d.keys()).sort((a, b) => (d[b] as number) - (d[a] as number));
  return order.slice(0, count).map((column) => ({
    value: d[column] as number,
    vector: Float64Array.from({ length: m }, (_, i) => z[i * m + column] as number),
  }));
}

function combine(basis: readonly Float64Array[], coefficients: Float64Array): Float64Array {
  const sum = new Float64Array(basis[0]?.length ?? 0);
  basis.forEach((one, j) => subtract(sum, -(coefficients[j] as number), one));
  normalise(sum);
  return sum;
}

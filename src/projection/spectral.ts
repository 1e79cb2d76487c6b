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

  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const offDiagonal: number[] = [0];
  let v: Float64Array = Float64Array.from({ length: rows }, () => rng.normal());
  subtract(v, dot(v, root), root);
  normalise(v);
  const most = Math.min(MOST_STEPS, rows - 1);
  for (;;) {
    basis.push(v);
    const w = apply(v);
    diagonal.push(dot(w, v));
    subtract(w, dot(w, root), root);
    for (let pass = 0; pass < 2; pass++) for (const earlier of basis) subtract(w, dot(w, earlier), earlier);
    const beta = normalise(w);
    const m = basis.length;
    const isExhausted = beta < 1e-10;
    if (isExhausted || m === most || m % CHECK_EVERY === 0) {
      const ritz = ritzPairs(diagonal, offDiagonal, m, dims);
      if (isExhausted || m === most || ritz.every((pair) => Math.abs(beta * (pair[m - 1] as number)) < TOLERANCE)) {
        return m < dims ? undefined : combine(basis, ritz, rows, dims);
      }
    }
    offDiagonal.push(beta);
    v = w;
  }
}

/** Eigenvectors of the tridiagonal matrix for its `count` largest eigenvalues, as combinations of the basis. */
function ritzPairs(diagonal: readonly number[], offDiagonal: readonly number[], m: number, count: number): Float64Array[] {
  const d = Float64Array.from(diagonal);
  const z = new Float64Array(m * m);
  for (let i = 0; i < m; i++) z[i * m + i] = 1;
  implicitQl(d, Float64Array.from(offDiagonal.slice(0, m)), z, m);
  const order = Array.from(d.keys()).sort((a, b) => (d[b] as number) - (d[a] as number));
  return order.slice(0, count).map((column) => Float64Array.from({ length: m }, (_, i) => z[i * m + column] as number));
}

function combine(basis: readonly Float64Array[], ritz: readonly Float64Array[], rows: number, dims: number): Matrix {
  const layout = matrix(rows, dims);
  ritz.forEach((coefficients, k) => {
    const sum = new Float64Array(rows);
    coefficients.forEach((c, j) => subtract(sum, -c, basis[j] as Float64Array));
    const largest = sum.reduce((most, one) => (Math.abs(one) > Math.abs(most) ? one : most), 0);
    for (let i = 0; i < rows; i++) layout.data[i * dims + k] = (sum[i] as number) * Math.sign(largest);
  });
  return layout;
}

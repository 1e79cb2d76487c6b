// Vendi score (Friedman & Dieng 2023): how many different things are there, effectively? exp of the entropy of the eigenvalues of K / n, where
// K_ij is how alike things i and j are and K_ii = 1. n things that have nothing in common score n, copies of one thing 1. Sees gross collapse
// only: one lost class of ten does not move it. Depends on the kernel and on n, so it is read beside as many held-out rows. O(n² columns + n³).
import { symmetricEigenvalues } from '../base/eigen.ts';
import { throwIfCancelled } from '../base/errors.ts';
import { member } from '../base/family.ts';
import { takeEvenly, type Matrix } from '../base/matrix.ts';
import { squaredDistances, type SearchOptions } from '../base/neighbours.ts';
import { effectiveRankOf } from './effective-rank.ts';
import { told, type SampleMetric } from './sample-metric.ts';

/** Of a kernel [n, n], symmetric and positive semi-definite, with ones on the diagonal. */
export function vendiOfKernel(kernel: Float64Array, n: number): number {
  return effectiveRankOf(symmetricEigenvalues(kernel, n).map((value) => Math.max(0, value)));
}

/** K_ij = x_i · x_j / |x_i| |x_j|. Rows of zeros are alike, and unlike all others. Through the smaller of the two products that share eigenvalues. */
export function cosineVendi({ rows, cols, data }: Matrix): number {
  const unit = new Float64Array(rows * (cols + 1));
  for (let i = 0; i < rows; i++) {
    let squares = 0;
    for (let j = 0; j < cols; j++) squares += (data[i * cols + j] as number) ** 2;
    if (squares === 0) unit[i * (cols + 1) + cols] = 1;
    else for (let j = 0; j < cols; j++) unit[i * (cols + 1) + j] = (data[i * cols + j] as number) / Math.sqrt(squares);
  }
  const isTall = rows > cols + 1;
  const turned = isTall ? transpose(unit, rows, cols + 1) : unit;
  const n = isTall ? cols + 1 : rows;
  return vendiOfKernel(gram(turned, n, isTall ? rows : cols + 1), n);
}

/** K_ij = exp(-|x_i - x_j|² / 2 width²); of width 0, 1 for equal rows and 0 otherwise. */
export function gaussianVendi(rows: Matrix, width: number, { signal }: SearchOptions = {}): number {
  const from = squaredDistances(rows);
  const n = rows.rows;
  const kernel = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    throwIfCancelled(signal);
    const squares = from(i);
    for (let other = 0; other <= i; other++) {
      const square = squares[other] as number;
      kernel[i * n + other] = kernel[other * n + i] = square === 0 ? 1 : Math.exp(-square / (2 * width * width));
    }
  }
  return vendiOfKernel(kernel, n);
}

/** The median distance over all pairs of rows. */
export function medianDistance(rows: Matrix): number {
  const from = squaredDistances(rows);
  const n = rows.rows;
  const squares = new Float32Array((n * (n - 1)) / 2);
  for (let i = 1, at = 0; i < n; at += i, i++) squares.set(from(i).subarray(0, i), at);
  squares.sort();
  return Math.sqrt(squares[squares.length >> 1] ?? 0);
}

function transpose(m: Float64Array, rows: number, cols: number): Float64Array {
  const out = new Float64Array(m.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) out[j * rows + i] = m[i * cols + j] as number;
  return out;
}

/** m mᵀ, [rows, rows]. */
function gram(m: Float64Array, rows: number, cols: number): Float64Array {
  const out = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let other = 0; other <= i; other++) {
      let sum = 0;
      for (let a = i * cols, b = other * cols, end = a + cols; a < end; a++, b++) sum += (m[a] as number) * (m[b] as number);
      out[i * rows + other] = out[other * rows + i] = sum;
    }
  }
  return out;
}

export const vendiScore = member({
  id: 'vendi',
  title: 'Vendi score',
  summary: 'how many different samples there are, effectively; sees gross collapse only',
  formula: 'VS = exp(−Σ_i λ_i ln λ_i), λ the eigenvalues of K / n',
  paper: 'Friedman & Dieng 2023, arXiv 2210.02410',
  params: {
    kernel: {
      kind: 'choice',
      default: 'gaussian',
      options: ['gaussian', 'cosine'],
      help: 'gaussian: exp(−d² / 2 w²), w the median distance of held-out rows; cosine: of the angle from the origin',
    },
    rows: { kind: 'int', default: 1000, min: 2, max: 4000, scale: 'log', help: 'at most so many of each set, evenly taken' },
  },
  make:
    ({ kernel, rows }): SampleMetric =>
    (sets, _rng, options) => {
      const count = Math.min(rows, sets.real.rows, sets.fake.rows);
      const [real, fake] = [takeEvenly(sets.real, count), takeEvenly(sets.fake, count)];
      const width = kernel === 'gaussian' ? medianDistance(real) : 0;
      const of = (one: Matrix): number => (kernel === 'gaussian' ? gaussianVendi(one, width, options) : cosineVendi(one));
      return { value: of(fake), unit: 'count', cap: count, expected: of(real), rows: count, ...told(sets) };
    },
});

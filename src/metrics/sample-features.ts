// The space in which samples and data are compared. Vectors: columns standardised by the data. Pictures, and vectors of more than 50 columns:
// the first 50 principal components, found by subspace iteration on the centred rows X (Halko, Martinsson & Tropp 2011),
//   V ← orth(Xᵀ X V),   then the eigenvectors of Vᵀ Xᵀ X V,
// with a few directions to spare; exact where the data have no more directions than that. O(rows · columns · 60) a turn. Pixels are the cheapest
// features there are: distances see place and colour more than meaning, so scores compare runs on one dataset, not datasets.
import { symmetricEigen } from '../base/eigen.ts';
import { columnMeans, matrix, type Matrix } from '../base/matrix.ts';
import type { Rng } from '../base/rng.ts';
import type { SampleShape } from '../datasets/dataset.ts';

export const MOST_FEATURES = 50;
const SPARE = 14;
const TURNS = 3;

/** Rows of data or samples [rows, sampleSize] → features [rows, at most 50]. */
export type Features = (rows: Matrix) => Matrix;

/** Fitted to rows of the data. */
export function fitFeatures(shape: SampleShape, rows: Matrix, rng: Rng): Features {
  const mean = columnMeans(rows);
  const scale = shape.kind === 'vector' ? columnScales(rows, mean) : new Float64Array(rows.cols).fill(1);
  const standardised = matrix(rows.rows, rows.cols);
  for (let at = 0; at < rows.data.length; at++) {
    const j = at % rows.cols;
    standardised.data[at] = ((rows.data[at] as number) - (mean[j] as number)) * (scale[j] as number);
  }
  const isNarrow = shape.kind === 'vector' && rows.cols <= MOST_FEATURES;
  const axes = isNarrow ? identity(rows.cols) : principalAxes(standardised, MOST_FEATURES, rng);
  // (x - mean) · scale · axis, without a copy of x.
  for (let at = 0; at < axes.data.length; at++) axes.data[at] = (axes.data[at] as number) * (scale[at % rows.cols] as number);
  const middle = Float64Array.from({ length: axes.rows }, (_, a) =>
    mean.reduce((sum, one, j) => sum + one * (axes.data[a * rows.cols + j] as number), 0),
  );
  return (given) => products(given, axes, middle);
}

/** 1 / sd of each column; a constant one stays as it is. */
function columnScales(rows: Matrix, mean: Float64Array): Float64Array {
  const squares = new Float64Array(rows.cols);
  for (let at = 0; at < rows.data.length; at++) {
    const j = at % rows.cols;
    squares[j] = (squares[j] as number) + ((rows.data[at] as number) - (mean[j] as number)) ** 2;
  }
  return squares.map((sum, j) => {
    const sd = Math.sqrt(sum / Math.max(1, rows.rows - 1));
    return sd > 1e-7 * Math.abs(mean[j] as number) ? 1 / sd : 1;
  });
}

function identity(size: number): Matrix {
  const out = matrix(size, size);
  for (let j = 0; j < size; j++) out.data[j * size + j] = 1;
  return out;
}

/** The `count` directions of largest variance of centred rows, one a row, the largest first; fewer where there are fewer. */
export function principalAxes(centred: Matrix, count: number, rng: Rng): Matrix {
  const { rows, cols } = centred;
  const wide = Math.min(count + SPARE, rows, cols);
  let basis = orthonormal(adjoint(matrix(rows, wide, rng.fillNormal(new Float32Array(rows * wide))), centred));
  for (let turn = 1; turn < TURNS; turn++) basis = orthonormal(adjoint(products(centred, basis), centred));
  const seen = products(centred, basis); // [rows, wide]
  const gram = new Float64Array(basis.rows * basis.rows);
  for (let i = 0; i < rows; i++) {
    for (let a = 0; a < basis.rows; a++)
      for (let b = 0; b <= a; b++) {
        const at = a * basis.rows + b;
        gram[at] = (gram[at] as number) + (seen.data[i * basis.rows + a] as number) * (seen.data[i * basis.rows + b] as number);
      }
  }
  const { vectors } = symmetricEigen(gram, basis.rows);
  const kept = Math.min(count, basis.rows);
  const axes = matrix(kept, cols);
  for (let k = 0; k < kept; k++) {
    for (let a = 0; a < basis.rows; a++) {
      const weight = vectors[k * basis.rows + a] as number;
      for (let j = 0; j < cols; j++)
        axes.data[k * cols + j] = (axes.data[k * cols + j] as number) + weight * (basis.data[a * cols + j] as number);
    }
  }
  return axes;
}

/** rows · axesᵀ - less, [rows, axes]; four axes at a time, so that four sums are under way at once. */
function products({ rows, cols, data }: Matrix, axes: Matrix, less = new Float64Array(axes.rows)): Matrix {
  const out = matrix(rows, axes.rows);
  const b = axes.data;
  const startOf = (a: number): number => Math.min(a, axes.rows - 1) * cols; // past the last axis the last again
  for (let i = 0; i < rows; i++) {
    for (let a = 0; a < axes.rows; a += 4) {
      const [a0, a1, a2, a3] = [startOf(a), startOf(a + 1), startOf(a + 2), startOf(a + 3)];
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      for (let j = 0, at = i * cols; j < cols; j++, at++) {
        const x = data[at] as number;
        s0 += x * (b[a0 + j] as number);
        s1 += x * (b[a1 + j] as number);
        s2 += x * (b[a2 + j] as number);
        s3 += x * (b[a3 + j] as number);
      }
      const sums = [s0, s1, s2, s3];
      for (let k = a; k < Math.min(a + 4, axes.rows); k++)
        out.data[i * axes.rows + k] = (sums[k - a] as number) - (less[k] as number);
    }
  }
  return out;
}

/** weightsᵀ · rows, [weights' columns, rows' columns]; four rows at a time, so that each sum is loaded and stored a quarter as often. */
function adjoint(weights: Matrix, { rows, cols, data }: Matrix): Matrix {
  const out = matrix(weights.cols, cols);
  const sums = new Float64Array(cols);
  const weightOf = (i: number, a: number): number => (i < rows ? (weights.data[i * weights.cols + a] as number) : 0);
  for (let a = 0; a < weights.cols; a++) {
    sums.fill(0);
    for (let i = 0; i < rows; i += 4) {
      const [w0, w1, w2, w3] = [weightOf(i, a), weightOf(i + 1, a), weightOf(i + 2, a), weightOf(i + 3, a)];
      const [r0, r1, r2, r3] = [i, i + 1, i + 2, i + 3].map((row) => Math.min(row, rows - 1) * cols) as [
        number,
        number,
        number,
        number,
      ];
      for (let j = 0; j < cols; j++) {
        sums[j] =
          (sums[j] as number) +
          w0 * (data[r0 + j] as number) +
          w1 * (data[r1 + j] as number) +
          w2 * (data[r2 + j] as number) +
          w3 * (data[r3 + j] as number);
      }
    }
    out.data.set(sums, a * cols);
  }
  return out;
}

/** The rows at right angles and of length one (Gram & Schmidt, twice, in float64); what depends on earlier rows is left out. */
function orthonormal(m: Matrix): Matrix {
  const { cols } = m;
  const kept: Float64Array[] = [];
  for (let a = 0; a < m.rows; a++) {
    const row = Float64Array.from(m.data.subarray(a * cols, (a + 1) * cols));
    const before = lengthOf(row);
    for (let pass = 0; pass < 2; pass++) {
      for (const other of kept) {
        let along = 0;
        for (let j = 0; j < cols; j++) along += (row[j] as number) * (other[j] as number);
        for (let j = 0; j < cols; j++) row[j] = (row[j] as number) - along * (other[j] as number);
      }
    }
    const size = lengthOf(row);
    if (size <= 1e-6 * before || size === 0) continue;
    kept.push(row.map((value) => value / size));
  }
  const out = matrix(kept.length, cols);
  kept.forEach((row, a) => out.data.set(row, a * cols));
  return out;
}

const lengthOf = (row: Float64Array): number => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));

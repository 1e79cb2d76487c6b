// The pullback metric of a decoder g (Arvanitidis, Hansen & Hauberg 2018; Shao, Kumar & Fletcher 2018): M(z) = JᵀJ, J = ∂g/∂z. A small step dz
// moves what is drawn by √(dzᵀ M dz). Its eigenvalues are the squares of J's singular values; of a wide J (more dimensions than values in a
// row) those of J Jᵀ are the same without the zeros, and quicker to come by. From float32 slopes, summed in float64: singular values below
// about 1e-7 of the largest are noise. A value of a row that repeats another weighs twice in M; one that never moves adds nothing.
import { symmetricEigenvalues } from '../base/eigen.ts';
import { KarstError } from '../base/errors.ts';
import type { Jacobians } from './jacobians.ts';

export interface Pullback {
  readonly points: number;
  readonly latentSize: number;
  readonly sampleSize: number;
  /** Singular values of J that need not be zero: the smaller of latentSize and sampleSize. */
  readonly rank: number;
  /** Eigenvalues of M at each point, descending, without those that must be zero, [points, rank]. */
  readonly eigenvalues: Float64Array;
  /** |∂g/∂z_j| at each point, [points, latentSize]. */
  readonly slopes: Float64Array;
  /** Values of a row that move at no point. */
  readonly still: number;
}

export async function pullbackOf(blocks: AsyncIterable<Jacobians>): Promise<Pullback> {
  const eigenvalues: Float64Array[] = [];
  const slopes: Float64Array[] = [];
  let found: Jacobians | undefined;
  let moves = new Uint8Array(0);
  for await (const block of blocks) {
    if (!found) moves = new Uint8Array(block.sampleSize);
    found ??= block;
    const { points, latentSize, sampleSize, data } = block;
    const rank = Math.min(latentSize, sampleSize);
    const ofBlock = { eigenvalues: new Float64Array(points * rank), slopes: new Float64Array(points * latentSize) };
    const square = new Float64Array(rank * rank);
    const wide = new Float64Array(4 * Math.ceil(latentSize / 4) * sampleSize);
    for (let i = 0; i < points; i++) {
      const at = data.subarray(i * latentSize * sampleSize, (i + 1) * latentSize * sampleSize);
      for (let j = 0; j < latentSize; j++) {
        let squares = 0;
        for (let k = 0; k < sampleSize; k++) {
          const slope = at[j * sampleSize + k] as number;
          squares += slope * slope;
          if (slope !== 0) moves[k] = 1;
        }
        ofBlock.slopes[i * latentSize + j] = Math.sqrt(squares);
      }
      wide.set(at);
      if (latentSize <= sampleSize) columnProducts(wide, latentSize, sampleSize, square);
      else rowProducts(at, latentSize, sampleSize, square);
      const values = symmetricEigenvalues(square, rank).map((value) => Math.max(0, value)); // rounding may leave them below 0
      ofBlock.eigenvalues.set(values, i * rank);
    }
    eigenvalues.push(ofBlock.eigenvalues);
    slopes.push(ofBlock.slopes);
  }
  if (!found) throw new KarstError('usage', 'the geometry of a decoder is measured at one point or more, got none');
  const { latentSize, sampleSize } = found;
  const all = joined(slopes);
  return {
    points: all.length / latentSize,
    latentSize,
    sampleSize,
    rank: Math.min(latentSize, sampleSize),
    eigenvalues: joined(eigenvalues),
    slopes: all,
    still: moves.reduce((count, one) => count + 1 - one, 0),
  };
}

/**
 * JᵀJ on and below the diagonal, from the columns of J [count, length]: two by four products at a time, so that a value that was read serves
 * several. `wide` holds the columns as float64 and zeros behind them, up to a multiple of four columns.
 */
function columnProducts(wide: Float64Array, count: number, length: number, out: Float64Array): void {
  const put = (row: number, column: number, value: number): void => {
    if (row < count && column < count) out[row * count + column] = value;
  };
  for (let j = 0; j < count; j += 2) {
    for (let first = 0; first <= j + 1; first += 4) {
      let [p0, p1, p2, p3, q0, q1, q2, q3] = [0, 0, 0, 0, 0, 0, 0, 0];
      let at = j * length;
      let from = first * length;
      for (let k = 0; k < length; k++, at++, from++) {
        const p = wide[at] as number;
        const q = wide[at + length] as number;
        const a = wide[from] as number;
        const b = wide[from + length] as number;
        const c = wide[from + 2 * length] as number;
        const d = wide[from + 3 * length] as number;
        p0 += p * a;
        p1 += p * b;
        p2 += p * c;
        p3 += p * d;
        q0 += q * a;
        q1 += q * b;
        q2 += q * c;
        q3 += q * d;
      }
      [p0, p1, p2, p3].forEach((value, i) => put(j, first + i, value));
      [q0, q1, q2, q3].forEach((value, i) => put(j + 1, first + i, value));
    }
  }
}

/** J Jᵀ on and below the diagonal. */
function rowProducts(columns: Float32Array, count: number, length: number, out: Float64Array): void {
  out.fill(0);
  for (let j = 0; j < count; j++) {
    for (let k = 0; k < length; k++) {
      const value = columns[j * length + k] as number;
      for (let l = 0; l <= k; l++)
        out[k * length + l] = (out[k * length + l] as number) + value * (columns[j * length + l] as number);
    }
  }
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

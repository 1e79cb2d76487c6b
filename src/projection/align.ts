// Procrustes alignment (Schönemann 1966; Gower 1975): the rotation or reflection, uniform scale and translation that lay one layout onto an
// earlier one, least squares over the rows they share. One map while training then moves only where the codes do.
// Disparity = 1 - (Σ singular values)² after both are centred and scaled to unit norm: 0 same shape, 1 nothing in common.
import { singularValues } from '../base/eigen.ts';
import { KarstError } from '../base/errors.ts';
import { matrix, type Matrix } from '../base/matrix.ts';

export interface Similarity {
  /** position' = scale · rotation · (position - from) + to */
  readonly scale: number;
  /** Orthogonal, [dims, dims], row-major; determinant -1 where it reflects. */
  readonly rotation: Float64Array;
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly disparity: number;
  /** Rows the two layouts share. */
  readonly shared: number;
}

/** Pairs of places of the rows that both hold; rows are the same row of the dataset where their ids are equal. */
function sharedRows(ids: Int32Array, earlierIds: Int32Array): readonly (readonly [number, number])[] {
  const places = new Map<number, number>();
  earlierIds.forEach((id, at) => places.set(id, at));
  const pairs: [number, number][] = [];
  ids.forEach((id, at) => {
    const earlier = places.get(id);
    if (earlier !== undefined) pairs.push([at, earlier]);
  });
  return pairs;
}

/** How to move `layout` onto `earlier`; the identity where they share fewer than two rows. */
export function procrustes(
  layout: Matrix,
  earlier: Matrix,
  ids?: { readonly layout: Int32Array; readonly earlier: Int32Array },
): Similarity {
  const dims = layout.cols;
  if (earlier.cols !== dims) throw new KarstError('usage', `cannot align ${dims} dimensions onto ${earlier.cols}`);
  if (!ids && layout.rows !== earlier.rows) {
    throw new KarstError('usage', `layouts of ${layout.rows} and ${earlier.rows} rows need row ids to be aligned by`);
  }
  const pairs = ids ? sharedRows(ids.layout, ids.earlier) : Array.from({ length: layout.rows }, (_, i) => [i, i] as const);
  const identity = Float64Array.from({ length: dims * dims }, (_, at) => (at % (dims + 1) === 0 ? 1 : 0));
  const still: Similarity = {
    scale: 1,
    rotation: identity,
    from: new Float64Array(dims),
    to: new Float64Array(dims),
    disparity: 1,
    shared: pairs.length,
  };
  if (pairs.length < 2) return still;

  const from = new Float64Array(dims);
  const to = new Float64Array(dims);
  for (const [i, j] of pairs) {
    for (let k = 0; k < dims; k++) {
      from[k] = (from[k] as number) + (layout.data[i * dims + k] as number) / pairs.length;
      to[k] = (to[k] as number) + (earlier.data[j * dims + k] as number) / pairs.length;
    }
  }
  const cross = new Float64Array(dims * dims); // Σ (earlier - to) (layout - from)ᵀ
  let spread = 0;
  let earlierSpread = 0;
  for (const [i, j] of pairs) {
    for (let p = 0; p < dims; p++) {
      const target = (earlier.data[j * dims + p] as number) - (to[p] as number);
      const source = (layout.data[i * dims + p] as number) - (from[p] as number);
      earlierSpread += target * target;
      spread += source * source;
      for (let q = 0; q < dims; q++) {
        cross[p * dims + q] =
          (cross[p * dims + q] as number) + target * ((layout.data[i * dims + q] as number) - (from[q] as number));
      }
    }
  }
  if (spread === 0 || earlierSpread === 0) return { ...still, from, to };
  const { u, values, v } = singularValues(cross, dims);
  const rotation = new Float64Array(dims * dims); // U Vᵀ
  for (let p = 0; p < dims; p++) {
    for (let q = 0; q < dims; q++) {
      let sum = 0;
      for (let k = 0; k < dims; k++) sum += (u[p * dims + k] as number) * (v[q * dims + k] as number);
      rotation[p * dims + q] = sum;
    }
  }
  const trace = values.reduce((sum, value) => sum + value, 0);
  return {
    scale: trace / spread,
    rotation,
    from,
    to,
    disparity: Math.max(0, 1 - (trace * trace) / (spread * earlierSpread)),
    shared: pairs.length,
  };
}

/** Applies it to any layout of the same dimensions, shared rows or not. */
export function applySimilarity(similarity: Similarity, layout: Matrix): Matrix {
  const dims = layout.cols;
  const moved = matrix(layout.rows, dims);
  for (let i = 0; i < layout.rows; i++) {
    for (let p = 0; p < dims; p++) {
      let sum = 0;
      for (let q = 0; q < dims; q++) {
        const offset = (layout.data[i * dims + q] as number) - (similarity.from[q] as number);
        sum += (similarity.rotation[p * dims + q] as number) * offset;
      }
      moved.data[i * dims + p] = similarity.scale * sum + (similarity.to[p] as number);
    }
  }
  return moved;
}

/** Undoes it: from a place on the aligned map to a place on the layout as it was fitted. */
export function undoSimilarity(similarity: Similarity, layout: Matrix): Matrix {
  const dims = layout.cols;
  const rotation = similarity.rotation.map((_, at) => similarity.rotation[(at % dims) * dims + Math.floor(at / dims)] as number);
  const scale = similarity.scale === 0 ? 0 : 1 / similarity.scale;
  return applySimilarity({ ...similarity, scale, rotation, from: similarity.to, to: similarity.from }, layout);
}

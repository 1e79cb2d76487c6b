// A grid between four codes: rows go from the left pair to the right pair, and each row's ends move from top to bottom. With lerp it is the
// bilinear patch; with slerp ends and rows both turn.
import { KarstError } from '../base/errors.ts';
import { matrix, type Matrix } from '../base/matrix.ts';
import { interpolate, type Interpolation } from './interpolation.ts';
import { lerpCodes } from './lerp.ts';

/** Corners in reading order: top left, top right, bottom left, bottom right. [rows × cols, latent], reading order. */
export function cornerGrid(
  corners: readonly [Float32Array, Float32Array, Float32Array, Float32Array],
  rows: number,
  cols: number,
  way: Interpolation = lerpCodes,
): Matrix {
  if (rows < 2 || cols < 2)
    throw new KarstError('usage', `a grid between four corners needs 2 × 2 cells or more, got ${rows} × ${cols}`);
  const [topLeft, topRight, bottomLeft, bottomRight] = corners;
  const left = interpolate(way, topLeft, bottomLeft, rows);
  const right = interpolate(way, topRight, bottomRight, rows);
  const latent = topLeft.length;
  const grid = matrix(rows * cols, latent);
  for (let r = 0; r < rows; r++) {
    const [from, to] = [left, right].map((side) => side.data.subarray(r * latent, (r + 1) * latent)) as [
      Float32Array,
      Float32Array,
    ];
    grid.data.set(interpolate(way, from, to, cols).data, r * cols * latent);
  }
  return grid;
}

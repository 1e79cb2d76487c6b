// Whether a path belongs to the map that is shown. While a run trains, the path is decoded by newer weights than the map was made of; where
// its ends have moved visibly away from the points A and B, drawing it would mislead.
import type { MapRecord } from '../../src/protocol/records.ts';

/** Part of the map's size that an end may be away from its point. */
const NEAR = 0.12;

export function liesOn(
  map: Pick<MapRecord, 'dims' | 'positions'>,
  path: Float32Array,
  count: number,
  ends: readonly [number | undefined, number | undefined],
): boolean {
  const { dims, positions } = map;
  if (count < 2 || path.length !== count * dims) return false;
  const size = spreadOf(positions, dims);
  return ends.every((point, end) => {
    if (point === undefined) return false;
    const step = end === 0 ? 0 : count - 1;
    let squares = 0;
    for (let k = 0; k < dims; k++) squares += ((path[step * dims + k] as number) - (positions[point * dims + k] as number)) ** 2;
    return Math.sqrt(squares) <= NEAR * size;
  });
}

/** The longest side of the box around all points. */
function spreadOf(positions: Float32Array, dims: number): number {
  const low = new Float64Array(dims).fill(Infinity);
  const high = new Float64Array(dims).fill(-Infinity);
  positions.forEach((value, i) => {
    const k = i % dims;
    low[k] = Math.min(low[k] as number, value);
    high[k] = Math.max(high[k] as number, value);
  });
  return Math.max(...high.map((value, k) => value - (low[k] as number)));
}

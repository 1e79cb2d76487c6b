// How large the map is: the box around its points, how deep below them the floor lies, and what of the floor a fit keeps in view.
import type { Vec3 } from './view.ts';

export interface Extent {
  readonly centre: Vec3;
  /** Half the box's diagonal. */
  readonly radius: number;
  /** Half the side of the square that the density covers. */
  readonly half: number;
  /** Of the floor. */
  readonly height: number;
  /** Shadows of points on the floor, moved outwards as far as their contours reach, [n, 3]: with them in view, so are the contours. */
  readonly shadows: Float32Array;
}

/** Shadows that a fit looks at: enough for the outline of any map. */
const MOST_SHADOWS = 1500;

/**
 * Undefined where no point is present. places: [count, 3]; presence: 0 for a point that is fading away; reach: of the contours beyond
 * the points, map units.
 */
export function extentOf(
  places: Float32Array,
  count: number,
  presence: ArrayLike<number>,
  flat: boolean,
  reach = 0,
): Extent | undefined {
  const low: [number, number, number] = [Infinity, Infinity, Infinity];
  const high: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < count; i++) {
    if (presence[i] === 0) continue;
    for (let k = 0; k < 3; k++) {
      low[k] = Math.min(low[k] as number, places[3 * i + k] as number);
      high[k] = Math.max(high[k] as number, places[3 * i + k] as number);
    }
  }
  if (low[0] === Infinity) return undefined;
  const centre = low.map((value, k) => (value + (high[k] as number)) / 2) as unknown as Vec3;
  const radius = Math.max(Math.hypot(...low.map((value, k) => (high[k] as number) - value)) / 2, 1e-6);
  const half = Math.max(high[0] - low[0], high[1] - low[1], radius) * 0.5;
  const height = flat ? 0 : low[2] - 0.12 * radius;
  const every = Math.ceil(count / MOST_SHADOWS);
  const shadows: number[] = [];
  for (let i = 0; i < count; i += every) {
    if (presence[i] === 0) continue;
    const [x, y] = [places[3 * i] as number, places[3 * i + 1] as number];
    const outwards = 1 + reach / Math.max(Math.hypot(x - centre[0], y - centre[1]), reach, 1e-9);
    shadows.push(centre[0] + (x - centre[0]) * outwards, centre[1] + (y - centre[1]) * outwards, height);
  }
  return { centre, radius, half, height, shadows: Float32Array.from(shadows) };
}

// Which points lie inside an area drawn on the screen, and which comes next in a direction: plain projection of every point on the CPU,
// a few milliseconds for 100,000.

/** Column-major projection times view, as three.js keeps it. */
export type Matrix16 = ArrayLike<number>;

/** CSS pixels of every point, [count, 2]; NaN behind the camera or where the mask hides it. places: [count, 3]. */
export function projectAll(
  places: Float32Array,
  count: number,
  mask: Uint8Array | undefined,
  matrix: Matrix16,
  width: number,
  height: number,
): Float32Array {
  const m = Array.from(matrix) as [number, number, number, number, number, number, number, number, number, number, number, number, number, number, number, number]; // prettier-ignore
  const out = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const [x, y, z] = [places[3 * i] as number, places[3 * i + 1] as number, places[3 * i + 2] as number];
    const w = m[3] * x + m[7] * y + m[11] * z + m[15];
    const seen = w > 0 && (!mask || mask[i] !== 0);
    out[2 * i] = seen ? ((m[0] * x + m[4] * y + m[8] * z + m[12]) / w / 2 + 0.5) * width : NaN;
    out[2 * i + 1] = seen ? (0.5 - (m[1] * x + m[5] * y + m[9] * z + m[13]) / w / 2) * height : NaN;
  }
  return out;
}

/** Even-odd rule; polygon: [n, 2], closed by itself. */
export function isInside(x: number, y: number, polygon: Float32Array): boolean {
  let inside = false;
  const n = polygon.length / 2;
  for (let i = 0, j = n - 1; i < n; j = i++) {
    const [xi, yi] = [polygon[2 * i] as number, polygon[2 * i + 1] as number];
    const [xj, yj] = [polygon[2 * j] as number, polygon[2 * j + 1] as number];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

export function within(projected: Float32Array, polygon: Float32Array): Int32Array {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let k = 0; k < polygon.length; k += 2) {
    left = Math.min(left, polygon[k] as number);
    right = Math.max(right, polygon[k] as number);
    top = Math.min(top, polygon[k + 1] as number);
    bottom = Math.max(bottom, polygon[k + 1] as number);
  }
  const found: number[] = [];
  for (let i = 0; 2 * i < projected.length; i++) {
    const [x, y] = [projected[2 * i] as number, projected[2 * i + 1] as number];
    // NaN fails every comparison.
    if (x >= left && x <= right && y >= top && y <= bottom && isInside(x, y, polygon)) found.push(i);
  }
  return Int32Array.from(found);
}

const DIRECTIONS = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] } as const;
export type Direction = keyof typeof DIRECTIONS;

/** The nearest other point within 45 degrees of the direction; undefined at the edge of the map. */
export function nextTowards(projected: Float32Array, from: number, direction: Direction): number | undefined {
  const [dx, dy] = DIRECTIONS[direction];
  const [x0, y0] = [projected[2 * from] as number, projected[2 * from + 1] as number];
  let best: number | undefined;
  let least = Infinity;
  for (let i = 0; 2 * i < projected.length; i++) {
    const [x, y] = [(projected[2 * i] as number) - x0, (projected[2 * i + 1] as number) - y0];
    const ahead = x * dx + y * dy;
    const aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (!(ahead > 0 && aside <= ahead)) continue;
    // A point straight ahead is worth a detour of twice its sideways distance.
    const cost = ahead + 2 * aside;
    if (cost < least && i !== from) [least, best] = [cost, i];
  }
  return best;
}

/** The point nearest to a place on the screen. */
export function nearestTo(projected: Float32Array, x: number, y: number): number | undefined {
  let best: number | undefined;
  let least = Infinity;
  for (let i = 0; 2 * i < projected.length; i++) {
    const far = ((projected[2 * i] as number) - x) ** 2 + ((projected[2 * i + 1] as number) - y) ** 2;
    if (far < least) [least, best] = [far, i];
  }
  return best;
}

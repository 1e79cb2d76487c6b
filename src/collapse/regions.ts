// Regions of the map where most of the draws share a trait: the share of flagged points around each place, by a Gaussian kernel
// (Nadaraya 1964; Watson 1964), s(x) = Σ_i K(x - x_i) f_i / Σ_i K(x - x_i), and its contour lines joined to closed rings. Where too few draws
// are near to tell, there is no region. Points in more than two dimensions are looked at from above.
import { contours, type Field } from '../base/contours.ts';

const SIZE = 64;
/** In kernel widths; what lies beyond weighs less than a hundredth. */
const REACH = 3;
/** Kernel weight that asks for an answer: about as much as two draws at the place itself. */
const FEWEST = 2;
/** The outline, and lines further in. */
const SHARES = [0.5, 0.75, 0.95];
/** Rings of fewer draws than this are accidents. */
const FEWEST_IN_RING = 5;

export interface Points {
  /** [count, dims] */
  readonly positions: Float32Array;
  readonly count: number;
  readonly dims: number;
}

interface Frame {
  readonly origin: readonly [number, number];
  readonly step: readonly [number, number];
  readonly width: number;
}

function frameOf({ positions, count, dims }: Points, leastWidth = 0): Frame | undefined {
  const [low, high, sum, squares] = [[Infinity, Infinity], [-Infinity, -Infinity], [0, 0], [0, 0]] as number[][] as [number[], number[], number[], number[]]; // prettier-ignore
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < 2; k++) {
      const value = positions[i * dims + k] as number;
      low[k] = Math.min(low[k] as number, value);
      high[k] = Math.max(high[k] as number, value);
      sum[k] = (sum[k] as number) + value;
      squares[k] = (squares[k] as number) + value * value;
    }
  }
  const variances = squares.map((square, k) => Math.max(0, square / count - ((sum[k] as number) / count) ** 2));
  const sd = Math.sqrt(((variances[0] as number) + (variances[1] as number)) / 2);
  if (!(sd > 0)) return undefined;
  const width = Math.max(sd * count ** (-1 / 6), leastWidth); // Scott's rule
  const origin = low.map((value) => value - REACH * width) as [number, number];
  const step = high.map((value, k) => (value + REACH * width - (origin[k] as number)) / (SIZE - 1)) as [number, number];
  return { origin, step, width };
}

/** Σ_i K(x - x_i) w_i over a grid, K(0) = 1. */
function smooth({ positions, count, dims }: Points, { origin, step, width }: Frame, weights?: ArrayLike<number>): Field {
  const values = new Float32Array(SIZE * SIZE);
  const span = [0, 1].map((k) => Math.ceil((REACH * width) / (step[k] as number))) as [number, number];
  for (let i = 0; i < count; i++) {
    const weight = weights?.[i] ?? 1;
    if (weight === 0) continue;
    const [u, v] = [0, 1].map((k) => ((positions[i * dims + k] as number) - (origin[k] as number)) / (step[k] as number)) as [number, number]; // prettier-ignore
    const [c0, r0] = [Math.round(u), Math.round(v)];
    for (let r = Math.max(0, r0 - span[1]); r <= Math.min(SIZE - 1, r0 + span[1]); r++) {
      for (let c = Math.max(0, c0 - span[0]); c <= Math.min(SIZE - 1, c0 + span[0]); c++) {
        const square = ((c - u) * step[0]) ** 2 + ((r - v) * step[1]) ** 2;
        const at = r * SIZE + c;
        values[at] = (values[at] as number) + weight * Math.exp(-square / (2 * width * width));
      }
    }
  }
  return { cols: SIZE, rows: SIZE, values, origin, step };
}

/** Regions of points whose `flags` are 1, the widest first: each the rings of its outline and of the lines within it. */
export function regionsOf(points: Points, flags: ArrayLike<number>): Float32Array[][] {
  const frame = points.count > 0 ? frameOf(points) : undefined;
  if (!frame) return [];
  const all = smooth(points, frame);
  const flagged = smooth(points, frame, flags);
  const share = flagged.values.map((value, at) => {
    const near = all.values[at] as number;
    return (value / Math.max(near, 1e-9)) * Math.min(1, near / (2 * FEWEST)); // fades out where draws do, so that outlines are smooth
  });
  const levels = contours({ ...flagged, values: share }, SHARES).map(({ segments }) => ringsOf(segments));
  const [outlines = [], ...within] = levels;
  return outlines
    .filter((ring) => insideOf(ring, points, flags) >= FEWEST_IN_RING)
    .sort((a, b) => Math.abs(areaOf(b)) - Math.abs(areaOf(a)))
    .map((ring) => [ring, ...within.flat().filter((one) => holds(ring, one[0] as number, one[1] as number))]);
}

/** The line round most of the points: where their density falls to a tenth of its highest; a tight cloud is ringed at some distance, by a kernel of `leastWidth`. */
export function outlineOf(points: Points, leastWidth = 0): Float32Array[] {
  const frame = points.count > 0 ? frameOf(points, leastWidth) : undefined;
  if (!frame) return [];
  const field = smooth(points, frame);
  const most = field.values.reduce((highest, value) => Math.max(highest, value), 0);
  const rings = contours(field, [most / 10]).flatMap(({ segments }) => ringsOf(segments));
  return rings.filter((ring) => insideOf(ring, points) >= Math.max(FEWEST_IN_RING, points.count / 20));
}

/** Closed rings [corners, 2] of a contour's segments [count, 4]; ends meet exactly, as both cells work out the same crossing. */
export function ringsOf(segments: Float32Array): Float32Array[] {
  const key = (at: number): string => `${segments[at]} ${segments[at + 1]}`;
  const from = new Map<string, number[]>();
  for (let at = 0; at < segments.length; at += 4) {
    if (key(at) === key(at + 2)) continue; // a level that touches a corner
    for (const end of [at, at + 2]) from.set(key(end), [...(from.get(key(end)) ?? []), at]);
  }
  const used = new Set<number>();
  const rings: Float32Array[] = [];
  for (let first = 0; first < segments.length; first += 4) {
    if (used.has(first) || key(first) === key(first + 2)) continue;
    const corners: number[] = [];
    let [at, end] = [first, first];
    for (;;) {
      used.add(at);
      corners.push(segments[end] as number, segments[end + 1] as number);
      end = end === at ? at + 2 : at; // the other end of this piece
      const next = from.get(key(end))?.find((one) => !used.has(one));
      if (next === undefined) break;
      end = key(next) === key(end) ? next : next + 2;
      at = next;
    }
    if (corners.length >= 6) rings.push(Float32Array.from(corners));
  }
  return rings;
}

function holds(ring: Float32Array, x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    const [xi, yi, xj, yj] = [ring[i], ring[i + 1], ring[j], ring[j + 1]] as [number, number, number, number];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

function insideOf(ring: Float32Array, { positions, count, dims }: Points, flags?: ArrayLike<number>): number {
  let inside = 0;
  for (let i = 0; i < count; i++) {
    if (flags && flags[i] !== 1) continue;
    if (holds(ring, positions[i * dims] as number, positions[i * dims + 1] as number)) inside++;
  }
  return inside;
}

function areaOf(ring: Float32Array): number {
  let double = 0;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    double += (ring[j] as number) * (ring[i + 1] as number) - (ring[i] as number) * (ring[j + 1] as number);
  }
  return double / 2;
}

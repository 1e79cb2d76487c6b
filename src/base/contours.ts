// Height of the landscape and its contour lines. Density: a Gaussian kernel estimate on a grid over two of the map's axes, by linear binning
// and a separable convolution (Wand 1994), bandwidth by Scott's rule (1992). Contours: marching squares (Lorensen & Cline 1987 in the
// plane), crossings placed by linear interpolation, saddles decided by the mean of the cell's corners.
import type { Matrix } from './matrix.ts';

export interface Field {
  /** Grid points along the first and second axis. */
  readonly cols: number;
  readonly rows: number;
  /** Row-major [rows, cols]: the second axis goes down the rows. */
  readonly values: Float32Array;
  /** Place of value [0, 0] and distance between grid points. */
  readonly origin: readonly [number, number];
  readonly step: readonly [number, number];
}

export interface DensityOptions {
  /** Which two columns of the positions span the floor; the first and the last by default (x and z of a 3-D map). */
  readonly axes?: readonly [number, number];
  readonly size?: number;
  /** Kernel's standard deviation in map units on both axes; Scott's rule otherwise. */
  readonly bandwidth?: number;
  /** Share of the points that may be far outliers, left out of the frame on each side (they still count where they fall inside). */
  readonly margin?: number;
}

const KERNEL_REACH = 4; // standard deviations; what is beyond is 6e-5 of the mass

/** Points a unit area, so that the field's integral is the number of points (apart from what lies outside the frame). */
export function density(positions: Matrix, options: DensityOptions = {}): Field {
  const { size = 128, margin = 0 } = options;
  const [first, second] = options.axes ?? [0, positions.cols - 1];
  const axis = (column: number): Float64Array =>
    Float64Array.from({ length: positions.rows }, (_, i) => positions.data[i * positions.cols + column] as number);
  const columns = [axis(first), axis(second)] as const;
  const frames = columns.map((values) => {
    const deviation = standardDeviation(values);
    const bandwidth = (options.bandwidth ?? deviation * Math.max(1, positions.rows) ** (-1 / 6)) || 1;
    const sorted = values.slice().sort();
    const skip = Math.floor(margin * sorted.length);
    const low = (sorted[skip] ?? 0) - KERNEL_REACH * bandwidth;
    const high = (sorted[sorted.length - 1 - skip] ?? 0) + KERNEL_REACH * bandwidth;
    return { low, step: (high - low) / (size - 1), bandwidth };
  });
  const [x, y] = frames as [(typeof frames)[0], (typeof frames)[0]];
  const binned = new Float64Array(size * size);
  for (let i = 0; i < positions.rows; i++) {
    const u = ((columns[0][i] as number) - x.low) / x.step;
    const v = ((columns[1][i] as number) - y.low) / y.step;
    const [c, r] = [Math.floor(u), Math.floor(v)];
    if (!(c >= 0 && r >= 0 && c < size - 1 && r < size - 1)) continue;
    for (const [dr, dc] of corners) {
      const weight = (dc ? u - c : 1 - (u - c)) * (dr ? v - r : 1 - (v - r));
      const at = (r + dr) * size + c + dc;
      binned[at] = (binned[at] as number) + weight;
    }
  }
  const across = convolve(binned, size, 1, x.bandwidth / x.step);
  const both = convolve(across, size, size, y.bandwidth / y.step);
  const area = x.step * y.step;
  return {
    cols: size,
    rows: size,
    values: Float32Array.from(both, (value) => value / area),
    origin: [x.low, y.low],
    step: [x.step, y.step],
  };
}

const corners = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;

function standardDeviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1));
}

/** One axis of a separable Gaussian: `stride` 1 along the rows, `size` down the columns. */
function convolve(field: Float64Array, size: number, stride: number, sigma: number): Float64Array {
  const reach = Math.max(1, Math.ceil(KERNEL_REACH * sigma));
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)));
  const total = kernel.reduce((sum, value) => sum + value, 0);
  const out = new Float64Array(field.length);
  const across = stride === 1 ? size : 1;
  for (let line = 0; line < size; line++) {
    for (let i = 0; i < size; i++) {
      const value = field[line * across + i * stride] as number;
      if (value === 0) continue;
      for (let j = Math.max(0, i - reach); j <= Math.min(size - 1, i + reach); j++) {
        const at = line * across + j * stride;
        out[at] = (out[at] as number) + (value * (kernel[j - i + reach] as number)) / total;
      }
    }
  }
  return out;
}

export interface Contour {
  readonly level: number;
  /** Line segments, four numbers each: from (first axis, second axis) to (first, second). */
  readonly segments: Float32Array;
}

/** Levels evenly spaced between zero and the highest value, neither included. */
export function evenLevels(field: Field, count: number): readonly number[] {
  const highest = field.values.reduce((most, value) => Math.max(most, value), 0);
  return Array.from({ length: count }, (_, i) => (highest * (i + 1)) / (count + 1));
}

export function contours(field: Field, levels: readonly number[]): readonly Contour[] {
  return levels.map((level) => ({ level, segments: contour(field, level) }));
}

function contour({ cols, rows, values, origin, step }: Field, level: number): Float32Array {
  const segments: number[] = [];
  const value = (r: number, c: number): number => values[r * cols + c] as number;
  for (let r = 0; r + 1 < rows; r++) {
    for (let c = 0; c + 1 < cols; c++) {
      const [a, b, d, e] = [value(r, c), value(r, c + 1), value(r + 1, c + 1), value(r + 1, c)]; // around the cell
      const index = Number(a >= level) | (Number(b >= level) << 1) | (Number(d >= level) << 2) | (Number(e >= level) << 3);
      if (index === 0 || index === 15) continue;
      const part = (from: number, to: number): number => (level - from) / (to - from);
      const crossing = (side: number): readonly [number, number] => {
        if (side === 0) return [c + part(a, b), r];
        if (side === 1) return [c + 1, r + part(b, d)];
        if (side === 2) return [c + part(e, d), r + 1];
        return [c, r + part(a, e)];
      };
      const isSaddle = index === 5 || index === 10;
      const key = isSaddle && (a + b + d + e) / 4 >= level ? 15 - index : index;
      for (const [from, to] of sides[key] ?? []) {
        const [p, q] = [crossing(from), crossing(to)];
        segments.push(
          origin[0] + p[0] * step[0],
          origin[1] + p[1] * step[1],
          origin[0] + q[0] * step[0],
          origin[1] + q[1] * step[1],
        );
      }
    }
  }
  return Float32Array.from(segments);
}

/** Sides (0 top, 1 right, 2 bottom, 3 left) joined, by which corners are high (bit 0 top left, then clockwise). */
const sides: readonly (readonly (readonly [number, number])[])[] = [
  [],
  [[3, 0]],
  [[0, 1]],
  [[3, 1]],
  [[1, 2]],
  [
    [3, 0],
    [1, 2],
  ],
  [[0, 2]],
  [[3, 2]],
  [[2, 3]],
  [[2, 0]],
  [
    [0, 1],
    [2, 3],
  ],
  [[2, 1]],
  [[1, 3]],
  [[1, 0]],
  [[0, 3]],
  [],
];

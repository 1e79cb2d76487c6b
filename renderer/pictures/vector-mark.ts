// A vector as a small picture among its data. Two numbers are a place among the places of other rows; any other count is a profile, one
// corner a component, over the band in which nine of ten rows lie. Coordinates are those of a square of 100, y downwards.
import type { SamplesRecord } from '../../src/protocol/records.ts';

export type Vectors = Extract<SamplesRecord, { kind: 'vectors' }>;

/** The data as vectors are drawn among them. */
export interface Surroundings {
  readonly kind: 'places' | 'band';
  /** SVG path: a dot for each row, or the outline of the band. */
  readonly path: string;
  /** From a vector's columns to the square; one scale for each column. */
  readonly scales: readonly Scale[];
}
interface Scale {
  readonly low: number;
  readonly high: number;
}
export interface Mark {
  /** SVG path: one dot, or the profile. */
  readonly path: string;
  /** A place beyond the data's, drawn at the edge. */
  readonly isOutside: boolean;
}

const [FROM, TO] = [7, 93];
/** A profile has at most so many corners; the components between are averaged. */
const MOST_CORNERS = 96;
/** Components of such different spread are different things, and each has its own scale; else they share one, as those of a curve do. */
const DIFFERENT = 10;
const BAND = [0.05, 0.95] as const;
/** A profile's scale reaches over all but the strays. */
const REACH = [0.01, 0.99] as const;

const known = new WeakMap<Vectors, Surroundings>();

export function surroundingsOf(among: Vectors): Surroundings {
  const made = known.get(among) ?? makeSurroundings(among);
  known.set(among, made);
  return made;
}

export function markOf(vector: Float32Array, { kind, scales }: Surroundings): Mark {
  const columns = columnsOf(vector, scales.length);
  if (kind === 'band') return { path: `M${cornersOf(columns, scales).join('L')}`, isOutside: false };
  const isOutside = scales.some(({ low, high }, k) => (columns[k] as number) < low || (columns[k] as number) > high);
  return { path: dotAt(...placesOf(columns, scales)), isOutside };
}

function makeSurroundings(among: Vectors): Surroundings {
  const { count, size, data } = among;
  const corners = Math.min(size, MOST_CORNERS);
  const rows = Array.from({ length: count }, (_, i) => columnsOf(data.subarray(i * size, (i + 1) * size), corners));
  const sorted = Array.from({ length: corners }, (_, k) => Float64Array.from(rows, (row) => row[k] as number).filter(Number.isFinite).sort()); // prettier-ignore
  const quantiles = (share: number): number[] => sorted.map((values) => values[Math.round(share * (values.length - 1))] ?? 0);
  const ranges = ([from, to]: readonly [number, number]): Scale[] => {
    const [low, high] = [quantiles(from), quantiles(to)];
    return low.map((value, k) => ({ low: value, high: high[k] as number }));
  };
  if (size === 2) {
    const scales = squareOf(ranges([0, 1]));
    return { kind: 'places', path: rows.map((row) => dotAt(...placesOf(row, scales))).join(''), scales };
  }
  const scales = sharedOrOwn(ranges(REACH));
  const [low, high] = BAND.map((share) => cornersOf(quantiles(share), scales)) as [string[], string[]];
  return { kind: 'band', path: `M${[...low, ...high.reverse()].join('L')}Z`, scales };
}

/** Equal lengths in both directions, with a little room around the data. */
function squareOf(ranges: readonly Scale[]): Scale[] {
  const half = Math.max(...ranges.map(({ low, high }) => (high - low) / 2)) * 1.08 || 1;
  return ranges.map(({ low, high }) => ({ low: (low + high) / 2 - half, high: (low + high) / 2 + half }));
}

function sharedOrOwn(ranges: readonly Scale[]): Scale[] {
  const sizes = ranges.map(({ low, high }) => high - low).sort((a, b) => a - b);
  const middle = sizes[sizes.length >> 1] ?? 0;
  if ((sizes.at(-1) ?? 0) > DIFFERENT * middle) return [...ranges];
  const shared = { low: Math.min(...ranges.map(({ low }) => low)), high: Math.max(...ranges.map(({ high }) => high)) };
  return ranges.map(() => shared);
}

/** A value in the square; one without a range, or none at all, lies in the middle. */
function place(value: number, { low, high }: Scale): number {
  const share = high > low ? (value - low) / (high - low) : 0.5;
  return FROM + (TO - FROM) * Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0.5));
}

/** Where two numbers lie; upwards is more. */
const placesOf = (columns: ArrayLike<number>, [x, y]: readonly Scale[]): [number, number] => [
  place(columns[0] as number, x as Scale),
  100 - place(columns[1] as number, y as Scale),
];

const dotAt = (x: number, y: number): string => `M${x.toFixed(1)} ${y.toFixed(1)}h0`;

/** “x y” of each column; a lone one goes from side to side. */
function cornersOf(columns: ArrayLike<number>, scales: readonly Scale[]): string[] {
  const heights = scales.map((scale, k) => (100 - place(columns[k] as number, scale)).toFixed(1));
  if (heights.length === 1) return [FROM, TO].map((x) => `${x} ${heights[0]}`);
  return heights.map((y, k) => `${(FROM + ((TO - FROM) * k) / (heights.length - 1)).toFixed(1)} ${y}`);
}

/** Means of the components that fall to each corner. */
function columnsOf(vector: Float32Array, corners: number): ArrayLike<number> {
  if (vector.length === corners) return vector;
  return Array.from({ length: corners }, (_, k) => {
    const part = vector.subarray(Math.floor((k * vector.length) / corners), Math.floor(((k + 1) * vector.length) / corners));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

// The data that decoded vectors are drawn over: a fixed sample of the dataset's rows, and what each column's values are spread over.
// The sample depends on nothing but how many rows there are, so that a grid drawn again has the same ground.
import { Rng } from '../base/rng.ts';

const GROUND_ROWS = 2000;

/** Rows to show, all where there are few. */
export function groundRows(datasetRows: number): Int32Array {
  return Rng.fromSeed(0).stream('grid ground').permutation(datasetRows).slice(0, GROUND_ROWS);
}

/** Of one column's values; strays beyond a two-hundredth on either side do not stretch the frame. */
export interface Spread {
  readonly low: number;
  readonly high: number;
  /** The middle nine tenths, the middle half, and the middle itself. */
  readonly most: readonly [number, number];
  readonly half: readonly [number, number];
  readonly median: number;
}

export interface VectorGround {
  readonly count: number;
  readonly size: number;
  /** [count, size] */
  readonly data: Float32Array;
  readonly spreads: readonly Spread[];
}

const STRAYS = 0.005;

export function vectorGround(data: Float32Array, size: number): VectorGround {
  const count = data.length / size;
  const spreads = Array.from({ length: size }, (_, j): Spread => {
    const sorted = Float32Array.from({ length: count }, (_row, i) => data[i * size + j] as number).sort();
    const at = (share: number): number => {
      const place = share * (count - 1);
      const [below, above] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
      return below + (above - below) * (place - Math.floor(place));
    };
    const [low, high] = [at(STRAYS), at(1 - STRAYS)];
    const rest = { most: [at(0.05), at(0.95)], half: [at(0.25), at(0.75)], median: at(0.5) } as const;
    // A column that never changes lies in the middle.
    return high > low ? { low, high, ...rest } : { low: low - 1, high: high + 1, ...rest };
  });
  return { count, size, data, spreads };
}

import { describe, expect, it } from 'vitest';
import { markOf, surroundingsOf, type Vectors } from '../../renderer/pictures/vector-mark.ts';

const vectors = (size: number, rows: readonly (readonly number[])[]): Vectors => ({
  kind: 'vectors',
  count: rows.length,
  size,
  data: Float32Array.from(rows.flat()),
});
const numbersOf = (path: string): number[] => (path.match(/-?\d+(\.\d+)?/g) ?? []).map(Number);
/** Corners of a profile as pairs. */
const cornersOf = (path: string): [number, number][] => {
  const numbers = numbersOf(path);
  return Array.from({ length: numbers.length / 2 }, (_, i) => [numbers[2 * i] as number, numbers[2 * i + 1] as number]);
};

describe('two numbers', () => {
  const ring = Array.from({ length: 64 }, (_, k) => [3 + Math.cos((k * Math.PI) / 32), -1 + Math.sin((k * Math.PI) / 32)]);
  const among = surroundingsOf(vectors(2, ring));
  const placeOf = (x: number, y: number) => numbersOf(markOf(Float32Array.of(x, y), among).path) as [number, number, number];

  it('are a place within the range of the data, more being right and up', () => {
    expect(among.kind).toBe('places');
    expect(among.path.match(/M/g)).toHaveLength(64);
    expect(placeOf(3, -1).slice(0, 2)).toEqual([50, 50]);
    const [right, , ,] = placeOf(4, -1);
    const [, top] = placeOf(3, 0);
    expect(right).toBeCloseTo(50 + 43 / 1.08, 0);
    expect(top).toBeCloseTo(50 - 43 / 1.08, 0);
  });

  it('keep equal lengths equal, however flat the data are', () => {
    const flat = surroundingsOf(vectors(2, [[0, 0], [10, 0], [0, 1], [10, 1]])); // prettier-ignore
    const at = (x: number, y: number) => numbersOf(markOf(Float32Array.of(x, y), flat).path);
    expect((at(6, 0)[0] as number) - (at(5, 0)[0] as number)).toBeCloseTo((at(5, 0)[1] as number) - (at(5, 1)[1] as number), 1);
  });

  it('beyond the data stand at the edge and say so', () => {
    const far = markOf(Float32Array.of(40, -1), among);
    expect(far.isOutside).toBe(true);
    expect(numbersOf(far.path)[0]).toBe(93);
    expect(markOf(Float32Array.of(3.5, -1), among).isOutside).toBe(false);
  });

  it('that are not numbers, and data of one row, lie in the middle', () => {
    expect(placeOf(NaN, NaN).slice(0, 2)).toEqual([50, 50]);
    const lone = surroundingsOf(vectors(2, [[7, 7]]));
    expect(numbersOf(markOf(Float32Array.of(7, 7), lone).path).slice(0, 2)).toEqual([50, 50]);
  });
});

describe('more numbers', () => {
  it('are a profile over the band of nine of ten rows', () => {
    // Component k runs over 0 … 100 in every row order; the band is its 5 and 95 of a hundred, the scale its 1 and 99.
    const rows = Array.from({ length: 101 }, (_, i) => [i, 100 - i, (i * 37) % 101]);
    const among = surroundingsOf(vectors(3, rows));
    expect(among.kind).toBe('band');
    expect(among.scales).toEqual([1, 2, 3].map(() => ({ low: 1, high: 99 })));
    const y = (value: number) => 100 - (7 + (86 * (value - 1)) / 98);
    const band = cornersOf(among.path);
    expect(band.map(([x]) => x)).toEqual([7, 50, 93, 93, 50, 7]);
    band.forEach(([, at], k) => expect(at).toBeCloseTo(y(k < 3 ? 5 : 95), 1));
    const profile = cornersOf(markOf(Float32Array.of(1, 50, 99), among).path);
    expect(profile).toEqual([[7, 93], [50, 50], [93, 7]]); // prettier-ignore
  });

  it('share a scale where they are alike, and have their own where they are not', () => {
    const alike = surroundingsOf(
      vectors(
        3,
        Array.from({ length: 200 }, (_, i) => [i, 2 * i, 3 * i]),
      ),
    );
    expect(new Set(alike.scales.map(({ high }) => high)).size).toBe(1);
    const apart = surroundingsOf(
      vectors(
        3,
        Array.from({ length: 200 }, (_, i) => [i, 2 * i, 1000 * i]),
      ),
    );
    expect(new Set(apart.scales.map(({ high }) => high)).size).toBe(3);
  });

  it('beyond 96 are averaged to 96 corners', () => {
    const among = surroundingsOf(vectors(960, [new Array<number>(960).fill(0), new Array<number>(960).fill(1)]));
    const ramp = Float32Array.from({ length: 960 }, (_, i) => (Math.floor(i / 10) % 2 === 0 ? 0 : 1));
    const profile = cornersOf(markOf(ramp, among).path);
    expect(profile).toHaveLength(96);
    expect(profile.slice(0, 2).map(([, y]) => y)).toEqual([93, 7]);
  });

  it('alone is a level line', () => {
    const among = surroundingsOf(vectors(1, [[0], [1], [2]]));
    expect(markOf(Float32Array.of(1), among).path).toBe('M7 50.0L93 50.0');
  });
});

// The one place where what a survey found becomes what a map draws: figures by row become figures by point, codes become places, pairs become
// lines, and flagged draws become regions of the floor. Flat arrays in, flat arrays out; nothing is measured here.
import type { SurveyedRecord, SurveyRecord } from '../protocol/survey.ts';
import { outlineOf, regionsOf } from './regions.ts';
import { sampleBounds } from './sample-levels.ts';

/** Of a point that was not looked at. */
export const UNSEEN = 255;

/** A mode is ringed so far from its points at least, as part of the map's width. */
const RING = 0.03;

function widthOf({ positions, dims }: SurveyedMap): number {
  const first = positions.filter((_value, at) => at % dims === 0);
  return (
    first.reduce((most, one) => Math.max(most, one), -Infinity) - first.reduce((least, one) => Math.min(least, one), Infinity)
  );
}

export interface SurveyedMap {
  readonly run: string;
  readonly dims: 2 | 3;
  /** [points, dims] */
  readonly positions: Float32Array;
  readonly rowIds: Int32Array;
  readonly labels?: Int32Array | undefined;
  /** Where the survey's samples and draws lie, [count, dims]. */
  readonly samples: Float32Array;
  readonly draws: Float32Array;
}

export function mapLayers(surveyed: SurveyedRecord, map: SurveyedMap): SurveyRecord {
  const { dims, positions, rowIds, samples, draws } = map;
  const pointOf = new Map(Array.from(rowIds, (row, point) => [row, point]));
  const covered = new Uint8Array(rowIds.length).fill(UNSEEN);
  const distance = new Float32Array(rowIds.length).fill(NaN);
  surveyed.rowIds.forEach((row, i) => {
    const point = pointOf.get(row);
    if (point === undefined) return;
    covered[point] = surveyed.covered[i] as number;
    distance[point] = surveyed.distance[i] as number;
  });
  const placeOf = (places: Float32Array, index: number): Float32Array => places.subarray(index * dims, (index + 1) * dims);
  const lines = (ends: readonly (readonly [Float32Array, Float32Array])[]): Float32Array =>
    Float32Array.from(ends.flatMap(([from, to]) => [...from, ...to]));
  const copied = Array.from(surveyed.copies, (row, sample) => [sample, pointOf.get(row)] as const);
  const drawn = { positions: draws, dims };
  const regions = (flags: Uint8Array): Float32Array[][] => regionsOf({ ...drawn, count: flags.length }, flags);
  const shareOf = (flags: Uint8Array): number => flags.reduce((sum, one) => sum + one, 0) / Math.max(1, flags.length);
  // No bar of its own: what the map calls amiss is what the verdict would.
  const isShort = (metric: string): boolean => {
    const { value, expected } = surveyed.figures[metric] ?? {};
    return typeof value === 'number' && value < sampleBounds.good * (expected ?? 1);
  };
  return {
    run: map.run,
    step: surveyed.step,
    dims,
    hasBound: surveyed.hasBound,
    isOff: isShort('precision'),
    isSparse: isShort('coverage'),
    covered,
    distance,
    samples,
    kinds: surveyed.copies.length === 0 ? surveyed.isOff : surveyed.isOff.map((off, i) => ((surveyed.copies[i] as number) >= 0 ? 2 : off)), // prettier-ignore
    repeats: lines(
      Array.from({ length: surveyed.repeats.length / 2 }, (_, i) => [
        placeOf(samples, surveyed.repeats[2 * i] as number),
        placeOf(samples, surveyed.repeats[2 * i + 1] as number),
      ]),
    ),
    copies: lines(
      copied.flatMap(([sample, point]) => (point === undefined ? [] : [[placeOf(samples, sample), placeOf(positions, point)]])),
    ),
    modes: surveyed.modes.flatMap((mode) => {
      const points = pointsOf(mode.label, map);
      if (points.length === 0) return [];
      return [
        {
          ...mode,
          rings: outlineOf({ positions: points, count: points.length / dims, dims }, RING * widthOf(map)),
          centre: centreOf(points, dims),
        },
      ];
    }),
    sinkholes: regions(surveyed.isStill),
    holes: regions(surveyed.isEmpty),
    stillShare: shareOf(surveyed.isStill),
    emptyShare: shareOf(surveyed.isEmpty),
    figures: surveyed.figures,
  };
}

/** [count, dims] */
function pointsOf(label: number, { labels, positions, dims }: SurveyedMap): Float32Array {
  const points: number[] = [];
  labels?.forEach((one, i) => {
    if (one === label) points.push(...positions.subarray(i * dims, (i + 1) * dims));
  });
  return Float32Array.from(points);
}

/** The median along each axis. */
function centreOf(points: Float32Array, dims: number): Float32Array {
  return Float32Array.from({ length: dims }, (_, k) => {
    const values = points.filter((_value, at) => at % dims === k).sort();
    return values[values.length >> 1] as number;
  });
}

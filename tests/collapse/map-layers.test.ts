// The adapter from a survey to what the map draws, and the regions that it outlines, against known answers.
import { describe, expect, it } from 'vitest';
import { contours } from '../../src/base/contours.ts';
import { Rng } from '../../src/base/rng.ts';
import { mapLayers, UNSEEN } from '../../src/collapse/map-layers.ts';
import { outlineOf, regionsOf, ringsOf } from '../../src/collapse/regions.ts';
import type { SurveyedRecord } from '../../src/protocol/survey.ts';

const normals = (count: number, x: number, sd: number, seed: number): number[] => {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: count }, () => [x + sd * rng.normal(), sd * rng.normal()]).flat();
};
const centroid = (ring: Float32Array): [number, number] => {
  const at = (k: number): number => ring.filter((_, i) => i % 2 === k).reduce((sum, one) => sum + one, 0) / (ring.length / 2);
  return [at(0), at(1)];
};

describe('regions of the map', () => {
  it('joins a contour into one closed ring, in order', () => {
    const cols = 21;
    const values = Float32Array.from({ length: cols * cols }, (_, i) => -Math.hypot((i % cols) - 10, Math.floor(i / cols) - 10));
    const [contour] = contours({ cols, rows: cols, values, origin: [-10, -10], step: [1, 1] }, [-6.3]);
    const rings = ringsOf(contour?.segments ?? new Float32Array(0));
    expect(rings).toHaveLength(1);
    const ring = rings[0] as Float32Array;
    expect(ring.length / 2).toBe((contour?.segments.length ?? 0) / 4); // every piece is used once
    for (let i = 0; i < ring.length; i += 2) {
      const [x, y] = [ring[i] as number, ring[i + 1] as number];
      expect(Math.abs(Math.hypot(x, y) - 6.3)).toBeLessThan(0.06); // linear interpolation of a cone
      const j = (i + 2) % ring.length;
      expect(Math.hypot((ring[j] as number) - x, (ring[j + 1] as number) - y)).toBeLessThan(1.5);
    }
  });

  it('outlines the one of two clouds that is flagged, and nothing where nothing is', () => {
    const positions = Float32Array.from([...normals(200, -5, 0.5, 1), ...normals(200, 5, 0.5, 2)]);
    const points = { positions, count: 400, dims: 2 };
    const flags = Uint8Array.from({ length: 400 }, (_, i) => Number(i >= 200));
    const regions = regionsOf(points, flags);
    expect(regions).toHaveLength(1);
    const [x, y] = centroid(regions[0]?.[0] as Float32Array);
    expect(Math.abs(x - 5)).toBeLessThan(0.7);
    expect(Math.abs(y)).toBeLessThan(0.7);
    expect(regionsOf(points, new Uint8Array(400))).toEqual([]);
  });

  it('draws one outline round one cloud', () => {
    expect(outlineOf({ positions: Float32Array.from(normals(300, 0, 1, 3)), count: 300, dims: 2 })).toHaveLength(1);
  });
});

describe('the layers of a survey', () => {
  const surveyed: SurveyedRecord = {
    step: 7,
    latentSize: 2,
    hasBound: true,
    rowIds: Int32Array.of(12, 10),
    covered: Uint8Array.of(0, 1),
    distance: Float32Array.of(3, 0.5),
    sampleCodes: new Float32Array(6),
    isOff: Uint8Array.of(0, 1, 1),
    copies: Int32Array.of(-1, -1, 11),
    repeats: Int32Array.of(0, 2),
    modes: [
      { label: 0, name: 'a', state: 'drawn', due: 1 },
      { label: 1, name: 'b', state: 'dropped', due: 0 },
    ],
    drawCodes: new Float32Array(4),
    isStill: Uint8Array.of(1, 0),
    isEmpty: new Uint8Array(0),
    figures: {},
  };
  const layers = mapLayers(surveyed, {
    run: 'r',
    dims: 2,
    positions: Float32Array.of(0, 0, 1, 1, 2, 2),
    rowIds: Int32Array.of(10, 11, 12),
    labels: Int32Array.of(0, 1, 1),
    samples: Float32Array.of(5, 5, 6, 6, 7, 7),
    draws: Float32Array.of(0, 0, 1, 1),
  });

  it('puts figures of rows at their points', () => {
    expect([...layers.covered]).toEqual([1, UNSEEN, 0]);
    expect([...layers.distance]).toEqual([0.5, NaN, 3]);
  });
  it('calls amiss what the verdict would: a tenth below what real rows get, and not less', () => {
    const places = { run: 'r', dims: 2, positions: new Float32Array(6), rowIds: Int32Array.of(10, 11, 12), samples: new Float32Array(6), draws: new Float32Array(4) } as const; // prettier-ignore
    const found = (share: number): [boolean, boolean] => {
      const figures = { precision: { value: share, unit: 'share', rows: 9, expected: 0.5 }, coverage: { value: share, unit: 'share', rows: 9, expected: 0.6 } }; // prettier-ignore
      const { isOff, isSparse } = mapLayers({ ...surveyed, figures }, places);
      return [isOff, isSparse];
    };
    expect([0.46, 0.44, 0.55].map(found)).toEqual([[false, true], [true, true], [false, false]]); // prettier-ignore
    expect([layers.isOff, layers.isSparse, layers.hasBound]).toEqual([false, false, true]); // nothing measured
  });
  it('tells what each sample is, and links it to what it repeats or copies', () => {
    expect([...layers.kinds]).toEqual([0, 1, 2]);
    expect([...layers.repeats]).toEqual([5, 5, 7, 7]);
    expect([...layers.copies]).toEqual([7, 7, 1, 1]);
  });
  it('places a mode at the middle of its points, and says how much of the space is still', () => {
    expect(layers.modes.map(({ centre }) => [...centre])).toEqual([
      [0, 0],
      [2, 2],
    ]);
    expect(layers.stillShare).toBe(0.5);
    expect(layers.holes).toEqual([]);
  });
});

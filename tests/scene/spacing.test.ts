import { describe, expect, test } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { roomOf } from '../../renderer/scene/spacing.ts';

const distance = (places: Float32Array, i: number, j: number): number =>
  Math.hypot(...[0, 1, 2].map((k) => (places[3 * i + k] as number) - (places[3 * j + k] as number)));

describe('room', () => {
  test('on a line of five places: the ends first, then the middle, then what lies between', () => {
    const places = Float32Array.from([0, 1, 2, 3, 4].flatMap((x) => [x, 0, 0]));
    expect([...roomOf(places)]).toEqual([Infinity, 1, 2, 1, 4]);
  });

  test('those that are given room r are r apart, and every other place is within r of one of them', () => {
    const rng = Rng.fromSeed(4).stream('places');
    const places = Float32Array.from({ length: 3 * 300 }, () => rng.normal());
    const room = roomOf(places);
    for (const r of [0.2, 0.5, 1, 2]) {
      const given = [...room.keys()].filter((i) => (room[i] as number) >= r);
      expect(given.length).toBeGreaterThan(1);
      for (const i of given)
        for (const j of given) if (i < j) expect(distance(places, i, j)).toBeGreaterThanOrEqual(r * (1 - 1e-6));
      for (let i = 0; i < 300; i++) expect(Math.min(...given.map((j) => distance(places, i, j)))).toBeLessThanOrEqual(r);
    }
  });

  test('equal places share it once, places that are nowhere have none', () => {
    expect([...roomOf(Float32Array.of(1, 1, 1, 1, 1, 1, NaN, 0, 0))]).toEqual([Infinity, 0, 0]);
    expect(roomOf(new Float32Array(0))).toHaveLength(0);
  });
});

import { expect, test } from 'vitest';
import { Travel, TRAVEL_MS } from '../../renderer/scene/travel.ts';

const at = (...xs: number[]): Float32Array => Float32Array.from(xs.flatMap((x) => [x, 0, 0]));

test('the first set is there at once', () => {
  const travel = new Travel();
  travel.set(at(1, 2), 2, undefined, true);
  expect(travel.advance(0)).toEqual({ travelled: 1, moving: false, settled: false });
  expect(travel.placeOf(1)).toEqual([2, 0, 0]);
});

test('points travel by id from old to new places and end exactly there', () => {
  const travel = new Travel();
  travel.set(at(0, 10), 2, Int32Array.from([7, 8]), true);
  travel.set(at(20, 30), 2, Int32Array.from([8, 7]), true);
  expect([0, 1, 2].map((before) => travel.indexNow(before))).toEqual([1, 0, undefined]);
  travel.advance(1000);
  expect(travel.placeOf(0)).toEqual([10, 0, 0]);
  travel.advance(1000 + TRAVEL_MS / 2);
  expect(travel.placeOf(0)).toEqual([15, 0, 0]);
  expect(travel.placeOf(1)).toEqual([15, 0, 0]);
  expect(travel.advance(1000 + TRAVEL_MS).settled).toBe(true);
  expect(travel.placeOf(0)).toEqual([20, 0, 0]);
  expect(travel.placeOf(1)).toEqual([30, 0, 0]);
  expect(travel.advance(2000)).toEqual({ travelled: 1, moving: false, settled: false });
});

test('new points appear, gone ones stay in extra slots until the journey ends', () => {
  const travel = new Travel();
  travel.set(at(0, 1, 2), 3, Int32Array.from([1, 2, 3]), true);
  travel.set(at(5, 6), 2, Int32Array.from([2, 9]), true);
  expect([travel.count, travel.slots]).toEqual([2, 4]);
  expect([...travel.presenceBefore]).toEqual([255, 0, 255, 255]);
  expect([...travel.presence]).toEqual([255, 255, 0, 0]);
  expect([...travel.slotBefore]).toEqual([1, -1, 0, 2]);
  travel.advance(0);
  travel.advance(TRAVEL_MS);
  expect(travel.slots).toBe(2);
});

test('a journey that is interrupted goes on from where it was', () => {
  const travel = new Travel();
  travel.set(at(0), 1, undefined, true);
  travel.set(at(10), 1, undefined, true);
  travel.advance(0);
  travel.advance(TRAVEL_MS / 2);
  travel.set(at(100), 1, undefined, true);
  expect(travel.placeOf(0)).toEqual([5, 0, 0]);
});

test('without easing everything jumps, and a point without a place is not there', () => {
  const travel = new Travel();
  travel.set(at(0, 1), 2, undefined, false);
  travel.set(at(9, NaN), 2, undefined, false);
  expect(travel.placeOf(0)).toEqual([9, 0, 0]);
  expect(travel.placeOf(1)).toBeUndefined();
  expect(travel.placeOf(2)).toBeUndefined();
});

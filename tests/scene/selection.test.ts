import { describe, expect, test } from 'vitest';
import { PerspectiveCamera, Vector3 } from 'three';
import { Rng } from '../../src/base/rng.ts';
import { placeLabels } from '../../renderer/scene/label-placement.ts';
import { nearestId } from '../../renderer/scene/picking.ts';
import { isInside, nearestTo, nextTowards, projectAll, within } from '../../renderer/scene/selection.ts';
import { hachures } from '../../renderer/scene/sinkholes-layer.ts';
import { tilesFor } from '../../renderer/scene/thumbnails-layer.ts';

test('projection of all points agrees with three.js, and is nothing behind the camera or where hidden', () => {
  const camera = new PerspectiveCamera(40, 1.5, 0.1, 100);
  camera.position.set(1, 2, 8);
  camera.lookAt(0, 0.5, 0);
  camera.updateMatrixWorld(true);
  const rng = Rng.fromSeed(4);
  const places = Float32Array.from({ length: 300 }, () => rng.normal() * 5);
  places.set([1, 2, 20], 0);
  const mask = new Uint8Array(100).fill(1);
  mask[5] = 0;
  const matrix = camera.projectionMatrix.clone().multiply(camera.matrixWorldInverse);
  const projected = projectAll(places, 100, mask, matrix.elements, 900, 600);
  expect(projected[0]).toBeNaN();
  expect(projected[10]).toBeNaN();
  for (const i of [1, 2, 30, 99]) {
    const at = new Vector3().fromArray(places, 3 * i);
    if (at.clone().applyMatrix4(camera.matrixWorldInverse).z > 0) continue;
    at.project(camera);
    expect(projected[2 * i]).toBeCloseTo((at.x / 2 + 0.5) * 900, 2);
    expect(projected[2 * i + 1]).toBeCloseTo((0.5 - at.y / 2) * 600, 2);
  }
});

describe('areas', () => {
  // An L: its notch lies inside the bounding box but outside the area.
  const area = Float32Array.from([0, 0, 10, 0, 10, 4, 4, 4, 4, 10, 0, 10]);

  test('hold what lies inside, also when they are not convex', () => {
    expect(isInside(2, 8, area)).toBe(true);
    expect(isInside(8, 2, area)).toBe(true);
    expect(isInside(8, 8, area)).toBe(false);
    expect([...within(Float32Array.from([2, 8, 8, 8, NaN, NaN, 8, 2, 20, 2]), area)]).toEqual([0, 3]);
  });

  test('hold the share of random points that their area says', () => {
    const rng = Rng.fromSeed(9);
    const points = Float32Array.from({ length: 40_000 }, () => rng.uniform() * 10);
    expect(within(points, area).length / 20_000).toBeCloseTo(0.64, 1);
  });
});

test('arrow keys find the next point ahead, not a nearer one aside', () => {
  const projected = Float32Array.from([0, 0, 10, 1, 3, 9, -5, 0, NaN, NaN]);
  expect(nextTowards(projected, 0, 'right')).toBe(1);
  expect(nextTowards(projected, 0, 'down')).toBe(2);
  expect(nextTowards(projected, 0, 'left')).toBe(3);
  expect(nextTowards(projected, 0, 'up')).toBeUndefined();
  expect(nearestTo(projected, 4, 8)).toBe(2);
});

test('a picking window gives the id nearest to its middle, within a circle', () => {
  const bytes = new Uint8Array(4 * 25);
  expect(nearestId(bytes, 5)).toBeUndefined();
  bytes.set([0, 0, 1, 0], 4 * 11); // id 65,536 - 1, one to the left of the middle
  bytes.set([7, 0, 0, 0], 4 * 0); // in the corner: too far
  expect(nearestId(bytes, 5)).toBe(65_535);
  bytes.set([9, 0, 0, 0], 4 * 12);
  expect(nearestId(bytes, 5)).toBe(8);
});

describe('labels', () => {
  const box = (x: number, y: number, priority = 0, wasShown = false) => ({ x, y, width: 40, height: 16, priority, wasShown });

  test('never overlap and stay inside the window', () => {
    const rng = Rng.fromSeed(2);
    const boxes = Array.from({ length: 60 }, () => box(rng.uniform() * 400, rng.uniform() * 300));
    const placed = placeLabels(boxes, 400, 300).filter((p) => p !== undefined);
    expect(placed.length).toBeGreaterThan(15);
    for (const [i, a] of placed.entries()) {
      expect(a.left >= 0 && a.top >= 0 && a.left + 40 <= 400 && a.top + 16 <= 300).toBe(true);
      for (const b of placed.slice(0, i)) expect(Math.abs(a.left - b.left) >= 40 || Math.abs(a.top - b.top) >= 16).toBe(true);
    }
  });

  test('give way by priority, and among equals to the one that was there', () => {
    const crowd = [box(100, 100), box(101, 100), box(102, 100), box(103, 100, 5)];
    expect(placeLabels(crowd, 400, 300)[3]).toEqual({ left: 83, top: 92 });
    const [first, second] = placeLabels([box(100, 8), box(100, 8, 0, true)], 400, 16);
    expect(first).toBeUndefined();
    expect(second).toBeDefined();
  });
});

test('hachures stand on their ring, evenly, and point into it whichever way it turns', () => {
  const circle = (turn: 1 | -1): Float32Array =>
    Float32Array.from({ length: 200 }, (_, k) => {
      const angle = (turn * 2 * Math.PI * Math.floor(k / 2)) / 100;
      return k % 2 === 0 ? 5 * Math.cos(angle) : 5 * Math.sin(angle);
    });
  for (const ring of [circle(1), circle(-1)]) {
    const ticks = hachures(ring, 1, 0.5);
    expect(ticks.length / 4).toBe(31); // 2 pi 5 / 1
    for (let i = 0; i < ticks.length; i += 4) {
      expect(Math.hypot(ticks[i] as number, ticks[i + 1] as number)).toBeCloseTo(5, 1);
      expect(Math.hypot(ticks[i + 2] as number, ticks[i + 3] as number)).toBeCloseTo(4.5, 1);
    }
  }
});

test('pictures of any number and size find room in the atlas', () => {
  for (const [count, width, height] of [[1, 1, 1], [2000, 28, 28], [16_384, 32, 32], [1000, 512, 512], [50_000, 28, 28], [3, 3000, 20]] as const) {
    const { shrink, columns, rows } = tilesFor(count, width, height);
    expect(columns * rows).toBeGreaterThanOrEqual(count);
    expect(columns * Math.max(1, Math.floor(width / shrink))).toBeLessThanOrEqual(4096);
    expect(rows * Math.max(1, Math.floor(height / shrink))).toBeLessThanOrEqual(4096);
  }
  expect(tilesFor(2000, 28, 28).shrink).toBe(1);
}); // prettier-ignore

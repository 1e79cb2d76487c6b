import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { Matrix4, PerspectiveCamera, Vector3 } from 'three';
import { Rng } from '../../src/base/rng.ts';
import { approach, basisOf, cameraPlace, defaultView, easedOf, fitView, moveBy, placeUnder, tanHalfOf, turnBy, unitsPerPixel, zoomAbout, type Vec3, type View } from '../../renderer/scene/view.ts'; // prettier-ignore

const port = { width: 900, height: 600, padding: { top: 50, right: 30, bottom: 90, left: 10 } };

/** An independent camera: three.js's own, looking at the target. */
function project(view: View, p: Vec3): { x: number; y: number; depth: number } {
  const camera = new PerspectiveCamera(
    (2 * Math.atan(tanHalfOf(view.lens)) * 180) / Math.PI,
    port.width / port.height,
    1e-6,
    1e9,
  );
  const { right, up, forward } = basisOf(view);
  const matrix = new Matrix4().makeBasis(new Vector3(...right), new Vector3(...up), new Vector3(...forward).negate());
  camera.matrixAutoUpdate = false;
  camera.matrix.copy(matrix.setPosition(...cameraPlace(view)));
  camera.updateMatrixWorld(true);
  const depth = -new Vector3(...p).applyMatrix4(camera.matrixWorldInverse).z;
  const at = new Vector3(...p).project(camera);
  return { x: (at.x / 2 + 0.5) * port.width, y: (0.5 - at.y / 2) * port.height, depth };
}

const views = fc.record({
  azimuth: fc.double({ min: -7, max: 7, noNaN: true }),
  elevation: fc.double({ min: 0.05, max: Math.PI / 2, noNaN: true }),
  lens: fc.constantFrom('perspective' as const, 'plan' as const),
  target: fc.tuple(fc.double({ min: -5, max: 5, noNaN: true }), fc.double({ min: -5, max: 5, noNaN: true }), fc.double({ min: -5, max: 5, noNaN: true })),
  distance: fc.double({ min: 0.5, max: 50, noNaN: true }),
}); // prettier-ignore

describe('the camera', () => {
  test('has a right-handed orthonormal basis', () => {
    fc.assert(
      fc.property(views, (view) => {
        const { right, up, forward } = basisOf(view);
        const cross = new Vector3(...right).cross(new Vector3(...up));
        expect(cross.distanceTo(new Vector3(...forward).negate())).toBeLessThan(1e-9);
        expect(Math.abs(right[2])).toBe(0);
      }),
    );
  });

  test('fits every point inside the padded window, and touches two opposite sides', () => {
    fc.assert(
      fc.property(
        views,
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        (view, seed, size) => {
          const rng = Rng.fromSeed(seed);
          const positions = Float32Array.from({ length: 3 * 60 }, () => rng.normal() * size);
          const fitted = fitView(view, positions, 60, undefined, port);
          const at = Array.from({ length: 60 }, (_, i) => project(fitted, [positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]] as unknown as Vec3)); // prettier-ignore
          const [left, right] = [Math.min(...at.map((p) => p.x)), Math.max(...at.map((p) => p.x))];
          const [top, bottom] = [Math.min(...at.map((p) => p.y)), Math.max(...at.map((p) => p.y))];
          expect(Math.min(...at.map((p) => p.depth))).toBeGreaterThan(0);
          const slack = [left - 10, port.width - 30 - right, top - 50, port.height - 90 - bottom];
          expect(Math.min(...slack)).toBeGreaterThan(-0.2);
          const touches = (a: number, b: number): boolean => Math.max(slack[a] as number, slack[b] as number) < 0.2;
          expect(touches(0, 1) || touches(2, 3)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('fits one point, equal points and points among gaps, and keeps still without any', () => {
    const view = defaultView(3);
    const one = fitView(view, Float32Array.from([3, 4, 5]), 1, undefined, port);
    expect(one.target.map((v) => Math.round(v))).toEqual([3, 4, 5]);
    expect(one.distance).toBeGreaterThan(0);
    const gaps = Float32Array.from([0, 0, 0, NaN, 1, 1, 1e9, 0, 0, 1, 1, 1]);
    expect(fitView(view, gaps, 4, Uint8Array.from([1, 1, 0, 1]), port).distance).toBeLessThan(20);
    expect(fitView(view, new Float32Array(0), 0, undefined, port)).toBe(view);
  });

  test('zooms about a place without moving it on the screen', () => {
    fc.assert(
      fc.property(views, fc.double({ min: 0.2, max: 3, noNaN: true }), (view, factor) => {
        const anchor = placeUnder(view, 300, 200, port.width, port.height, view.target);
        const zoomed = project(zoomAbout(view, anchor, factor), anchor);
        expect(zoomed.x).toBeCloseTo(300, 3);
        expect(zoomed.y).toBeCloseTo(200, 3);
      }),
    );
  });

  test('moves the target by the pixels that were asked for', () => {
    const view = { ...defaultView(3), target: [1, 2, 3] as const };
    const before = project(view, [1, 2, 3]);
    const after = project(moveBy(view, 40, -25, port.height), [1, 2, 3]);
    expect(after.x - before.x).toBeCloseTo(40, 3);
    expect(after.y - before.y).toBeCloseTo(-25, 3);
  });

  test('says how many map units lie under a pixel', () => {
    const view = defaultView(2);
    const units = unitsPerPixel(view, port.height) * 100;
    expect(project(view, [units, 0, 0]).x - project(view, [0, 0, 0]).x).toBeCloseTo(100, 6);
  });

  test('never turns below the floor or over the top', () => {
    expect(turnBy(defaultView(3), 0, 99).elevation).toBe(Math.PI / 2);
    expect(turnBy(defaultView(3), 0, -99).elevation).toBeGreaterThan(0);
  });

  test('approaches its goal and then is done', () => {
    const goal = easedOf({ ...defaultView(3), target: [4, 0, 1], azimuth: 2, distance: 3 });
    let now = easedOf(defaultView(3));
    let steps = 0;
    for (let next = approach(now, goal, 16, 45); next; next = approach(now, goal, 16, 45)) {
      now = next;
      steps++;
    }
    expect(steps).toBeGreaterThan(10);
    expect(steps).toBeLessThan(60);
    expect(now.azimuth).toBeCloseTo(2, 2);
    expect(now.logHalfHeight).toBeCloseTo(goal.logHalfHeight, 2);
  });
});

import { describe, expect, it } from 'vitest';
import { matrix, type Matrix } from '../../src/base/matrix.ts';
import { Rng } from '../../src/base/rng.ts';
import { applySimilarity, procrustes, undoSimilarity } from '../../src/projection/align.ts';
import { golden, largestDifference, normalMatrix, small } from './fixtures.ts';

/** Turned by an angle in the first plane, mirrored if asked, scaled and moved. */
function moved(layout: Matrix, angle: number, mirror: boolean, scale: number, by: number): Matrix {
  const out = matrix(layout.rows, layout.cols, layout.data.slice());
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  for (let i = 0; i < layout.rows; i++) {
    const at = i * layout.cols;
    const [x, y] = [layout.data[at] as number, layout.data[at + 1] as number];
    out.data[at] = c * x - s * y;
    out.data[at + 1] = (mirror ? -1 : 1) * (s * x + c * y);
    for (let k = 0; k < layout.cols; k++) out.data[at + k] = (out.data[at + k] as number) * scale + by;
  }
  return out;
}

describe('Procrustes alignment', () => {
  it.each([
    [2, false],
    [2, true],
    [3, false],
    [3, true],
  ])('undoes turning, mirroring, scaling and moving in %i dimensions (mirrored: %s)', (dims, mirror) => {
    const earlier = normalMatrix(80, dims, Rng.fromSeed(dims));
    const found = procrustes(moved(earlier, 2.1, mirror, 3.5, -7), earlier);
    expect(found.disparity).toBeLessThan(1e-6);
    expect(found.scale).toBeCloseTo(1 / 3.5, 5);
    const aligned = applySimilarity(found, moved(earlier, 2.1, mirror, 3.5, -7));
    expect(largestDifference(aligned.data, earlier.data)).toBeLessThan(1e-5);
    expect(largestDifference(undoSimilarity(found, aligned).data, moved(earlier, 2.1, mirror, 3.5, -7).data)).toBeLessThan(1e-4);
  });

  it('has the disparity of scipy', () => {
    const first = matrix(60, 3);
    for (let i = 0; i < 60; i++) first.data.set(small.data.subarray(i * 4, i * 4 + 3), i * 3);
    const second = matrix(60, 3, Float32Array.from(golden.small.moved));
    expect(procrustes(second, first).disparity).toBeCloseTo(golden.small.disparity, 9);
  });

  it('goes by the rows that both layouts hold', () => {
    const earlier = normalMatrix(30, 2, Rng.fromSeed(4));
    const layout = moved(earlier, 1, true, 2, 3);
    const shift = 10; // row i of the one is row i + 10 of the other
    const part = matrix(20, 2, layout.data.slice(shift * 2));
    const ids = {
      layout: Int32Array.from({ length: 20 }, (_, i) => 100 + i + shift),
      earlier: Int32Array.from({ length: 30 }, (_, i) => 100 + i),
    };
    const found = procrustes(part, earlier, ids);
    expect(found.shared).toBe(20);
    expect(largestDifference(applySimilarity(found, part).data, earlier.data.subarray(shift * 2))).toBeLessThan(1e-5);
    expect(() => procrustes(part, earlier)).toThrow(/20 and 30 rows need row ids/);
    const strangers = procrustes(part, earlier, { ...ids, earlier: new Int32Array(30).fill(-1) });
    expect(applySimilarity(strangers, part).data).toEqual(part.data);
  });

  it('turns a flat layout in space, and leaves one point or equal points in place', () => {
    const flat = normalMatrix(50, 3, Rng.fromSeed(6));
    for (let i = 0; i < 50; i++) flat.data[i * 3 + 2] = 0;
    const turned = matrix(50, 3);
    for (let i = 0; i < 50; i++) turned.data.set([0, flat.data[i * 3] as number, flat.data[i * 3 + 1] as number], i * 3);
    const aligned = applySimilarity(procrustes(turned, flat), turned);
    expect(largestDifference(aligned.data, flat.data)).toBeLessThan(1e-5);
    const equal = applySimilarity(procrustes(matrix(50, 3), flat), matrix(50, 3));
    expect([...equal.data].every(Number.isFinite)).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { contours, density, evenLevels, type Field } from '../../src/base/contours.ts';
import { matrix } from '../../src/base/matrix.ts';
import { Rng } from '../../src/base/rng.ts';

function fieldOf(size: number, half: number, height: (x: number, y: number) => number): Field {
  const step = (2 * half) / (size - 1);
  const values = new Float32Array(size * size);
  for (let r = 0; r < size; r++) for (let c = 0; c < size; c++) values[r * size + c] = height(c * step - half, r * step - half);
  return { cols: size, rows: size, values, origin: [-half, -half], step: [step, step] };
}

const integral = (field: Field): number => field.values.reduce((sum, value) => sum + value, 0) * field.step[0] * field.step[1];

describe('density', () => {
  it('of one point is the kernel, its integral the number of points', () => {
    const field = density(matrix(1, 2, Float32Array.from([3, -2])), { bandwidth: 0.5, size: 121 });
    expect(integral(field)).toBeCloseTo(1, 2); // three deviations on each side hold 0.995
    expect(Math.max(...field.values)).toBeCloseTo(1 / (2 * Math.PI * 0.25), 2);
  });

  it('of normal points is the normal density, widened by the bandwidth', () => {
    const count = 20_000;
    const positions = matrix(count, 3);
    Rng.fromSeed(1).fillNormal(positions.data);
    const bandwidth = 0.2;
    const field = density(positions, { bandwidth });
    expect(integral(field) / count).toBeCloseTo(1, 3);
    const variance = 1 + bandwidth ** 2;
    const peak = field.values.reduce((most, value) => Math.max(most, value), 0);
    expect(peak / count).toBeGreaterThan(0.95 / (2 * Math.PI * variance));
    expect(peak / count).toBeLessThan(1.1 / (2 * Math.PI * variance));
    let [sum, mass] = [0, 0];
    for (let r = 0; r < field.rows; r++) {
      for (let c = 0; c < field.cols; c++) {
        const value = field.values[r * field.cols + c] as number;
        sum += value * (field.origin[0] + c * field.step[0]) ** 2;
        mass += value;
      }
    }
    expect(sum / mass).toBeCloseTo(variance, 1);
  });

  it('takes the floor of a 3-D map, x and z, and survives points at one place or none', () => {
    const positions = matrix(2, 3, Float32Array.from([0, 100, 5, 10, -100, 5]));
    const field = density(positions, { bandwidth: 1, size: 31 });
    expect(field.origin).toEqual([-4, 1]); // as far as the kernel reaches
    expect(integral(field)).toBeCloseTo(2, 1);
    for (const some of [matrix(0, 2), matrix(4, 2)]) expect([...density(some).values].every(Number.isFinite)).toBe(true);
  });
});

describe('contour lines', () => {
  it('of a cone are circles: right radius, right length, closed', () => {
    const field = fieldOf(101, 2, (x, y) => 2 - Math.hypot(x, y));
    const [line] = contours(field, [1]);
    const segments = line?.segments ?? new Float32Array();
    let length = 0;
    const ends = new Map<string, number>();
    for (let i = 0; i < segments.length; i += 4) {
      const [x0, y0, x1, y1] = segments.subarray(i, i + 4) as unknown as [number, number, number, number];
      length += Math.hypot(x1 - x0, y1 - y0);
      for (const [x, y] of [
        [x0, y0],
        [x1, y1],
      ] as const) {
        expect(Math.hypot(x, y)).toBeCloseTo(1, 2);
        const key = `${x.toFixed(4)} ${y.toFixed(4)}`;
        ends.set(key, (ends.get(key) ?? 0) + 1);
      }
    }
    expect(length).toBeCloseTo(2 * Math.PI, 1);
    expect([...ends.values()].every((count) => count % 2 === 0)).toBe(true);
  });

  it('take the two ways through a saddle by the mean of its corners', () => {
    const saddle = (a: number, b: number, d: number, e: number): number[] => {
      const field: Field = { cols: 2, rows: 2, values: Float32Array.from([a, b, e, d]), origin: [0, 0], step: [1, 1] };
      return [...(contours(field, [0.5])[0]?.segments ?? [])];
    };
    // High corners top left and bottom right. A low middle parts them: each is cut off by its own line.
    expect(saddle(1, 0, 1, 0.0)).toHaveLength(8);
    const parted = saddle(0.6, 0, 0.6, 0);
    const joined = saddle(2, 0, 2, 0);
    const startsLeftEndsTop = (s: number[]): boolean => s[0] === 0 && s[3] === 0;
    expect(startsLeftEndsTop(parted)).toBe(true); // around the top left corner
    expect(startsLeftEndsTop(joined)).toBe(false); // around the top right corner: from top to right
    expect(joined[1]).toBe(0);
    expect(joined[2]).toBe(1);
  });

  it('of a level that is nowhere are none; even levels lie between', () => {
    const field = fieldOf(11, 1, (x) => x + 1);
    expect(contours(field, [99])[0]?.segments).toHaveLength(0);
    expect(evenLevels(field, 3)).toEqual([0.5, 1, 1.5]);
    expect(contours(field, [1.05])[0]?.segments).toHaveLength(40); // one straight line through ten cells
  });
});

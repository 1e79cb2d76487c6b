import { describe, expect, it } from 'vitest';
import { Family } from '../../src/base/family.ts';
import { readRows, sampleSize } from '../../src/datasets/dataset.ts';
import { fingerprint, murmur128 } from '../../src/datasets/fingerprint.ts';
import { gridMeans, ringMeans } from '../../src/datasets/gaussians.ts';
import { generatedDatasets } from '../../src/datasets/generated.ts';
import { outlines } from '../../src/datasets/outlines.ts';
import { oklch, paintShape, shapeFactors } from '../../src/datasets/shapes.ts';

const family = new Family('dataset', generatedDatasets);

describe('the fingerprint', () => {
  const hex = (text: string): string => {
    const state = new Uint32Array(4);
    murmur128(state, new TextEncoder().encode(text));
    return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('');
  };

  it('is MurmurHash3 x86-128', () => {
    expect(hex('')).toBe('00000000000000000000000000000000');
    expect(hex("I will not buy this tobacconist's, it is scratched.")).toBe('9b5b7ba2ef3f7866889adeaf00f3f98e');
    expect(hex('The quick brown fox jumps over the lazy dog')).toBe('2f1583c3ecee2c675d7bf66ce5e91d2c');
  });

  it('does not depend on where the bytes lie in memory', () => {
    const bytes = Uint8Array.from({ length: 101 }, (_, i) => (i * 37) & 255);
    const shifted = new Uint8Array(105).subarray(3, 104);
    shifted.set(bytes);
    expect(fingerprint('a', shifted)).toBe(fingerprint('a', bytes));
  });

  it('tells shapes, values, types and labels apart', () => {
    const zeros = new Uint8Array(16);
    const all = [
      fingerprint('picture 4 4 1', zeros),
      fingerprint('picture 2 8 1', zeros),
      fingerprint('picture 4 4 1', new Float32Array(4)),
      fingerprint('picture 4 4 1', Uint8Array.of(...zeros.subarray(1), 1)),
      fingerprint('picture 4 4 1', zeros, Int32Array.of(0, 1)),
      fingerprint('picture 4 4 1', zeros, Int32Array.of(1, 0)),
      fingerprint('picture 4 4 1', zeros, new Int32Array(0)),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('takes far less than 100 ms for 10,000 × 784 bytes', () => {
    const bytes = new Uint8Array(7_840_000).fill(7);
    fingerprint('warm', bytes);
    const best = Math.min(
      ...[1, 2, 3].map(() => {
        const start = performance.now();
        fingerprint('x', bytes);
        return performance.now() - start;
      }),
    );
    expect(best).toBeLessThan(100);
  });
});

describe('shapes', () => {
  const shapes = family.make('shapes', { rows: 500 });

  it('are the same pictures on every machine', () => {
    expect(shapes.fingerprint).toBe('17fa32379e6c1dc190bc4165ab6c1e36');
    expect(family.make('shapes', { rows: 500, seed: 1 }).fingerprint).not.toBe(shapes.fingerprint);
  });

  it('keep their first rows however many are asked for', () => {
    const few = family.make('shapes', { rows: 7 });
    const rows = [0, 3, 6];
    expect(readRows(few, rows)).toEqual(readRows(shapes, rows));
    expect([...(few.labels ?? [])]).toEqual([...(shapes.labels ?? [])].slice(0, 7));
  });

  it('record factors that are uniform, independent and those of the picture', () => {
    const many = family.make('shapes', { rows: 4000, seed: 3 });
    const values = many.factors?.values ?? new Float32Array();
    const column = (j: number): number[] => Array.from({ length: 4000 }, (_, i) => values[i * shapeFactors.length + j] as number);
    const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;
    expect(mean(column(1))).toBeGreaterThan(170);
    expect(mean(column(1))).toBeLessThan(190);
    expect(mean(column(2))).toBeCloseTo(6.5, 0);
    for (const [a, b] of [
      [1, 2],
      [1, 4],
      [2, 4],
      [4, 5],
    ] as const) {
      const [xs, ys] = [column(a), column(b)];
      const [mx, my] = [mean(xs), mean(ys)];
      const cov = mean(xs.map((x, i) => (x - mx) * ((ys[i] as number) - my)));
      const correlation = cov / Math.sqrt(mean(xs.map((x) => (x - mx) ** 2)) * mean(ys.map((y) => (y - my) ** 2)));
      expect(Math.abs(correlation)).toBeLessThan(0.06); // 4 / sqrt(4000)
    }
    expect(column(0)).toEqual([...(many.labels ?? [])]);
    const repainted = new Uint8Array(32 * 32 * 3);
    const at = (j: number): number => values[17 * shapeFactors.length + j] as number;
    paintShape({ shape: at(0), hueDegrees: at(1), size: at(2), rotation: at(3), x: at(4), y: at(5) }, repainted, 0);
    const row = readRows(many, [17]);
    const worst = Math.max(...Array.from(repainted, (byte, i) => Math.abs(byte - 255 * (row[i] as number))));
    expect(worst).toBeLessThan(1.5); // factors are kept in float32
  });

  it('have outlines of equal area, pi in units of size, that fit into the picture at every place', () => {
    for (const outline of outlines()) {
      let area = 0;
      for (let i = 0; i < 400; i++)
        for (let j = 0; j < 400; j++) if (outline.distance(i / 100 - 2, j / 100 - 2) < 0) area += 1e-4;
      expect(Math.abs(area - Math.PI)).toBeLessThan(0.03);
      expect(outline.reach * 8.5 + 3.5).toBeLessThan(16.5);
    }
  });

  it('paint an area, in pixels, of pi size²', () => {
    const background = new Uint8Array(3072);
    paintShape({ shape: 0, hueDegrees: 0, size: 1e-6, rotation: 0, x: 0, y: 0 }, background, 0);
    for (let shape = 0; shape < outlines().length; shape++) {
      const pixels = new Uint8Array(3072);
      paintShape({ shape, hueDegrees: 150, size: 7, rotation: 0.4, x: 0.3, y: -0.2 }, pixels, 0);
      let touched = 0;
      for (let p = 0; p < 1024; p++) if (pixels[3 * p + 1] !== background[3 * p + 1]) touched++;
      expect(touched).toBeGreaterThan(Math.PI * 49);
      expect(touched).toBeLessThan(Math.PI * 49 * 1.5); // edges count in full here
    }
  });

  it('take hues that lie inside sRGB nearly everywhere and are equally light', () => {
    for (let hue = 0; hue < 360; hue += 5) {
      const [r, g, b] = oklch(0.75, 0.125, hue);
      const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
      expect(luminance).toBeGreaterThan(0.36);
      expect(luminance).toBeLessThan(0.5);
    }
  });
});

describe('Gaussian mixtures', () => {
  it.each([
    ['ring', ringMeans(), 0.01],
    ['grid', gridMeans(), 0.05],
  ] as const)('%s puts 98.9 % of its points within 3 sd of their mode, all modes alike', (id, means, sd) => {
    const dataset = family.make(id, { rows: 20_000, seed: 5 });
    const points = readRows(
      dataset,
      Int32Array.from({ length: 20_000 }, (_, i) => i),
    );
    const labels = dataset.labels ?? new Int32Array();
    const counts = new Array<number>(means.length / 2).fill(0);
    let near = 0;
    let squares = 0;
    for (let i = 0; i < 20_000; i++) {
      const k = labels[i] as number;
      const dx = (points[2 * i] as number) - (means[2 * k] as number);
      const dy = (points[2 * i + 1] as number) - (means[2 * k + 1] as number);
      counts[k] = (counts[k] as number) + 1;
      squares += dx * dx + dy * dy;
      if (Math.hypot(dx, dy) < 3 * sd) near++;
    }
    expect(near / 20_000).toBeCloseTo(1 - Math.exp(-4.5), 2); // Rayleigh: 0.98889
    expect(Math.sqrt(squares / 40_000) / sd).toBeCloseTo(1, 1);
    const expected = 20_000 / counts.length;
    const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(counts.length + 4 * Math.sqrt(2 * counts.length));
  });

  it('have the modes of the literature', () => {
    expect([...ringMeans()].slice(0, 4).map((x) => Number(x.toFixed(4)))).toEqual([1, 0, 0.7071, 0.7071]);
    const grid = gridMeans();
    expect([grid[0], grid[1], grid[48], grid[49]]).toEqual([-4, -4, 4, 4]);
  });
});

describe('every generated dataset', () => {
  it.each(generatedDatasets.map(({ id }) => id))('%s is lawful', (id) => {
    const dataset = family.make(id, { rows: 60, seed: 9 });
    expect(dataset.id).toBe(id);
    expect(dataset.rows).toBe(60);
    expect(dataset.labels).toHaveLength(60);
    expect(family.make(id, { rows: 60, seed: 9 }).fingerprint).toBe(dataset.fingerprint);
    expect(dataset.fingerprint).toMatch(/^[0-9a-f]{32}$/);
    const rows = readRows(dataset, [59]);
    expect(rows).toHaveLength(sampleSize(dataset.sample));
    expect(rows.every(Number.isFinite)).toBe(true);
    expect(() => readRows(dataset, [60])).toThrow(/rows 0 to 59/);
    expect(() => family.make(id, { rows: 0 })).toThrow(/rows must be between/);
  });
});

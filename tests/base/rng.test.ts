import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';

const draw = (rng: Rng, count: number): number[] => Array.from({ length: count }, () => rng.uint32());

describe('Rng', () => {
  it('repeats itself for a seed, and differs between seeds', () => {
    expect(draw(Rng.fromSeed(7), 100)).toEqual(draw(Rng.fromSeed(7), 100));
    const first = new Set([0, 1, -1, 0.5, 2 ** 33, 2 ** 33 + 1].map((seed) => draw(Rng.fromSeed(seed), 2).join()));
    expect(first.size).toBe(6);
  });

  it('stays what it was: pinned draws, so that a recorded seed keeps its meaning', () => {
    expect(draw(Rng.fromSeed(1), 4)).toMatchInlineSnapshot(`
      [
        2293222956,
        2525940029,
        394909424,
        1954720377,
      ]
    `);
    expect(draw(Rng.fromSeed(1).stream('noise', 1000), 4)).toMatchInlineSnapshot(`
      [
        2270240697,
        3771794659,
        1830307723,
        1179298265,
      ]
    `);
  });

  it('derives streams by name and index, whatever was drawn before', () => {
    const fresh = Rng.fromSeed(3);
    const used = Rng.fromSeed(3);
    draw(used, 1000);
    expect(draw(used.stream('noise', 12), 10)).toEqual(draw(fresh.stream('noise', 12), 10));
    const names: [string, number][] = [
      ['a', 1],
      ['a', 2],
      ['b', 1],
      ['a1', 0],
      ['', 0],
      ['a', 2 ** 32 + 1],
      ['aa', 1],
    ];
    expect(new Set(names.map(([name, index]) => draw(fresh.stream(name, index), 2).join())).size).toBe(names.length);
  });

  it('is uniform: chi-squared of 2^20 draws in 256 bins, high and low bits', () => {
    const rng = Rng.fromSeed(11);
    const high = new Float64Array(256);
    const low = new Float64Array(256);
    for (let i = 0; i < 2 ** 20; i++) {
      const word = rng.uint32();
      high[word >>> 24]! += 1;
      low[word & 255]! += 1;
    }
    for (const bins of [high, low]) {
      const expected = 2 ** 20 / 256;
      const chiSquared = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      expect(chiSquared).toBeGreaterThan(170); // 255 degrees of freedom: 0.01 % quantiles are about 177 and 348
      expect(chiSquared).toBeLessThan(350);
    }
  });

  it('gives independent neighbouring streams: correlation of streams i and i + 1 within 4 standard errors', () => {
    const root = Rng.fromSeed(5);
    const count = 20_000;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += (root.stream('s', i).uniform() - 0.5) * (root.stream('s', i + 1).uniform() - 0.5) * 12;
    expect(Math.abs(sum / count)).toBeLessThan(4 / Math.sqrt(count));
  });

  it('gives each training step noise of its own: standard normal in every part, no trace of the step before or of the row before', () => {
    const noise = Rng.fromSeed(1).stream('noise');
    const [steps, count, latentSize] = [300, 2000, 20];
    const total = steps * count;
    // Quantiles of the standard normal at 0.005, 0.025, 0.1, 0.25 and their mirror images: bins of known mass.
    const edges = [-2.575829, -1.959964, -1.281552, -0.67449, 0, 0.67449, 1.281552, 1.959964, 2.575829];
    const masses = [0.005, 0.02, 0.075, 0.15, 0.25, 0.25, 0.15, 0.075, 0.02, 0.005];
    const bins = new Float64Array(masses.length);
    const products = {
      stepBefore: 0,
      squaresOfStepBefore: 0,
      rowBefore: 0,
      dimensionBefore: 0,
      pixels: 0,
      pixelsOfStepBefore: 0,
    };
    let before: { eps: Float32Array; u: Float32Array } | undefined;
    for (let step = 0; step < steps; step++) {
      const stream = noise.stream('vae.train', step);
      const eps = stream.stream('eps').fillNormal(new Float32Array(count));
      const u = stream
        .stream('u')
        .fillUniform(new Float32Array(count))
        .map((x) => (x - 0.5) * Math.sqrt(12));
      for (let i = 0; i < count; i++) {
        const x = eps[i]!;
        bins[edges.filter((edge) => x > edge).length]! += 1;
        products.pixels += x * u[i]!;
        if (i >= 1) products.dimensionBefore += x * eps[i - 1]!;
        if (i >= latentSize) products.rowBefore += x * eps[i - latentSize]!;
        if (!before) continue;
        products.stepBefore += x * before.eps[i]!;
        products.squaresOfStepBefore += ((x ** 2 - 1) * (before.eps[i]! ** 2 - 1)) / 2;
        products.pixelsOfStepBefore += u[i]! * before.u[i]!;
      }
      before = { eps, u };
    }
    const chiSquared = masses.reduce((sum, mass, bin) => sum + (bins[bin]! - mass * total) ** 2 / (mass * total), 0);
    expect(chiSquared).toBeLessThan(33.7); // 9 degrees of freedom: its 0.01 % quantile from above
    for (const [name, sum] of Object.entries(products)) expect(Math.abs(sum) / Math.sqrt(total), name).toBeLessThan(4);
  });

  it('draws standard normals: mean, variance, skewness, kurtosis', () => {
    const values = Rng.fromSeed(2).fillNormal(new Float32Array(400_000));
    const moment = (power: number): number => values.reduce((sum, x) => sum + x ** power, 0) / values.length;
    expect(moment(1)).toBeCloseTo(0, 2);
    expect(moment(2)).toBeCloseTo(1, 2);
    expect(Math.abs(moment(3))).toBeLessThan(0.02);
    expect(moment(4)).toBeCloseTo(3, 1);
  });

  it('fills with normals as it draws them one by one, bit for bit: odd counts, a spare one and many included', () => {
    for (const [before, count] of [
      [1, 100_003],
      [2, 16_386],
      [3, 8192],
      [0, 1],
      [0, 6],
      [1, 5],
      [1, 6],
      [0, 7],
    ] as const) {
      const [filled, drawn] = [Rng.fromSeed(9), Rng.fromSeed(9)];
      for (let i = 0; i < before; i++) expect(filled.normal()).toBe(drawn.normal());
      const values = filled.fillNormal(new Float32Array(count));
      expect(values.findIndex((value) => !Object.is(value, Math.fround(drawn.normal())))).toBe(-1);
      expect(filled.normal()).toBe(drawn.normal());
    }
  });

  it('draws integers without bias and permutes without loss', () => {
    const rng = Rng.fromSeed(9);
    const counts = new Float64Array(6);
    for (let i = 0; i < 60_000; i++) counts[rng.integer(6)]! += 1;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
    expect([...rng.permutation(1000)].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(() => rng.integer(0)).toThrow(RangeError);
    expect(() => Rng.fromSeed(Number.NaN)).toThrow(/finite/);
  });

  it('never reaches 1 in float32', () => {
    const values = Rng.fromSeed(4).fillUniform(new Float32Array(200_000));
    expect(values.every((x) => x >= 0 && x < 1)).toBe(true);
  });
});

// What every metric of decoders must hold to, with one case of known value. A new one costs one row.
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import type { DecoderFindings } from '../../src/metrics/decoder-metric.ts';
import { decoderMetrics } from '../../src/metrics/decoder-metrics.ts';
import type { Jacobians } from '../../src/metrics/jacobians.ts';
import { pullbackOf, type Pullback } from '../../src/metrics/pullback.ts';

type Slope = (point: number, axis: number, value: number) => number;

const blockOf = (points: number, latentSize: number, sampleSize: number, slope: Slope, first = 0): Jacobians => ({
  points,
  latentSize,
  sampleSize,
  data: Float32Array.from({ length: points * latentSize * sampleSize }, (_, at) =>
    slope(first + Math.floor(at / (latentSize * sampleSize)), Math.floor(at / sampleSize) % latentSize, at % sampleSize),
  ),
});

async function* inBlocks(...blocks: Jacobians[]): AsyncGenerator<Jacobians> {
  for (const block of blocks) yield await Promise.resolve(block);
}
const pullback = (points: number, latent: number, size: number, slope: Slope): Promise<Pullback> =>
  pullbackOf(inBlocks(blockOf(points, latent, size, slope)));

/** g(r, θ) = (r cos θ, r sin θ, 0) at r = 1 … points: a disc in space, whose area grows as r. */
const polar = (turned: (x: number, y: number, value: number) => number, r = (point: number): number => point + 1): Slope => {
  const angle = 0.7;
  return (point, axis, value) =>
    axis === 0
      ? turned(Math.cos(angle), Math.sin(angle), value)
      : turned(-r(point) * Math.sin(angle), r(point) * Math.cos(angle), value);
};
const flat = (x: number, y: number, value: number): number => [x, y, 0][value]!;
/** Singular values 2 and 1, and a dimension that moves next to nothing. */
const stretched: Slope = (_, axis, value) => (axis === value ? [2, 1, 0.001][axis]! : 0);

const entropyOf = (...shares: number[]): number => shares.reduce((sum, one) => sum - one * Math.log(one), 0);
const own = Float32Array.from([10, 20, 30, 40]);

const rows: Record<string, { readonly of: () => Promise<DecoderFindings>; readonly value: number; readonly tolerance?: number }> =
  {
    'log-volume': {
      of: async () => ({ pullback: await pullback(4, 2, 3, polar(flat)) }),
      value: (Math.log(1) + Math.log(2) + Math.log(3) + Math.log(4)) / 4,
    },
    'jacobian-rank': {
      of: async () => ({ pullback: await pullback(4, 2, 3, stretched) }),
      value: Math.exp(entropyOf(2 / 3, 1 / 3)),
    },
    'condition-number': {
      of: async () => ({ pullback: await pullback(5, 2, 3, polar(flat)) }),
      value: 2 * Math.log(3), // r 1 … 5
    },
    'decoder-sensitivity': { of: async () => ({ pullback: await pullback(4, 3, 5, stretched) }), value: 2, tolerance: 0 },
    sinkholes: {
      of: async () => ({ pullback: await pullback(8, 2, 3, (i, j, k) => (i < 2 ? 0.01 : 1) * stretched(i, j, k)) }),
      value: 0.25,
      tolerance: 0,
    },
    'shuffled-gap': {
      of: () => Promise.resolve({ distortions: { own, other: own.map((nats, i) => nats + [1, 2, 3, 6][i]!) } }),
      value: 3,
      tolerance: 0,
    },
  };

it('every metric of decoders has its row', () => {
  expect(Object.keys(rows)).toEqual(decoderMetrics.members.map(({ id }) => id));
});

describe.each(Object.entries(rows))('%s', (id, { of, value, tolerance = 1e-5 }) => {
  const metric = decoderMetrics.make(id);

  it('has the known value and says on how many points', async () => {
    const findings = await of();
    const found = metric(findings);
    expect(Math.abs(found.value - value)).toBeLessThanOrEqual(tolerance);
    expect(found.rows).toBe(findings.pullback?.points ?? 4);
    if (found.cap !== undefined) expect(found.value).toBeLessThanOrEqual(found.cap + 1e-9);
    for (const { values } of found.perPoint ?? []) expect(values).toHaveLength(found.rows);
    if (found.perDimension) expect(found.perDimension).toHaveLength(findings.pullback!.latentSize);
  });

  it('says what it lacks', () => {
    expect(() => metric({})).toThrow(/needs (the slopes|rows drawn)/);
  });
});

describe('the pullback metric', () => {
  const random: Slope = (i, j, k) =>
    Rng.fromSeed(3)
      .stream('slopes', (i * 100 + j) * 100 + k)
      .normal();

  it('is the same however the points come in blocks', async () => {
    const whole = await pullback(7, 5, 9, random);
    const parts = await pullbackOf(inBlocks(blockOf(3, 5, 9, random), blockOf(4, 5, 9, random, 3)));
    expect(parts).toEqual(whole);
  });

  it('has the trace and the determinant of JᵀJ, for latent spaces of any size', async () => {
    for (const latent of [1, 2, 3, 4, 5, 6, 7, 9]) {
      const [size, points] = [11, 2];
      const found = await pullback(points, latent, size, random);
      for (let i = 0; i < points; i++) {
        const m = Array.from({ length: latent }, (_, a) =>
          Array.from({ length: latent }, (_, b) => {
            let sum = 0;
            for (let k = 0; k < size; k++) sum += Math.fround(random(i, a, k)) * Math.fround(random(i, b, k));
            return sum;
          }),
        );
        const values = [...found.eigenvalues.subarray(i * latent, (i + 1) * latent)];
        expect(values.reduce((sum, one) => sum + one)).toBeCloseTo(
          m.reduce((sum, row, a) => sum + row[a]!, 0),
          9,
        );
        expect(values.reduce((product, one) => product * one) / determinant(m)).toBeCloseTo(1, 9);
        expect(values).toEqual(values.toSorted((a, b) => b - a));
      }
    }
  });

  it('of a wide decoder has the same values as its transpose, and says that no more can be told', async () => {
    const wide = await pullback(2, 9, 4, random);
    const tall = await pullback(2, 4, 9, (i, j, k) => random(i, k, j));
    expect(wide.rank).toBe(4);
    wide.eigenvalues.forEach((value, at) => expect(value).toBeCloseTo(tall.eigenvalues[at]!, 9));
    const { notes, cap } = decoderMetrics.make('jacobian-rank')({ pullback: wide });
    expect(cap).toBe(4);
    expect(notes).toEqual(['rows have 4 values, fewer than the 9 dimensions: no more directions can be told apart']);
  });

  it('does not depend on how what is drawn is turned', async () => {
    const [c, s] = [Math.cos(1.1), Math.sin(1.1)];
    const turned = (x: number, y: number, value: number): number => [x * c, y, x * s][value]!;
    const [a, b] = [await pullback(4, 2, 3, polar(flat)), await pullback(4, 2, 3, polar(turned))];
    for (const { id } of decoderMetrics.members.slice(0, 5))
      expect(decoderMetrics.make(id)({ pullback: b }).value).toBeCloseTo(decoderMetrics.make(id)({ pullback: a }).value, 5);
  });

  it('loses ln 1.25 nats of volume a dimension where all lengths shrink by a fifth, whatever the volume was', async () => {
    for (const size of [0.01, 1, 100]) {
      const volume = async (times: number): Promise<number> =>
        decoderMetrics.make('log-volume', { epsilon: 1e-12 })({
          pullback: await pullback(4, 2, 3, (i, j, k) => times * polar(flat)(i, j, k)),
        }).value;
      expect((await volume(size)) - (await volume(0.8 * size))).toBeCloseTo(2 * Math.log(1.25), 3);
    }
  });

  it('loses a known volume with each dead dimension, and its condition is then at the cap', async () => {
    const dead = await pullback(3, 3, 5, (i, j, k) => (j === 2 ? 0 : stretched(i, j, k)));
    const volume = decoderMetrics.make('log-volume')({ pullback: dead });
    expect(volume.value).toBeCloseTo(Math.log(2) + 0.5 * Math.log(1e-6), 4);
    expect(volume.notes).toEqual(['3 of the 5 values of a row move with no dimension']);
    const condition = decoderMetrics.make('condition-number')({ pullback: dead });
    expect(condition.value).toBeCloseTo(condition.cap!, 5);
    expect(decoderMetrics.make('decoder-sensitivity')({ pullback: dead }).perDimension).toEqual(Float64Array.of(2, 1, 0));
  });

  it('of a decoder that ignores all codes has no direction, and is one sinkhole', async () => {
    const none = await pullback(3, 4, 5, () => 0);
    const [, rank, condition, heard, holes] = decoderMetrics.members.slice(0, 5).map(({ make }) => make()({ pullback: none }));
    expect([rank!.value, condition!.value, heard!.value, holes!.value]).toEqual([0, 0, 0, 1]);
    expect(holes!.notes).toContain('the decoder draws the same whatever the code');
  });

  it('is refused at no point', async () => {
    await expect(pullbackOf(inBlocks())).rejects.toThrow('at one point or more');
  });
});

describe('the gap of shuffled codes', () => {
  const gap = decoderMetrics.make('shuffled-gap');

  it('of a decoder that ignores codes is nothing, for sure', () => {
    expect(gap({ distortions: { own, other: own } })).toMatchObject({ value: 0, beside: [{ value: 0 }] });
  });

  it('has the standard error of a mean of differences', () => {
    const other = own.map((nats, i) => nats + [1, 2, 3, 6][i]!);
    const deviation = Math.sqrt((4 + 1 + 0 + 9) / 3);
    expect(gap({ distortions: { own, other } }).beside![0]!.value).toBeCloseTo(deviation / 2, 9);
  });

  // x = w z + e, z standard normal, the decoder m = w z with unit variance: ½ E[(x - w z')² - (x - w z)²] = w² for z' of another row.
  it('of a linear decoder is w²', () => {
    const [w, count] = [1.5, 40_000];
    const rng = Rng.fromSeed(8);
    const [z, e] = [rng.fillNormal(new Float32Array(count)), rng.fillNormal(new Float32Array(count))];
    const nats = (code: (i: number) => number): Float32Array => z.map((one, i) => 0.5 * (w * one + e[i]! - w * code(i)) ** 2);
    const found = gap({ distortions: { own: nats((i) => z[i]!), other: nats((i) => z[(i + 1) % count]!) } });
    expect(Math.abs(found.value - w * w)).toBeLessThan(4 * found.beside![0]!.value);
    expect(found.beside![0]!.value).toBeLessThan(0.03);
  });

  it('is refused of rows that do not pair', () => {
    expect(() => gap({ distortions: { own, other: own.slice(1) } })).toThrow('two rows or more with themselves, got 4 and 3');
  });
});

/** By Gaussian elimination with pivots. */
function determinant(m: readonly (readonly number[])[]): number {
  const a = m.map((row) => [...row]);
  let product = 1;
  for (let j = 0; j < a.length; j++) {
    const pivot = a.reduce((best, row, i) => (i >= j && Math.abs(row[j]!) > Math.abs(a[best]![j]!) ? i : best), j);
    if (pivot !== j) {
      [a[j], a[pivot]] = [a[pivot]!, a[j]!];
      product = -product;
    }
    product *= a[j]![j]!;
    for (let i = j + 1; i < a.length; i++) {
      const factor = a[i]![j]! / a[j]![j]!;
      for (let k = j; k < a.length; k++) a[i]![k]! -= factor * a[j]![k]!;
    }
  }
  return product;
}

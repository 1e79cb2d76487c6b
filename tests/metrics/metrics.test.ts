import { describe, expect, it } from 'vitest';
import { symmetricEigen } from '../../src/base/eigen.ts';
import { matrix, type Matrix } from '../../src/base/matrix.ts';
import { Rng } from '../../src/base/rng.ts';
import { measureActiveUnits } from '../../src/metrics/active-units.ts';
import { measureAggregateKl } from '../../src/metrics/aggregate-kl.ts';
import { codesOffPrior } from '../../src/metrics/codes-off-prior.ts';
import { correlationMatrix, measureCorrelation } from '../../src/metrics/correlation.ts';
import { effectiveRankOf, measureEffectiveRank, spectrum } from '../../src/metrics/effective-rank.ts';
import { measureKl } from '../../src/metrics/kl-divergence.ts';
import { briefExtent, latentSigns } from '../../src/metrics/latent-signs.ts';
import { evenRows, meanCovariance, standardNormalLogDensity, type Posteriors } from '../../src/metrics/metric.ts';
import { measureMutualInformation, mutualInformation } from '../../src/metrics/mutual-information.ts';
import { measureParticipationRatio, participationRatioOf } from '../../src/metrics/participation-ratio.ts';
import { priorHoles } from '../../src/metrics/prior-holes.ts';
import { linearVae, posteriorsOf } from './posteriors.ts';

describe('the linear VAE in closed form', () => {
  // Data eigenvalues of the reference experiment; decoder variance 1.
  const eigenvalues = [16, 8, 4, 2, 1.3, 0.8, 0.5, 0.25, 0.1, 0.05];
  const posteriors = linearVae(eigenvalues, 20_000, Rng.fromSeed(1));

  it('has an active unit for each eigenvalue above the noise', () => {
    expect(measureActiveUnits(posteriors).value).toBe(5);
  });

  it('spends ½ ln(lambda) nats on each of them and none on the others', () => {
    const kl = measureKl(posteriors);
    eigenvalues.forEach((value, j) => {
      expect(Math.abs((kl.perDimension?.[j] ?? NaN) - Math.max(0, 0.5 * Math.log(value)))).toBeLessThan(0.02);
    });
    expect(kl.value).toBeCloseTo(3.6, 1);
  });

  it('says as much: its aggregate is the prior, so mutual information is all of the KL', () => {
    const information = measureMutualInformation(posteriors, Rng.fromSeed(2), 2000);
    expect(Math.abs(information.value - measureKl(evenRows(posteriors, 2000)).value)).toBeLessThan(0.15);
    expect(Math.abs(measureAggregateKl(posteriors, Rng.fromSeed(2), 2000).value)).toBeLessThan(0.15);
  });
});

describe('KL', () => {
  it('is known for one Gaussian, and exact near zero', () => {
    const of = (mu: number, variance: number): number =>
      measureKl(
        posteriorsOf(
          2,
          1,
          () => mu,
          () => variance,
        ),
      ).value;
    expect(of(0, 1)).toBe(0);
    expect(of(2, 1)).toBeCloseTo(2, 6);
    expect(of(0, Math.E)).toBeCloseTo((Math.E - 2) / 2, 6);
    expect(of(0, 1 + 1e-4)).toBeCloseTo(0.25e-8, 11);
  });
});

describe('mutual information', () => {
  it('of a collapsed model is zero: exactly where all posteriors are one, nearly where they all but are', () => {
    expect(
      measureMutualInformation(
        posteriorsOf(
          500,
          20,
          () => 0,
          () => 1,
        ),
        Rng.fromSeed(1),
      ).value,
    ).toBeCloseTo(0, 12);
    const rng = Rng.fromSeed(3);
    const noisy = posteriorsOf(
      1000,
      32,
      () => 0.02 * rng.normal(),
      () => 1,
    );
    expect(Math.abs(measureMutualInformation(noisy, Rng.fromSeed(1)).value)).toBeLessThan(0.1);
  });

  it('of eight places that share no mass is ln 8; of all rows apart, ln N and never more', () => {
    const eight = posteriorsOf(
      800,
      2,
      (i, j) => 10 * (j === 0 ? (i % 8) % 3 : Math.floor((i % 8) / 3)),
      () => 0.01,
    );
    expect(measureMutualInformation(eight, Rng.fromSeed(1)).value).toBeCloseTo(Math.log(8), 6);
    const apart = measureMutualInformation(
      posteriorsOf(
        300,
        1,
        (i) => i,
        () => 1e-6,
      ),
      Rng.fromSeed(1),
    );
    expect(apart.value).toBeCloseTo(Math.log(300), 9);
    expect(apart.cap).toBeCloseTo(Math.log(300), 12);
    expect(apart.value).toBeLessThanOrEqual((apart.cap ?? 0) + 1e-9);
  });

  it('of a Gaussian channel is ½ ln(1 + signal / noise)', () => {
    const rng = Rng.fromSeed(5);
    const channel = posteriorsOf(
      2000,
      2,
      () => rng.normal(),
      () => 0.25,
    );
    expect(Math.abs(measureMutualInformation(channel, Rng.fromSeed(1), 2000).value - Math.log(5))).toBeLessThan(0.06);
  });

  it('looks at as many rows as asked, evenly taken, and says how many', () => {
    const many = posteriorsOf(
      5000,
      1,
      (i) => i,
      () => 1e-6,
    );
    expect(measureMutualInformation(many, Rng.fromSeed(1)).rows).toBe(1000);
    expect(mutualInformation.make({ rows: 250 })(many, Rng.fromSeed(1)).cap).toBeCloseTo(Math.log(250), 12);
    expect([...evenRows(many, 5).mean.data]).toEqual([0, 1000, 2000, 3000, 4000]);
  });
});

describe('KL of the aggregate posterior', () => {
  it('is what lies between the codes together and the prior', () => {
    expect(
      measureAggregateKl(
        posteriorsOf(
          400,
          3,
          () => 0,
          () => 1,
        ),
        Rng.fromSeed(1),
      ).value,
    ).toBeCloseTo(0, 6);
    const off = measureAggregateKl(
      posteriorsOf(
        4000,
        2,
        () => 2,
        () => 1,
      ),
      Rng.fromSeed(1),
      4000,
    ).value;
    expect(Math.abs(off - 4)).toBeLessThan(0.15); // ½ · 2² a dimension
  });
});

describe('rank of the codes', () => {
  /** Rows ± a_j e_j: variances in the ratio of a_j², no correlation. */
  const axes = (sizes: readonly number[]): ReturnType<typeof posteriorsOf> =>
    posteriorsOf(
      2 * sizes.length,
      sizes.length,
      (i, j) => (i >> 1 === j ? (i % 2 ? -1 : 1) * (sizes[j] as number) : 0),
      () => 1,
    );

  it('of k equal directions is k, by both measures', () => {
    for (const k of [1, 3, 7]) {
      const made = axes(Array.from({ length: 9 }, (_, j) => (j < k ? 2 : 0)));
      expect(measureEffectiveRank(made).value).toBeCloseTo(k, 9);
      expect(measureParticipationRatio(made).value).toBeCloseTo(k, 9);
    }
  });

  it('of fewer rows than dimensions is that of all of the covariance, and fewer rows see fewer directions', () => {
    const rng = Rng.fromSeed(5);
    const wide = posteriorsOf(
      30,
      80,
      (_, j) => rng.normal() / (1 + j / 10),
      () => 1,
    );
    const whole = symmetricEigen(meanCovariance(wide), 80).values;
    const found = spectrum(wide);
    expect(found.length).toBe(30);
    const cov = meanCovariance(wide);
    expect(measureActiveUnits(wide).perDimension).toEqual(Float64Array.from({ length: 80 }, (_, j) => cov[81 * j] as number));
    found.forEach((value, i) => expect(value).toBeCloseTo(whole[i] as number, 6));
    const brief = latentSigns(wide, rng.stream('codes'), { compared: 10, spread: 12 });
    expect([brief.spreadRows, brief.mutualInformation.rows]).toEqual([12, 10]);
    expect(brief.effectiveRank).toBeLessThan(11);
    expect(latentSigns(wide, rng.stream('codes')).spreadRows).toBeUndefined();
  });

  it('is taken of so many rows, in a wide space, that it costs what it costs in a narrow one', () => {
    expect([4, 64, 256].map((size) => briefExtent(size).compared)).toEqual([500, 500, 500]);
    for (const size of [256, 400, 1024, 4096]) {
      const { compared, spread } = briefExtent(size);
      const rows = Math.min(3000, spread);
      expect(compared ** 2 * size, `${size}`).toBeLessThanOrEqual(64e6);
      expect((rows * size * Math.min(rows, size)) / 2, `${size}`).toBeLessThanOrEqual(2.5e8);
    }
  });

  it('of unequal ones is between, the participation ratio below', () => {
    const eigenvalues = Float64Array.from([4, 1]);
    expect(effectiveRankOf(eigenvalues)).toBeCloseTo(Math.exp(-0.8 * Math.log(0.8) - 0.2 * Math.log(0.2)), 12);
    expect(participationRatioOf(eigenvalues)).toBeCloseTo(25 / 17, 12);
    expect(measureEffectiveRank(axes([2, 1])).value).toBeCloseTo(effectiveRankOf(eigenvalues), 9);
    expect(effectiveRankOf(new Float64Array(3))).toBe(0);
    expect(participationRatioOf(new Float64Array(3))).toBe(0);
  });
});

describe('correlation', () => {
  it('is one for copies, minus one for mirrored copies, and leaves dead dimensions out', () => {
    const rng = Rng.fromSeed(1);
    const source = Float64Array.from({ length: 500 }, () => rng.normal());
    const factor = [1, -2, 0, 0.001];
    const made = posteriorsOf(
      500,
      4,
      (i, j) => (factor[j] as number) * (source[i] as number),
      () => 1,
    );
    const correlations = correlationMatrix(made);
    expect(correlations[1]).toBeCloseTo(-1, 9);
    expect(correlations[2]).toBe(0);
    expect(correlations[3]).toBeCloseTo(1, 6);
    expect(measureCorrelation(made).value).toBeCloseTo(1, 9);
    const free = posteriorsOf(
      4000,
      3,
      () => rng.normal(),
      () => 1,
    );
    expect(measureCorrelation(free).value).toBeLessThan(0.05);
  });
});

it('refuses posteriors that do not fit together or are too few', () => {
  expect(() => measureKl({ mean: matrix(3, 2), logVariance: matrix(3, 1) })).toThrow(/got 3 × 2 and 3 × 1/);
  expect(() => measureActiveUnits({ mean: matrix(1, 2), logVariance: matrix(1, 2) })).toThrow(/two rows or more, got 1/);
});

describe('holes and codes off the prior', () => {
  const [holes, off] = [priorHoles.make(), codesOffPrior.make()];
  /** Codes that together are N(0, sd²) in each dimension, half of the variance in their means. */
  const codes = (latent: number, sd: number, seed = 1): Posteriors => {
    const rng = Rng.fromSeed(seed);
    return posteriorsOf(
      4000,
      latent,
      () => Math.sqrt(0.5) * sd * rng.normal(),
      () => 0.5 * sd * sd,
    );
  };

  // |z|² of two dimensions is exponential: of codes narrower by sd, P(draw outside 99 %) is 0.01^(sd²).
  it.each([0.5, 0.7, 1])('of codes that are N(0, %f² I) in the plane are in closed form', (sd) => {
    const found = holes(codes(2, sd), Rng.fromSeed(2));
    expect(found).toMatchObject({ expected: 0.01, rows: 1000, unit: 'share' });
    expect(Math.abs(found.value - 0.01 ** (sd * sd))).toBeLessThan(0.06);
    expect(off(codes(2, sd), Rng.fromSeed(2)).value).toBeLessThan(0.02);
  });

  it.each([1.5, 2])('of codes that are N(0, %f² I): the prior falls among them, they fall out of it', (sd) => {
    expect(holes(codes(2, sd), Rng.fromSeed(2)).value).toBeLessThan(0.02);
    expect(Math.abs(off(codes(2, sd), Rng.fromSeed(2)).value - 0.01 ** (1 / (sd * sd)))).toBeLessThan(0.06);
  });

  it('are by chance alone where codes together are the prior, in many dimensions, too', () => {
    for (const one of [holes, off]) expect(Math.abs(one(codes(20, 1), Rng.fromSeed(3)).value - 0.01)).toBeLessThan(0.015);
  });

  it('are between two clusters of codes, draw by draw', () => {
    const clusters = posteriorsOf(
      1000,
      1,
      (i) => (i % 2 === 0 ? 1.5 : -1.5),
      () => 0.04,
    );
    const z = matrix(3, 1, Float32Array.of(0, 1.5, -1.4));
    const found = holes({ ...clusters, prior: { z } }, Rng.fromSeed(1));
    expect(found.value).toBeCloseTo(1 / 3, 9);
    // ln q(z) is that of the nearer cluster, ln ½ N(z; ±1.5, 0.2²); the bar is at 2.576 deviations.
    const nats = (away: number): number => 0.5 * 2.576 ** 2 - 0.5 * (away / 0.2) ** 2;
    const [between, on, near] = found.perPoint![0]!.values;
    expect(Math.abs(on! - nats(0))).toBeLessThan(0.4);
    expect(Math.abs(near! - nats(0.1))).toBeLessThan(0.4);
    expect(Math.abs(between! - (nats(1.5) + Math.log(2)))).toBeLessThan(0.4);
  });

  it('take a prior’s draws and densities where the model tells them, and say where it cannot', () => {
    const around = posteriorsOf(
      500,
      2,
      () => 5,
      () => 1,
    );
    const rng = Rng.fromSeed(4);
    const draw = (count: number): Matrix =>
      matrix(
        count,
        2,
        rng.fillNormal(new Float32Array(2 * count)).map((one) => 5 + one),
      );
    const density = (z: Matrix): Float64Array =>
      standardNormalLogDensity(
        matrix(
          z.rows,
          2,
          z.data.map((one) => one - 5),
        ),
      );
    const [z, atCodes] = [draw(1000), draw(500)];
    const prior = { z, logDensity: density(z), atCodes: { z: atCodes, logDensity: density(atCodes) } };
    for (const one of [holes, off]) {
      expect(one({ ...around }, rng).value).toBeGreaterThan(0.9); // of N(0, I)
      expect(one({ ...around, prior }, rng).value).toBeLessThan(0.03);
    }
    expect(() => off({ ...around, prior: { z } }, rng)).toThrow('needs the density of the prior');
    expect(Math.abs(measureAggregateKl({ ...around, prior }, rng).value)).toBeLessThan(1e-6);
    expect(measureAggregateKl({ ...around, prior: { z } }, rng).notes).toEqual([
      'measured from N(0, I), which is not the prior of this model',
    ]);
  });
});

it('correlation tells which dimensions repeat each other, and how many do not vary', () => {
  const rng = Rng.fromSeed(2);
  const draws = Float64Array.from({ length: 300 }, () => rng.normal());
  const found = measureCorrelation(
    posteriorsOf(
      300,
      4,
      (i, j) => [draws[i]!, 7, -2 * draws[i]!, i % 2][j]!,
      () => 0.1,
    ),
  );
  expect(found.notes).toEqual(['1 of 4 dimensions hardly varies and was left out', 'dimensions 0 and 2 repeat each other']);
  expect(found.value).toBeGreaterThan(0.5);
});

import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import type { Circumstances } from '../../src/collapse/circumstances.ts';
import { verdictOf } from '../../src/collapse/verdict.ts';
import { latentSigns } from '../../src/metrics/latent-signs.ts';
import type { VerdictRecord } from '../../src/protocol/records.ts';
import type { LatentSigns, PriorSigns } from '../../src/protocol/signs.ts';
import { linearVae, posteriorsOf } from '../metrics/posteriors.ts';

const about: Circumstances = { model: 'vae', params: {}, rows: 'picture', noun: 'rows', leastKlNats: 2 };

function verdict(
  latent: LatentSigns,
  { epoch = Infinity, prior, ...more }: Partial<Circumstances> & { epoch?: number; prior?: PriorSigns } = {},
): VerdictRecord {
  return verdictOf([{ step: 100, epoch, signs: { latent, ...(prior ? { prior } : {}) } }], { ...about, ...more });
}

function evidence(size: number, kl: number, activeUnits: number, nats: number, effectiveRank: number): LatentSigns {
  return {
    latentSize: size,
    rows: 2000,
    klPerDimension: Array.from({ length: size }, () => kl / size),
    activeUnits,
    effectiveRank,
    participationRatio: effectiveRank * 0.95,
    mutualInformation: { nats, capNats: Math.log(1000), rows: 1000 },
    aggregateKl: kl - nats,
  };
}

describe('the verdict on measured models', () => {
  // Latent size, KL, active units, I_q, effective rank of VAEs trained on 8,000 digits: beta 1 to 20, free bits, width.
  it.each([
    ['z 20, beta 1', 20, 18.2, 13, 6.92, 11.1, 'healthy'],
    ['z 20, beta 4', 20, 7.4, 6, 5.96, 6.1, 'healthy'],
    ['z 20, beta 10', 20, 2.55, 3, 2.42, 3.1, 'watch'],
    ['z 20, beta 20', 20, 0.39, 1, 0.41, 1.05, 'collapsed'],
    ['z 20, beta 20, free bits 0.1 a dimension', 20, 1.86, 20, 1.47, 6.0, 'watch'],
    ['z 50, beta 1', 50, 17.9, 37, 6.85, 11.9, 'healthy'],
    ['z 2, beta 1', 2, 6.15, 2, 5.49, 2.0, 'healthy'],
  ] as const)('%s', (_, size, kl, units, nats, rank, state) => {
    const found = verdict(evidence(size, kl, units, nats, rank), { noun: 'pictures' });
    expect(found.state).toBe(state);
    expect(found.sentence.toLowerCase()).toMatch(new RegExp(`^${state}: `));
    expect(found.reasons.length).toBeGreaterThanOrEqual(4);
  });

  // Names by a recurrent VAE, z 32; text asks for less KL than pictures.
  it.each([
    ['plain', 0.08, 1, 0, 1.2, 'collapsed'],
    ['character dropout keeps 21 units busy with nothing', 0.39, 21, 0.38, 9, 'collapsed'],
    ['linear annealing', 1.47, 6, 1.19, 5, 'watch'],
    ['free bits 0.25 a dimension', 7.93, 32, 5.3, 22, 'healthy'],
    ['beta 0.5', 10.81, 31, 6.52, 24, 'healthy'],
  ] as const)('names: %s', (_, kl, units, nats, rank, state) => {
    expect(verdict(evidence(32, kl, units, nats, rank), { leastKlNats: 0.5 }).state).toBe(state);
  });

  it('speaks plainly', () => {
    const say = (made: LatentSigns): string => verdict(made, { noun: 'pictures' }).sentence;
    expect(say(evidence(20, 18.2, 13, 6.92, 11.1))).toBe('Healthy: 13 of 20 dimensions carry the pictures.');
    expect(say(evidence(50, 17.9, 37, 6.85, 11.9))).toBe(
      'Healthy: 37 of 50 dimensions carry the pictures, in about 12 directions.',
    );
    const faint = {
      ...evidence(20, 18.2, 17, 6.92, 11.1),
      klPerDimension: Array.from({ length: 20 }, (_, j) => (j < 11 ? 1.65 : 0.01)),
    };
    expect(say(faint), 'dimensions that move but tell nothing are not counted').toBe(
      'Healthy: 11 of 20 dimensions carry the pictures.',
    );
    expect(say(evidence(20, 2.55, 3, 2.42, 3.1))).toBe('Watch: only 3 of 20 dimensions carry the pictures.');
    expect(say(evidence(20, 1.86, 20, 1.47, 6))).toBe(
      'Watch: 20 of 20 dimensions move, but together they say only 1.47 nats about the pictures.',
    );
    expect(say(evidence(20, 0.39, 1, 0.41, 1.05))).toBe(
      'Collapsed: only 1 of 20 dimensions moves, and next to nothing is said about the pictures.',
    );
    expect(say(evidence(20, 0, 0, 0, 0))).toBe('Collapsed: no dimension carries the pictures.');
    expect(say(evidence(32, 0.39, 21, 0.38, 9))).toBe(
      'Collapsed: 21 of 32 dimensions move, but together they say next to nothing about the pictures.',
    );
  });

  it('sees a large KL that pays for codes off the prior', () => {
    const found = verdict(evidence(10, 12, 6, 2, 5));
    expect(found.state).toBe('watch');
    expect(found.sentence).toMatch(/off the prior/);
    expect(found.reasons.join()).toMatch(/10\.0 nats of KL pay/);
  });

  it('hears draws from the prior where the cap hides what KL pays for: far from all codes, and samples like no row', () => {
    const healthy = evidence(16, 64, 16, 6.9, 9); // 1.5 nats a dimension beyond the cap, as of a decoder that is sure of itself
    const of = (prior: PriorSigns) => verdict(healthy, { prior }).causes.map(({ id, confidence }) => [id, confidence]);
    expect(of({ holes: 0.02, lifelike: 0.98 })).toEqual([]);
    expect(of({ holes: 0.9, lifelike: 0.4 }), 'holes that samples do not show').toEqual([]);
    expect(of({ holes: 0.1, lifelike: 0.02 }), 'samples that are poor for another reason').toEqual([]);
    expect(of({ holes: 1, lifelike: 0.005 })).toEqual([['prior-mismatch', 0.75]]);
    const params = { 'model.prior': 'normal' };
    const { sentence, causes } = verdict(healthy, { prior: { holes: 1, lifelike: 0.005 }, params });
    expect(sentence).toBe('Watch: 16 of 16 dimensions carry the rows, but samples drawn from the prior do not look like rows.');
    expect(causes[0]?.evidence.map(({ text }) => text)).toContain('100 % of the prior lies far from all codes, where 1 % should');
    expect(causes[0]?.cures[0]?.id).toBe('flow-prior');
  });

  it('does not take one figure for partial collapse, nor simple rows for it', () => {
    // A ring's codes in one dimension: 1.79 of at most ln 8 = 2.08 nats.
    expect(verdict(evidence(1, 1.96, 1, 1.79, 1), { leastKlNats: 0.5 }).state).toBe('healthy');
    expect(verdict(evidence(1, 1.96, 1, 1.79, 1), { leastKlNats: 2 }).state, 'little KL alone').toBe('healthy');
  });

  it('is sure of padding where nats are free and say nothing, and not where none are', () => {
    const padded = (nats: number, freeBits: number) =>
      verdict(evidence(20, 2, 20, nats, 6), { params: { 'model.freeBits': freeBits } }).causes.find(
        ({ id }) => id === 'padded-latents',
      )?.confidence;
    expect([padded(0.9, 0.1), padded(1.5, 0.1), padded(0.9, 0), padded(1.5, 0)]).toEqual([1, 0.75, 0.75, 0.5]);
  });

  it('says when it cannot know', () => {
    expect(verdict({ ...evidence(20, 18, 13, 4, 11), rows: 40 }).sentence).toBe('Not known yet: only 40 rows were measured.');
    expect(verdict(evidence(20, NaN, 13, 4, 11)).state).toBe('unknown');
    expect(verdict(evidence(20, 0.1, 0, 0.01, 3), { epoch: 0.3 }).state).toBe('unknown');
    expect(verdict(evidence(20, 18.2, 13, 6.92, 11.1), { epoch: 0.3 }).state).toBe('healthy');
  });
});

const causesOf = (signs: LatentSigns): readonly string[] => verdict(signs).causes.map(({ id }) => id);

describe('evidence from posteriors', () => {
  it('of a linear VAE is healthy, of the same with the noise raised collapsed', () => {
    const healthy = latentSigns(linearVae([60, 40, 20, 10, 0.5], 1500, Rng.fromSeed(1)), Rng.fromSeed(2));
    expect(healthy.activeUnits).toBe(4);
    expect(healthy.klPerDimension).toHaveLength(5);
    expect(healthy.mutualInformation.rows).toBe(1000);
    expect(verdict(healthy).state).toBe('healthy');
    const collapsed = latentSigns(linearVae([1.05, 0.9, 0.5, 0.3, 0.1], 1500, Rng.fromSeed(1)), Rng.fromSeed(2));
    expect(verdict(collapsed).state).toBe('collapsed');
  });

  it('is judged beside the prior that was learnt, where one was', () => {
    // The same codes about the origin, and about a place four deviations off it that a learnt prior has found.
    const rng = Rng.fromSeed(3);
    const means = Float64Array.from({ length: 2000 }, () => 0.97 * rng.normal());
    const about = (centre: number) =>
      latentSigns.bind(
        undefined,
        posteriorsOf(
          1000,
          2,
          (i, j) => centre + (means[2 * i + j] as number),
          () => 0.06,
        ),
      );
    const home = about(0)(Rng.fromSeed(2));
    expect(causesOf(about(4)(Rng.fromSeed(2)))).toContain('prior-mismatch');
    const found = about(4)(
      Rng.fromSeed(2),
      undefined,
      home.klPerDimension.reduce((sum, one) => sum + one, 0),
    );
    expect(found.aggregateKl).toBeCloseTo(home.aggregateKl, 1);
    expect(causesOf(found)).toEqual(causesOf(home));
    expect(causesOf(home)).toEqual([]);
  });

  it('is not fooled by posteriors that all move a little, as free bits make them', () => {
    // Every one of 20 means follows the same two directions; each dimension's KL sits at 0.1 nats, just where free bits stop.
    const rng = Rng.fromSeed(7);
    const hidden = Float64Array.from({ length: 3000 }, () => rng.normal());
    const padded = posteriorsOf(
      1500,
      20,
      (i, j) => 0.44 * (hidden[2 * i + (j % 2)] as number),
      () => 0.95,
    );
    const found = latentSigns(padded, Rng.fromSeed(2));
    expect(found.activeUnits).toBe(20);
    expect(found.klPerDimension.every((kl) => kl > 0.08 && kl < 0.12)).toBe(true);
    expect(verdict(found).state).not.toBe('healthy');
  });
});

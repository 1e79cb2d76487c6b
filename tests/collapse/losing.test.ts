// What a run loses beside its own best, over courses whose answer is plain.
import { describe, expect, it } from 'vitest';
import type { Moment } from '../../src/collapse/cause.ts';
import { losingCodes, losingSamples } from '../../src/collapse/losing.ts';
import { Rng } from '../../src/base/rng.ts';
import type { SampleQualityRecord } from '../../src/protocol/records.ts';
import type { LatentSigns } from '../../src/protocol/signs.ts';

const latent = (nats: number, rows = 500): LatentSigns => ({
  latentSize: 2,
  rows,
  klPerDimension: [nats / 2, nats / 2],
  activeUnits: 2,
  effectiveRank: 2,
  participationRatio: 2,
  mutualInformation: { nats, capNats: Math.log(rows), rows },
  aggregateKl: 0,
});
const codes = (course: readonly number[]): readonly Moment[] =>
  course.map((nats, step) => ({ step, epoch: 1 + step, signs: { latent: latent(nats) } }));
const samples = (course: readonly number[]): readonly Moment[] => {
  const scores = { precision: 0.9, recall: 0.9, density: 1, covarianceRatio: 1 };
  const real = { mean: { ...scores, coverage: 0.95 }, bar: { ...scores, coverage: 0.9 } };
  return course.map((coverage, step) => ({
    step,
    epoch: 1 + step,
    signs: { samples: { ...scores, coverage, rows: 500, real } satisfies SampleQualityRecord },
  }));
};
const coverage = ({ samples: seen }: Moment['signs']): number | undefined => seen?.coverage;

describe('codes that say less and less', () => {
  it('are seen at the third fall, once a tenth of the best is gone', () => {
    expect(losingCodes(codes([4, 5, 4.9, 4.7]), 1), 'two falls').toBeUndefined();
    expect(losingCodes(codes([4, 5, 4.9, 4.7, 4.6]), 1), 'eight hundredths').toBeUndefined();
    expect(losingCodes(codes([4, 5, 4.9, 4.7, 4.5]), 1)).toEqual({ best: 5, latest: 4.5, looks: 3 });
    expect(losingCodes(codes([4, 5, 4.9, 4.4, 4.45]), 1), 'it has risen').toBeUndefined();
    expect(losingCodes(codes([5, 4.6, 4.7, 4.6, 4.4]), 1), 'all three have lost a twentieth').toMatchObject({ latest: 4.4 });
    expect(losingCodes(codes([5, 4.6, 4.8, 4.6, 4.4]), 1), 'two of three').toBeUndefined();
    expect(losingCodes(codes([0.5, 0.9, 0.8, 0.7, 0.6]), 1), 'never worth much').toBeUndefined();
  });

  it('are compared with looks at as many rows only', () => {
    const full: Moment = { step: 9, epoch: 9, signs: { latent: latent(6.5, 1000) } };
    const [first, ...others] = codes([5, 4.9, 4.8, 4.75]);
    expect(losingCodes([first as Moment, full, ...others], 1), 'not beside the 6.5 of more rows').toBeUndefined();
    expect(losingCodes([...codes([5, 4.8, 4.6]), full, ...codes([4.4])], 1)).toMatchObject({ best: 5, latest: 4.4 });
  });
});

describe('samples that lose the data', () => {
  it('are seen when three looks lie below the three before, an eighth below the best', () => {
    const falling = [0.7, 0.8, 0.81, 0.79, 0.78, 0.74, 0.7, 0.66, 0.62];
    const seenAt = falling.findIndex((_, i) => losingSamples(samples(falling.slice(0, i + 1)), coverage, 0.3));
    expect(falling[seenAt]).toBe(0.66); // the last three are 0.7 on the average, of 0.8
    expect(losingSamples(samples(falling), coverage, 0.9), 'never worth much').toBeUndefined();
  });

  it('are not seen to where they only sway, whatever the draw', () => {
    const rng = Rng.fromSeed(4);
    for (let run = 0; run < 200; run++) {
      const swaying = Array.from({ length: 40 }, () => 0.8 + 0.03 * rng.normal());
      for (let at = 6; at <= 40; at++)
        expect(losingSamples(samples(swaying.slice(0, at)), coverage, 0.3), `run ${run}, look ${at}`).toBeUndefined();
    }
  });
});

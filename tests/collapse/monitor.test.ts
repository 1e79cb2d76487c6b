// The monitor over histories whose course is known: told once, soon, and not again at every turn.
import { describe, expect, it } from 'vitest';
import type { Circumstances } from '../../src/collapse/circumstances.ts';
import { Monitor } from '../../src/collapse/monitor.ts';
import type { SampleQualityRecord } from '../../src/protocol/records.ts';
import type { LatentSigns } from '../../src/protocol/signs.ts';

const about: Circumstances = { model: 'vae', params: { 'model.beta': 20 }, rows: 'picture', noun: 'pictures', leastKlNats: 2 };
const latent = (nats: number): LatentSigns => ({
  latentSize: 20,
  rows: 2000,
  klPerDimension: Array.from({ length: 20 }, () => (nats + 0.3) / 20),
  activeUnits: Math.round(2 * nats),
  effectiveRank: Math.max(1, 1.6 * nats),
  participationRatio: Math.max(1, 1.5 * nats),
  mutualInformation: { nats, capNats: Math.log(1000), rows: 1000 },
  aggregateKl: 0.3,
});

function watch(
  course: readonly number[],
  { epochsALook = 1 } = {},
): readonly (readonly [look: number, cause: string, since: number])[] {
  const monitor = new Monitor(about);
  return course.flatMap((nats, look) =>
    monitor
      .look({ step: look, epoch: (look + 1) * epochsALook, signs: { latent: latent(nats) } })
      .map(({ cause, since, step }) => [step, cause.id, since] as const),
  );
}

describe('the monitor', () => {
  it('says nothing of a run that learns', () => {
    expect(watch([0.5, 2, 4, 5.5, 6.4, 6.7, 6.8, 6.8, 6.7, 6.8])).toEqual([]);
  });

  it('warns in the first third of a decline, with the look since when', () => {
    // Falls from 6.8 over twelve looks: next to nothing at the twelfth.
    const decline = Array.from({ length: 12 }, (_, i) => 6.8 * 0.72 ** (i + 1));
    const told = watch([3, 6, 6.8, 6.8, ...decline]);
    const [look, cause, since] = told.find(([, id]) => id === 'posterior-collapse') ?? [Infinity, '', Infinity];
    expect(cause).toBe('posterior-collapse');
    expect(look).toBe(6); // the third fall
    expect(since).toBe(4); // the first
    expect((look - 3) / decline.length).toBeLessThanOrEqual(1 / 3);
    expect(told.filter(([, id]) => id === 'posterior-collapse')).toHaveLength(1);
  });

  it('takes six looks to call the samples of a young GAN poor', () => {
    const mean = { precision: 0.96, recall: 0.96, density: 0.97, coverage: 0.96, covarianceRatio: 1 };
    const bar = { precision: 0.93, recall: 0.93, density: 0.9, coverage: 0.91, covarianceRatio: 0.96 };
    const samples: SampleQualityRecord = { ...mean, precision: 0.3, coverage: 0.4, rows: 1000, real: { mean, bar } };
    const monitor = new Monitor({ ...about, model: 'gan', params: {} });
    const told = Array.from({ length: 9 }, (_, step) => monitor.look({ step, epoch: 1 + step, signs: { samples } })).flat();
    expect(told.filter(({ cause }) => cause.id === 'poor-samples').map(({ step, since }) => [step, since])).toEqual([[5, 0]]);
  });

  it('says nothing of codes that give up what they do not need while beta rises to 1, and warns where it rises beyond', () => {
    const falling = [6, 6.5, 6.8, 6.5, 6.1, 5.6, 5, 4.5, 4.2, 4.1];
    const heard = (most: number): readonly string[] => {
      const monitor = new Monitor({ ...about, params: { 'model.beta': most, 'model.annealingSteps': 8 } });
      return falling.flatMap((nats, step) => {
        const knobs = { beta: most * Math.min(1, step / 8) };
        return monitor.look({ step, epoch: 1 + step, knobs, signs: { latent: latent(nats) } }).map(({ cause }) => cause.id);
      });
    };
    expect(heard(1)).toEqual([]);
    expect(heard(10)).toEqual(['posterior-collapse']);
  });

  it('counts how often training went back', () => {
    const monitor = new Monitor(about);
    const dead = {
      latent: latent(0.1),
      decoder: { shuffledGap: { nats: 0, errorNats: 0.01, rows: 250 } },
      training: { losses: {} },
    };
    const look = (step: number) => monitor.look({ step, epoch: step, signs: dead }).map(({ cause }) => cause.id);
    expect([1, 2, 3].flatMap(look)).toEqual(['posterior-collapse']);
    monitor.rewind(0);
    monitor.rewind(0);
    expect([1, 2, 3].flatMap(look)).toEqual(['divergence', 'posterior-collapse']);
    expect(monitor.history.at(-1)?.signs.training?.rollbacks).toBe(2);
  });

  it('waits for a third look, so that one bad look is none', () => {
    expect(watch([6.5, 6.8, 0.2, 6.7, 6.8, 0.3, 6.8, 6.7])).toEqual([]);
  });

  it('does not cry at every turn of a run that sways about a bound, and cries again after it was well for long', () => {
    const swaying = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 0.3 : 0.7));
    const collapses = (course: readonly number[]): number => watch(course).filter(([, id]) => id === 'posterior-collapse').length;
    expect(collapses(swaying)).toBe(1);
    const well = Array.from({ length: 20 }, () => 6.8);
    const ill = [0.3, 0.3, 0.3, 0.3];
    expect(collapses([...ill, ...well, ...ill])).toBe(2);
    expect(collapses([...ill, ...well.slice(0, 4), ...ill]), 'too soon after').toBe(1);
  });

  it('tells nothing in the first pass over the data, when every code is young', () => {
    expect(watch([0.1, 0.1, 0.2, 0.1, 0.1, 0.1], { epochsALook: 0.1 })).toEqual([]);
  });

  it('forgets what training went back behind', () => {
    const monitor = new Monitor(about);
    const look = (step: number, nats: number) => monitor.look({ step, epoch: step, signs: { latent: latent(nats) } });
    look(1, 6.8);
    look(2, 0.2);
    look(3, 0.2);
    monitor.rewind(1);
    expect(monitor.history.map(({ step }) => step)).toEqual([1]);
    expect(look(2, 0.2)).toEqual([]);
  });

  it('keeps early peaks in sight however long a run is', () => {
    const monitor = new Monitor(about, { kept: 20 });
    monitor.look({ step: 0, epoch: 1, signs: { latent: latent(6.9) } });
    for (let step = 1; step < 200; step++) monitor.look({ step, epoch: step, signs: { latent: latent(5) } });
    expect(monitor.history.length).toBeLessThanOrEqual(20);
    expect(monitor.history[0]?.step).toBe(0);
  });

  it('lets samples mend that sway while they rise, and tells of those that only sway', () => {
    const quality = (coverage: number): SampleQualityRecord => {
      const scores = { precision: 0.9, recall: 0.9, density: 1, coverage, covarianceRatio: 1 };
      const bar = { precision: 0.8, recall: 0.8, density: 0.9, coverage: 0.85, covarianceRatio: 0.9 };
      const mean = { precision: 0.9, recall: 0.9, density: 1, coverage: 0.95, covarianceRatio: 1 };
      return { ...scores, rows: 500, real: { mean, bar } };
    };
    const heard = (course: readonly number[]): readonly string[] => {
      const monitor = new Monitor({ ...about, model: 'gan' });
      return course.flatMap((coverage, step) =>
        monitor.look({ step, epoch: step / 6, signs: { samples: quality(coverage) } }).map(({ cause }) => cause.id),
      );
    };
    // Every third look lies below the one before, and each three above the last three.
    const rising = Array.from({ length: 18 }, (_, i) => 0.04 * i + (i % 3 === 2 ? -0.06 : 0));
    expect(heard(rising.map((one) => one + 0.02))).toEqual([]);
    const swaying = Array.from({ length: 18 }, (_, i) => 0.2 + (i % 3 === 2 ? -0.06 : 0));
    expect(heard(swaying)).toContain('mode-collapse');
  });

  it('tells nothing that more speaks against than for', () => {
    const monitor = new Monitor(about);
    const rare = { rows: 5000, duplicateShare: 0, classShares: [0.995, 0.005] }; // one sign of three
    const told = [0, 1, 2, 3].flatMap((step) => monitor.look({ step, epoch: 2, signs: { data: rare } }));
    expect(told).toEqual([]);
    const copies = { ...rare, duplicateShare: 0.4 };
    const again = [4, 5, 6, 7].flatMap((step) => monitor.look({ step, epoch: 2, signs: { data: copies } }));
    expect(again.map(({ cause }) => cause.id)).toEqual(['poor-data']);
  });
});

// Losses tell of divergence only while they are one loss: not across a knob that is part of it, a price that moves by itself, or a branch.
import { describe, expect, it } from 'vitest';
import type { Moment } from '../../src/collapse/cause.ts';
import { divergence } from '../../src/collapse/causes/divergence.ts';
import type { Circumstances } from '../../src/collapse/circumstances.ts';
import { momentOf } from '../../src/collapse/moments.ts';
import { changesLoss } from '../../src/collapse/same-loss.ts';
import type { ReportRecord } from '../../src/protocol/records.ts';
import type { SignsRecord } from '../../src/protocol/signs.ts';

const about: Circumstances = { model: 'vae', params: {}, rows: 'vector', noun: 'rows', leastKlNats: 2 };
const moment = (signs: SignsRecord, step: number): Moment => ({ step, epoch: 5, signs });
const grows = (history: readonly Moment[], of = about): boolean => divergence.judge(history, of) !== undefined;

describe('losses', () => {
  it('are compared where only the rate was turned, and not where another knob was', () => {
    const course = (knob: string, which: 'loss' | 'reconstruction' = 'loss'): readonly Moment[] =>
      [10, 9, 8.5, 8.4, 8.4, 20, 40, 80].map((loss, i) => ({
        ...moment({ training: { losses: { loss: 1, [which]: loss } } }, 100 * i),
        knobs: { beta: 1, [knob]: i < 5 ? 1 : 2 },
      }));
    for (const knob of ['freeBits', 'gamma', 'commitment']) expect(grows(course(knob)), knob).toBe(false);
    for (const knob of ['learningRate', 'gradientClip']) expect(grows(course(knob)), knob).toBe(true);
    // A rate that is set moves the price of the KL, and the loss with it; what it does to the rows is told by their reconstruction.
    const set = { ...about, params: { 'minimumRate.nats': 3 } };
    expect(grows(course('learningRate'), set)).toBe(false);
    expect(grows(course('learningRate', 'reconstruction'), set)).toBe(true);
  });

  it('of a branch are not compared with what it brought from before its loss was another one', () => {
    const rising = [1.9, 1.7, 1.62, 1.62, 4, 5, 5.62];
    const report = (loss: number, i: number): ReportRecord => ({
      ...{ step: 100 * i, epoch: 5, elapsedSeconds: i, imagesPerSecond: 1, losses: { loss }, knobs: { beta: 1 } },
      activeUnits: 3,
      ...(i < 4 ? { isOfOtherLoss: true as const } : {}),
    });
    const branch = rising.map((loss, i) => momentOf(report(loss, i)));
    expect(branch[3]?.signs.training?.losses).toBeUndefined();
    expect(grows(branch)).toBe(false);
    const same = rising.map((loss, i) => momentOf({ ...report(loss, 9), step: 100 * i }));
    expect(grows(same)).toBe(true);
    const changes = ['model.objective', 'minimumRate.nats', 'model.beta', 'packing.samples', 'augment.noise', 'model.gamma'];
    for (const name of changes) expect(changesLoss({ 'model.learningRate': 1, [name]: 1 }), name).toBe(true);
    expect(changesLoss({ 'model.learningRate': 1, 'model.discriminatorLearningRate': 1, 'model.beta1': 0 })).toBe(false);
    expect(changesLoss({ 'model.gradientClip': 100, 'train.batchSize': 10 })).toBe(false);
  });
});

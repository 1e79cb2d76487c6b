// What every metric of training must hold to, with one case of known value. A new one costs one row.
import { describe, expect, it } from 'vitest';
import type { Judgements, TrainingFindings } from '../../src/metrics/training-metric.ts';
import { trainingMetrics } from '../../src/metrics/training-metrics.ts';

const of = (...values: number[]): Float32Array => Float32Array.from(values);
const judgements: Judgements = {
  train: of(2, 2.5, 3.5, -1, 3), // mean 2
  heldOut: of(1, 2, -0.5, 1.5), // mean 1
  made: of(-2, -3, -1, 1, -2.5, -4.5), // mean -2
  slopeReal: of(1, 3, 2, 2, 2),
  slopeMade: of(10, 30, 20, 20, 20, 20),
  middle: 0,
};

const rows: Record<string, { readonly of: TrainingFindings; readonly value: number; readonly beside?: readonly number[] }> = {
  'discriminator-accuracy': { of: { judgements }, value: (4 / 5 + 5 / 6) / 2, beside: [4 / 5, 5 / 6, 3 / 4] },
  'real-sign': { of: { judgements }, value: (4 - 1) / 5, beside: [(3 - 1) / 4] },
  'discriminator-overfit': { of: { judgements }, value: 1 / 4, beside: [2, 1, -2] },
  'slope-ratio': { of: { judgements }, value: 10, beside: [2, 20] },
  'loss-balance': {
    of: { discriminatorLoss: { now: Math.LN2, even: 2 * Math.LN2 }, generatorLoss: 3 },
    value: 0.5,
    beside: [Math.LN2, 3],
  },
  'pull-balance': { of: { pulls: { reconstruction: 4, penalty: 6 } }, value: 1.5, beside: [4, 6] },
  'gradient-norm': { of: { gradientNorms: { encoder: 3, decoder: 4 } }, value: 5, beside: [3, 4] },
  'update-ratio': {
    of: {
      updates: [
        { player: 'generator', ratio: 0.001, byWeight: { a: 0.001, b: 0.01 } },
        { player: 'discriminator', ratio: 0.002, byWeight: { c: 0.003 } },
      ],
    },
    value: 0.002,
    beside: [0.001, 0.002, 0.01, 0.003],
  },
};

it('every metric of training has its row', () => {
  expect(Object.keys(rows)).toEqual(trainingMetrics.members.map(({ id }) => id));
});

describe.each(Object.entries(rows))('%s', (id, { of: findings, value, beside = [] }) => {
  const metric = trainingMetrics.make(id);

  it('has the known value, and what stands beside it', () => {
    const found = metric(findings);
    expect(found.value).toBeCloseTo(value, 6);
    beside.forEach((one, i) => expect(found.beside?.[i]?.value).toBeCloseTo(one, 6));
  });

  it('says what it lacks', () => {
    expect(() => metric({})).toThrow(new RegExp(`^${id} needs .*, and this training has none$`));
  });
});

describe('a discriminator', () => {
  const make = (id: string) => trainingMetrics.make(id);

  it('whose logits mean differences only is judged from halfway between its means', () => {
    const { middle: _, ...shifted } = judgements;
    const raised = Object.fromEntries(
      Object.entries(shifted).map(([name, values]) => [name, name.startsWith('slope') ? values : values.map((one) => one + 100)]),
    ) as unknown as Judgements;
    for (const id of ['discriminator-accuracy', 'real-sign', 'discriminator-overfit'])
      expect(make(id)({ judgements: raised }).value).toBeCloseTo(make(id)({ judgements }).value, 5); // the middle is 0 of these
  });

  it('that tells nothing apart has no overfitting to speak of', () => {
    const even = { ...judgements, made: judgements.train };
    expect(() => make('discriminator-overfit')({ judgements: even })).toThrow('that tells training rows from samples');
    expect(make('discriminator-accuracy')({ judgements: { ...even, train: of(1, -1), made: of(1, -1) } }).value).toBe(0.5);
  });

  it('is judged without held-out rows where there are none, but not for overfitting', () => {
    const { heldOut: _, ...others } = judgements;
    for (const id of ['discriminator-accuracy', 'real-sign'])
      expect(make(id)({ judgements: others }).value).toBe(make(id)({ judgements }).value);
    expect(() => make('discriminator-overfit')({ judgements: others })).toThrow('needs rows that are held out');
  });

  it('that knows its rows by heart overfits by 1', () => {
    const value = make('discriminator-overfit')({ judgements: { ...judgements, heldOut: of(-2, -2) } }).value;
    expect(value).toBe(1);
  });

  it('that is flat, or whose loss has no zero, has no ratio', () => {
    expect(() => make('slope-ratio')({ judgements: { ...judgements, slopeReal: of(0, 0) } })).toThrow('not flat');
    expect(() => make('loss-balance')({ discriminatorLoss: { now: -1, even: 0 } })).toThrow(
      'above 0 where nothing is told apart',
    );
    expect(() => make('pull-balance')({ pulls: { reconstruction: 0, penalty: 1 } })).toThrow('it does not at all');
  });
});

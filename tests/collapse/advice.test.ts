// Advice that keeps its word: training on comes first only while it may mend, words of a cure say what it sets, and no more is asked of codes than
// the data have.
import { describe, expect, it } from 'vitest';
import type { Moment } from '../../src/collapse/cause.ts';
import { poorSamples } from '../../src/collapse/causes/poor-samples.ts';
import { circumstancesOf, type Circumstances } from '../../src/collapse/circumstances.ts';
import { minimumRate, raiseBeta } from '../../src/collapse/cures/for-codes.ts';
import { recordOf } from '../../src/collapse/verdict.ts';

const about: Circumstances = circumstancesOf('gan', {}, 'vector');

/** Looks with such precisions, the last of them now. */
const looks = (precisions: readonly number[]): readonly Moment[] => {
  const mean = { precision: 0.96, recall: 0.96, density: 0.97, coverage: 0.96, covarianceRatio: 1 };
  const bar = { precision: 0.93, recall: 0.93, density: 0.9, coverage: 0.91, covarianceRatio: 0.96 };
  return precisions.map((precision, i) => ({
    step: 100 * i,
    epoch: 1 + i,
    signs: { samples: { ...mean, precision, coverage: 0.4, rows: 1000, real: { mean, bar } } },
  }));
};

const offered = (precisions: readonly number[]): readonly string[] => {
  const finding = poorSamples.judge(looks(precisions), about);
  return finding ? recordOf(poorSamples, finding, about).cures.map(({ id }) => id) : [];
};

describe('advice against poor samples', () => {
  it('is to train on while the run is short, or its samples still mend', () => {
    expect(offered([0.1, 0.1])[0]).toBe('longer');
    expect(offered([0.05, 0.06, 0.08, 0.15, 0.2, 0.3])[0]).toBe('longer');
  });

  it('is a cure that can be set where they stand still, and training on comes last', () => {
    const ids = offered([0.3, 0.31, 0.29, 0.3, 0.3, 0.31, 0.3]);
    expect(ids[0]).toBe('relativistic');
    expect(ids.at(-1)).toBe('longer');
  });
});

describe('cures of codes', () => {
  const of = (beta: number): unknown => raiseBeta.changes(circumstancesOf('vae', { 'model.beta': beta }, 'vector'));
  it('raise beta to twice its weight, and to 1 at the least, as they say', () => {
    expect(raiseBeta.why).toContain('Twice the weight on the KL, and 1 at the least');
    expect([of(0.01), of(0.6), of(1), of(4)]).toEqual([1, 1.2, 2, 8].map((beta) => ({ 'model.beta': beta })));
  });

  it('ask for the nats that such rows have, and take back the weight that the price would have to climb over', () => {
    const changes = (rows: 'picture' | 'vector', params = {}): unknown =>
      minimumRate.changes(circumstancesOf('vae', { 'model.beta': 1, ...params }, rows));
    expect(changes('picture')).toEqual({ 'minimumRate.nats': 8 });
    expect(changes('vector')).toEqual({ 'minimumRate.nats': 3 });
    expect(changes('vector', { 'model.beta': 30, 'model.freeBits': 0.1 })).toEqual({
      ...{ 'minimumRate.nats': 3, 'model.beta': 1, 'model.freeBits': 0 },
    });
  });
});

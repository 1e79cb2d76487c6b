// What is told of codes that are entries of a codebook, against closed forms: uniform use, one code for all, slots that repeat each other.
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { klPerDimensionOf } from '../../src/engine/latent-sample.ts';
import { codeUseOf, entropyOf } from '../../src/metrics/code-perplexity.ts';
import { latentSigns } from '../../src/metrics/latent-signs.ts';
import type { Posteriors } from '../../src/metrics/metric.ts';
import { metrics } from '../../src/metrics/metrics.ts';
import { openEvaluatedCodes } from '../../src/training/evaluated-codes.ts';
import { posteriorsOf } from './posteriors.ts';

const LATENT = 4;

/** Two slots of two numbers, of 16 codes; what they cost is told. Means and spreads are of no account. */
function entries(rows: number, code: (row: number, slot: number) => number, nats: number, explained?: number): Posteriors {
  const chosen = Float32Array.from({ length: 2 * rows }, (_, at) => code(at >> 1, at & 1));
  return {
    ...posteriorsOf(
      rows,
      LATENT,
      (i, j) => Math.sin(i * LATENT + j),
      () => 1e-8,
    ),
    codebook: {
      ...{ codes: 16, slots: 2, chosen, nats: new Float32Array(LATENT * rows).fill(nats / LATENT) },
      ...(explained === undefined ? {} : { explained }),
    },
  };
}
const measured = (id: string, of: Posteriors) => metrics.make(id)(of, Rng.fromSeed(1));
const uniform = entries(256, (row, slot) => (slot === 0 ? row % 16 : row >> 4), 2 * Math.log(16));
const one = entries(256, () => 3, 0);
const repeated = entries(256, (row) => row % 16, 2 * Math.log(16));

describe('codes of a codebook', () => {
  it('have the entropy of their shares', () => {
    expect(entropyOf([5, 5, 0, 10])).toBeCloseTo(1.5 * Math.log(2), 12);
    expect(entropyOf([7])).toBe(0);
    expect(entropyOf([])).toBe(0);
  });

  it('have a perplexity of K where all are used alike, and of 1 where one is', () => {
    const [all, single] = [measured('code-perplexity', uniform), measured('code-perplexity', one)];
    expect(all.value).toBeCloseTo(16, 9);
    expect(all).toMatchObject({ rows: 256, cap: 16, beside: [{ value: 16 }, { value: 1 }] });
    expect(single.value).toBe(1);
    expect(single.beside?.[1]?.value).toBe(1 / 16);
    expect(codeUseOf({ codes: 16, chosen: Float32Array.of(1, 1, 2, 5) })).toMatchObject({ used: 3, choices: 4 });
    expect(() => measured('code-perplexity', posteriorsOf(10, 2, (i) => i, () => 1))).toThrow('needs codes of a codebook'); // prettier-ignore
  });

  it('tell the entropy of whole rows, and cost the rest for slots that repeat each other', () => {
    expect(measured('mutual-information', uniform).value).toBeCloseTo(Math.log(256), 9);
    expect(measured('mutual-information', repeated)).toMatchObject({ rows: 256, cap: Math.log(256) });
    expect(measured('mutual-information', repeated).value).toBeCloseTo(Math.log(16), 9);
    expect(measured('mutual-information', one).value).toBe(0);
    expect(measured('kl', repeated).value).toBeCloseTo(2 * Math.log(16), 5);
    expect(measured('kl', repeated).perDimension?.[0]).toBeCloseTo(Math.log(16) / 2, 5);
    expect(measured('aggregate-kl', uniform).value).toBeCloseTo(0, 5);
    expect(measured('aggregate-kl', repeated).value).toBeCloseTo(Math.log(16), 5);
    for (const id of ['prior-holes', 'codes-off-prior']) {
      expect(() => measured(id, { ...uniform, prior: { z: uniform.mean } })).toThrow(id);
    }
  });

  it('give signs that agree with the metrics, however few rows are compared', () => {
    const signs = latentSigns({ ...repeated, codebook: { ...repeated.codebook!, explained: 0.5 } }, Rng.fromSeed(1), {
      compared: 10,
      spread: Infinity,
    });
    expect(signs.mutualInformation.nats).toBeCloseTo(Math.log(16), 9);
    expect(signs.klNats).toBeCloseTo(2 * Math.log(16), 5);
    expect(signs.klPerDimension.reduce((a, b) => a + b)).toBeCloseTo(signs.klNats ?? NaN, 9);
    expect(signs.aggregateKl).toBeCloseTo(Math.log(16), 5);
    expect(signs.codebook).toMatchObject({ codes: 16, choices: 512, used: 16, explained: 0.5 });
    expect(signs.codebook?.perplexity).toBeCloseTo(16, 9);
  });
});

it('cost a slot the entropy of its choices where a traversal orders dimensions', () => {
  const mean = Float32Array.of(1, 0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1); // two slots of two numbers: two codes in turn, and always the same
  const sample = { step: 1, count: 4, latentSize: 4, rowIds: Int32Array.of(0, 1, 2, 3), mean, logVariance: new Float32Array(16), reconstruction: new Float32Array(4) }; // prettier-ignore
  const half = Math.log(2) / 2;
  klPerDimensionOf(sample, { 'model.codeSize': 2 }).forEach((nats, j) => expect(nats).toBeCloseTo(j < 2 ? half : 0, 12));
  expect(klPerDimensionOf(sample, {})[0]).toBeCloseTo(0.25, 6); // of Gaussians: ½ mean μ²
});

describe('the part of the rows that reconstructions hold', () => {
  const x = Float32Array.of(1000, 0, 1001, 30, 1002, 60, 1003, 90, 9, 9); // the last row fills up a batch
  const told = (
    sample: { kind: 'vector'; size: number } | { kind: 'picture'; height: 1; width: 2; channels: 1 },
    shown: Float32Array,
  ) => {
    // prettier-ignore
    const codes = openEvaluatedCodes({ codes: 4, slots: 1 }, { latentSize: 1, sample }, 4);
    const scores = (from: number) => ({ chosen: Float32Array.of(0, 1, 2), kl: Float32Array.of(5, 6, 7), x: x.subarray(2 * from), shown: shown.subarray(2 * from) }); // prettier-ignore
    codes.take(scores(0), 0, 3);
    codes.take(scores(3), 3, 1);
    return codes.told();
  };
  const half = Float32Array.of(1000, 45, 1001, 45, 1002, 45, 1003, 45, 0, 0); // the first column whole, of the second its mean

  it('is 1 − what they miss over the variance, of each column of a vector by itself', () => {
    expect(told({ kind: 'vector', size: 2 }, x).explained).toBe(1);
    expect(told({ kind: 'vector', size: 2 }, half).explained).toBeCloseTo(0.5, 9);
    expect(told({ kind: 'picture', height: 1, width: 2, channels: 1 }, half).explained).toBeCloseTo(5 / (5 + 4500), 9);
  });

  it('keeps what was chosen and what it costs in the order of the rows', () => {
    const { chosen, nats } = told({ kind: 'vector', size: 2 }, x);
    expect([chosen, nats]).toEqual([Float32Array.of(0, 1, 2, 0), Float32Array.of(5, 6, 7, 5)]);
  });
});

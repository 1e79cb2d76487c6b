// Causes that need more than one moment, or more than codes and scores; and the cures: each must make a model, of every kind it is offered for.
import { describe, expect, it } from 'vitest';
import type { ParamValues } from '../../src/base/params.ts';
import { confidenceOf, type Moment } from '../../src/collapse/cause.ts';
import { causes } from '../../src/collapse/causes.ts';
import type { Circumstances } from '../../src/collapse/circumstances.ts';
import { minibatchStddev, packing } from '../../src/collapse/cures/for-samples.ts';
import { findings, verdictOf } from '../../src/collapse/verdict.ts';
import type { SampleShape } from '../../src/datasets/dataset.ts';
import { makeModel } from '../../src/engine/catalogue.ts';
import type { SampleQualityRecord } from '../../src/protocol/records.ts';
import type { LatentSigns, SignsRecord } from '../../src/protocol/signs.ts';

const about: Circumstances = { model: 'gan', params: {}, rows: 'picture', noun: 'pictures', leastKlNats: 2 };
const moment = (signs: SignsRecord, step = 100): Moment => ({ step, epoch: 5, signs });
const found = (history: readonly Moment[]): readonly string[] => findings(history, about).map(({ cause }) => cause.id);

const latent = (nats: number, units = 13, rank = 11): LatentSigns => ({
  latentSize: 20,
  rows: 2000,
  klPerDimension: Array.from({ length: 20 }, () => (nats + 0.5) / 20),
  activeUnits: units,
  effectiveRank: rank,
  participationRatio: rank,
  mutualInformation: { nats, capNats: Math.log(1000), rows: 1000 },
  aggregateKl: 0.5,
});

/** Real rows' scores as digits have them, and samples with such a coverage. */
const samples = (coverage: number, bins?: SampleQualityRecord['bins']): SampleQualityRecord => {
  const mean = { precision: 0.96, recall: 0.96, density: 0.97, coverage: 0.96, covarianceRatio: 1 };
  const bar = { precision: 0.93, recall: 0.93, density: 0.9, coverage: 0.91, covarianceRatio: 0.96 };
  return { ...mean, coverage, rows: 1000, real: { mean, bar }, ...(bins ? { bins } : {}) };
};

describe('confidence', () => {
  it('is the weight of the signs that speak for a cause', () => {
    const sign = (speaksFor: boolean, weight?: number) => ({ text: '', speaksFor, ...(weight === undefined ? {} : { weight }) });
    expect(confidenceOf([sign(true, 3), sign(false)])).toBe(0.75);
    expect(confidenceOf([sign(true), sign(false), sign(false), sign(true)])).toBe(0.5);
    expect(confidenceOf([])).toBe(0);
  });
});

describe('causes', () => {
  it('see a code lose its information before it has none', () => {
    const history = [6.5, 6.8, 5, 3.2].map((nats, i) => moment({ latent: latent(nats) }, 100 * i));
    expect(found(history.slice(0, 3))).toEqual([]);
    const [first] = findings(history, about);
    expect(first?.cause.id).toBe('posterior-collapse');
    expect(first?.finding.state).toBe('watch');
    expect(first?.finding.sentence).toBe('codes are losing what they say about the pictures: 3.20 nats, which was 6.80');
  });

  it('see samples lose the data while most of it is still there', () => {
    const history = [0.3, 0.86, 0.8, 0.5].map((coverage, i) => moment({ samples: samples(coverage) }, 100 * i));
    expect(found(history.slice(0, 2))).toEqual(['lost-modes']);
    expect(found(history)).toContain('mode-collapse');
  });

  it('take no loss that grows with beta for divergence', () => {
    const course = (beta: (i: number) => number): readonly Moment[] =>
      [10, 9, 8.5, 8.4, 8.4, 20, 40, 80].map((loss, i) => ({
        ...moment({ training: { losses: { loss } } }, 100 * i),
        knobs: { beta: beta(i) },
      }));
    expect(found(course(() => 1))).toEqual(['divergence']);
    expect(found(course((i) => Math.max(1, i - 3)))).toEqual([]);
  });

  it('name steps that broke the net before the codes that are gone with it, unless codes were read since', () => {
    const gap = (nats: number) => ({ decoder: { shuffledGap: { nats, errorNats: 0.1, rows: 250 } } });
    const course = (gaps: readonly number[]): readonly Moment[] =>
      gaps.map((nats, i) => moment({ latent: latent(0.1, 0, 1), ...gap(nats), training: { rollbacks: 2 } }, 100 * i));
    expect(findings(course([0, 0.2, -0.1]), about)[0]).toMatchObject({
      cause: { id: 'divergence' },
      finding: { state: 'collapsed' },
    });
    expect(findings(course([20, 0.2, -0.1]), about)[0]?.cause.id).toBe('posterior-collapse');
  });

  it('see codes off the prior at the cap, where one dimension is paid more than telling all rows apart costs', () => {
    const wide = (nats: number): Moment =>
      moment({ latent: { ...latent(6.9), klPerDimension: Array.from({ length: 20 }, (_, j) => (j < 2 ? nats : 1)) } });
    expect(found([wide(6.5)])).toEqual([]);
    expect(found([wide(15)])).toEqual(['prior-mismatch']); // 2 · (15 - ln 1000) = 16 nats
  });

  it('see samples go away from their own best while every bar still holds', () => {
    const course = [0.9, 0.95, 0.95, 0.96, 0.93, 0.9, 0.86, 0.82, 0.78].map((coverage, i) =>
      moment({ samples: samples(coverage) }, i),
    );
    const finding = findings(course, about).find(({ cause }) => cause.id === 'mode-collapse')?.finding;
    expect(finding).toMatchObject({ state: 'watch', looks: 3 });
    expect(finding?.sentence).toBe('samples are losing the pictures: 82 % have one near them, which were 95 %');
  });

  it('see a decoder that does as well with any other code', () => {
    const of = (nats: number, rows = 250): readonly string[] =>
      found([moment({ latent: latent(5), decoder: { shuffledGap: { nats, errorNats: 0.01, rows } } })]);
    expect(of(0.03)).toEqual(['ignored-code']);
    expect(of(0.03, 20), 'too few to say').toEqual([]);
    expect(of(25)).toEqual([]);
  });

  it('tell rotating modes from lost ones, which are the same at each look', () => {
    const shares = (bins: readonly number[]): readonly number[] =>
      Array.from({ length: 8 }, (_, i) => (bins.includes(i) ? 1 / bins.length : 0));
    const real = Array.from({ length: 8 }, () => 1 / 8);
    const look = (bins: readonly number[], i: number): Moment =>
      moment({ samples: samples(0.2, { samples: shares(bins), real }) }, 100 * i);
    const turning = [[0, 1], [2], [3, 4], [5], [6, 7]].map(look);
    expect(found(turning)[0]).toBe('rotating-modes');
    expect(findings(turning, about)[0]?.finding.sentence).toBe(
      'samples lie in 1.6 of 8 parts of the data at a time, in 8 over the last 5 looks',
    );
    expect(found([[0, 1], [0, 1], [1], [0, 1], [0]].map(look))[0]).toBe('mode-collapse');
    const growing = [[0], [0, 1], [0, 1, 2], [0, 1, 2, 3], [0, 1, 2, 3, 4]].map(look);
    expect(found(growing)).not.toContain('rotating-modes');
    expect(
      found(
        [
          [0, 1, 2, 3, 4, 5, 6],
          [0, 1, 2, 3, 4, 5],
          [0, 1, 2, 3, 4, 5, 7],
          [1, 2, 3, 4, 5, 6],
        ].map(look),
      ),
    ).not.toContain('rotating-modes');
  });

  it('see a discriminator that wins, and one that has learnt the rows by heart', () => {
    const training = (signs: NonNullable<SignsRecord['training']>): readonly string[] =>
      found([1, 2, 3].map((i) => moment({ samples: samples(0.95), training: signs }, i)));
    expect(training({ discriminatorAccuracy: 0.75 })).toEqual([]);
    expect(training({ discriminatorAccuracy: 0.98 })).toEqual([]); // the samples are as good as real rows
    expect(training({ discriminatorAccuracy: 0.98, slopeRatio: 20 })).toEqual(['dominating-discriminator']);
    expect(training({ discriminatorAccuracy: 0.8, realSign: 0.8, overfitShare: 0.9 })).toEqual(['overfitted-discriminator']);
    expect(training({ discriminatorAccuracy: 0.8, realSign: 0.8, overfitShare: 0.1 })).toEqual([]);
  });

  it('know how much a discriminator tells right because samples leave out data', () => {
    const evidence = (discriminatorAccuracy: number) => {
      const moments = [1, 2, 3].map((i) => moment({ samples: samples(0.12), training: { discriminatorAccuracy } }, i));
      return findings(moments, about).find(({ cause }) => cause.id === 'dominating-discriminator')?.finding.signs;
    };
    const words = /^were the samples perfect where they are, in 1\d % of the data, it would tell 94 % right$/;
    const sign = (accuracy: number) => evidence(accuracy)?.find(({ text }) => words.test(text))?.speaksFor;
    expect([sign(0.94), sign(0.99)]).toEqual([false, true]);
  });

  it('tell what training shows, though samples are too few', () => {
    const few = { ...samples(0.95), rows: 60 };
    const training = { discriminatorAccuracy: 0.7, realSign: 0.8, overfitShare: 0.9 };
    const { state, causes: told, reasons } = verdictOf([moment({ samples: few, training })], about);
    expect([state, told.map(({ id }) => id)]).toEqual(['watch', ['overfitted-discriminator']]);
    expect(reasons).toEqual(['a verdict needs 100 samples, as many held-out rows, and finite scores']);
    expect(verdictOf([moment({ samples: few })], about).state).toBe('unknown');
    expect(verdictOf([moment({ samples: { ...samples(0.95), recall: NaN }, training })], about).causes).toEqual([]);
  });

  const of = (share: number, expected: number) => ({ share, expected });
  it('see copies of training rows, as 100 pictures over and over are not and copies with noise are', () => {
    const memory = (signs: NonNullable<SignsRecord['memory']>): readonly string[] =>
      found([moment({ samples: samples(0.96), memory: signs })]);
    expect(memory({ dataCopying: -12.4, replicas: of(0.95, 0.01), copied: of(1, 0.44) })).toEqual(['memorisation']);
    expect(memory({ dataCopying: -1.2, replicas: of(0.01, 0.01), copied: of(0.52, 0.44) })).toEqual([]);
    expect(
      memory({ dataCopying: -6.1, replicas: of(0.02, 0.01), copied: of(0.55, 0.44) }),
      'a lost class moves C_T, too',
    ).toEqual([]);
  });

  it('see data that repeat themselves, and classes that hardly occur', () => {
    const data = (signs: NonNullable<SignsRecord['data']>): readonly string[] => found([moment({ data: signs })]);
    expect(data({ rows: 5000, duplicateShare: 0.4 })).toEqual(['poor-data']);
    expect(data({ rows: 5000, duplicateShare: 0.01, classShares: [0.5, 0.49, 0.01] })).toEqual(['poor-data']);
    expect(data({ rows: 5000, duplicateShare: 0.01, classShares: [0.4, 0.35, 0.25] })).toEqual([]);
  });

  it('see a loss that grows, not one that sways', () => {
    const losses = (values: readonly number[]): readonly string[] =>
      found(values.map((loss, i) => moment({ training: { losses: { loss } } }, i)));
    expect(losses([200, 150, 120, 110, 108, 109, 107, 108])).toEqual([]);
    expect(losses([200, 150, 120, 110, 108, 140, 300, 900])).toEqual(['divergence']);
    expect(found([moment({ training: { rollbacks: 1 } })])).toEqual(['divergence']);
  });

  it('put the gravest first in the verdict, and keep the others', () => {
    const bad = verdictOf([moment({ samples: samples(0.2), training: { discriminatorAccuracy: 0.99 } })], about);
    expect(bad.state).toBe('collapsed');
    expect(bad.causes.map(({ id }) => id)).toEqual(['mode-collapse', 'lost-modes', 'dominating-discriminator']);
    expect(bad.causes.every(({ confidence, evidence }) => confidence > 0 && confidence <= 1 && evidence.length > 0)).toBe(true);
  });
});

describe('cures', () => {
  const picture: SampleShape = { kind: 'picture', height: 16, width: 16, channels: 1 };
  const vector: SampleShape = { kind: 'vector', size: 6 };
  const cases = causes.flatMap((cause) =>
    cause.cures.flatMap((cure) =>
      (['vae', 'vq-vae', 'gan'] as const).flatMap((model) => [picture, vector].map((sample) => ({ cause, cure, model, sample }))),
    ),
  );
  it.each(cases.map((one) => [`${one.cause.id}: ${one.cure.id}, ${one.model} of ${one.sample.kind}s`, one] as const))(
    '%s',
    (_, { cure, model, sample }) => {
      const net = sample.kind === 'picture' ? 'conv' : 'dense';
      const collapsing = model === 'vae' ? { 'model.beta': 20, 'model.freeBits': 0.1 } : {};
      const before = makeModel(model, { 'model.net': net, ...collapsing }, sample).params;
      const changes = cure.changes({
        model,
        params: { ...before, 'train.batchSize': 64 },
        rows: sample.kind,
        noun: 'rows',
        leastKlNats: 2,
      });
      if (!changes) return;
      const params = { ...before, ...changes };
      const after = makeModel(model, params, sample).params;
      for (const [name, value] of Object.entries(changes)) {
        if (name.startsWith('train.')) continue;
        expect(after[name], name).toBe(value);
        expect(before[name], name).not.toBe(value);
      }
    },
  );

  it('come in groups that fill a batch, or are not offered', () => {
    const offered = (batch: number, set: ParamValues = {}) =>
      [packing, minibatchStddev].map((cure) =>
        cure.changes({ ...about, model: 'gan', params: { ...makeModel('gan', set, vector).params, 'train.batchSize': batch } }),
      );
    expect(offered(64)).toEqual([{ 'packing.samples': 2 }, { 'minibatchStddev.group': 8 }]);
    expect(offered(50)).toEqual([{ 'packing.samples': 2 }, { 'minibatchStddev.group': 5 }]);
    expect(offered(25)).toEqual([undefined, { 'minibatchStddev.group': 5 }]);
    expect(offered(53)).toEqual([undefined, undefined]);
    expect(offered(12, { 'packing.samples': 2 })[1], 'six packs').toEqual({ 'minibatchStddev.group': 6 });
    expect(offered(12, { 'minibatchStddev.group': 4 })[0], 'six packs').toBeUndefined();
  });

  it('are explained in two sentences, each with what it changes; every cause has one for the models it befalls', () => {
    for (const { id, cures, summary } of causes) {
      expect(cures.length, id).toBeGreaterThan(0);
      for (const text of [summary, ...cures.map(({ why }) => why)])
        expect(text.match(/[^.]\.(?: |$)/g)?.length, text).toBeGreaterThanOrEqual(2);
    }
  });

  it('are not offered where they are in force', () => {
    const params = { ...makeModel('vae', {}, picture).params };
    const ids = (changed: typeof params): readonly string[] =>
      causes
        .flatMap((cause) => cause.cures)
        .flatMap((cure) => (cure.changes({ ...about, model: 'vae', params: changed }) ? [cure.id] : []));
    expect(ids(params)).not.toContain('lower-beta');
    expect(ids({ ...params, 'model.beta': 4 })).toContain('lower-beta');
    expect(ids({ ...params, 'minimumRate.nats': 8 })).not.toContain('minimum-rate');
    expect(ids(params)).not.toContain('packing');
  });
});

// The scorer beside generators whose samples are known: one that draws the ring as it is, one that has lost all modes but one.
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { ring } from '../../src/datasets/gaussians.ts';
import { shapes } from '../../src/datasets/shapes.ts';
import { readRows } from '../../src/datasets/dataset.ts';
import { verdictOf } from '../../src/collapse/verdict.ts';
import type { WeightsShown } from '../../src/models/model.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import type { SampleQualityRecord, VerdictRecord } from '../../src/protocol/records.ts';
import type { Device, DeviceState } from '../../src/tracing/device.ts';
import { float32, type Program } from '../../src/tracing/program.ts';
import { FEWEST_SCORED, openSampleScorer } from '../../src/training/sample-quality.ts';

/** z [batch, 4] → the ring: the direction of the first two, moved to the nearest mode, and the others round it. With a weight of 0, all on one mode. */
const program = (batch: number, weights: WeightsShown): Program => ({
  name: `ring.${weights}`,
  state: { raw: float32(), average: float32() },
  inputs: { z: float32(batch, 4) },
  body: (state, { z }) => {
    const [a, b, dx, dy] = tf.split(z as tf.Tensor2D, 4, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    const eighths = tf.div(tf.atan2(a, b), Math.PI / 4);
    const angle = tf.mul(tf.round(tf.mul(eighths, state[weights] as tf.Scalar)), Math.PI / 4);
    const place = (along: tf.Tensor, by: tf.Tensor): tf.Tensor2D => tf.add(along, tf.mul(0.01, by));
    return { outputs: { x: tf.concat([place(tf.cos(angle), dx), place(tf.sin(angle), dy)], 1) } };
  },
});

const judge = (quality: SampleQualityRecord): VerdictRecord =>
  verdictOf([{ step: 1, epoch: Infinity, signs: { samples: quality } }], {
    model: 'gan',
    params: {},
    rows: 'vector',
    noun: 'rows',
    leastKlNats: 2,
  });

const rows = Int32Array.from({ length: 5000 }, (_, i) => i);
const dataset = ring.make({ rows: 5000, seed: 2 });
const generator = {
  latentSize: 4,
  hasAverage: true,
  decode: (batch: number, weights: WeightsShown = 'average') => program(batch, weights),
};

describe('the scorer of samples', () => {
  let device: Device;
  let state: DeviceState;
  beforeAll(async () => {
    device = await openOnnxDevice({ threads: 1 });
    state = await device.createState(
      { raw: float32(), average: float32() },
      { raw: Float32Array.of(0), average: Float32Array.of(1) },
    );
  });
  afterAll(async () => {
    state.dispose();
    await device.dispose();
  });

  it('finds averaged weights that draw the ring healthy and raw ones on one mode collapsed, the same each time', async () => {
    const scorer = await openSampleScorer(generator, device, state, dataset, rows.subarray(0, 700), Rng.fromSeed(1));
    const average = await scorer.score('average');
    expect(average.rows).toBe(700);
    expect(average.modes).toMatchObject({ captured: 8, of: 8 });
    expect(Math.abs(average.modes!.highQuality - 0.989)).toBeLessThan(0.015);
    expect(average.modes!.reverseKlNats).toBeLessThan(0.02);
    for (const name of ['precision', 'recall', 'density', 'coverage', 'covarianceRatio'] as const)
      expect(average[name], name).toBeGreaterThan(average.real.bar[name]);
    expect(judge(average).state).toBe('healthy');

    const raw = await scorer.score('raw');
    expect(raw.modes).toMatchObject({ captured: 1, of: 8 });
    expect(raw.modes!.reverseKlNats).toBeCloseTo(Math.log(8), 6);
    expect(raw.precision).toBeGreaterThan(0.9); // quality stays while modes drop
    expect(raw.coverage).toBeLessThan(0.2);
    // Sixteen parts: two of each of the eight places, so that one place is two of them.
    const served = ({ bins }: SampleQualityRecord): number =>
      bins!.samples.filter((share, i) => share > 0.25 * bins!.real[i]!).length;
    expect([served(average) >= 14, served(raw) <= 3]).toEqual([true, true]);
    for (const { bins } of [average, raw]) expect(bins!.samples.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(judge(raw).sentence).toBe('Collapsed: samples lie on only 1 of 8 modes.');
    expect(await scorer.score('average')).toEqual(average);
    scorer.dispose();
  });

  it('scores the weights as they are now, and raw ones where no average is kept', async () => {
    const scorer = await openSampleScorer(
      { ...generator, hasAverage: false },
      device,
      state,
      dataset,
      rows.subarray(0, 200),
      Rng.fromSeed(1),
    );
    expect((await scorer.score('average')).modes).toMatchObject({ captured: 1 });
    await state.write({ raw: Float32Array.of(1) });
    expect((await scorer.score('average')).modes).toMatchObject({ captured: 8 });
    await state.write({ raw: Float32Array.of(NaN) });
    await expect(scorer.score('raw')).rejects.toMatchObject({ code: 'diverged' });
    await state.write({ raw: Float32Array.of(0) });
    scorer.dispose();
  });

  it('draws through a prior where the model has one of its own', async () => {
    // A prior that lost its directions: the generator is good, its samples are not.
    const prior = (batch: number): Program => ({
      name: 'prior',
      state: {},
      inputs: { eps: float32(batch, 4), u: float32(batch) },
      body: (_, { eps, u }) => {
        const right = tf.mul(tf.expandDims(tf.add(1, u as tf.Tensor1D), 1), tf.tensor2d([[0, 1, 0, 0]]));
        return { outputs: { z: tf.add(tf.mul(eps as tf.Tensor2D, tf.tensor2d([[0, 0, 1, 1]])), right) } };
      },
    });
    const scorer = await openSampleScorer(
      { ...generator, prior },
      device,
      state,
      dataset,
      rows.subarray(0, 200),
      Rng.fromSeed(1),
    );
    expect((await scorer.score('average')).modes).toMatchObject({ captured: 1 });
    scorer.dispose();
  });

  it('compares pictures by principal components, and says nothing of modes where none are known', async () => {
    const pictures = shapes.make({ rows: 500 });
    const values = readRows(pictures, rows.subarray(0, 500));
    // "Generates" dataset rows by lot: z says which.
    const lots = {
      latentSize: 1,
      hasAverage: false,
      decode: (batch: number): Program => ({
        name: 'lots',
        state: {},
        inputs: { z: float32(batch, 1) },
        body: (_, { z }) => {
          const which = tf.cast(tf.floor(tf.mul(500, tf.sigmoid(tf.mul(1.7, tf.squeeze(z!, [1]))))), 'int32');
          return { outputs: { x: tf.gather(tf.tensor2d(values, [500, 3072]), which) } };
        },
      }),
    };
    const none = await device.createState({}, {});
    const scorer = await openSampleScorer(lots, device, none, pictures, rows.subarray(0, 150), Rng.fromSeed(1));
    const found = await scorer.score('raw');
    expect(found.modes).toBeUndefined();
    expect(found.rows).toBe(150);
    expect(found.precision).toBeGreaterThan(found.real.bar.precision);
    expect(Math.abs(found.covarianceRatio - 1)).toBeLessThan(0.15);
    scorer.dispose();
    none.dispose();
  });

  it('gives back every program it loaded', async () => {
    let open = 0;
    const counted: Device = {
      ...device,
      kind: device.kind,
      createState: (specs, values) => device.createState(specs, values),
      dispose: () => device.dispose(),
      load: async (given, of) => {
        const made = await device.load(given, of);
        open++;
        return {
          program: made.program,
          compileMs: made.compileMs,
          run: (inputs) => made.run(inputs),
          dispose: () => {
            open--;
            made.dispose();
          },
        };
      },
    };
    const scorer = await openSampleScorer(generator, counted, state, dataset, rows.subarray(0, 200), Rng.fromSeed(1));
    expect(open).toBe(2);
    scorer.dispose();
    expect(open).toBe(0);
    const broken = (): Program => ({
      name: 'broken',
      state: {},
      inputs: {},
      body: () => ({ outputs: { z: tf.scalar(NaN) }, state: { none: tf.scalar(1) } }),
    });
    const prior = program;
    await expect(
      openSampleScorer(
        { ...generator, prior: (batch) => prior(batch, 'raw'), decode: broken },
        counted,
        state,
        dataset,
        rows.subarray(0, 200),
        Rng.fromSeed(1),
      ),
    ).rejects.toThrow(/broken/);
    expect(open).toBe(0);
  });

  it('refuses to score beside next to no rows', async () => {
    const few = ring.make({ rows: 40 });
    const open = openSampleScorer(generator, device, state, few, rows.subarray(0, FEWEST_SCORED - 1), Rng.fromSeed(1));
    await expect(open).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/at least 6 held-out rows/) as string,
    });
  });
});

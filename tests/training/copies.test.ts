// The brief look for copies, beside generators that are known: one that draws the ring anew, one that draws training rows over again.
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { memorisation } from '../../src/collapse/causes/memorisation.ts';
import { readRows } from '../../src/datasets/dataset.ts';
import { ring } from '../../src/datasets/gaussians.ts';
import { splitRows } from '../../src/datasets/split.ts';
import { makeModel } from '../../src/engine/catalogue.ts';
import { authenticity } from '../../src/metrics/authenticity.ts';
import { dataCopyingTest } from '../../src/metrics/data-copying.ts';
import type { Measured } from '../../src/metrics/metric.ts';
import { nearestTrainingRatio } from '../../src/metrics/nearest-training-ratio.ts';
import type { Model } from '../../src/models/model.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import type { MemorySigns } from '../../src/protocol/signs.ts';
import { float32, type Program } from '../../src/tracing/program.ts';
import { signsOfFigures } from '../../src/training/figure-signs.ts';
import { openSampleScorer } from '../../src/training/sample-quality.ts';
import { train } from '../../src/training/train.ts';
import { openWatch } from '../../src/training/watch.ts';

/** Noise by which a copy is off: far less than rows of a mode are apart. */
const OFF = 1e-5;

/** A VAE of the ring whose decoder draws row `i` of these, chosen by z, each moved a little. */
function modelOf(rows: Float32Array): Model {
  const set = { 'model.latentSize': 2, 'net.width': 8, 'net.depth': 1, 'model.prior': 'normal' };
  const model = makeModel('vae', set, ring.make({ rows: 10, seed: 1 }).sample);
  const count = rows.length / 2;
  const decode = (batch: number): Program => ({
    name: `rows ${count} ${batch}`,
    state: {},
    inputs: { z: float32(batch, 2) },
    body: (_, { z }) => {
      const [a, b] = tf.split<tf.Tensor2D>(z as tf.Tensor2D, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
      const far = tf.mul(a, 1000);
      const part = tf.sub(far, tf.floor(far)); // uniform, 0 … 1
      const index = tf.cast(tf.minimum(count - 1, tf.floor(tf.mul(part, count))), 'int32');
      const drawn = tf.gather(tf.tensor2d(rows, [count, 2]), tf.reshape(index, [batch]));
      return { outputs: { x: tf.add(drawn, tf.mul(b, OFF)) } };
    },
  });
  return { ...model, decode };
}

const isCopying = (memory: MemorySigns | undefined): boolean =>
  memorisation.judge([{ step: 1, epoch: 9, signs: memory ? { memory } : {} }], { noun: 'rows' } as never) !== undefined;

/** What a brief look finds, and what the metrics find with a thousand samples. */
async function looked(rows: number, isFresh: boolean): Promise<{ brief: MemorySigns; again: MemorySigns; whole: MemorySigns }> {
  const dataset = ring.make({ rows, seed: 2 });
  const { train: trainRows, heldOut: heldOutRows } = splitRows(dataset, 1, 0.1);
  const model = modelOf(isFresh ? readRows(ring.make({ rows: 20_000, seed: 3 }), range(20_000)) : readRows(dataset, trainRows));
  const device = await openOnnxDevice({ threads: 1 });
  const state = await device.createState(model.state, model.initialise(Rng.fromSeed(1), { dataset, rows: trainRows }));
  const watch = await openWatch(model, device, state, { dataset, trainRows, heldOutRows }, Rng.fromSeed(4), 50);
  const scorer = await openSampleScorer(model, device, state, dataset, heldOutRows, Rng.fromSeed(4));
  try {
    expect(await watch.copies()).toBeUndefined(); // nothing to compare with yet
    await watch.prepareCopies();
    const [brief, again] = [await watch.copies(), await watch.copies()];
    const sets = await scorer.sets('average');
    const figures: Record<string, Measured> = {};
    for (const { id, make } of [dataCopyingTest, nearestTrainingRatio, authenticity]) figures[id] = make()(sets, Rng.fromSeed(5));
    const whole = signsOfFigures(figures).memory;
    if (!brief || !again || !whole) throw new Error('there are rows enough');
    return { brief, again, whole };
  } finally {
    scorer.dispose();
    watch.dispose();
    state.dispose();
    await device.dispose();
  }
}

const range = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);
/** 3 deviations of a share of 250. */
const SWAY = 0.1;

describe('a brief look for copies', () => {
  it('sees them among 900 training rows, as a whole measure does, and the same again', async () => {
    const { brief, again, whole } = await looked(1000, false);
    expect(brief.replicas?.share).toBeGreaterThan(0.9);
    expect(Math.abs((brief.copied?.share ?? 0) - (whole.copied?.share ?? 1))).toBeLessThan(SWAY);
    expect([isCopying(brief), isCopying(whole)]).toEqual([true, true]);
    expect(again).toEqual(brief);
  });

  it('sees them among 10,800 of which 4,000 are looked at: a part of the copies, and enough', async () => {
    const { brief, whole } = await looked(12_000, false);
    for (const { replicas } of [brief, whole]) {
      // Copies of rows that are not looked at lie as fresh draws do.
      const hidden = replicas?.expected ?? NaN;
      const seen = 4000 / 10_800;
      expect(Math.abs((replicas?.share ?? NaN) - (seen + (1 - seen) * hidden))).toBeLessThan(SWAY);
    }
    expect([isCopying(brief), isCopying(whole)]).toEqual([true, true]);
  });

  it.each([1000, 12_000])('sees none in fresh draws beside %i rows', async (rows) => {
    const { brief, whole } = await looked(rows, true);
    for (const { dataCopying, replicas, copied } of [brief, whole]) {
      expect(Math.abs(dataCopying ?? NaN)).toBeLessThan(3);
      for (const one of [replicas, copied]) expect(Math.abs((one?.share ?? NaN) - (one?.expected ?? NaN))).toBeLessThan(2 * SWAY);
    }
    expect([isCopying(brief), isCopying(whole)]).toEqual([false, false]);
  });

  it('says nothing where hardly any rows were held out, whatever the figures', () => {
    const figuresOf = (rows: number): Record<string, Measured> => {
      const figure = { unit: 'share', rows, expected: 0 } as const;
      return { 'data-copying': { ...figure, value: -9 }, 'nearest-training-ratio': { ...figure, value: 0.9 } };
    };
    expect(signsOfFigures(figuresOf(6)).memory).toBeUndefined();
    expect(signsOfFigures(figuresOf(50)).memory).toMatchObject({ dataCopying: -9, replicas: { share: 0.9 } });
  });

  it('is taken at every fourth look after a pass over the data, and warned of without any whole measure', async () => {
    const dataset = ring.make({ rows: 1000, seed: 2 });
    const { train: trainRows, heldOut: heldOutRows } = splitRows(dataset, 1, 0.1);
    const device = await openOnnxDevice({ threads: 1 });
    const [looks, warned]: [number[], [string, number][]] = [[], []];
    try {
      const model = modelOf(readRows(dataset, trainRows));
      const params = { batchSize: 50, evaluateEvery: 10, checkpointEvery: 1000, latentRows: 200 };
      const setup = { model, dataset, trainRows, heldOutRows, device, seed: 1, params, stop: { steps: 60 } };
      for await (const event of train(setup)) {
        if (event.kind === 'reported' && event.report.signs?.memory) looks.push(event.report.step);
        if (event.kind === 'warned') warned.push([event.warning.cause.id, event.warning.since]);
      }
    } finally {
      await device.dispose();
    }
    expect(looks).toEqual([40]);
    expect(warned).toContainEqual(['memorisation', 40]);
  });
});

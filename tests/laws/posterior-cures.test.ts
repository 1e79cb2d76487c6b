// What cures of posterior collapse promise, held against closed forms; all of them compiled as well.
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matrix, type Matrix } from '../../src/base/matrix.ts';
import { Rng } from '../../src/base/rng.ts';
import { drawPosteriors } from '../../src/metrics/metric.ts';
import { measureMutualInformation } from '../../src/metrics/mutual-information.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { aggressiveInference, batchInformation } from '../../src/regularisers/aggressive-inference.ts';
import { committedRate, logVarianceAt } from '../../src/regularisers/committed-rate.ts';
import { gaussianKl } from '../../src/regularisers/gaussian-kl.ts';
import { minimumRate } from '../../src/regularisers/minimum-rate.ts';
import { normalisedMeans } from '../../src/regularisers/normalised-means.ts';
import type { Device } from '../../src/tracing/device.ts';
import { float32, sizeOf, type Arrays, type Program, type Tensors } from '../../src/tracing/program.ts';
import { startWeights, weightSpecs } from '../../src/tracing/weights.ts';
import { runEagerly } from '../tracing/run-eagerly.ts';
import { scalar, slopeError } from './finite-differences.ts';
import { firstDifference } from './kernels/law.ts';

let onnx: Device;
beforeAll(async () => {
  await tf.setBackend('cpu');
  onnx = await openOnnxDevice({ provider: 'cpu', threads: 1 });
});
afterAll(() => onnx.dispose());

const rng = Rng.fromSeed(11);
const normal = (rows: number, cols: number, scale = 1): tf.Tensor2D =>
  tf.tensor2d(
    rng.fillNormal(new Float32Array(rows * cols)).map((value) => value * scale),
    [rows, cols],
  );
const numbers = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());
const tensorsOf = (arrays: Arrays): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, values]) => [name, values.length === 1 ? tf.scalar(values[0]!) : tf.tensor1d(values)]),
  );

async function expectCompiled(program: Program, state: Arrays): Promise<void> {
  const inputs = Object.fromEntries(
    Object.entries(program.inputs).map(([name, { shape }]) => [
      name,
      rng.stream(name).fillNormal(new Float32Array(sizeOf(shape))),
    ]),
  );
  const held = await onnx.createState(program.state, state);
  const executable = await onnx.load(program, held);
  const outputs = await executable.run(inputs);
  const eager = runEagerly(program, state, inputs);
  for (const [name, values] of Object.entries(eager.outputs))
    expect(firstDifference(outputs[name]!, values, 1e-3), name).toBeUndefined();
  const after = await held.read();
  for (const [name, values] of Object.entries(eager.state))
    expect(firstDifference(after[name]!, values, 1e-3), name).toBeUndefined();
  executable.dispose();
  held.dispose();
}

describe('batch-normalised means', () => {
  const [batch, latent, gamma] = [32, 4, 0.6];
  const made = normalisedMeans.make({ gamma });
  const shift = [0.5, 0, -1, 2];
  const tensors = (): Tensors => ({ ...tensorsOf(made.startStatistics(latent)), 'normalisedMeans.shift': tf.tensor1d(shift) });

  it('have the spread and the shift that were set, so the KL of each dimension is at least half their squares', () => {
    const raw = tf.add<tf.Tensor2D>(normal(batch, latent, 0.05), 3);
    const { mean } = made.apply(tensors(), raw, true);
    const centre = tf.mean(mean, 0);
    numbers(centre).forEach((value, j) => expect(value).toBeCloseTo(shift[j]!, 4));
    const spread = numbers(tf.mean(tf.square(tf.sub(mean, centre)), 0));
    spread.forEach((value) => expect(Math.abs(value / gamma ** 2 - 1)).toBeLessThan(0.01)); // ε is 0.4 % of this variance
    const kl = numbers(tf.mean(gaussianKl(mean, tf.zeros([batch, latent])), 0)); // sigma = 1, where the KL is least
    kl.forEach((nats, j) => expect(nats / (0.5 * (gamma ** 2 + shift[j]! ** 2))).toBeCloseTo(1, 2));
  });

  it('use running statistics afterwards, which come to those of the batches', () => {
    let state: Record<string, tf.Tensor> = { ...tensors() };
    const raw = (): tf.Tensor2D => tf.add(normal(256, latent, 2), 3);
    for (let step = 0; step < 200; step++) {
      const { statistics } = made.apply(state, raw(), true);
      state = { ...state, ...statistics };
    }
    const x = raw();
    const after = made.apply(state, x, false);
    expect(after.statistics).toEqual({});
    const expected = tf.add(tf.mul(tf.div(tf.sub(x, 3), 2), gamma), tf.tensor1d(shift));
    expect(scalar(tf.max(tf.abs(tf.sub(after.mean, expected))))).toBeLessThan(0.25);
    expect(Math.abs(scalar(tf.mean(tf.sub(after.mean, expected))))).toBeLessThan(0.03);
  });

  it('have the gradient of finite differences, through the statistics of the batch', () => {
    const w = normal(6, latent);
    const loss = (raw: tf.Tensor, s: tf.Tensor): tf.Scalar =>
      tf.sum(
        tf.mul(
          w,
          made.apply({ 'normalisedMeans.shift': s, ...tensorsOf(made.startStatistics(latent)) }, raw as tf.Tensor2D, true).mean,
        ),
      );
    expect(slopeError(loss, [normal(6, latent), tf.tensor1d(shift)])).toBeLessThan(1e-2);
  });

  it('are the means themselves when off, without state', () => {
    const off = normalisedMeans.make();
    const raw = normal(3, latent);
    expect(off.isOn).toBe(false);
    expect(off.apply({}, raw, true)).toEqual({ mean: raw, statistics: {} });
    expect([off.weights(latent), off.statistics(latent), off.startStatistics(latent)]).toEqual([{}, {}, {}]);
  });

  it('compile', async () => {
    const weights = made.weights(latent);
    const program: Program = {
      name: 'normalisedMeans',
      state: { ...weightSpecs(weights), ...made.statistics(latent) },
      inputs: { raw: float32(batch, latent) },
      body: (state, { raw }) => {
        const { mean, statistics } = made.apply(state, raw as tf.Tensor2D, true);
        return { state: statistics, outputs: { mean, later: made.apply(state, raw as tf.Tensor2D, false).mean } };
      },
    };
    await expectCompiled(program, { ...startWeights(weights, rng), ...made.startStatistics(latent) });
  });
});

describe('a committed rate', () => {
  it('solves for the variance whose KL is the rate', () => {
    expect(logVarianceAt(0)).toBeCloseTo(0, 6);
    for (const nats of [0.001, 0.05, 0.5, 3, 20]) {
      const bound = logVarianceAt(nats);
      expect(bound).toBeLessThan(0);
      expect((0.5 * (Math.exp(bound) - bound - 1)) / nats).toBeCloseTo(1, 9);
    }
  });

  it.each([0.05, 0.5, 4])(
    'of %f nats is kept by every dimension, whatever mean and log-variance the encoder puts out',
    (nats) => {
      const rate = committedRate.make({ nats });
      const asked: tf.Tensor2D = tf.concat([normal(50, 3, 3), tf.fill([1, 3], 80), tf.fill([1, 3], -80)]);
      const kept = rate.apply(asked);
      for (const mean of [tf.zeros<tf.Rank.R2>([52, 3]), normal(52, 3, 2)])
        expect(Math.min(...numbers(gaussianKl(mean, kept)))).toBeGreaterThan(nats - 1e-5);
      // Far below the bound nothing changes; far above, the bound is met.
      const ends = tf.tensor2d([[-80, 80]]);
      expect(numbers(rate.apply(ends))[0]).toBeCloseTo(-80, 4);
      expect(numbers(gaussianKl(tf.zeros([1, 2]), rate.apply(ends)))[1]).toBeCloseTo(nats, 4);
    },
  );

  it('has the gradient of finite differences', () => {
    const rate = committedRate.make({ nats: 0.3 });
    const w = normal(5, 3);
    expect(slopeError((x) => tf.sum(tf.mul(w, rate.apply(x as tf.Tensor2D))), [normal(5, 3)])).toBeLessThan(5e-3);
  });

  it('leaves log-variances alone when off', () => {
    const x = normal(2, 3);
    expect(committedRate.make().isOn).toBe(false);
    expect(committedRate.make().apply(x)).toBe(x);
  });

  it('compiles', async () => {
    const rate = committedRate.make({ nats: 0.3 });
    const body: Program['body'] = (_, { x }) => ({ outputs: { y: rate.apply(x as tf.Tensor2D) } });
    await expectCompiled({ name: 'committedRate', state: {}, inputs: { x: float32(4, 3) }, body }, {});
  });
});

describe('a minimum desired rate', () => {
  // Linear VAE of one column of variance ½ under unit noise: the code collapses (Lucas et al. 2019), unless the KL's price falls to
  // 1 - u = ½ exp(-2 KL).
  const [variance, rows] = [0.5, 16];
  const data = Float32Array.from({ length: rows }, (_, i) => (i % 2 === 0 ? 1 : -1) * Math.sqrt(variance));
  const row = (x: tf.Tensor1D, [a, c, w]: readonly tf.Tensor[]): { reconstruction: tf.Scalar; kl: tf.Scalar } => {
    const [mean, logVariance] = [tf.reshape(tf.mul(a!, x), [rows, 1]), tf.mul(c!, tf.ones([rows, 1]))] as [
      tf.Tensor2D,
      tf.Tensor2D,
    ];
    const miss = tf.square(tf.sub(x, tf.mul(w!, tf.reshape(mean, [rows]))));
    const noise = tf.mul(tf.square(w!), tf.reshape(tf.exp(logVariance), [rows]));
    return { reconstruction: tf.mul(0.5, tf.mean(tf.add(miss, noise))), kl: tf.mean(gaussianKl(mean, logVariance)) };
  };

  async function trained(nats: number): Promise<{ kl: number; price: number }> {
    const rate = minimumRate.make({ nats });
    const names = ['a', 'c', 'w'];
    const program: Program = {
      name: 'linear',
      state: { a: float32(), c: float32(), w: float32(), ...rate.state },
      inputs: { x: float32(rows), rate: float32() },
      body: (state, inputs) => {
        const at = (weights: readonly tf.Tensor[]): ReturnType<typeof row> => row(inputs['x'] as tf.Tensor1D, weights);
        const loss = (...weights: tf.Tensor[]): tf.Scalar => {
          const { reconstruction, kl } = at(weights);
          return tf.add(tf.add(reconstruction, kl), rate.penalty(state, kl));
        };
        const weights = names.map((name) => state[name]!);
        const moved = tf
          .grads(loss)(weights)
          .map((slope, i) => tf.sub(weights[i]!, tf.mul(inputs['rate']!, slope)));
        const { kl } = at(weights);
        return {
          state: { ...Object.fromEntries(names.map((name, i) => [name, moved[i]!])), ...rate.ascend(state, kl) },
          outputs: { kl },
        };
      },
    };
    const start = { a: Float32Array.of(0.3), c: Float32Array.of(0), w: Float32Array.of(0.3), ...rate.start };
    const state = await onnx.createState(program.state, start);
    const executable = await onnx.load(program, state);
    let kl = NaN;
    for (let step = 0; step < 2000; step++) kl = (await executable.run({ x: data, rate: Float32Array.of(0.1) }))['kl']![0]!;
    const v = (await state.read())['minimumRate.v']?.[0];
    executable.dispose();
    state.dispose();
    return { kl, price: v === undefined ? 1 : 1 - Math.log1p(Math.exp(v)) };
  }

  it('is reached by a code that would collapse, at the price that the theory says', async () => {
    expect((await trained(0)).kl).toBeLessThan(1e-3);
    const { kl, price } = await trained(0.7);
    expect(kl).toBeCloseTo(0.7, 2);
    expect(price).toBeCloseTo(variance * Math.exp(-2 * 0.7), 2);
  });

  it('lets go where the KL is large enough, and takes hold again', () => {
    const rate = minimumRate.make({ nats: 5, learningRate: 0.1 });
    let state: Tensors = tensorsOf(rate.start);
    expect(scalar(rate.penalty(state, tf.scalar(0)))).toBeCloseTo(5, 5); // u = 1: the KL is free
    const follow = (kl: number, steps: number): number => {
      for (let step = 0; step < steps; step++) state = rate.ascend(state, tf.scalar(kl));
      return scalar(rate.penalty(state, tf.scalar(4))); // u
    };
    expect(follow(100, 5000)).toBeLessThan(0.01);
    expect(follow(0, 1000)).toBeGreaterThan(1);
  });

  it('is nothing when off', () => {
    const off = minimumRate.make();
    expect([off.isOn, off.state, off.start, off.ascend({}, tf.scalar(1))]).toEqual([false, {}, {}, {}]);
    expect(scalar(off.penalty({}, tf.scalar(3)))).toBe(0);
  });

  it('compiles', async () => {
    const rate = minimumRate.make({ nats: 2 });
    const body: Program['body'] = (state, { kl }) => ({
      state: rate.ascend(state, kl as tf.Scalar),
      outputs: { penalty: rate.penalty(state, kl as tf.Scalar) },
    });
    await expectCompiled({ name: 'minimumRate', state: rate.state, inputs: { kl: float32() }, body }, rate.start);
  });
});

describe('aggressive inference', () => {
  const posteriors = (rows: number, cols: number, spread: number): { mean: Matrix; logVariance: Matrix } => {
    const [mean, logVariance] = [matrix(rows, cols), matrix(rows, cols)];
    for (let at = 0; at < rows * cols; at++) {
      mean.data[at] = spread * rng.normal();
      logVariance.data[at] = -1 + 0.3 * rng.normal();
    }
    return { mean, logVariance };
  };

  it.each([0, 0.3, 1, 4])('measures the same information as the metric does, for means that spread by %f', (spread) => {
    const made = posteriors(60, 3, spread);
    const z = drawPosteriors(made, Rng.fromSeed(5)); // the draws that the metric makes
    const [mean, logVariance, draws] = [made.mean, made.logVariance, z].map(({ data }) => tf.tensor2d(Array.from(data), [60, 3]));
    const expected = measureMutualInformation(made, Rng.fromSeed(5)).value;
    expect(scalar(batchInformation(mean!, logVariance!, draws!))).toBeCloseTo(expected, 4);
  });

  it('goes on while information rises from one check to the next, then stops for good', () => {
    const made = aggressiveInference.make({ steps: 10, checkEvery: 3 });
    expect([made.most, made.checkEvery, made.now({ 'aggressive.on': 1 }), made.now({ 'aggressive.on': 0 })]).toEqual([
      10, 3, 10, 0,
    ]);
    let state: Tensors = tensorsOf(made.start);
    const on: number[] = [];
    // Means of three: 0, 1, 2, 1.9, 5. Within an interval it may fall.
    [0.5, -0.5, 0, 0, 3, 0, 2, 2, 2, 0.1, 5.5, 0.1, 5, 5, 5].forEach((information, step) => {
      state = made.observe(state, tf.scalar(information), tf.scalar((step + 1) % 3 === 0 ? 1 : 0));
      on.push(scalar(state['aggressive.on']!));
    });
    expect(on).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]);
    expect(scalar(state['aggressive.best']!)).toBe(5);
  });

  it('is nothing when off', () => {
    const off = aggressiveInference.make();
    expect([off.isOn, off.most, off.state, off.start, off.observe({}, tf.scalar(1), tf.scalar(1))]).toEqual([
      false,
      0,
      {},
      {},
      {},
    ]);
  });

  it('compiles', async () => {
    const made = aggressiveInference.make({ steps: 10 });
    for (const isCheck of [0, 1]) {
      const body: Program['body'] = (state, { mean, logVariance, z }) => {
        const information = batchInformation(mean as tf.Tensor2D, logVariance as tf.Tensor2D, z as tf.Tensor2D);
        return { state: made.observe(state, information, tf.scalar(isCheck)), outputs: { information } };
      };
      const inputs = { mean: float32(20, 3), logVariance: float32(20, 3), z: float32(20, 3) };
      await expectCompiled({ name: 'aggressive', state: made.state, inputs, body }, made.start);
    }
  });
});

import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { bernoulli } from '../../src/losses/bernoulli.ts';
import { gaussian } from '../../src/losses/gaussian.ts';
import { annealed } from '../../src/regularisers/annealing.ts';
import { freeBits } from '../../src/regularisers/free-bits.ts';
import { gaussianKl } from '../../src/regularisers/gaussian-kl.ts';
import { rateFactor } from '../../src/models/learning-rate.ts';
import { clipScale } from '../../src/models/gradient-clip.ts';
import { scalar, slopeError } from './finite-differences.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const rng = Rng.fromSeed(1);
const normal = (...shape: [number, number]): tf.Tensor2D =>
  tf.tensor2d(rng.fillNormal(new Float32Array(shape[0] * shape[1])), shape);
const sigmoid = (l: number): number => 1 / (1 + Math.exp(-l));

describe('Bernoulli', () => {
  const likelihood = bernoulli.make();
  const nats: typeof likelihood.nats = (...args) => likelihood.nats(...args);

  it('is the negative logarithm of the probability, summed over the row', () => {
    const logits = [0.3, -1.2, 2, -4];
    const x = [1, 0, 1, 1];
    const expected = -logits.reduce((sum, l, i) => sum + Math.log(x[i] === 1 ? sigmoid(l) : 1 - sigmoid(l)), 0);
    const found = nats({}, tf.tensor2d([x]), tf.tensor2d([logits]));
    expect(found.shape).toEqual([1]);
    expect(scalar(found)).toBeCloseTo(expected, 5);
    expect(scalar(likelihood.mean(tf.tensor2d([[0.3]])))).toBeCloseTo(sigmoid(0.3), 6);
  });

  it('stays finite for logits of any size', () => {
    const found = nats({}, tf.tensor2d([[1, 0, 1, 0]]), tf.tensor2d([[-200, 200, 200, -200]]));
    expect(scalar(found)).toBeCloseTo(400, 3);
  });

  it('has the gradient sigmoid(l) - x', () => {
    const [x, logits] = [tf.cast(tf.greater(normal(5, 7), 0), 'float32'), normal(5, 7)];
    const gradient = tf.grad((l) => tf.sum(nats({}, x as tf.Tensor2D, l as tf.Tensor2D)))(logits);
    expect(scalar(tf.max(tf.abs(tf.sub(gradient, tf.sub(tf.sigmoid(logits), x)))))).toBeLessThan(1e-6);
    expect(slopeError((l) => tf.sum(nats({}, x as tf.Tensor2D, l as tf.Tensor2D)), [logits])).toBeLessThan(2e-3);
  });
});

describe('Gaussian', () => {
  const logDensity = (x: number, mean: number, sigma: number): number =>
    -0.5 * ((x - mean) / sigma) ** 2 - Math.log(sigma) - 0.5 * Math.log(2 * Math.PI);

  it('with fixed variance is the negative log density, constants and all', () => {
    const likelihood = gaussian.make({ variance: 'fixed', sigma: 0.3 });
    const expected = -(logDensity(1, 0.5, 0.3) + logDensity(-2, -1.9, 0.3));
    expect(scalar(likelihood.nats({}, tf.tensor2d([[1, -2]]), tf.tensor2d([[0.5, -1.9]])))).toBeCloseTo(expected, 4);
  });

  it('with learnt variance starts at the spread of the data and is exact for the sigma it reports', () => {
    const likelihood = gaussian.make();
    for (const sd of [0.02, 0.25, 3]) {
      const weights = { 'likelihood.logSigma': tf.scalar(likelihood.start({ sd })['likelihood.logSigma']?.[0] ?? NaN) };
      const sigma = scalar(likelihood.report(weights)['sigma'] as tf.Scalar);
      expect(sigma / sd).toBeCloseTo(1, 3);
      const expected = -logDensity(0.4, 0.1, sigma);
      expect(scalar(likelihood.nats(weights, tf.tensor2d([[0.4]]), tf.tensor2d([[0.1]]))) / expected).toBeCloseTo(1, 4);
    }
  });

  it('never learns a standard deviation below its floor', () => {
    const likelihood = gaussian.make({ floor: 0.05 });
    const sigma = scalar(likelihood.report({ 'likelihood.logSigma': tf.scalar(-100) })['sigma'] as tf.Scalar);
    expect(sigma).toBeCloseTo(0.05, 6);
  });

  it('is least at the mean squared error, which is where sigma learns to be', () => {
    const likelihood = gaussian.make();
    const x = normal(50, 4);
    const mean: tf.Tensor2D = tf.zeros([50, 4]);
    const rms = Math.sqrt(scalar(tf.mean(tf.square(x))));
    const at = (sd: number): number => {
      const weights = { 'likelihood.logSigma': tf.scalar(likelihood.start({ sd })['likelihood.logSigma']?.[0] ?? NaN) };
      return scalar(tf.mean(likelihood.nats(weights, x, mean)));
    };
    expect(at(rms)).toBeLessThan(at(rms * 1.1));
    expect(at(rms)).toBeLessThan(at(rms * 0.9));
  });

  it('has the gradient of finite differences, in the mean and in the learnt variance', () => {
    const likelihood = gaussian.make();
    const x = normal(3, 5);
    const loss = (mean: tf.Tensor, w: tf.Tensor): tf.Scalar =>
      tf.mean<tf.Scalar>(likelihood.nats({ 'likelihood.logSigma': w }, x, mean as tf.Tensor2D));
    expect(slopeError(loss, [normal(3, 5), tf.scalar(-0.05)])).toBeLessThan(5e-3);
  });
});

describe('regularisers', () => {
  it('KL to the standard normal: closed form and gradient', () => {
    const kl = gaussianKl(tf.tensor2d([[0, 1, -2]]), tf.tensor2d([[0, 0, Math.log(0.25)]]));
    expect(Array.from(kl.dataSync())).toEqual([0, 0.5, expect.closeTo(0.5 * (4 + 0.25 - Math.log(0.25) - 1), 5) as number]);
    const sum = (mean: tf.Tensor, logVar: tf.Tensor): tf.Scalar => tf.sum(gaussianKl(mean as tf.Tensor2D, logVar as tf.Tensor2D));
    expect(slopeError(sum, [normal(4, 3), normal(4, 3)])).toBeLessThan(2e-3);
  });

  it('free bits: no pull below lambda, the plain KL at 0', () => {
    const kl = tf.tensor1d([0.05, 0.3, 2]);
    expect(scalar(freeBits(kl, tf.scalar(0.1)))).toBeCloseTo(2.4, 6);
    expect(scalar(freeBits(kl, tf.scalar(0)))).toBeCloseTo(2.35, 6);
    const gradient = tf.grad((k) => freeBits(k as tf.Tensor1D, tf.scalar(0.1)))(kl);
    expect(Array.from(gradient.dataSync())).toEqual([0, 1, 1]);
  });

  it('annealing: linear and cyclic ramps that end at 1', () => {
    const linear = { kind: 'linear', length: 100, cycles: 4, ramp: 0.5 } as const;
    expect([0, 25, 100, 1000].map((step) => annealed(linear, step))).toEqual([0, 0.25, 1, 1]);
    const cyclic = { ...linear, kind: 'cyclic' } as const;
    const found = [0, 5, 12.5, 20, 25, 30, 99, 100].map((step) => annealed(cyclic, step));
    [0, 0.4, 1, 1, 0, 0.4, 1, 1].forEach((expected, i) => expect(found[i]).toBeCloseTo(expected, 9));
    expect(annealed({ ...cyclic, ramp: 0 }, 25)).toBe(1);
    expect(annealed({ ...linear, kind: 'none' }, 0)).toBe(1);
  });

  it('learning rate: warm-up, then half a cosine', () => {
    expect([0, 4, 9, 500].map((step) => rateFactor({ warmUp: 10, decay: 0, hold: 0 }, step))).toEqual([0.1, 0.5, 1, 1]);
    const schedule = { warmUp: 0, decay: 100, hold: 0 };
    expect(rateFactor(schedule, 0)).toBe(1);
    expect(rateFactor(schedule, 50)).toBeCloseTo(0.51, 6);
    expect(rateFactor(schedule, 100)).toBeCloseTo(0.02, 6);
    expect(rateFactor(schedule, 900)).toBeCloseTo(0.02, 6);
    const held = { ...schedule, hold: 0.6 };
    expect([0, 60, 80, 100].map((step) => rateFactor(held, step))).toEqual([1, 1, 0.51, expect.closeTo(0.02, 9)]);
  });

  it('clipping by global norm', () => {
    const gradients = [tf.tensor1d([3, 0]), tf.tensor2d([[0], [4]])];
    const { norm, scale } = clipScale(gradients, tf.scalar(1));
    expect(scalar(norm)).toBeCloseTo(5, 5);
    expect(scalar(scale)).toBeCloseTo(0.2, 5);
    expect(scalar(clipScale(gradients, tf.scalar(6)).scale)).toBe(1);
  });
});

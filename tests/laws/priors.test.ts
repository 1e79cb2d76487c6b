import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { diagonalPosterior } from '../../src/models/posteriors/diagonal.ts';
import { glowPrior } from '../../src/models/priors/glow-prior.ts';
import { mixturePrior } from '../../src/models/priors/mixture-prior.ts';
import { normalPrior } from '../../src/models/priors/normal-prior.ts';
import type { BuiltPrior, Encode } from '../../src/models/priors/prior.ts';
import { realNvpPrior } from '../../src/models/priors/realnvp-prior.ts';
import { vampPrior } from '../../src/models/priors/vamp-prior.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { gaussianKl } from '../../src/regularisers/gaussian-kl.ts';
import { gaussianLogDensity } from '../../src/regularisers/gaussian-log-density.ts';
import { sampledKl } from '../../src/regularisers/sampled-kl.ts';
import type { Device } from '../../src/tracing/device.ts';
import type { Tensors } from '../../src/tracing/program.ts';
import { runEagerly } from '../tracing/run-eagerly.ts';
import { disturbedWeights, grid, normals, placed, runCompiled } from './change-of-variables.ts';
import { scalar, slopeError } from './finite-differences.ts';
import { firstDifference } from './kernels/law.ts';

let device: Device;
beforeAll(async () => {
  await tf.setBackend('cpu');
  device = await openOnnxDevice({ threads: 1 });
});
afterAll(() => device.dispose());

const SAMPLE = 4;
/** An encoder of one layer, with variances between 0.1 and 0.7. */
const encoderOf = (latent: number): Encode => {
  const kernel = normals(20, SAMPLE, 2 * latent);
  return (rows) => {
    const [mean, raw] = tf.split(tf.matMul(rows, tf.tensor2d(kernel, [SAMPLE, 2 * latent])), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
    return [mean, tf.sub(tf.tanh(raw), 1.3)];
  };
};

// One row a prior; small, so that the grids are quick.
const members = [
  { prior: normalPrior, values: {}, range: undefined },
  { prior: mixturePrior, values: { components: 5 }, range: undefined },
  { prior: mixturePrior, values: { components: 1 }, range: undefined },
  { prior: vampPrior, values: { pseudoInputs: 6 }, range: undefined },
  { prior: vampPrior, values: { pseudoInputs: 6 }, range: [-1, 1] as const },
  { prior: realNvpPrior, values: { couplings: 4, width: 16 }, range: undefined },
  { prior: glowPrior, values: { steps: 2, width: 16 }, range: undefined },
];
const cases = members.flatMap((one) => [1, 2].map((latentSize) => ({ ...one, latentSize: latentSize as 1 | 2 })));

describe.each(cases)('the prior $prior.id $values of $latentSize dimensions', ({ prior, values, range, latentSize }) => {
  const built: BuiltPrior = prior.make(values).build('prior', { latentSize, sampleSize: SAMPLE, ...(range ? { range } : {}) });
  const encode = encoderOf(latentSize);
  const weights = disturbedWeights(built.weights, 13, 0.2);
  const names = Object.keys(built.weights);

  it('has a density whose integral is 1, and draws that have its moments', () => {
    const tensors = placed(built.weights, weights);
    const reach = 8;
    const { points, volume } = grid(latentSize, reach, latentSize === 1 ? 1000 : 110);
    const logDensity = built.logDensity(tensors, points, encode);
    expect(logDensity.shape).toEqual([points.shape[0]]);
    const mass = tf.mul(tf.exp(logDensity), volume);
    expect(Math.abs(scalar(tf.sum(mass)) - 1)).toBeLessThan(0.01);

    const count = 10_000;
    const u = Rng.fromSeed(15).fillUniform(new Float32Array(count));
    const z = built.sample(tensors, tf.tensor2d(normals(14, count, latentSize), [count, latentSize]), tf.tensor1d(u), encode);
    expect(z.shape).toEqual([count, latentSize]);
    const isInside: tf.Tensor1D = tf.cast(tf.less(tf.max(tf.abs(z), 1), reach), 'float32'); // the grid sees no farther
    // Products of up to three coordinates: share, location, spread, tilt.
    const last = latentSize - 1;
    for (const powers of [[], [0], [last], [0, 0], [0, last], [last, last], [0, 0, 0], [0, 0, last]]) {
      const moment = (rows: tf.Tensor2D): tf.Tensor1D =>
        powers
          .map((j): tf.Tensor1D => tf.squeeze(tf.slice(rows, [0, j], [-1, 1]), [1]))
          .reduce((product, one) => tf.mul(product, one), tf.ones([rows.shape[0]]));
      const expected = scalar(tf.sum(tf.mul(moment(points), mass)));
      const { mean, variance } = tf.moments(tf.mul(moment(z), isInside));
      const noise = Math.sqrt(scalar(variance) / count);
      expect(Math.abs(scalar(mean) - expected), `moment ${powers.join()}`).toBeLessThan(4 * noise + 2e-3);
    }
  });

  it('has the gradient of finite differences in every weight and in z', () => {
    const z = tf.tensor2d(normals(16, 6, latentSize), [6, latentSize]);
    const tensors = placed(built.weights, weights);
    const f = (at: tf.Tensor, ...point: tf.Tensor[]): tf.Scalar => {
      const using = Object.fromEntries(names.map((name, i) => [name, point[i] as tf.Tensor]));
      return tf.sum(built.logDensity(using, at as tf.Tensor2D, encode));
    };
    expect(slopeError(f, [z, ...names.map((name) => tensors[name] as tf.Tensor)], 4, 0.03)).toBeLessThan(5e-3);
  });

  it('compiled gives the densities, gradients and draws of tfjs', async () => {
    const rows = 7;
    const given = {
      z: { shape: [rows, latentSize], values: normals(17, rows, latentSize) },
      eps: { shape: [rows, latentSize], values: normals(18, rows, latentSize) },
      u: { shape: [rows], values: Rng.fromSeed(19).fillUniform(new Float32Array(rows)) },
      ...Object.fromEntries(names.map((name) => [name, { shape: built.weights[name]!.shape, values: weights[name]! }])),
    };
    const body = (inputs: Tensors): Record<string, tf.Tensor> => {
      const varied = ['z', ...names];
      const f = (...point: tf.Tensor[]): tf.Scalar => {
        const using = Object.fromEntries(varied.map((name, i) => [name, point[i] as tf.Tensor]));
        return tf.sum(built.logDensity(using, using['z'] as tf.Tensor2D, encode));
      };
      const { value, grads } = tf.valueAndGrads(f)(varied.map((name) => inputs[name] as tf.Tensor));
      const draws = built.sample(inputs, inputs['eps'] as tf.Tensor2D, inputs['u'] as tf.Tensor1D, encode);
      return { value, draws, ...Object.fromEntries(varied.map((name, i) => [`d.${name}`, grads[i] as tf.Tensor])) };
    };
    const { program, inputs, outputs } = await runCompiled(device, 'prior', given, body);
    for (const [name, expected] of Object.entries(runEagerly(program, {}, inputs).outputs)) {
      expect(firstDifference(outputs[name]!, expected, 1e-3), name).toBeUndefined();
    }
  });

  it('is the standard normal where it says so', () => {
    const made = prior.make(values);
    expect(made.isStandardNormal).toBe(prior.id === 'normal');
    if (made.isStandardNormal) expect(names).toEqual([]);
  });
});

describe('the mixture prior', () => {
  const K = 4;
  const built = mixturePrior.make({ components: K }).build('p', { latentSize: 3, sampleSize: SAMPLE });
  const values: Record<string, Float32Array> = {
    'p.logits': Float32Array.of(0, 1, -1, 0.5),
    'p.means': normals(30, K, 3).map((value) => 2 * value),
    'p.logVariances': normals(31, K, 3).map((value) => 0.5 * value - 1),
  };
  const exponentials = [...values['p.logits']!].map(Math.exp);
  const shares = exponentials.map((one) => one / exponentials.reduce((a, b) => a + b));
  const noEncoder: Encode = () => {
    throw new Error('a mixture asks no encoder');
  };

  it('draws with the mean and the covariance of the closed form', () => {
    const count = 20_000;
    const u = Rng.fromSeed(32).fillUniform(new Float32Array(count));
    const draws = built
      .sample(placed(built.weights, values), tf.tensor2d(normals(33, count, 3), [count, 3]), tf.tensor1d(u), noEncoder)
      .dataSync();
    const m = (k: number, j: number): number => values['p.means']![k * 3 + j] as number;
    const v = (k: number, j: number): number => Math.exp(values['p.logVariances']![k * 3 + j] as number);
    for (let i = 0; i < 3; i++) {
      const mean = shares.reduce((sum, share, k) => sum + share * m(k, i), 0);
      let found = 0;
      for (let n = 0; n < count; n++) found += (draws[n * 3 + i] as number) / count;
      expect(Math.abs(found - mean)).toBeLessThan(0.06); // four standard errors of the widest
      for (let j = 0; j <= i; j++) {
        const product = shares.reduce((sum, share, k) => sum + share * (m(k, i) * m(k, j) + (i === j ? v(k, i) : 0)), 0);
        let seen = 0;
        for (let n = 0; n < count; n++) seen += ((draws[n * 3 + i] as number) * (draws[n * 3 + j] as number)) / count;
        expect(Math.abs(seen - product) / Math.max(1, product)).toBeLessThan(0.06);
      }
    }
  });

  it('takes the component whose part of [0, 1) holds u, at the ends too', () => {
    const at = (u: number): number[] => {
      const eps: tf.Tensor2D = tf.zeros([1, 3]);
      return [...built.sample(placed(built.weights, values), eps, tf.tensor1d([u]), noEncoder).dataSync()];
    };
    let start = 0;
    shares.forEach((share, k) => {
      const mean = [...values['p.means']!.slice(3 * k, 3 * k + 3)];
      for (const part of [1e-3, 0.5, 0.999])
        at(start + part * share).forEach((value, j) => expect(value).toBeCloseTo(mean[j]!, 5));
      start += share;
    });
    expect(at(0)).toEqual([...values['p.means']!.slice(0, 3)]);
    expect(at(1 - 2 ** -24)).toEqual([...values['p.means']!.slice(9)]);
  });

  it('keeps its nats where variances are small', () => {
    const sharp = { ...values, 'p.logVariances': new Float32Array(K * 3).fill(Math.log(1e-6)) };
    const z = values['p.means']!.slice(3, 6).map((value) => value + 2e-3);
    const found = scalar(built.logDensity(placed(built.weights, sharp), tf.tensor2d(z, [1, 3]), noEncoder));
    const squares = [...z].reduce((sum, value, j) => sum + (value - m1(j)) ** 2, 0);
    const expected = Math.log(shares[1]!) - 0.5 * (squares / 1e-6 + 3 * (Math.log(1e-6) + Math.log(2 * Math.PI)));
    expect(found).toBeCloseTo(expected, 3);
    function m1(j: number): number {
      return values['p.means']![3 + j] as number;
    }
  });
});

describe('the VampPrior', () => {
  const sizes = { latentSize: 2, sampleSize: SAMPLE };
  const rows = Rng.fromSeed(40).fillUniform(new Float32Array(3 * SAMPLE));

  it('is the mean of the posteriors at its pseudo-inputs', () => {
    const built = vampPrior.make({ pseudoInputs: 5 }).build('p', sizes);
    const encode = encoderOf(2);
    const pseudo = normals(41, 5, SAMPLE);
    const z = tf.tensor2d(normals(42, 1, 2), [1, 2]);
    const found = scalar(built.logDensity({ 'p.pseudoInputs': tf.tensor2d(pseudo, [5, SAMPLE]) }, z, encode));
    let density = 0;
    for (let k = 0; k < 5; k++) {
      const [mean, logVariance] = encode(tf.tensor2d(pseudo.slice(k * SAMPLE, (k + 1) * SAMPLE), [1, SAMPLE]));
      density += Math.exp(scalar(gaussianLogDensity(z, mean, logVariance))) / 5;
    }
    expect(found).toBeCloseTo(Math.log(density), 5);
  });

  it.each([undefined, [0, 1] as const])('starts at training rows, each as often as the next, range %j', (range) => {
    const built = vampPrior.make({ pseudoInputs: 6 }).build('p', range ? { ...sizes, range } : sizes);
    const start = built.start!(Rng.fromSeed(43), rows);
    let seen: Float32Array | undefined;
    const encode: Encode = (x) => {
      seen = x.dataSync<'float32'>().slice();
      return [tf.zeros([6, 2]), tf.zeros([6, 2])];
    };
    built.logDensity(placed(built.weights, start), tf.zeros([1, 2]), encode);
    const nearest = Array.from({ length: 6 }, (_, k) => {
      const distances = [0, 1, 2].map((row) => {
        let most = 0;
        for (let j = 0; j < SAMPLE; j++) most = Math.max(most, Math.abs(seen![k * SAMPLE + j]! - rows[row * SAMPLE + j]!));
        return most;
      });
      expect(Math.min(...distances)).toBeLessThan(0.25); // five deviations of the noise
      return distances.indexOf(Math.min(...distances));
    });
    expect(nearest.toSorted()).toEqual([0, 0, 1, 1, 2, 2]);
    expect(built.start!(Rng.fromSeed(43), rows)).toEqual(start);
    if (range) for (const value of seen!) expect(value > 0 && value < 1).toBe(true);
  });
});

describe('KL divergence from draws', () => {
  const [count, latentSize] = [8000, 3];
  const sizes = { latentSize, sampleSize: SAMPLE };
  const rows = (values: readonly number[]): tf.Tensor2D => tf.tile(tf.tensor2d([...values], [1, latentSize]), [count, 1]);
  const given = (): { mean: tf.Tensor2D; logVariance: tf.Tensor2D; eps: tf.Tensor2D } => ({
    mean: rows([0.7, -1.5, 0]),
    logVariance: rows([-1, -3, 0.4]),
    eps: tf.tensor2d(normals(50, count, latentSize), [count, latentSize]),
  });
  /** ln q(z|x) - ln p(z) of every draw. */
  const ratios = (prior: BuiltPrior, { mean, logVariance, eps }: ReturnType<typeof given>): tf.Tensor1D => {
    const { z, logDensity } = diagonalPosterior.make().build('q', sizes).draw({}, { mean, logVariance }, undefined, eps);
    return tf.sub(logDensity, prior.logDensity(placed(prior.weights, disturbedWeights(prior.weights, 51, 0.1)), z, encoderOf(3)));
  };
  const meanAndNoise = (values: tf.Tensor1D): [mean: number, noise: number] => {
    const { mean, variance } = tf.moments(values);
    return [scalar(mean), Math.sqrt(scalar(variance) / count)];
  };

  it('of a diagonal posterior and the normal prior is the closed form within its noise, and exact once that is taken out', () => {
    const base = given();
    const ratio = ratios(normalPrior.make().build('p', sizes), base);
    const expected = scalar(tf.sum(gaussianKl(base.mean, base.logVariance))) / count;
    const [found, noise] = meanAndNoise(ratio);
    expect(Math.abs(found - expected)).toBeLessThan(4 * noise);
    expect(scalar(tf.max(tf.abs(tf.sub(sampledKl(ratio, base), expected))))).toBeLessThan(1e-4);
  });

  it('keeps its mean, and loses noise, when the known part of it is taken out under a flow prior', () => {
    const base = given();
    const ratio = ratios(realNvpPrior.make({ couplings: 4, width: 16 }).build('p', sizes), base);
    const [plain, plainNoise] = meanAndNoise(ratio);
    const [found, noise] = meanAndNoise(sampledKl(ratio, base));
    expect(Math.abs(found - plain)).toBeLessThan(4 * (plainNoise + noise));
    expect(noise).toBeLessThan(0.6 * plainNoise);
  });

  it('has the gradient of finite differences once its noise is taken out', () => {
    const [mean, logVariance, eps] = [60, 61, 62].map((seed) => tf.tensor2d(normals(seed, 4, 3), [4, 3])) as [
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
    ];
    const f = (m: tf.Tensor, v: tf.Tensor): tf.Scalar =>
      tf.sum(sampledKl(tf.zeros([4]), { mean: m as tf.Tensor2D, logVariance: v as tf.Tensor2D, eps }));
    expect(slopeError(f, [mean, logVariance], 4, 0.03)).toBeLessThan(5e-3);
  });
});

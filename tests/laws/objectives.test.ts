// Laws of objectives: the gradient of finite differences, the same numbers compiled; and of each what a closed form or plain loops say.
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnyMember } from '../../src/base/family.ts';
import type { ParamValues } from '../../src/base/params.ts';
import { Rng } from '../../src/base/rng.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { annealedCapacity } from '../../src/regularisers/annealed-capacity.ts';
import { betaTcvae } from '../../src/regularisers/beta-tcvae.ts';
import { dipVae } from '../../src/regularisers/dip-vae.ts';
import { evidenceBound } from '../../src/regularisers/evidence-bound.ts';
import { factorVae, shuffledColumns } from '../../src/regularisers/factor-vae.ts';
import { gaussianKl } from '../../src/regularisers/gaussian-kl.ts';
import { importanceWeighted } from '../../src/regularisers/importance-weighted.ts';
import { infoVae } from '../../src/regularisers/info-vae.ts';
import { maximumMeanDiscrepancy } from '../../src/regularisers/maximum-mean-discrepancy.ts';
import type { Adversary, LatentTerms, Objective } from '../../src/regularisers/objective.ts';
import { correlationOf, type EstimatorName } from '../../src/regularisers/total-correlation.ts';
import { wassersteinAutoencoder } from '../../src/regularisers/wasserstein-autoencoder.ts';
import { adamCorrections, adamUpdate } from '../../src/tracing/adam-update.ts';
import type { Device } from '../../src/tracing/device.ts';
import { noiseInputs, openNoise } from '../../src/tracing/noise.ts';
import { float32, sizeOf, type Arrays, type Program, type Tensors } from '../../src/tracing/program.ts';
import { startWeights, weightSpecs, type Weights } from '../../src/tracing/weights.ts';
import { runEagerly } from '../tracing/run-eagerly.ts';
import { scalar, slopeError } from './finite-differences.ts';
import { firstDifference } from './kernels/law.ts';

let onnx: Device;
beforeAll(async () => {
  await tf.setBackend('cpu');
  onnx = await openOnnxDevice({ provider: 'cpu', threads: 1 });
});
afterAll(() => onnx.dispose());

const [BATCH, LATENT, ROWS] = [12, 3, 500];
const normals = (seed: string, count: number, scale = 1): Float32Array =>
  Rng.fromSeed(4)
    .stream(seed)
    .fillNormal(new Float32Array(count))
    .map((value) => value * scale);
const numbers = (tensor: tf.Tensor): number[][] => (tensor as tf.Tensor2D).arraySync();

/** As a VAE with a normal prior makes them, z = mean + sigma eps. */
function termsOf(mean: tf.Tensor2D, logVariance: tf.Tensor2D, eps: tf.Tensor2D, prior: tf.Tensor2D): LatentTerms {
  const klPerDimension: tf.Tensor1D = tf.mean(gaussianKl(mean, logVariance), 0);
  const z: tf.Tensor2D = tf.add(mean, tf.mul(tf.exp(tf.mul(0.5, logVariance)), eps));
  return { mean, logVariance, z, klPerDimension, kl: tf.sum(klPerDimension), prior };
}

const drawn = (rows = BATCH, latent = LATENT): [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D] =>
  ['mean', 'logVariance', 'eps', 'prior'].map((name) =>
    tf.tensor2d(normals(name, rows * latent, name === 'logVariance' ? 0.5 : 1), [rows, latent]),
  ) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];

/** What the VAE passes: its own scalars, the objective's knobs, and their schedule at `step`. */
function scalarValues(objective: Objective, given: Record<string, number> = {}, step = 300): Record<string, number> {
  const knobs = Object.fromEntries(Object.entries(objective.knobs).map(([name, { default: value }]) => [name, Number(value)]));
  return { beta: 1, freeBits: 0, rows: ROWS, ...knobs, ...objective.schedule?.(step, knobs), ...given };
}
const scalarsOf = (objective: Objective, given?: Record<string, number>, step?: number): Tensors =>
  Object.fromEntries(Object.entries(scalarValues(objective, given, step)).map(([name, value]) => [name, tf.scalar(value)]));
const weightsOf = (adversary: Adversary | undefined): Arrays =>
  adversary ? startWeights(adversary.weights(LATENT), Rng.fromSeed(3)) : {};
const tensorsOf = (adversary: Adversary | undefined): Tensors =>
  Object.fromEntries(
    Object.entries(weightsOf(adversary)).map(([name, values]) => [
      name,
      tf.tensor(values, [...(adversary?.weights(LATENT)[name]?.shape ?? [])]),
    ]),
  );
const penaltyOf = (objective: Objective, terms: LatentTerms, given?: Record<string, number>, step?: number): number =>
  scalar(objective.penalty(terms, tensorsOf(objective.adversary), scalarsOf(objective, given, step)));

// One row a member: parameters and the model's own scalars.
const members: readonly (readonly [AnyMember<Objective>, ParamValues, Record<string, number>])[] = [
  [evidenceBound, {}, { beta: 4, freeBits: 0.3 }],
  [annealedCapacity, { capacity: 30, steps: 1000 }, {}],
  [factorVae, { width: 8, depth: 2 }, {}],
  [betaTcvae, { information: 2, marginals: 0.5 }, {}],
  [betaTcvae, { estimator: 'stratified' }, { beta: 0.5 }],
  [dipVae, {}, {}],
  [dipVae, { kind: 'I', diagonal: 100 }, {}],
  [infoVae, { alpha: 0.5, lambda: 20 }, {}],
  [wassersteinAutoencoder, {}, {}],
  [importanceWeighted, { samples: 7 }, {}],
];

describe.each(members)('$id %j %j', (member, params, given) => {
  const objective = member.make(params);

  it('has the gradient of finite differences in every mean and log-variance', () => {
    const [mean, logVariance, eps, prior] = drawn();
    const loss = (m: tf.Tensor, v: tf.Tensor): tf.Scalar => {
      const terms = termsOf(m as tf.Tensor2D, v as tf.Tensor2D, eps, prior);
      return objective.penalty(terms, tensorsOf(objective.adversary), scalarsOf(objective, given));
    };
    expect(slopeError(loss, [mean, logVariance])).toBeLessThan(1e-2);
  });

  it('compiles to the same pull and the same gradient', async () => {
    const scalars = scalarValues(objective, given);
    const codes = { mean: float32(BATCH, LATENT), logVariance: float32(BATCH, LATENT) };
    const weights: Weights = objective.adversary?.weights(LATENT) ?? {};
    const program: Program = {
      name: 'objective',
      state: {},
      inputs: {
        ...codes,
        eps: float32(BATCH, LATENT),
        prior: float32(BATCH, LATENT),
        ...Object.fromEntries(Object.keys(scalars).map((name) => [name, float32()])),
        ...Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, float32(...shape)])),
      },
      body: (_, inputs) => {
        const loss = (m: tf.Tensor, v: tf.Tensor): tf.Scalar =>
          objective.penalty(
            termsOf(m as tf.Tensor2D, v as tf.Tensor2D, inputs['eps'] as tf.Tensor2D, inputs['prior'] as tf.Tensor2D),
            inputs,
            inputs,
          );
        const { value, grads } = tf.valueAndGrads(loss)([inputs['mean']!, inputs['logVariance']!]);
        return { outputs: { value, dMean: grads[0]!, dLogVariance: grads[1]! } };
      },
    };
    const [mean, logVariance, eps, prior] = ['mean', 'logVariance', 'eps', 'prior'].map((name) =>
      normals(name, BATCH * LATENT, 0.7),
    );
    const inputs: Arrays = {
      ...{ mean: mean!, logVariance: logVariance!, eps: eps!, prior: prior! },
      ...Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, Float32Array.of(value)])),
      ...weightsOf(objective.adversary),
    };
    const executable = await onnx.load(program, await onnx.createState({}, {}));
    const compiled = await executable.run(inputs);
    executable.dispose();
    for (const [name, values] of Object.entries(runEagerly(program, {}, inputs).outputs))
      expect(firstDifference(compiled[name]!, values, 1e-3), name).toBeUndefined();
  });

  it('is scaled as a whole by beta, so that annealing acts on it', () => {
    const terms = termsOf(...drawn());
    const whole = penaltyOf(objective, terms, { ...given, beta: 1 });
    expect(whole).not.toBe(0);
    expect(penaltyOf(objective, terms, { ...given, beta: 0.25 }) / whole).toBeCloseTo(0.25, 5);
  });
});

describe('the evidence bound', () => {
  const objective = evidenceBound.make();

  it('is beta times free bits where the KL has a closed form', () => {
    const terms = termsOf(...drawn());
    const each = Array.from(terms.klPerDimension.dataSync());
    const free = 0.5 * (Math.min(...each) + Math.max(...each)); // some dimensions below, some above
    const expected = 3 * each.reduce((sum, kl) => sum + Math.max(free, kl), 0);
    expect(penaltyOf(objective, terms, { beta: 3, freeBits: free })).toBeCloseTo(expected, 4);
  });

  it('is beta times the KL from a richer prior, whatever the dimensions say alone', () => {
    const terms = { ...termsOf(...drawn()), kl: tf.scalar(7.5) };
    expect(penaltyOf(objective, terms, { beta: 2 })).toBeCloseTo(15, 5);
  });
});

describe('annealed capacity', () => {
  const objective = annealedCapacity.make({ gamma: 10, capacity: 20, steps: 400 });
  const terms = { ...termsOf(...drawn()), klPerDimension: tf.tensor1d([2, 1, 0.5]), kl: tf.scalar(3.5) };

  it.each([
    [0, 35],
    [70, 0], // the capacity has reached the KL
    [100, 15],
    [400, 165],
    [9000, 165],
  ])('at step %i holds a KL of 3.5 nats with %f', (step, expected) => {
    expect(penaltyOf(objective, terms, {}, step)).toBeCloseTo(expected, 4);
  });

  it('follows the knob when it is moved', () => {
    expect(objective.schedule?.(200, { gamma: 10, capacity: 8 })).toEqual({ capacity: 4 });
  });
});

describe('total correlation', () => {
  /** Posteriors of variance `own`, means normal with `shared` of their variance in common: q(z) is normal with a known covariance. */
  function population(seed: number, rows: number, own: number, common: number): [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D] {
    const rng = Rng.fromSeed(seed);
    const [mean, z] = [new Float32Array(rows * 2), new Float32Array(rows * 2)];
    for (let i = 0; i < rows; i++) {
      const together = rng.normal() * Math.sqrt(common);
      for (let j = 0; j < 2; j++) {
        mean[2 * i + j] = together + rng.normal() * Math.sqrt(1 - own - common);
        z[2 * i + j] = mean[2 * i + j]! + rng.normal() * Math.sqrt(own);
      }
    }
    return [tf.tensor2d(mean, [rows, 2]), tf.fill([rows, 2], Math.log(own)), tf.tensor2d(z, [rows, 2])];
  }

  it.each(['weighted', 'stratified'] as const)('%s: is that of correlated normals, in expectation', (estimator) => {
    for (const common of [0, 0.6]) {
      let found = 0;
      for (let seed = 0; seed < 6; seed++) {
        const [mean, logVariance, z] = population(seed, 200, 0.4, common);
        found += scalar(correlationOf({ mean, logVariance, z }, estimator, tf.scalar(1e6)).totalCorrelation) / 6;
      }
      expect(Math.abs(found + 0.5 * Math.log(1 - common ** 2))).toBeLessThan(0.03);
    }
  });

  it('has a mutual information that is the closed form, in expectation', () => {
    let found = 0;
    for (let seed = 0; seed < 6; seed++) {
      const [mean, logVariance, z] = population(seed, 200, 0.4, 0);
      found += scalar(correlationOf({ mean, logVariance, z }, 'stratified', tf.scalar(1e6)).mutualInformation) / 6;
    }
    expect(Math.abs(found - Math.log(1 / 0.4))).toBeLessThan(0.08); // two dimensions of ½ ln(1 / 0.4)
  });

  it.each(['weighted', 'stratified'] as const)('%s: agrees with plain loops', (estimator: EstimatorName) => {
    const [mean, logVariance, eps, prior] = drawn();
    const terms = termsOf(mean, logVariance, eps, prior);
    const [m, v, z] = [numbers(mean), numbers(logVariance), numbers(terms.z)];
    const density = (i: number, n: number, j: number): number =>
      Math.exp(-0.5 * ((z[i]![j]! - m[n]![j]!) ** 2 / Math.exp(v[n]![j]!) + v[n]![j]! + Math.log(2 * Math.PI)));
    const weight = (i: number, n: number): number =>
      estimator === 'weighted' ? 1 / BATCH : i === n ? 1 / ROWS : (ROWS - 1) / ROWS / (BATCH - 1);
    let [correlation, information] = [0, 0];
    for (let i = 0; i < BATCH; i++) {
      let [joint, own, marginals] = [0, 1, 0];
      for (let n = 0; n < BATCH; n++) {
        let product = 1;
        for (let j = 0; j < LATENT; j++) product *= density(i, n, j);
        joint += weight(i, n) * product;
      }
      for (let j = 0; j < LATENT; j++) {
        let sum = 0;
        for (let n = 0; n < BATCH; n++) sum += weight(i, n) * density(i, n, j);
        marginals += Math.log(sum);
        own *= density(i, i, j);
      }
      correlation += (Math.log(joint) - marginals) / BATCH;
      information += (Math.log(own) - Math.log(joint)) / BATCH;
    }
    const found = correlationOf(terms, estimator, tf.scalar(ROWS));
    expect(scalar(found.totalCorrelation)).toBeCloseTo(correlation, 4);
    expect(scalar(found.mutualInformation)).toBeCloseTo(information, 4);
    const objective = betaTcvae.make({ information: 2, correlation: 5, marginals: 0.5, estimator });
    const expected = 0.5 * scalar(terms.kl) + 1.5 * information + 4.5 * correlation;
    expect(penaltyOf(objective, terms)).toBeCloseTo(expected, 3);
  });

  it('with all weights 1 leaves the KL alone', () => {
    const terms = termsOf(...drawn());
    expect(penaltyOf(betaTcvae.make({ correlation: 1 }), terms)).toBeCloseTo(scalar(terms.kl), 5);
  });
});

describe('FactorVAE', () => {
  it('shuffles every column by itself', () => {
    const z = tf.tensor2d([1, 10, 2, 20, 3, 30], [3, 2]);
    const shuffled = shuffledColumns(z, tf.tensor2d([2, 0, 1, 0, 2, 1], [2, 3], 'int32'));
    expect(numbers(shuffled)).toEqual([
      [3, 10],
      [1, 30],
      [2, 20],
    ]);
  });

  it('has an adversary that learns the total correlation of correlated normals from draws alone', async () => {
    const [rho, batch, steps] = [0.8, 256, 800];
    const objective = factorVae.make({ width: 32, depth: 2, gamma: 1 });
    const adversary = objective.adversary!;
    const weights = weightSpecs(adversary.weights(2));
    const names = Object.keys(weights);
    const learning: Program = {
      name: 'adversary',
      state: Object.fromEntries(['', 'm.', 'v.'].flatMap((slot) => names.map((name) => [slot + name, weights[name]!]))),
      inputs: {
        ...{ z: float32(batch, 2), rate: float32(), correction1: float32(), correction2: float32() },
        ...noiseInputs(adversary.noise(batch, 2)),
      },
      body: (state, inputs) => {
        const named = (values: readonly tf.Tensor[]): Tensors => Object.fromEntries(names.map((name, i) => [name, values[i]!]));
        const loss = (...values: tf.Tensor[]): tf.Scalar => adversary.loss(named(values), inputs['z'] as tf.Tensor2D, inputs);
        const gradients = tf.grads(loss)(names.map((name) => state[name]!));
        const scalars = { rate: inputs['rate']!, correction1: inputs['correction1']!, correction2: inputs['correction2']! };
        const updated = names.map((name, i) => {
          const slots = { parameter: state[name]!, gradient: gradients[i]!, m: state[`m.${name}`]!, v: state[`v.${name}`]! };
          const { parameter, m, v } = adamUpdate(slots, scalars);
          return { [name]: parameter, [`m.${name}`]: m, [`v.${name}`]: v };
        });
        const terms = { z: inputs['z'], klPerDimension: tf.zeros([2]), kl: tf.scalar(0) } as LatentTerms;
        return {
          state: Object.assign({}, ...updated) as Tensors,
          outputs: { found: objective.penalty(terms, state, scalarsOf(objective)) },
        };
      },
    };
    const start = startWeights(adversary.weights(2), Rng.fromSeed(1));
    const zeros = Object.entries(learning.state).map(([name, { shape }]) => [name, new Float32Array(sizeOf(shape))]);
    const state = await onnx.createState(learning.state, { ...(Object.fromEntries(zeros) as Arrays), ...start });
    const executable = await onnx.load(learning, state);
    const noise = openNoise(adversary.noise(batch, 2));
    let found = 0;
    for (let step = 0; step < steps; step++) {
      const z = normals(`z${step}`, batch * 2);
      for (let i = 1; i < z.length; i += 2) z[i] = rho * z[i - 1]! + Math.sqrt(1 - rho ** 2) * z[i]!;
      const [correction1, correction2] = adamCorrections(step + 1).map((value) => Float32Array.of(value));
      const rate = Float32Array.of(step < steps / 2 ? 3e-3 : 3e-4);
      const drawn = noise(Rng.fromSeed(3).stream('noise', step));
      const outputs = await executable.run({ z, rate, correction1: correction1!, correction2: correction2!, ...drawn });
      if (step >= steps - 100) found += outputs['found']![0]! / 100;
    }
    executable.dispose();
    state.dispose();
    expect(Math.abs(found + 0.5 * Math.log(1 - rho ** 2))).toBeLessThan(0.05); // 0.511 nats
  });
});

describe('DIP-VAE', () => {
  it.each([
    ['I', 10, 100],
    ['II', 7, 3],
  ] as const)('%s agrees with plain loops', (kind, offDiagonal, diagonal) => {
    const terms = termsOf(...drawn());
    const [m, v] = [numbers(terms.mean), numbers(terms.logVariance)];
    const mean = (of: (i: number) => number): number =>
      Array.from({ length: BATCH }, (_, i) => of(i)).reduce((a, b) => a + b) / BATCH;
    let expected = scalar(terms.kl);
    for (let j = 0; j < LATENT; j++)
      for (let k = 0; k < LATENT; k++) {
        let covariance = mean((i) => m[i]![j]! * m[i]![k]!) - mean((i) => m[i]![j]!) * mean((i) => m[i]![k]!);
        if (kind === 'II' && j === k) covariance += mean((i) => Math.exp(v[i]![j]!));
        expected += j === k ? diagonal * (covariance - 1) ** 2 : offDiagonal * covariance ** 2;
      }
    expect(penaltyOf(dipVae.make({ kind, offDiagonal, diagonal }), terms)).toBeCloseTo(expected, 3);
  });
});

describe('maximum mean discrepancy', () => {
  const sample = (seed: string, rows: number, cols: number, shift = 0): tf.Tensor2D =>
    tf.tensor2d(
      normals(seed, rows * cols).map((value) => value + shift),
      [rows, cols],
    );

  it('agrees with plain loops, at every scale', () => {
    const [x, y, scales] = [sample('x', 9, 4), sample('y', 9, 4, 0.5), [0.1, 1, 5]];
    const [a, b] = [numbers(x), numbers(y)];
    const kernel = (p: number[], q: number[]): number => {
      const squared = p.reduce((sum, value, j) => sum + (value - q[j]!) ** 2, 0);
      return scales.reduce((sum, scale) => sum + (8 * scale) / (8 * scale + squared), 0);
    };
    let expected = 0;
    for (let i = 0; i < 9; i++)
      for (let j = 0; j < 9; j++)
        if (i !== j) expected += (kernel(a[i]!, a[j]!) + kernel(b[i]!, b[j]!) - kernel(a[i]!, b[j]!) - kernel(a[j]!, b[i]!)) / 72;
    expect(scalar(maximumMeanDiscrepancy(x, y, scales))).toBeCloseTo(expected, 5);
  });

  it('is nothing between a sample and itself', () => {
    const x = sample('x', 20, 3);
    expect(scalar(maximumMeanDiscrepancy(x, x, [1]))).toBe(0);
  });

  it('is zero in the mean between draws of one density, and far from it between two', () => {
    const mean = (shift: number): number => {
      let sum = 0;
      for (let k = 0; k < 60; k++)
        sum += scalar(maximumMeanDiscrepancy(sample(`a${k}`, 30, 3), sample(`b${k}`, 30, 3, shift), [1]));
      return sum / 60;
    };
    expect(Math.abs(mean(0))).toBeLessThan(2e-3);
    expect(mean(1)).toBeGreaterThan(0.1);
  });

  it('is what InfoVAE and the Wasserstein autoencoder are made of', () => {
    const terms = termsOf(...drawn());
    const narrow = scalar(maximumMeanDiscrepancy(terms.z, terms.prior, [1]));
    const wide = scalar(maximumMeanDiscrepancy(terms.z, terms.prior, [0.1, 0.2, 0.5, 1, 2, 5, 10]));
    expect(penaltyOf(wassersteinAutoencoder.make({ lambda: 30 }), terms)).toBeCloseTo(30 * narrow, 4);
    const expected = (1 - 0.25) * scalar(terms.kl) + (0.25 + 40 - 1) * wide;
    expect(penaltyOf(infoVae.make({ alpha: 0.25, lambda: 40 }), terms)).toBeCloseTo(expected, 3);
  });

  it('leaves sigma to the reconstruction in the Wasserstein autoencoder: no pull to the prior for a single code', () => {
    const still: tf.Tensor2D = tf.zeros([BATCH, LATENT]);
    const [, , , prior] = drawn();
    const terms = { ...termsOf(still, tf.fill([BATCH, LATENT], -20), still, prior), z: prior };
    expect(penaltyOf(wassersteinAutoencoder.make(), terms)).toBe(0);
  });
});

describe('the importance-weighted bound', () => {
  it('asks for as many draws as it is told', () => {
    expect(importanceWeighted.make({ samples: 50 }).draws).toBe(50);
    expect(evidenceBound.make().draws ?? 1).toBe(1);
  });
});

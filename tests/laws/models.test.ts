// Laws that every model keeps on every kind of sample, with every choice and cure (model-rows.ts).
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaults, type ParamValues } from '../../src/base/params.ts';
import { Rng } from '../../src/base/rng.ts';
import { readRows, sampleSize } from '../../src/datasets/dataset.ts';
import { makeModel } from '../../src/engine/catalogue.ts';
import type { Model } from '../../src/models/model.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { openWasmDevice } from '../../src/node/devices/wasm.ts';
import { openEvaluator } from '../../src/training/evaluate.ts';
import type { Device } from '../../src/tracing/device.ts';
import type { Arrays, Program } from '../../src/tracing/program.ts';
import { normals, range, toyModel } from '../training/toy.ts';
import { modelRows, type ModelRow } from './model-rows.ts';

let wasm: Device;
let onnx: Device;
beforeAll(async () => {
  wasm = await openWasmDevice();
  onnx = await openOnnxDevice({ provider: 'cpu', threads: 1 });
});
afterAll(async () => {
  await wasm.dispose();
  await onnx.dispose();
});

const kinds: readonly (readonly [string, ModelRow])[] = modelRows.map((row) => [`${row.model} ${row.title}`, row]);

describe.each(kinds)('%s', (_, { model: id, dataset, set, chosen }) => {
  const make = (params: ParamValues): Model => makeModel(id, params, dataset.sample);
  const model = make(set);
  const size = sampleSize(dataset.sample);
  const rows = range(0, dataset.rows);
  const initial = model.initialise(Rng.fromSeed(1), { dataset, rows });
  const knobs = defaults(model.knobs);

  /** Outputs of one program on inputs that are given, on weights as they start. */
  async function outputsOf(program: Program, inputs: Arrays): Promise<Record<string, Float32Array>> {
    const state = await wasm.createState(model.state, initial);
    const executable = await wasm.load(program, state);
    const outputs = await executable.run(inputs);
    executable.dispose();
    state.dispose();
    return outputs as Record<string, Float32Array>;
  }
  const evaluated = (x: Float32Array, eps: Float32Array, batch: number): Promise<Record<string, Float32Array>> => {
    const evaluation = model.evaluate(batch);
    const u = new Float32Array(batch * size).fill(0.5);
    return outputsOf(evaluation, 'u' in evaluation.inputs ? { x, eps, u } : { x, eps });
  };

  it('names every parameter, with auto resolved', () => {
    expect(model.params).toMatchObject(chosen);
    expect(make(model.params).params).toEqual(model.params);
  });

  it('has the same ten losses on every device', async () => {
    const told: Record<string, number[]>[] = [];
    for (const one of [wasm, onnx]) {
      const state = await one.createState(model.state, initial);
      const parts = await Promise.all(
        model.training(8).map(async (part) => ({ part, executable: await one.load(part.program, state) })),
      );
      const found: Record<string, number[]> = {};
      for (let step = 0; step < 10; step++) {
        const x = readRows(dataset, range(step, step + 8));
        for (const [at, { part, executable }] of parts.entries()) {
          for (let turn = 0; turn < (part.turns?.most ?? 1); turn++) {
            const noise = Rng.fromSeed(2).stream(`noise.${at}.${turn}`, step);
            const outputs = await executable.run({ ...part.inputs(step, noise, knobs), x });
            for (const name of Object.keys(outputs).filter((output) => /loss$/i.test(output))) {
              (found[name] ??= []).push(outputs[name]?.[0] ?? NaN);
            }
          }
        }
      }
      told.push(found);
      for (const { executable } of parts) executable.dispose();
      state.dispose();
    }
    const [one, two] = told as [Record<string, number[]>, Record<string, number[]>];
    expect(Object.keys(one)).toContain('loss');
    expect(Object.keys(two)).toEqual(Object.keys(one));
    for (const [name, losses] of Object.entries(one)) {
      losses.forEach((loss, step) => {
        const away = Math.abs(loss - (two[name]?.[step] ?? NaN)) / Math.max(1, Math.abs(loss));
        expect(away, `${name}, step ${step}`).toBeLessThan(1e-3);
      });
    }
  });

  it('encodes, decodes and evaluates by one meaning, and leaves no tensors behind', async () => {
    const before = tf.memory().numTensors;
    const batch = 5;
    const x = readRows(dataset, range(0, batch));
    const scores = await evaluated(x, new Float32Array(batch * model.latentSize), batch); // no noise: the row's own code
    expect(scores['kl']).toHaveLength(batch * model.latentSize);
    expect(scores['reconstruction']).toHaveLength(batch);
    const isBinarised = 'u' in model.evaluate(batch).inputs;
    const seen = isBinarised ? x.map((value) => (value > 0.5 ? 1 : 0)) : x;
    const codes = await outputsOf(model.encode(batch), { x: seen });
    const [mean, logVariance] = [codes['mean'] as Float32Array, codes['logVariance'] as Float32Array];
    mean.forEach((value, i) => expect(value).toBeCloseTo(scores['mean']?.[i] ?? NaN, 4));
    logVariance.forEach((value, i) => expect(value).toBeCloseTo(scores['logVariance']?.[i] ?? NaN, 4));
    if (id !== 'vq-vae' && model.hasSampledKl !== true) {
      // The divergence of a diagonal Gaussian from the standard normal. (Flows carry the mean elsewhere; a codebook's nats are others.)
      scores['kl']?.forEach((nats, i) => {
        const [m, logVar] = [mean[i] as number, logVariance[i] as number];
        expect(nats).toBeCloseTo(0.5 * (m ** 2 + Math.exp(logVar) - logVar - 1), 4);
      });
    }
    const decoded = (await outputsOf(model.decode(batch), { z: mean }))['x'] as Float32Array;
    expect(decoded).toHaveLength(batch * size);
    const sums = (term: (x: number, mean: number) => number): number[] =>
      Array.from({ length: batch }, (__, i) =>
        range(i * size, (i + 1) * size).reduce((sum, at) => sum + term(seen[at] as number, decoded[at] as number), 0),
      );
    // The reconstruction is of what is decoded: cross-entropy, or half the squared residual where a model has no bound.
    if (model.params['model.likelihood'] === 'bernoulli') {
      const nats = sums((value, p) => -(value * Math.log(p) + (1 - value) * Math.log(1 - p)));
      nats.forEach((row, i) => expect(scores['reconstruction']?.[i]).toBeCloseTo(row, 2));
    }
    if (!model.hasBound && (dataset.sample.kind === 'picture' || model.params['model.standardise'] === false)) {
      const unit = dataset.sample.kind === 'picture' ? 2 : 1; // pictures are on [-1, 1] inside
      const residuals = sums((value, made) => 0.5 * (unit * (value - made)) ** 2);
      residuals.forEach((row, i) => expect(scores['reconstruction']?.[i]).toBeCloseTo(row, 3));
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('has the same nats for a row at its code as evaluated, and others at another code', async () => {
    const batch = 5;
    const x = readRows(dataset, range(0, batch));
    const scores = await evaluated(x, Rng.fromSeed(5).fillNormal(new Float32Array(batch * model.latentSize)), batch);
    const distortion = model.distortion(batch);
    const u = new Float32Array(batch * size).fill(0.5);
    const at = async (z: Float32Array): Promise<Float32Array> =>
      (await outputsOf(distortion, 'u' in distortion.inputs ? { x, z, u } : { x, z }))['reconstruction']!;
    const own = await at((model.hasBound ? scores['z'] : scores['mean'])!);
    own.forEach((nats, i) => expect(nats / scores['reconstruction']![i]!).toBeCloseTo(1, 5));
    const far = await at(scores['mean']!.map((one, j) => one + 3 * (-1) ** j));
    expect(far.some((nats, i) => Math.abs(nats - own[i]!) > 1e-3)).toBe(true);
  });

  it.runIf('density' in model)('has the density of its prior that the weights of rows have', async () => {
    const batch = 6;
    const x = readRows(dataset, range(0, batch));
    const eps = Rng.fromSeed(6).fillNormal(new Float32Array(batch * model.latentSize));
    const scores = await evaluated(x, eps, batch);
    const { logDensity } = await outputsOf(model.density!(batch), { z: scores['z']! });
    scores['logRatio']!.forEach((ratio, i) => {
      let own = 0; // log q(z|x) of the diagonal posterior
      for (let j = i * model.latentSize; j < (i + 1) * model.latentSize; j++)
        own -= 0.5 * (Math.log(2 * Math.PI) + scores['logVariance']![j]! + eps[j]! ** 2);
      expect(own - logDensity![i]!).toBeCloseTo(ratio, 3);
    });
  });

  it.runIf(model.hasBound)('weighs prior against posterior so that the weights of a row mean 1', async () => {
    const [draws, latent] = [600, model.latentSize];
    const one = readRows(dataset, range(3, 4));
    const x = new Float32Array(draws * size);
    for (let i = 0; i < draws; i++) x.set(one, i * size);
    const scores = await evaluated(x, Rng.fromSeed(3).fillNormal(new Float32Array(draws * latent)), draws);
    const ratios = scores['logRatio'] as Float32Array; // ln q(z|x) - ln p(z)
    if (id === 'vq-vae') {
      // q(e|x) = 1: the ratio is the code's nats under the prior, shared out over its numbers; at first all codes are as likely.
      const nats = Number(model.params['model.slots']) * Math.log(Number(model.params['model.codes']));
      const sum = scores['kl']?.subarray(0, latent).reduce((total, value) => total + value, 0);
      expect(ratios[0]).toBeCloseTo(nats, 3);
      expect(sum).toBeCloseTo(ratios[0] as number, 3);
      return;
    }
    // E_q[p(z) / q(z|x)] = ∫ p = 1, whatever flows bend q and whatever the prior is: true only of densities that are normalised.
    const weights = Array.from(ratios, (ratio) => Math.exp(-ratio));
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / draws;
    const sd = Math.sqrt(weights.reduce((sum, weight) => sum + (weight - mean) ** 2, 0) / draws);
    expect(sd).toBeLessThan(3); // else a mean of so few says nothing
    expect(Math.abs(mean - 1)).toBeLessThan(Math.max(1e-4, (5 * sd) / Math.sqrt(draws)));
  });
});

describe('a VAE of vectors', () => {
  it('gives nats of the data as given: a factor of ten on every column adds its logarithm', async () => {
    const sds = [1, 2, 0.5];
    const scores: number[] = [];
    for (const factor of [1, 10]) {
      const dataset = normals(
        100,
        sds.map((sd) => sd * factor),
        0,
      );
      const model = toyModel(dataset, { 'net.width': 8 });
      const state = await wasm.createState(model.state, model.initialise(Rng.fromSeed(1), { dataset, rows: range(0, 100) }));
      const evaluator = await openEvaluator(model, wasm, state, Rng.fromSeed(2), 32);
      scores.push((await evaluator.evaluate(dataset, range(0, 100))).heldOut.reconstruction);
      evaluator.dispose();
      state.dispose();
    }
    expect((scores[1] ?? NaN) - (scores[0] ?? NaN)).toBeCloseTo(3 * Math.log(10), 3);
  });

  it('has an importance-weighted bound that reaches log p(x) where that is known, far above the evidence bound', async () => {
    // A linear decoder of one latent and unit noise: x ~ N(b, w wᵀ + I), in two dimensions.
    const dataset = normals(60, [2, 1]);
    const model = toyModel(dataset, {
      'model.latentSize': 1,
      'model.standardise': false,
      'likelihood.variance': 'fixed',
      'net.depth': 0,
    });
    const rows = range(0, 60);
    const [w, b] = [Float32Array.of(1.5, -0.5), Float32Array.of(0.2, 0.1)];
    const values = {
      ...model.initialise(Rng.fromSeed(1), { dataset, rows }),
      'encoder.out.kernel': new Float32Array(4), // q is the prior: far from the posterior, but never narrower
      'encoder.out.bias': new Float32Array(2),
      'decoder.out.kernel': w,
      'decoder.out.bias': b,
    };
    const state = await wasm.createState(model.state, values);
    const evaluator = await openEvaluator(model, wasm, state, Rng.fromSeed(2), 60);
    const { heldOut, logLikelihood } = await evaluator.evaluate(dataset, rows, { importanceSamples: 400 });
    const [w0, w1] = [w[0] as number, w[1] as number];
    const [c00, c01, c11] = [w0 * w0 + 1, w0 * w1, w1 * w1 + 1];
    const determinant = c00 * c11 - c01 * c01;
    const x = readRows(dataset, rows);
    let sum = 0;
    for (let i = 0; i < 60; i++) {
      const [d0, d1] = [(x[2 * i] ?? 0) - (b[0] ?? 0), (x[2 * i + 1] ?? 0) - (b[1] ?? 0)];
      const square = (c11 * d0 * d0 - 2 * c01 * d0 * d1 + c00 * d1 * d1) / determinant;
      sum -= Math.log(2 * Math.PI) + 0.5 * Math.log(determinant) + 0.5 * square;
    }
    expect(logLikelihood).toBeCloseTo(sum / 60, 1);
    expect(heldOut.elbo).toBeLessThan(sum / 60 - 0.3);
    evaluator.dispose();
    state.dispose();
  });
});

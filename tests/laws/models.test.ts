// Laws that every model keeps on every kind of sample, and the linear autoencoder against its closed form.
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ParamValues } from '../../src/base/params.ts';
import { Rng } from '../../src/base/rng.ts';
import { readRows, sampleSize, type Dataset } from '../../src/datasets/dataset.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { openWasmDevice } from '../../src/node/devices/wasm.ts';
import { activeUnits, openEvaluator } from '../../src/training/evaluate.ts';
import { train } from '../../src/training/train.ts';
import type { Device } from '../../src/tracing/device.ts';
import type { Arrays } from '../../src/tracing/program.ts';
import { arrayDataset, bars, normals, range, toyModel } from '../training/toy.ts';

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

function colours(rows: number): Dataset {
  const rng = Rng.fromSeed(8);
  const data = new Float32Array(rows * 6 * 5 * 3);
  for (let i = 0; i < rows; i++) {
    const colour = [rng.uniform(), rng.uniform(), rng.uniform()];
    for (let j = 0; j < 90; j++) data[i * 90 + j] = colour[j % 3] as number;
  }
  return arrayDataset({ kind: 'picture', height: 6, width: 5, channels: 3 }, data);
}

// One row a model and kind of sample: parameters, and what `auto` must have chosen.
const members: readonly (readonly [string, Dataset, ParamValues, ParamValues])[] = [
  [
    'grey pictures',
    bars(40),
    { 'net.width': 12 },
    { 'model.net': 'dense', 'model.likelihood': 'bernoulli', 'model.latentSize': 20 },
  ],
  [
    'colour pictures',
    colours(40),
    { 'net.channels': 2 },
    { 'model.net': 'conv', 'model.likelihood': 'gaussian', 'model.latentSize': 16 },
  ],
  [
    'vectors',
    normals(40, [1, 5, 0.01], 3),
    { 'net.width': 12 },
    { 'model.net': 'dense', 'model.likelihood': 'gaussian', 'model.latentSize': 3 },
  ],
  ['grey levels as they are', bars(40), { 'net.width': 12, 'likelihood.binarise': 'none' }, { 'likelihood.binarise': 'none' }],
  [
    'everything at once',
    bars(40, 6),
    {
      'model.net': 'conv',
      'net.channels': 2,
      'net.normalisation': 'layer',
      'model.gradientClip': 1,
      'model.freeBits': 0.1,
      'model.latentSize': 4,
    },
    { 'model.gradientClip': 1 },
  ],
];

describe.each(members)('a VAE of %s', (_, dataset, set, chosen) => {
  const model = toyModel(dataset, set);
  const size = sampleSize(dataset.sample);
  const rows = range(0, dataset.rows);
  const initial = model.initialise(Rng.fromSeed(1), { dataset, rows });

  it('names every parameter, with auto resolved', () => {
    expect(model.params).toMatchObject(chosen);
    expect(toyModel(dataset, model.params).params).toEqual(model.params);
  });

  it('has the same ten losses on every device', async () => {
    const losses: number[][] = [];
    for (const device of [wasm, onnx]) {
      const state = await device.createState(model.state, initial);
      const [part] = model.training(8);
      if (!part) throw new Error('no part');
      const executable = await device.load(part.program, state);
      const found: number[] = [];
      for (let step = 0; step < 10; step++) {
        const x = readRows(dataset, range(step, step + 8));
        const knobs = Object.fromEntries(Object.entries(model.knobs).map(([name, param]) => [name, param.default]));
        const outputs = await executable.run({ ...part.inputs(step, Rng.fromSeed(2).stream('noise', step), knobs), x });
        found.push(outputs['loss']?.[0] ?? NaN);
      }
      losses.push(found);
      executable.dispose();
      state.dispose();
    }
    const [one, two] = losses as [number[], number[]];
    one.forEach((loss, step) => expect(Math.abs(loss - (two[step] ?? NaN)) / Math.max(1, Math.abs(loss))).toBeLessThan(1e-3));
  });

  it('encodes, decodes and evaluates by one meaning, and leaves no tensors behind', async () => {
    const before = tf.memory().numTensors;
    const state = await wasm.createState(model.state, initial);
    const batch = 5;
    const x = readRows(dataset, range(0, batch));
    const eps = new Float32Array(batch * model.latentSize); // z = mean
    const run = async (program: ReturnType<typeof model.encode>, inputs: Arrays): Promise<Record<string, Float32Array>> => {
      const executable = await wasm.load(program, state);
      const outputs = await executable.run(inputs);
      executable.dispose();
      return outputs as Record<string, Float32Array>;
    };
    const evaluation = model.evaluate(batch);
    const u = new Float32Array(batch * size).fill(0.5);
    const scores = await run(evaluation, 'u' in evaluation.inputs ? { x, eps, u } : { x, eps });
    expect(scores['kl']).toHaveLength(batch * model.latentSize);
    expect(scores['reconstruction']).toHaveLength(batch);
    scores['kl']?.forEach((nats, i) => {
      const [mean, logVar] = [scores['mean']?.[i] ?? NaN, scores['logVariance']?.[i] ?? NaN];
      expect(nats).toBeCloseTo(0.5 * (mean ** 2 + Math.exp(logVar) - logVar - 1), 4);
    });
    const seen = 'u' in evaluation.inputs ? x.map((value) => (value > 0.5 ? 1 : 0)) : x;
    const codes = await run(model.encode(batch), { x: seen });
    codes['mean']?.forEach((value, i) => expect(value).toBeCloseTo(scores['mean']?.[i] ?? NaN, 4));
    const decoded = await run(model.decode(batch), { z: codes['mean'] as Float32Array });
    expect(decoded['x']).toHaveLength(batch * size);
    if (model.params['model.likelihood'] === 'bernoulli') {
      // The reconstruction is the cross-entropy of what is decoded.
      for (let i = 0; i < batch; i++) {
        let nats = 0;
        for (let j = i * size; j < (i + 1) * size; j++) {
          const p = decoded['x']?.[j] ?? NaN;
          nats -= (seen[j] ?? 0) * Math.log(p) + (1 - (seen[j] ?? 0)) * Math.log(1 - p);
        }
        expect(scores['reconstruction']?.[i]).toBeCloseTo(nats, 2);
      }
    }
    state.dispose();
    expect(tf.memory().numTensors).toBe(before);
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

// Lucas et al. 2019 (probabilistic PCA): with data covariance eigenvalues λ, noise variance 1 and weight beta, exactly the dimensions
// with λ > beta are used, each with KL ½ ln(λ / beta).
describe('the linear VAE', () => {
  const eigenvalues = [16, 8, 5, 3, 1.5, 0.7, 0.4, 0.2, 0.1, 0.05];
  const dataset = turned(normals(6000, eigenvalues.map(Math.sqrt)));

  it.each([1, 2, 4])(
    'at beta %d uses the dimensions that the closed form says, with its KL',
    { timeout: 120_000 },
    async (beta) => {
      const model = toyModel(dataset, {
        'model.latentSize': 10,
        'model.beta': beta,
        'model.standardise': false,
        'model.likelihood': 'gaussian',
        'likelihood.variance': 'fixed',
        'likelihood.sigma': 1,
        'net.depth': 0,
        'model.learningRate': 0.01,
        'model.decay': 3000,
      });
      let values: Arrays | undefined;
      const params = { batchSize: 256, reportEvery: 3000, evaluateEvery: 3000, checkpointEvery: 3000, latentRows: 0 };
      const trainRows = range(0, dataset.rows);
      const setup = { model, dataset, trainRows, heldOutRows: range(0, 0), device: onnx, seed: 1, params, stop: { steps: 3000 } };
      for await (const event of train(setup)) if (event.kind === 'checkpointed') values = event.checkpoint.values;
      const state = await onnx.createState(model.state, values ?? {});
      const evaluator = await openEvaluator(model, onnx, state, Rng.fromSeed(2), 500);
      const { klPerDimension, mean } = await evaluator.evaluate(dataset, trainRows);
      const expected = eigenvalues.map((lambda) => (lambda > beta ? 0.5 * Math.log(lambda / beta) : 0));
      expect(activeUnits(mean, 10)).toBe(expected.filter((nats) => nats > 0).length);
      const found = [...klPerDimension].sort((a, b) => b - a);
      found.forEach((nats, j) => expect(Math.abs(nats - (expected[j] ?? NaN)), `dimension ${j}: ${nats}`).toBeLessThan(0.05));
      evaluator.dispose();
      state.dispose();
    },
  );

  /** The same data, made uncorrelated in the sample and turned, so that the axes tell nothing. */
  function turned(source: Dataset): Dataset {
    const size = eigenvalues.length;
    const data = readRows(source, range(0, source.rows));
    // Gram & Schmidt on the columns, then the variances that were asked for.
    const columns = Array.from({ length: size }, (_, j) =>
      Float64Array.from({ length: source.rows }, (__, i) => data[i * size + j] ?? 0),
    );
    const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
    columns.forEach((column, j) => {
      const average = column.reduce((sum, value) => sum + value, 0) / column.length;
      column.forEach((value, i) => (column[i] = value - average));
      for (const earlier of columns.slice(0, j)) {
        const share = dot(column, earlier) / dot(earlier, earlier);
        column.forEach((value, i) => (column[i] = value - share * (earlier[i] ?? 0)));
      }
      const factor = Math.sqrt((eigenvalues[j] ?? 0) / (dot(column, column) / column.length));
      column.forEach((value, i) => (column[i] = value * factor));
    });
    const rng = Rng.fromSeed(4);
    for (let turn = 0; turn < 40; turn++) {
      const [a, b] = rng.permutation(size);
      const angle = 2 * Math.PI * rng.uniform();
      const [one, two] = [columns[a ?? 0] as Float64Array, columns[b ?? 0] as Float64Array];
      one.forEach((x, i) => {
        const y = two[i] ?? 0;
        one[i] = x * Math.cos(angle) - y * Math.sin(angle);
        two[i] = x * Math.sin(angle) + y * Math.cos(angle);
      });
    }
    columns.forEach((column, j) => column.forEach((value, i) => (data[i * size + j] = value)));
    return arrayDataset({ kind: 'vector', size }, data);
  }
});

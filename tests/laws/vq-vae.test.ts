// Laws of the VQ-VAE: those of every model, its parts against plain loops, and a codebook that collapses and is cured.
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Family } from '../../src/base/family.ts';
import { defaults, type ParamValues } from '../../src/base/params.ts';
import { Rng } from '../../src/base/rng.ts';
import { readRows, sampleSize, type Dataset } from '../../src/datasets/dataset.ts';
import { bernoulli } from '../../src/losses/bernoulli.ts';
import { gaussian } from '../../src/losses/gaussian.ts';
import type { Model } from '../../src/models/model.ts';
import { makeModel, type ModelFamilies } from '../../src/models/recipe.ts';
import { vqVae } from '../../src/models/vq-vae.ts';
import { openCodeUse } from '../../src/models/vq/code-use.ts';
import { openCodebook } from '../../src/models/vq/codebook.ts';
import { held, nearest, straightThrough } from '../../src/models/vq/straight-through.ts';
import { conv } from '../../src/nets/conv.ts';
import { dense } from '../../src/nets/dense.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { openWasmDevice } from '../../src/node/devices/wasm.ts';
import type { Device, DeviceState } from '../../src/tracing/device.ts';
import type { Arrays, Program } from '../../src/tracing/program.ts';
import { arrayDataset, bars, normals, range } from '../training/toy.ts';

let wasm: Device;
let onnx: Device;
beforeAll(async () => {
  wasm = await openWasmDevice();
  onnx = await openOnnxDevice({ provider: 'cpu', threads: 1 });
  await tf.setBackend('cpu');
});
afterAll(async () => {
  await wasm.dispose();
  await onnx.dispose();
});

const families: ModelFamilies = {
  models: new Family('model', [vqVae]),
  nets: new Family('net', [dense, conv]),
  likelihoods: new Family('likelihood', [bernoulli, gaussian]),
  losses: new Family('loss', []),
  objectives: new Family('objective', []),
  posteriors: new Family('posterior', []),
  priors: new Family('prior', []),
};
const modelOf = (dataset: Dataset, set: ParamValues = {}): Model => makeModel(families, 'vq-vae', dataset.sample, set);
const startOf = (model: Model, dataset: Dataset, seed = 1): Arrays =>
  model.initialise(Rng.fromSeed(seed), { dataset, rows: range(0, dataset.rows) });

/** `steps` training steps on batches of `batch` rows in turn; the outputs of each. */
async function trained(
  device: Device,
  model: Model,
  dataset: Dataset,
  state: DeviceState,
  { steps, batch, set = {} }: { steps: number; batch: number; set?: ParamValues },
): Promise<Arrays[]> {
  const [part] = model.training(batch);
  if (!part) throw new Error('no part');
  const executable = await device.load(part.program, state);
  const found: Arrays[] = [];
  for (let step = 0; step < steps; step++) {
    const x = readRows(
      dataset,
      range(0, batch).map((i) => (step * batch + i) % dataset.rows),
    );
    const inputs = part.inputs(step, Rng.fromSeed(2).stream('noise', step), { ...defaults(model.knobs), ...set });
    found.push(await executable.run({ ...inputs, x }));
  }
  executable.dispose();
  return found;
}

async function run(device: Device, program: Program, state: DeviceState, inputs: Arrays): Promise<Record<string, Float32Array>> {
  const executable = await device.load(program, state);
  const outputs = await executable.run(inputs);
  executable.dispose();
  return outputs as Record<string, Float32Array>;
}

// One row a kind of sample: parameters, and what `auto` must have chosen.
const members: readonly (readonly [string, Dataset, ParamValues, ParamValues])[] = [
  ['grey pictures', bars(40), { 'net.width': 12 }, { 'model.net': 'dense', 'model.likelihood': 'bernoulli', 'model.slots': 8 }],
  [
    'colour pictures',
    arrayDataset({ kind: 'picture', height: 6, width: 5, channels: 3 }, Rng.fromSeed(8).fillUniform(new Float32Array(40 * 90))),
    { 'net.channels': 2, 'augment.flipHorizontal': true },
    { 'model.net': 'conv', 'model.likelihood': 'gaussian', 'model.slots': 16 },
  ],
  [
    'vectors',
    normals(40, [1, 5, 0.01], 3),
    { 'net.width': 12, 'model.codes': 6, 'model.unitCodes': false },
    { 'model.net': 'dense', 'model.slots': 1 },
  ],
  [
    'vectors by gradient, on the sphere',
    normals(40, [1, 5, 0.01], 3),
    { 'net.width': 12, 'model.codes': 6, 'model.update': 'gradient', 'model.restartAfter': 3 },
    { 'model.update': 'gradient' },
  ],
  [
    'everything at once',
    bars(40, 6),
    {
      'model.net': 'conv',
      'net.channels': 2,
      'net.skip': true,
      'model.gradientClip': 1,
      'model.snap': true,
    },
    { 'model.gradientClip': 1 },
  ],
];

describe.each(members)('a VQ-VAE of %s', (_, dataset, set, chosen) => {
  const model = modelOf(dataset, set);
  const initial = startOf(model, dataset);
  const codeSize = Number(model.params['model.codeSize']);
  const slots = Number(model.params['model.slots']);

  it('names every parameter, with auto resolved', () => {
    expect(model.params).toMatchObject(chosen);
    expect(modelOf(dataset, model.params).params).toEqual(model.params);
    expect(model.latentSize).toBe(slots * codeSize);
    expect(Object.keys(initial).sort()).toEqual(Object.keys(model.state).sort());
  });

  it('has the same ten losses on every device', async () => {
    const losses: number[][] = [];
    for (const device of [wasm, onnx]) {
      const state = await device.createState(model.state, initial);
      const outputs = await trained(device, model, dataset, state, { steps: 10, batch: 8 });
      losses.push(outputs.map(({ loss }) => loss?.[0] ?? NaN));
      state.dispose();
    }
    const [one, two] = losses as [number[], number[]];
    one.forEach((loss, step) => expect(Math.abs(loss - (two[step] ?? NaN)) / Math.max(1, Math.abs(loss))).toBeLessThan(1e-3));
  });

  it('encodes, decodes and evaluates by one meaning, and leaves no tensors behind', async () => {
    const before = tf.memory().numTensors;
    const state = await wasm.createState(model.state, initial);
    await trained(wasm, model, dataset, state, { steps: 3, batch: 8 });
    const [batch, size] = [5, sampleSize(dataset.sample)];
    const x = readRows(dataset, range(0, batch));
    const evaluation = model.evaluate(batch);
    const binarised = 'u' in evaluation.inputs;
    const seen = binarised ? x.map((value) => (value > 0.5 ? 1 : 0)) : x;
    const eps = new Float32Array(batch * model.latentSize);
    const u = new Float32Array(batch * size).fill(0.5);
    const scores = await run(wasm, evaluation, state, binarised ? { x, eps, u } : { x, eps });
    const { mean, logVariance } = await run(wasm, model.encode(batch), state, { x: seen });
    expect(scores['mean']).toEqual(mean);
    expect(scores['z']).toEqual(mean);
    expect(scores['logVariance']).toEqual(logVariance);
    expect(new Set(logVariance).size).toBe(1);
    // Every part of a code is an entry of the codebook.
    const held = await state.read();
    const codes = held['codebook.codes'] as Float32Array;
    const entries = Array.from({ length: codes.length / codeSize }, (__, k) =>
      Array.from(codes.slice(k * codeSize, (k + 1) * codeSize)),
    );
    for (let at = 0; at < mean!.length; at += codeSize) {
      const one = Array.from(mean!.slice(at, at + codeSize));
      const distances = entries.map((entry) => {
        const length = model.params['model.unitCodes'] ? Math.hypot(...entry, 1e-3) : 1; // the sphere's ε is 1e-6
        return Math.max(...one.map((value, i) => Math.abs(value - entry[i]! / length)));
      });
      expect(Math.min(...distances)).toBeLessThan(1e-5);
    }
    for (let i = 0; i < batch; i++) {
      const nats = scores['kl']!.slice(i * model.latentSize, (i + 1) * model.latentSize);
      expect(nats.reduce((a, b) => a + b)).toBeCloseTo(scores['logRatio']![i]!, 3);
    }
    const decoded = await run(wasm, model.decode(batch), state, { z: mean! });
    if (binarised) {
      for (let i = 0; i < batch; i++) {
        let nats = 0;
        for (let j = i * size; j < (i + 1) * size; j++)
          nats -= seen[j] ? Math.log(decoded['x']![j]!) : Math.log(1 - decoded['x']![j]!);
        expect(scores['reconstruction']![i]).toBeCloseTo(nats, 2);
      }
    }
    state.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** Vectors at the corners of a square of side 2, in turn, each off by normal noise. */
function corners(rows: number, noise: number): Dataset {
  const rng = Rng.fromSeed(3);
  const data = new Float32Array(rows * 2);
  for (let i = 0; i < rows; i++) {
    data[2 * i] = (i % 2 === 0 ? 1 : -1) + noise * rng.normal();
    data[2 * i + 1] = (i % 4 < 2 ? 1 : -1) + noise * rng.normal();
  }
  return arrayDataset({ kind: 'vector', size: 2 }, data);
}

describe('four clusters', () => {
  const dataset = corners(512, 0.05);
  const set = {
    ...{ 'net.width': 32, 'net.depth': 1, 'model.slots': 1, 'model.codes': 4, 'model.codeSize': 2 },
    ...{ 'model.learningRate': 3e-3, 'model.standardise': false, 'model.unitCodes': false },
  };
  const last = async (given: ParamValues, start: Arrays = {}, steps = 800): Promise<Record<string, number>> => {
    const model = modelOf(dataset, { ...set, ...given });
    const state = await onnx.createState(model.state, { ...startOf(model, dataset), ...start });
    const outputs = await trained(onnx, model, dataset, state, { steps, batch: 64 });
    state.dispose();
    return Object.fromEntries(Object.entries(outputs.at(-1)!).map(([name, values]) => [name, values[0]!]));
  };

  it.each([{ 'model.update': 'average' }, { 'model.update': 'gradient' }, { 'model.unitCodes': true }])(
    'come to have a code each: %j',
    async (given) => {
      const { perplexity, codesUsed, kl, sigma } = await last(given);
      expect(perplexity).toBeCloseTo(4, 1);
      expect(codesUsed).toBe(4);
      expect(kl).toBeCloseTo(Math.log(4), 2); // what a row costs
      expect(sigma).toBeLessThan(0.12); // falling from 1 to the noise about the corners, 0.05
    },
  );

  it.each(['average', 'gradient'])(
    'of which codes out of reach are revived by restarts, and stay dead without (%s)',
    async (update) => {
      // One code where the encoder starts, three far away.
      const start = { 'codebook.codes': Float32Array.of(0, 0, 50, 50, -50, 50, 50, -50) };
      const sums = update === 'average' ? { 'codebook.sums': start['codebook.codes'].slice() } : {};
      const dead = await last({ 'model.update': update, 'model.restartAfter': 0 }, { ...start, ...sums }, 300);
      expect(dead['perplexity']).toBeCloseTo(1, 1);
      expect(dead['codesUsed']).toBe(1);
      expect(dead['sigma']).toBeGreaterThan(0.9); // every row is decoded to the mean of all
      const waiting = { 'codebook.unused': new Float32Array(4) }; // no data-dependent start: the restarts alone must do it
      const revived = await last({ 'model.update': update, 'model.restartAfter': 20 }, { ...start, ...sums, ...waiting });
      expect(revived['perplexity']).toBeCloseTo(4, 1);
      expect(revived['sigma']).toBeLessThan(0.1);
    },
  );

  it('are scored by a bound on log p(x) = ln sum_k P(k) p(x|e_k), and drawn from the prior as often as they come', async () => {
    const model = modelOf(dataset, { ...set, 'likelihood.variance': 'fixed', 'likelihood.sigma': 0.7 });
    const state = await onnx.createState(model.state, startOf(model, dataset));
    await trained(onnx, model, dataset, state, { steps: 200, batch: 64 });
    const batch = 64;
    const x = readRows(dataset, range(0, batch));
    const eps = Rng.fromSeed(1).fillNormal(new Float32Array(batch * 2));
    const scores = await run(onnx, model.evaluate(batch), state, { x, eps });
    const held = await state.read();
    const codes = held['codebook.codes'] as Float32Array;
    const use = Array.from(held['codebook.use'] as Float32Array, (one) => one + 1e-3 / 4);
    const shares = use.map((one) => one / use.reduce((a, b) => a + b));
    const decoded = await run(onnx, model.decode(4), state, { z: codes });
    for (let i = 0; i < batch; i++) {
      let [density, nearest] = [0, 0];
      shares.forEach((share, k) => {
        const squared = (x[2 * i]! - decoded['x']![2 * k]!) ** 2 + (x[2 * i + 1]! - decoded['x']![2 * k + 1]!) ** 2;
        const joint = (share * Math.exp(-squared / (2 * 0.49))) / (2 * Math.PI * 0.49);
        density += joint;
        if (codes[2 * k] === scores['z']![2 * i] && codes[2 * k + 1] === scores['z']![2 * i + 1]) nearest = joint;
      });
      const elbo = -(scores['reconstruction']![i]! + scores['logRatio']![i]!);
      expect(elbo).toBeCloseTo(Math.log(nearest), 3);
      expect(elbo).toBeLessThan(Math.log(density));
    }
    const many = 4000;
    const { z } = await run(onnx, model.prior!(many), state, {
      eps: Rng.fromSeed(5).fillNormal(new Float32Array(many * 2)),
      u: new Float32Array(many),
    });
    shares.forEach((share, k) => {
      let drawn = 0;
      for (let i = 0; i < many; i++) drawn += z![2 * i] === codes[2 * k] && z![2 * i + 1] === codes[2 * k + 1] ? 1 / many : 0;
      expect(Math.abs(drawn - share)).toBeLessThan(0.03);
    });
    state.dispose();
  });

  it('are all that a decoder shows that snaps to them', async () => {
    for (const snap of [true, false]) {
      const model = modelOf(dataset, { ...set, 'model.snap': snap });
      const state = await onnx.createState(model.state, startOf(model, dataset));
      await trained(onnx, model, dataset, state, { steps: 50, batch: 64 });
      const codes = (await state.read(['codebook.codes']))['codebook.codes'] as Float32Array;
      const exact = await run(onnx, model.decode(4), state, { z: codes });
      const nearby = await run(onnx, model.decode(4), state, { z: codes.map((value) => value + 1e-3) });
      const moved = Math.max(...exact['x']!.map((value, at) => Math.abs(value - nearby['x']![at]!)));
      if (snap) expect(moved).toBe(0);
      else expect(moved).toBeGreaterThan(1e-5);
      state.dispose();
    }
  });
});

describe('the slope', () => {
  it('of the decoder at the code goes to the encoder, with that of the commitment: by hand for affine nets', async () => {
    const dataset = normals(6, [1, 1, 1]);
    const set = {
      'net.depth': 0,
      'model.slots': 2,
      'model.codeSize': 2,
      'model.codes': 5,
      'model.standardise': false,
      'model.unitCodes': false,
    };
    const fixed = { 'likelihood.variance': 'fixed', 'likelihood.sigma': 0.5, 'model.commitment': 0.6 };
    const model = modelOf(dataset, { ...set, ...fixed });
    const rng = Rng.fromSeed(4);
    const initial: Arrays = {
      ...startOf(model, dataset),
      'codebook.codes': rng.fillNormal(new Float32Array(10)),
      'encoder.out.kernel': rng.fillNormal(new Float32Array(12)),
    };
    const state = await onnx.createState(model.state, initial);
    await trained(onnx, model, dataset, state, { steps: 1, batch: 6 });
    const after = await state.read();
    state.dispose();

    const x = readRows(dataset, range(0, 6));
    const [w, b] = [initial['encoder.out.kernel']!, initial['encoder.out.bias']!];
    const [v, c] = [initial['decoder.out.kernel']!, initial['decoder.out.bias']!];
    const codes = initial['codebook.codes']!;
    const [dW, dV] = [new Float64Array(12), new Float64Array(12)];
    for (let i = 0; i < 6; i++) {
      const row = x.slice(3 * i, 3 * i + 3);
      const z = [0, 1, 2, 3].map((j) => b[j]! + row.reduce((sum, value, p) => sum + value * w[4 * p + j]!, 0));
      const code = [0, 1].flatMap((slot) => {
        const distance = (k: number): number => (z[2 * slot]! - codes[2 * k]!) ** 2 + (z[2 * slot + 1]! - codes[2 * k + 1]!) ** 2;
        const k = [0, 1, 2, 3, 4].reduce((best, other) => (distance(other) < distance(best) ? other : best));
        return [codes[2 * k]!, codes[2 * k + 1]!];
      });
      const miss = [0, 1, 2].map((p) => c[p]! + code.reduce((sum, value, j) => sum + value * v[3 * j + p]!, 0) - row[p]!);
      const slope = miss.map((value) => value / 0.25 / 6); // of the mean of the squared misses over 2 sigma²
      code.forEach((value, j) => slope.forEach((s, p) => (dV[3 * j + p]! += value * s)));
      z.forEach((value, j) => {
        const handed = slope.reduce((sum, s, p) => sum + s * v[3 * j + p]!, 0);
        const committed = (0.6 * 2 * (value - code[j]!)) / 6;
        row.forEach((one, p) => (dW[4 * p + j]! += one * (handed + committed)));
      });
    }
    // After one step Adam's first moment is a tenth of the gradient.
    for (const [name, expected] of [
      ['encoder.out.kernel', dW],
      ['decoder.out.kernel', dV],
    ] as const)
      after[`adam.m.${name}`]!.forEach((moment, at) => expect(moment * 10).toBeCloseTo(expected[at]!, 3));
  });

  it('is handed through, held back and kept from the choice', () => {
    const rng = Rng.fromSeed(6);
    const parts = tf.tensor2d(rng.fillNormal(new Float32Array(12)), [6, 2]);
    const codes = tf.tensor2d(rng.fillNormal(new Float32Array(6)), [3, 2]);
    const dy = tf.tensor2d(rng.fillNormal(new Float32Array(12)), [6, 2]);
    const slopes = (f: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor): number[][] =>
      tf
        .grads((a, b) => tf.sum(tf.mul(dy, f(a as tf.Tensor2D, b as tf.Tensor2D))))([parts, codes])

        .map((one) => Array.from(one.dataSync(), (slope) => slope + 0)); // -0 is 0
    const none = (count: number): number[] => new Array<number>(count).fill(0);
    expect(slopes((a, b) => straightThrough(a, tf.matMul(nearest(a, b), b)))).toEqual([Array.from(dy.dataSync()), none(6)]);
    expect(slopes((a, b) => tf.add(held(a), tf.mul(0, tf.sum(b))))).toEqual([none(12), none(6)]);
    const [toParts, toCodes] = slopes((a, b) => tf.matMul(nearest(a, b), b));
    expect(toParts).toEqual(none(12));
    expect(toCodes!.some((slope) => slope !== 0)).toBe(true);
  });
});

describe('the codebook', () => {
  const rng = Rng.fromSeed(9);
  const normal = (rows: number, cols: number): tf.Tensor2D =>
    tf.tensor2d(rng.fillNormal(new Float32Array(rows * cols)), [rows, cols]);
  const values = { codes: 4, codeSize: 2, update: 'average', decay: 0.9, restartAfter: 0, isNormalised: false } as const;
  const numbers = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());

  it('chooses the nearest code', () => {
    const [parts, codes] = [normal(50, 3), normal(7, 3)];
    const [p, c] = [parts.arraySync(), codes.arraySync()];
    const chosen = nearest(parts, codes).arraySync();
    p.forEach((part, i) => {
      const distances = c.map((code) => Math.hypot(...code.map((value, j) => value - part[j]!)));
      const expected = distances.indexOf(Math.min(...distances));
      expect(chosen[i]).toEqual(c.map((_, k) => (k === expected ? 1 : 0)));
    });
  });

  it('follows the mean of the parts that choose a code; codes that nothing chose for long stay where they are', () => {
    const codebook = openCodebook(values);
    const [parts, codes] = [normal(9, 2), normal(4, 2)];
    const counts = [2, 0, 1, 1e-7];
    const sums = normal(4, 2);
    const tensors = { 'codebook.codes': codes, 'codebook.counts': tf.tensor1d(counts), 'codebook.sums': sums };
    const chosen = tf.oneHot(tf.tensor1d([0, 0, 0, 2, 2, 0, 0, 2, 0], 'int32'), 4).toFloat() as tf.Tensor2D;
    const moved = codebook.moved(tensors, { parts, chosen, code: tf.matMul(chosen, codes) }, {});
    const [p, s, c] = [parts.arraySync(), sums.arraySync(), chosen.arraySync()];
    const found = (moved['codebook.codes'] as tf.Tensor2D).arraySync();
    for (const k of [0, 2])
      for (const j of [0, 1]) {
        const number = 0.9 * counts[k]! + 0.1 * c.filter((row) => row[k] === 1).length;
        const sum = 0.9 * s[k]![j]! + 0.1 * p.reduce((total, part, i) => total + part[j]! * c[i]![k]!, 0);
        expect(found[k]![j]).toBeCloseTo(sum / number, 5);
      }
    expect(found[3]).toEqual(codes.arraySync()[3]);
  });

  it('moves a code to a part of the batch once it went unused for longer than it may, each to another one', () => {
    const codebook = openCodebook({ ...values, restartAfter: 5 });
    const [parts, codes] = [normal(6, 2), normal(4, 2)];
    const tensors = {
      'codebook.codes': codes,
      'codebook.counts': tf.tensor1d([1, 1, 1, 1]),
      'codebook.sums': codes,
      'codebook.unused': tf.tensor1d([5, 4, 5, 5]),
    };
    const chosen = tf.oneHot(tf.zeros([6], 'int32'), 4).toFloat() as tf.Tensor2D; // all choose the first
    const orders = tf.tensor1d([3, 0, 5, 1, 2, 4], 'int32');
    const moved = codebook.moved(tensors, { parts, chosen, code: tf.matMul(chosen, codes) }, { orders });
    expect(numbers(moved['codebook.unused']!)).toEqual([0, 5, 0, 0]);
    const [p, found] = [parts.arraySync(), (moved['codebook.codes'] as tf.Tensor2D).arraySync()];
    expect([found[2], found[3]]).toEqual([p[5], p[1]]);
    expect((moved['codebook.sums'] as tf.Tensor2D).arraySync().slice(2)).toEqual([p[5], p[1]]);
    expect(numbers(moved['codebook.counts']!).slice(2)).toEqual([1, 1]);
    expect(found[0]).not.toEqual(codes.arraySync()[0]);
    found[1]!.forEach((value, j) => expect(value).toBeCloseTo(codes.arraySync()[1]![j]!, 6));
  });

  it('of unit length has parts and codes on the sphere', () => {
    const codebook = openCodebook({ ...values, isNormalised: true });
    const tensors = {
      'codebook.codes': tf.mul<tf.Tensor2D>(normal(4, 2), 7),
      'codebook.counts': tf.ones([4]),
      'codebook.sums': normal(4, 2),
    };
    const quantised = codebook.quantise(tensors, normal(8, 2));
    const moved = codebook.moved(tensors, quantised, {});
    for (const one of [quantised.parts, quantised.code, codebook.codes(tensors), moved['codebook.codes']!])
      numbers(tf.norm(one, 2, 1)).forEach((length) => expect(length).toBeCloseTo(1, 5));
  });
});

it('refuses codes of one number that must have length 1', () => {
  expect(() => modelOf(corners(8, 0), { 'model.codeSize': 1 })).toThrow('model.unitCodes needs model.codeSize 2 or more');
});

describe('the use of codes', () => {
  const use = openCodeUse(2, 4);

  it('has the perplexity exp H of what was chosen, and counts codes that are hardly used as unused', () => {
    const counts = { 'codebook.use': tf.tensor2d([0.5, 0.25, 0.25, 0, 0.5, 0.25, 0.25, 0], [2, 4]).mul(1e4) };
    expect(use.perplexity(counts).dataSync()[0]).toBeCloseTo(Math.exp(1.5 * Math.LN2), 3);
    expect(use.codesUsed(counts).dataSync()[0]).toBe(3);
    const start = { 'codebook.use': tf.tensor2d(use.start['codebook.use']!, [2, 4]) };
    expect(use.perplexity(start).dataSync()[0]).toBeCloseTo(4, 4); // nothing is known yet
  });

  it('is followed slot by slot, and costs -ln of a share', () => {
    const chosen = tf.oneHot(tf.tensor1d([0, 1, 0, 3], 'int32'), 4).toFloat() as tf.Tensor2D; // rows (0, 1) and (0, 3)
    let tensors: Record<string, tf.Tensor> = { 'codebook.use': tf.tensor2d(use.start['codebook.use']!, [2, 4]) };
    for (let step = 0; step < 1500; step++) tensors = tf.tidy(() => use.counted(tensors, chosen));
    const nats = use.nats(tensors, chosen).arraySync();
    expect(nats[0]![0]).toBeCloseTo(0, 2);
    expect(nats[0]![1]).toBeCloseTo(Math.LN2, 2);
    expect(nats[1]![1]).toBeCloseTo(Math.LN2, 2);
    const other = tf.oneHot(tf.tensor1d([2, 2], 'int32'), 4).toFloat() as tf.Tensor2D;
    expect(Math.max(...use.nats(tensors, other).dataSync())).toBeLessThan(10); // never seen, yet finite
  });

  it('draws the code whose share holds u', () => {
    const tensors = { 'codebook.use': tf.tensor2d([0.1, 0.2, 0.3, 0.4, 0, 0, 1, 0], [2, 4]).mul(1e4) };
    const u = tf.tensor2d([0, 0.5, 0.11, 0.001, 0.5, 0.999, 0.65, 0.5, 1, 0.5], [5, 2]);
    const drawn = use.draw(tensors, u);
    expect(Array.from(tf.argMax(drawn, 1).dataSync())).toEqual([0, 2, 1, 2, 2, 2, 3, 2, 3, 2]);
    expect(Array.from(tf.sum(drawn, 1).dataSync())).toEqual(new Array(10).fill(1));
  });
});

// Laws of GANs: every loss, net and cure at once on every kind of sample, one step by hand, and what the players, their average and the
// encoder learn where the answer is known.
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaults, type ParamValues } from '../../src/base/params.ts';
import { Rng } from '../../src/base/rng.ts';
import { readRows, sampleSize, type Dataset } from '../../src/datasets/dataset.ts';
import { makeModel } from '../../src/engine/catalogue.ts';
import { invert } from '../../src/models/inversion.ts';
import type { Model, TrainingPart } from '../../src/models/model.ts';
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
});
afterAll(async () => {
  await wasm.dispose();
  await onnx.dispose();
});

const ganOf = (dataset: Dataset, set: ParamValues): Model => makeModel('gan', set, dataset.sample);
const rowsOf = (dataset: Dataset): { dataset: Dataset; rows: Int32Array } => ({ dataset, rows: range(0, dataset.rows) });

function colours(rows: number): Dataset {
  const data = Rng.fromSeed(8).fillUniform(new Float32Array(rows * 6 * 5 * 3));
  return arrayDataset({ kind: 'picture', height: 6, width: 5, channels: 3 }, data);
}

interface Trained {
  readonly outputs: readonly Arrays[];
  readonly values: Arrays;
}

/** `steps` iterations of all parts, or of those named. */
async function trained(
  model: Model,
  device: Device,
  dataset: Dataset,
  { steps, batch, only, from }: { steps: number; batch: number; only?: string; from?: Arrays },
): Promise<Trained> {
  const values = from ?? model.initialise(Rng.fromSeed(1), rowsOf(dataset));
  const state = await device.createState(model.state, values);
  const parts = model.training(batch).filter(({ program }) => !only || program.name === only);
  const executables = await Promise.all(parts.map(({ program }) => device.load(program, state)));
  const knobs = defaults(model.knobs);
  const outputs: Arrays[] = [];
  for (let step = 0; step < steps; step++) {
    const told: Record<string, Arrays[string]> = {};
    for (const [i, part] of parts.entries()) {
      const turns = part.turns?.now({}, step) ?? 1;
      for (let turn = 0; turn < turns; turn++) {
        const start = ((step * turns + turn) * batch) % Math.max(1, dataset.rows - batch);
        const inputs = part.inputs(step, Rng.fromSeed(2).stream(`${part.program.name} ${turn}`, step), knobs);
        const x = readRows(dataset, range(start, start + batch));
        Object.assign(told, await executables[i]?.run({ ...inputs, x }));
      }
    }
    outputs.push(told);
  }
  const last = await state.read();
  for (const executable of executables) executable.dispose();
  state.dispose();
  return { outputs, values: last };
}

async function run(device: Device, state: DeviceState, program: Program, inputs: Arrays): Promise<Record<string, Float32Array>> {
  const executable = await device.load(program, state);
  const outputs = await executable.run(inputs);
  executable.dispose();
  return outputs as Record<string, Float32Array>;
}

const everyCure: ParamValues = {
  'packing.samples': 2,
  'minibatchDiscrimination.kernels': 3,
  'minibatchStddev.group': 2,
  'spectralNorm.on': true,
  'r1.gamma': 0.1,
  'r2.gamma': 0.2,
  'r2.decaySteps': 5,
  'gradientPenalty.weight': 0.3,
  'instanceNoise.sd': 0.2,
  'instanceNoise.steps': 8,
  'diffAugment.translation': 0.2,
  'diffAugment.colour': 0.5,
  'diffAugment.cutout': 0.3,
  'diffAugment.jitter': 0.1,
  'adaptiveAugment.target': 0.2,
  'augment.noise': 0.1,
};

// One row a kind of sample, loss and net: parameters, and what `auto` must have chosen.
const members: readonly (readonly [string, Dataset, ParamValues, ParamValues])[] = [
  [
    'vectors',
    normals(40, [1, 5, 0.01], 3),
    { 'net.width': 9 },
    { 'model.net': 'dense', 'model.latentSize': 32, 'packing.samples': 1 },
  ],
  [
    'grey pictures',
    bars(40),
    { 'net.width': 9, 'model.loss': 'relativistic', 'r1.gamma': 0.1, 'r2.gamma': 0.1 },
    { 'model.net': 'dense' },
  ],
  [
    'colour pictures',
    colours(40),
    { 'net.channels': 2, 'model.loss': 'hinge', 'spectralNorm.on': true },
    { 'model.net': 'conv', 'model.latentSize': 64 },
  ],
  [
    'vectors, with the critic ahead',
    normals(40, [1, 2]),
    { 'net.width': 9, 'model.loss': 'wasserstein', 'gradientPenalty.weight': 0.1, 'model.criticSteps': 3 },
    { 'model.criticSteps': 3 },
  ],
  [
    'vectors, unrolled',
    normals(40, [1, 2]),
    { 'net.width': 9, 'net.activation': 'tanh', 'model.discriminatorActivation': 'tanh', 'unrolling.steps': 2 },
    { 'unrolling.steps': 2 },
  ],
  ['vectors, with every cure', normals(40, [1, 2]), { 'net.width': 9, 'model.loss': 'least-squares', ...everyCure }, everyCure],
  [
    'pictures, with every cure',
    colours(40),
    {
      'net.channels': 2,
      'model.net': 'residual',
      'net.levels': 1,
      'model.loss': 'relativistic',
      'model.latentSize': 3,
      ...everyCure,
    },
    everyCure,
  ],
];

describe.each(members)('a GAN of %s', (_, dataset, set, chosen) => {
  const model = ganOf(dataset, set);
  const size = sampleSize(dataset.sample);
  const initial = model.initialise(Rng.fromSeed(1), rowsOf(dataset));

  it('names every parameter, with auto resolved', () => {
    expect(model.params).toMatchObject(chosen);
    expect(ganOf(dataset, model.params).params).toEqual(model.params);
    expect(Object.keys(initial).sort()).toEqual(Object.keys(model.state).sort());
  });

  it('has the same losses on every device, and leaves no tensors behind', { timeout: 60_000 }, async () => {
    const before = tf.memory().numTensors;
    const [one, two] = [
      await trained(model, wasm, dataset, { steps: 4, batch: 8 }),
      await trained(model, onnx, dataset, { steps: 4, batch: 8 }),
    ];
    expect(tf.memory().numTensors).toBe(before);
    one.outputs.forEach((told, step) => {
      for (const [name, [value]] of Object.entries(told)) {
        const other = two.outputs[step]?.[name]?.[0] ?? NaN;
        expect(Math.abs((value as number) - other) / Math.max(1, Math.abs(value as number)), `${name} ${step}`).toBeLessThan(
          2e-3,
        );
      }
    });
    const names = Object.keys(one.outputs[0] as Arrays);
    expect(names).toEqual(expect.arrayContaining(['loss', 'discriminatorLoss', 'discriminatorAccuracy', 'rt', 'encoderLoss']));
    expect(names).toEqual(expect.arrayContaining(['generatorGradientNorm', 'discriminatorGradientNorm']));
  });

  it('encodes, decodes and evaluates by one meaning', async () => {
    const state = await wasm.createState(model.state, initial);
    const batch = 4;
    const latent = model.latentSize;
    const x = readRows(dataset, range(0, batch));
    const eps = Rng.fromSeed(3).fillNormal(new Float32Array(batch * latent));
    const scores = await run(wasm, state, model.evaluate(batch), { x, eps });
    const codes = await run(wasm, state, model.encode(batch), { x });
    const decoded = await run(wasm, state, model.decode(batch), { z: codes['mean'] as Float32Array });
    const raw = await run(wasm, state, model.decode(batch, 'raw'), { z: codes['mean'] as Float32Array });
    expect(raw['x']).toEqual(decoded['x']); // the average starts as the generator does
    const [scale, units] = [initial['data.sd'], dataset.sample.kind === 'picture' ? 2 : 1];
    for (let i = 0; i < batch; i++) {
      let residual = 0;
      for (let j = 0; j < size; j++) {
        const away = (x[i * size + j] ?? NaN) - (decoded['x']?.[i * size + j] ?? NaN);
        residual += 0.5 * ((units * away) / (scale?.[j] ?? 1)) ** 2;
      }
      expect((scores['reconstruction']?.[i] ?? NaN) / residual).toBeCloseTo(1, 3);
      for (let k = i * latent; k < (i + 1) * latent; k++) {
        const [mean, logVariance] = [codes['mean']?.[k] ?? NaN, codes['logVariance']?.[k] ?? NaN];
        expect(scores['mean']?.[k]).toBeCloseTo(mean, 4);
        expect(scores['z']?.[k]).toBeCloseTo(mean + Math.exp(logVariance / 2) * (eps[k] ?? NaN), 4);
        expect(scores['kl']?.[k]).toBeCloseTo(0.5 * (mean ** 2 + Math.exp(logVariance) - logVariance - 1), 4);
      }
    }
    state.dispose();
  });
});

// D(x) = w x + b and G(z) = z A + c: everything about a step can be written down.
describe('one step of linear players', () => {
  const dataset = normals(8, [1, 1]);
  const [w, b, a, c] = [[0.6, -0.8], 0.1, [[0.5, 0.2], [-0.3, 0.7]], [0.4, -0.1]] as const; // prettier-ignore
  const x = readRows(dataset, range(0, 8));
  const model = ganOf(dataset, {
    'model.latentSize': 2,
    'model.standardise': false,
    'net.depth': 0,
    'r1.gamma': 0.5,
    'gradientPenalty.weight': 2,
    'model.learningRate': 0.01,
    'model.discriminatorLearningRate': 0.03,
  });
  const from: Arrays = {
    ...model.initialise(Rng.fromSeed(1), rowsOf(dataset)),
    'discriminator.out.kernel': Float32Array.from(w),
    'discriminator.out.bias': Float32Array.of(b),
    'generator.out.kernel': Float32Array.from(a.flat()),
    'generator.out.bias': Float32Array.from(c),
  };
  const logistic = (s: number): number => 1 / (1 + Math.exp(-s));
  const score = (row: readonly number[]): number => b + w[0] * (row[0] ?? NaN) + w[1] * (row[1] ?? NaN);
  /** What a program of that name drew, and what the generator made of it. */
  const drawn = (part: TrainingPart): { z: number[][]; made: number[][] } => {
    const noise = part.inputs(0, Rng.fromSeed(2).stream(`${part.program.name} 0`, 0), defaults(model.knobs))['z'] as Float32Array;
    const z = range(0, 8).reduce<number[][]>((rows, i) => [...rows, [noise[2 * i] ?? NaN, noise[2 * i + 1] ?? NaN]], []);
    return { z, made: z.map(([p, q]) => [0, 1].map((j) => c[j]! + (p ?? NaN) * a[0][j]! + (q ?? NaN) * a[1][j]!)) };
  };
  const [critic, generator] = model.training(8) as [TrainingPart, TrainingPart];

  it('is the discriminator’s descent: losses, penalties, and Adam’s first step, which is the rate times the sign', async () => {
    const { outputs, values } = await trained(model, onnx, dataset, { steps: 1, batch: 8, only: 'gan.critic', from });
    const told = outputs[0] as Arrays;
    const { made } = drawn(critic);
    const real = [...range(0, 8)].map((i) => [x[2 * i] ?? NaN, x[2 * i + 1] ?? NaN]);
    const mean = (of: (row: readonly number[]) => number, rows: readonly (readonly number[])[]): number =>
      rows.reduce((sum, row) => sum + of(row) / rows.length, 0);
    const loss = mean((row) => -Math.log(logistic(score(row))), real) + mean((row) => -Math.log(1 - logistic(score(row))), made);
    expect(told['discriminatorLoss']?.[0]).toBeCloseTo(loss, 4);
    expect(told['r1Penalty']?.[0]).toBeCloseTo(0.5, 5); // ½ |w|²
    expect(told['gradientPenalty']?.[0]).toBeCloseTo(0, 5); // |w| is 1
    const right = mean((row) => Number(score(row) > 0), real) + mean((row) => Number(score(row) < 0), made);
    expect(told['discriminatorAccuracy']?.[0]).toBeCloseTo(right / 2, 5);
    expect(told['rt']?.[0]).toBeCloseTo(
      mean((row) => Math.sign(score(row)), real),
      5,
    );
    // d/dw: the losses', and gamma w of R1; the gradient penalty is at rest.
    const slope = [0, 1].map(
      (j) =>
        mean((row) => -(1 - logistic(score(row))) * (row[j] ?? NaN), real) +
        mean((row) => logistic(score(row)) * (row[j] ?? NaN), made) +
        0.5 * w[j]!,
    );
    const slopeOfBias = mean((row) => -(1 - logistic(score(row))), real) + mean((row) => logistic(score(row)), made);
    expect(told['discriminatorGradientNorm']?.[0]).toBeCloseTo(Math.hypot(...slope, slopeOfBias), 4);
    slope.forEach((g, j) => expect(values['discriminator.out.kernel']?.[j]).toBeCloseTo(w[j]! - 0.03 * Math.sign(g), 4));
    expect(values['generator.out.kernel']).toEqual(from['generator.out.kernel']);
  });

  it('is the generator’s descent, and its average half a half-life on', async () => {
    const { outputs, values } = await trained(model, onnx, dataset, { steps: 1, batch: 8, only: 'gan.generator', from });
    const { z, made } = drawn(generator);
    const pull = made.map((row) => -(1 - logistic(score(row)))); // d/ds of softplus(-s)
    expect(outputs[0]?.['loss']?.[0]).toBeCloseTo(
      made.reduce((sum, row) => sum - Math.log(logistic(score(row))) / 8, 0),
      4,
    );
    const slope = [0, 1].flatMap((i) =>
      [0, 1].map((j) => z.reduce((sum, row, n) => sum + (pull[n]! * (row[i] ?? NaN) * w[j]!) / 8, 0)),
    );
    slope.forEach((g, i) => expect(values['generator.out.kernel']?.[i]).toBeCloseTo(a.flat()[i]! - 0.01 * Math.sign(g), 4));
    expect(values['discriminator.out.kernel']).toEqual(from['discriminator.out.kernel']);
    // It started as the generator, which it takes in one step late.
    expect(values['average.generator.out.kernel']).toEqual(
      from['average.generator.out.kernel']?.map((v, i) => v + (a.flat()[i]! - v) * (1 - 0.5 ** 20)),
    );
  });
});

describe('the moving average', () => {
  it('forgets half in its half-life, once a twentieth of the rows seen is more than that', () => {
    const dataset = normals(8, [1, 1]);
    const model = ganOf(dataset, { 'net.width': 4, 'model.averageHalfLife': 64 });
    const part = model.training(8)[1] as TrainingPart;
    const shareAt = (step: number): number => part.inputs(step, Rng.fromSeed(1), defaults(model.knobs))['averaging']?.[0] ?? NaN;
    expect(shareAt(0)).toBeCloseTo(1, 5);
    expect(shareAt(159)).toBeCloseTo(1 - 0.5 ** (8 / 64), 6);
    expect(shareAt(1e6)).toBeCloseTo(1 - 0.5 ** (8 / 64), 6);
    expect(shareAt(79)).toBeCloseTo(1 - 0.5 ** (8 / 32), 6);
  });
});

describe('critic steps and packs', () => {
  const dataset = normals(48, [1, 1]);

  it('lets the discriminator have several turns, and counts them for Adam', async () => {
    const model = ganOf(dataset, { 'net.width': 4, 'model.criticSteps': 5 });
    const [critic, ...others] = model.training(4);
    expect([critic?.turns?.most, critic?.turns?.now({}, 0)]).toEqual([5, 5]);
    expect(others.every(({ turns }) => turns === undefined)).toBe(true);
    const { values } = await trained(model, onnx, dataset, { steps: 3, batch: 4 });
    expect(values['discriminator.turns']?.[0]).toBe(15);
  });

  it('lets the encoder rest between its turns', async () => {
    const model = ganOf(dataset, { 'net.width': 4, 'model.encoderEvery': 3 });
    const { outputs } = await trained(model, onnx, dataset, { steps: 7, batch: 4 });
    expect(outputs.map((told) => 'encoderLoss' in told)).toEqual([true, false, false, true, false, false, true]);
    const [, , encoder] = model.training(4);
    const correction = (step: number): number =>
      encoder?.inputs(step, Rng.fromSeed(1), defaults(model.knobs))['correction1']?.[0] ?? NaN;
    expect(correction(6)).toBeCloseTo(1 - 0.9 ** 3, 6); // its third step
  });

  it('widens the discriminator’s first layer only, and refuses a batch that does not divide', () => {
    const [plain, packed] = [1, 3].map((samples) => ganOf(dataset, { 'net.width': 4, 'packing.samples': samples }).state);
    const changed = Object.keys(plain ?? {}).filter((name) => plain?.[name]?.shape.join() !== packed?.[name]?.shape.join());
    expect(changed).toEqual(['discriminator.0.kernel', 'adam.m.discriminator.0.kernel', 'adam.v.discriminator.0.kernel']);
    expect(() => ganOf(dataset, { 'packing.samples': 3 }).training(8)).toThrow('packing.samples 3 needs a batch that it divides');
  });

  it('takes up a cure whose strength starts at 0 when it is to be turned up later', () => {
    const model = ganOf(dataset, { 'r1.on': true, 'instanceNoise.on': true });
    expect(model.knobs['r1Gamma']?.default).toBe(0);
    expect(model.knobs['instanceNoiseSd']?.default).toBe(0);
    expect(model.training(8)[0]?.program.inputs['r1Gamma']).toBeDefined();
    expect(ganOf(dataset, {}).training(8)[0]?.program.inputs['r1Gamma']).toBeUndefined();
  });

  it('refuses adaptive augmentation with nothing to turn up', () => {
    expect(() => ganOf(dataset, { 'adaptiveAugment.target': 0.6 })).toThrow('adaptiveAugment.target has nothing to turn up');
  });
});

describe('what is learnt', () => {
  it('a linear generator finds the mean and the spread of normal data', { timeout: 60_000 }, async () => {
    const dataset = normals(4096, [1.5, 0.5], 2);
    const model = ganOf(dataset, {
      'model.latentSize': 2,
      'model.standardise': false,
      'net.depth': 1,
      'net.width': 24,
      'model.loss': 'relativistic',
      'r1.gamma': 0.1,
      'r2.gamma': 0.1,
      'model.beta1': 0,
      'model.learningRate': 5e-3,
      'model.discriminatorLearningRate': 5e-3,
      'model.averageHalfLife': 5000,
    });
    const { values } = await trained(model, onnx, dataset, { steps: 1500, batch: 64 });
    const state = await onnx.createState(model.state, values);
    const z = Rng.fromSeed(5).fillNormal(new Float32Array(2000 * 2));
    const { x } = await run(onnx, state, model.decode(2000), { z });
    [1.5, 0.5].forEach((sd, j) => {
      const column = [...range(0, 2000)].map((i) => x?.[2 * i + j] ?? NaN);
      const mean = column.reduce((sum, value) => sum + value / 2000, 0);
      const found = Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2 / 2000, 0));
      expect(Math.abs(mean - 2)).toBeLessThan(0.25);
      expect(Math.abs(Math.log(found / sd))).toBeLessThan(0.3);
    });
    state.dispose();
  });

  it('the encoder undoes the generator where it can, and says that it cannot elsewhere', { timeout: 60_000 }, async () => {
    const dataset = normals(64, [1, 1]);
    const model = ganOf(dataset, {
      'model.latentSize': 2,
      'model.standardise': false,
      'net.depth': 0,
      'model.encoderLearningRate': 0.02,
    });
    // x = (2 z₁ + 1, -z₁): of z₂ nothing is to be seen.
    const average = {
      'average.generator.out.kernel': Float32Array.of(2, -1, 0, 0),
      'average.generator.out.bias': Float32Array.of(1, 0),
    };
    const from = { ...model.initialise(Rng.fromSeed(1), rowsOf(dataset)), ...average };
    const { values, outputs } = await trained(model, onnx, dataset, { steps: 1500, batch: 64, only: 'gan.encoder', from });
    const state = await onnx.createState(model.state, values);
    const { mean, logVariance } = await run(onnx, state, model.encode(2), {
      x: Float32Array.of(2 * 0.7 + 1, -0.7, 2 * -1.2 + 1, 1.2),
    });
    expect(Math.abs((mean?.[0] ?? NaN) - 0.7)).toBeLessThan(0.05);
    expect(Math.abs((mean?.[2] ?? NaN) + 1.2)).toBeLessThan(0.05);
    expect(Math.max(logVariance?.[0] ?? NaN, logVariance?.[2] ?? NaN)).toBeLessThan(-5);
    for (const i of [1, 3]) {
      expect(Math.abs(mean?.[i] ?? NaN)).toBeLessThan(0.3);
      expect(Math.abs(logVariance?.[i] ?? NaN)).toBeLessThan(0.3);
    }
    // Entropy of a normal z₂, and of z₁ known to the floor of a hundredth: the least there is.
    const entropy = 0.5 * Math.log(2 * Math.PI * Math.E);
    expect(outputs.at(-1)?.['encoderLoss']?.[0]).toBeGreaterThan(2 * entropy + Math.log(0.01) - 0.6);
    expect(outputs.at(-1)?.['encoderLoss']?.[0]).toBeLessThan(2 * entropy - 1);
    state.dispose();
  });
});

describe('placing a row among the codes', () => {
  it('reaches the least-squares answer of a linear decoder', { timeout: 60_000 }, async () => {
    const dataset = normals(8, [1, 1, 1]);
    const model = ganOf(dataset, { 'model.latentSize': 2, 'model.standardise': false, 'net.depth': 0 });
    const kernel = [[1, 0.5, -0.2], [0.3, -0.8, 0.6]] as const; // prettier-ignore
    const average = {
      'average.generator.out.kernel': Float32Array.from(kernel.flat()),
      'average.generator.out.bias': new Float32Array(3),
    };
    const state = await onnx.createState(model.state, { ...model.initialise(Rng.fromSeed(1), rowsOf(dataset)), ...average });
    const x = readRows(dataset, range(0, 8));
    const { z, residual } = await invert(model, onnx, state, x, Rng.fromSeed(3), { starts: 3 });
    // (A Aᵀ + pull) z = A x for each row.
    const dot = (one: readonly number[], other: readonly number[]): number =>
      one.reduce((sum, v, i) => sum + v * (other[i] ?? NaN), 0);
    const [p, q, r] = [dot(kernel[0], kernel[0]) + 1e-3, dot(kernel[0], kernel[1]), dot(kernel[1], kernel[1]) + 1e-3];
    for (let i = 0; i < 8; i++) {
      const row = [...x.subarray(3 * i, 3 * i + 3)];
      const [s, t] = [dot(kernel[0], row), dot(kernel[1], row)];
      const best = [(r * s - q * t) / (p * r - q * q), (p * t - q * s) / (p * r - q * q)] as const;
      expect(z[2 * i]).toBeCloseTo(best[0], 2);
      expect(z[2 * i + 1]).toBeCloseTo(best[1], 2);
      const made = [0, 1, 2].map((j) => best[0] * kernel[0][j]! + best[1] * kernel[1][j]!);
      expect(residual[i]).toBeCloseTo(
        row.reduce((sum, v, j) => sum + (v - made[j]!) ** 2, 0),
        3,
      );
    }
    state.dispose();
  });

  it('finds a model’s own samples again, and stops when asked to', { timeout: 60_000 }, async () => {
    const dataset = bars(64);
    const model = ganOf(dataset, { 'model.latentSize': 3, 'net.width': 32, 'model.learningRate': 1e-3 });
    const { values } = await trained(model, onnx, dataset, { steps: 200, batch: 16 });
    const state = await onnx.createState(model.state, values);
    const drawn = Rng.fromSeed(6).fillNormal(new Float32Array(5 * 3));
    const { x } = await run(onnx, state, model.decode(5), { z: drawn });
    const { z, residual } = await invert(model, onnx, state, x as Float32Array, Rng.fromSeed(7), { starts: 8 });
    const spread = (x as Float32Array).reduce((sum, v) => sum + v * v, 0) / 5;
    residual.forEach((left) => expect(left / spread).toBeLessThan(2e-3));
    const again = await run(onnx, state, model.decode(5), { z });
    residual.forEach((left, i) => {
      const away = range(64 * i, 64 * (i + 1)).reduce((sum, j) => sum + ((again['x']?.[j] ?? NaN) - (x?.[j] ?? NaN)) ** 2, 0);
      expect(away).toBeCloseTo(left, 4);
    });
    const stop = new AbortController();
    stop.abort();
    await expect(invert(model, onnx, state, x as Float32Array, Rng.fromSeed(7), { signal: stop.signal })).rejects.toThrow(
      'cancelled',
    );
    await expect(invert(model, onnx, state, new Float32Array(7), Rng.fromSeed(7))).rejects.toThrow('must have 64 values each');
    state.dispose();
  });
});

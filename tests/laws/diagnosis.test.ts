// What models tell of their training at evaluations, against closed forms and against what the steps themselves do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaults, type ParamValues } from '../../src/base/params.ts';
import { Rng } from '../../src/base/rng.ts';
import { readRows } from '../../src/datasets/dataset.ts';
import { makeModel } from '../../src/engine/catalogue.ts';
import type { Model } from '../../src/models/model.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { weightUpdates } from '../../src/training/update-ratio.ts';
import type { Device } from '../../src/tracing/device.ts';
import { openWasmDevice } from '../../src/node/devices/wasm.ts';
import type { Arrays } from '../../src/tracing/program.ts';
import { bars, normals, range } from '../training/toy.ts';
import { modelRows, type ModelRow } from './model-rows.ts';

let onnx: Device;
let eager: Device;
beforeAll(async () => {
  onnx = await openOnnxDevice({ provider: 'cpu', threads: 1 });
  eager = await openWasmDevice();
});
afterAll(async () => {
  await onnx.dispose();
  await eager.dispose();
});

const BATCH = 8;
type Floats = Readonly<Record<string, Float32Array>>;

function openRow({ model: id, dataset, set }: Pick<ModelRow, 'model' | 'dataset' | 'set'>, more: ParamValues = {}) {
  const model = makeModel(id, { ...set, ...more }, dataset.sample);
  const initial = model.initialise(Rng.fromSeed(1), { dataset, rows: range(0, dataset.rows) });
  return { model, initial, x: readRows(dataset, range(0, BATCH)), heldOut: readRows(dataset, range(BATCH, 2 * BATCH)) };
}
type Opened = ReturnType<typeof openRow>;

async function diagnosed(
  device: Device,
  { model, initial, x, heldOut }: Opened,
  rng: Rng,
  knobs: ParamValues = {},
): Promise<Floats> {
  const { program, inputs } = model.diagnose(BATCH);
  const state = await device.createState(model.state, initial);
  const executable = await device.load(program, state);
  const given = { ...inputs(0, rng, { ...defaults(model.knobs), ...knobs }), x };
  const outputs = await executable.run('heldOut' in program.inputs ? { ...given, heldOut } : given);
  executable.dispose();
  expect(await state.read()).toEqual(initial); // it moves nothing
  state.dispose();
  return outputs as Floats;
}

/** The state after each of the first iterations, every part on the same rows, noise as `diagnosed` gets it in the first. */
async function trained({ model, initial, x }: Opened, iterations: number): Promise<Arrays[]> {
  const state = await onnx.createState(model.state, initial);
  const parts = model.training(BATCH);
  const states: Arrays[] = [];
  for (let step = 0; step < iterations; step++) {
    for (const part of parts) {
      const executable = await onnx.load(part.program, state);
      const turns = part.turns ? part.turns.now({}, step) : 1;
      for (let turn = 0; turn < turns; turn++)
        await executable.run({ ...part.inputs(step, Rng.fromSeed(4), defaults(model.knobs)), x });
      executable.dispose();
    }
    states.push(await state.read());
  }
  state.dispose();
  return states;
}

const rowsByTitle = modelRows.map((row) => [`${row.model} ${row.title}`, row] as const);

describe.each(rowsByTitle)('%s', (_, row) => {
  it('tells the same of its training on a compiled and an eager device, and moves nothing', async () => {
    const opened = openRow(row);
    const [one, two] = [await diagnosed(onnx, opened, Rng.fromSeed(4)), await diagnosed(eager, opened, Rng.fromSeed(4))];
    expect(Object.keys(one).sort()).toEqual(Object.keys(two).sort());
    for (const [name, values] of Object.entries(one)) {
      values.forEach((value, i) => {
        expect(Number.isFinite(value), name).toBe(true);
        expect(Math.abs(value - two[name]![i]!) / Math.max(1, Math.abs(value)), name).toBeLessThan(1e-3);
      });
    }
  });
});

/** Norm of the gradient of the first step, from what Adam remembers: m = (1 - β1) g. */
function rememberedNorm(model: Model, after: Arrays, player: string): number {
  const { weights, beta1 } = model.optimisers(1, defaults(model.knobs)).find((one) => one.player === player)!;
  return Math.hypot(...weights.flatMap((name) => [...after[`adam.m.${name}`]!].map((m) => m / (1 - beta1))));
}

describe('the gradients that are told', () => {
  const grey = bars(40, 6);
  const narrow: ParamValues = { 'net.width': 12, 'net.depth': 1, 'model.latentSize': 4 };
  it.each<[string, ParamValues, readonly string[]]>([
    ['vae', narrow, ['encoder', 'decoder']],
    ['vae', { ...narrow, 'model.prior': 'realnvp', 'model.beta': 3 }, ['encoder', 'decoder', 'prior']],
    ['vae', { ...narrow, 'model.likelihood': 'gaussian', 'model.objective': 'factor' }, ['encoder', 'decoder']],
    [
      'vq-vae',
      { 'net.width': 12, 'net.depth': 1, 'model.codes': 8, 'model.update': 'gradient' },
      ['encoder', 'decoder', 'codebook'],
    ],
    // Of the discriminator's first step, which is taken before the generator moves.
    ['gan', { ...narrow, 'packing.samples': 2, 'spectralNorm.on': false }, ['discriminator']],
    ['gan', { ...narrow, 'model.loss': 'relativistic', 'instanceNoise.sd': 0.3, 'minibatchStddev.group': 4 }, ['discriminator']],
  ])('of a %s with %j are those that its step takes', async (id, set, players) => {
    const opened = openRow({ model: id, dataset: grey, set });
    const told = await diagnosed(onnx, opened, Rng.fromSeed(4));
    const [after] = await trained(opened, 1);
    for (const player of players)
      expect(told[`${player}GradientNorm`]![0]! / rememberedNorm(opened.model, after!, player), player).toBeCloseTo(1, 4);
  });

  it('of a generator are those that its step takes, once the discriminator has moved', async () => {
    const opened = openRow({ model: 'gan', dataset: grey, set: { ...narrow, 'model.loss': 'hinge' } });
    const [after] = await trained(opened, 1);
    const learned = Object.fromEntries(
      Object.entries(opened.initial).map(([name, values]) => [name, name.startsWith('discriminator') ? after![name]! : values]),
    );
    const told = await diagnosed(onnx, { ...opened, initial: learned }, Rng.fromSeed(4));
    expect(told['generatorGradientNorm']![0]! / rememberedNorm(opened.model, after!, 'generator')).toBeCloseTo(1, 4);
  });

  it('of a VAE part into pulls: without KL only the reconstruction pulls, and the penalty grows with beta', async () => {
    const opened = openRow({ model: 'vae', dataset: grey, set: narrow });
    const at = (beta: number): Promise<Floats> => diagnosed(onnx, opened, Rng.fromSeed(4), { beta });
    const [none, one, three] = [await at(0), await at(1), await at(3)];
    expect(none['penaltyPull']![0]! / none['reconstructionPull']![0]!).toBeLessThan(1e-5);
    expect(none['encoderGradientNorm']![0]).toBeCloseTo(none['reconstructionPull']![0]!, 4);
    expect(one['reconstructionPull']![0]).toBeCloseTo(none['reconstructionPull']![0]!, 4);
    expect(three['penaltyPull']![0]! / one['penaltyPull']![0]!).toBeCloseTo(3, 3);
  });
});

// With nets of depth 0 the discriminator is s = w·x + b and the generator y = z A + c.
describe('a linear game', () => {
  const dataset = normals(40, [1, 2], 0.5);
  const opened = openRow({
    model: 'gan',
    dataset,
    set: { 'net.depth': 0, 'model.latentSize': 3, 'model.standardise': false },
  });
  const logistic = (s: number): number => 1 / (1 + Math.exp(-s));

  it('has its logits, slopes, losses and gradients in closed form', async () => {
    const { model, initial, x, heldOut } = opened;
    const told = await diagnosed(onnx, opened, Rng.fromSeed(4));
    const z = model.diagnose(BATCH).inputs(0, Rng.fromSeed(4), defaults(model.knobs))['z'] as Float32Array;
    const weight = (name: string): Float32Array => initial[name] as Float32Array;
    const [w, b] = [weight('discriminator.out.kernel'), weight('discriminator.out.bias')[0]!];
    const [a, c] = [weight('generator.out.kernel'), weight('generator.out.bias')];
    const y = Float32Array.from(
      { length: 2 * BATCH },
      (_, at) => c[at % 2]! + [0, 1, 2].reduce((sum, j) => sum + z[Math.floor(at / 2) * 3 + j]! * a[j * 2 + (at % 2)]!, 0),
    );
    const logits = (rows: Float32Array): number[] =>
      Array.from({ length: BATCH }, (_, i) => rows[2 * i]! * w[0]! + rows[2 * i + 1]! * w[1]! + b);
    const [ofTrain, ofMade] = [logits(x), logits(y)];
    for (const [name, values] of [
      ['train', ofTrain],
      ['heldOut', logits(heldOut)],
      ['made', ofMade],
    ] as const)
      values.forEach((s, i) => expect(told[name]![i]).toBeCloseTo(s, 5));
    const slope = Math.hypot(w[0]!, w[1]!);
    for (const name of ['slopeReal', 'slopeMade']) for (const one of told[name]!) expect(one).toBeCloseTo(slope, 5);

    const mean = (values: number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;
    const softplus = (s: number): number => Math.log1p(Math.exp(s));
    expect(told['discriminatorLoss']![0]).toBeCloseTo(mean(ofTrain.map((s) => softplus(-s))) + mean(ofMade.map(softplus)), 5);
    expect(told['generatorLoss']![0]).toBeCloseTo(mean(ofMade.map((s) => softplus(-s))), 5);
    expect(told['evenLoss']![0]).toBeCloseTo(2 * Math.LN2, 5);

    const inW = (j: number): number =>
      mean(ofTrain.map((s, i) => -logistic(-s) * (j < 2 ? x[2 * i + j]! : 1))) +
      mean(ofMade.map((s, i) => logistic(s) * (j < 2 ? y[2 * i + j]! : 1)));
    expect(told['discriminatorGradientNorm']![0]).toBeCloseTo(Math.hypot(inW(0), inW(1), inW(2)), 5);
    const inA = (j: number): number => mean(ofMade.map((s, i) => -logistic(-s) * (j < 3 ? z[3 * i + j]! : 1)));
    expect(told['generatorGradientNorm']![0]).toBeCloseTo(slope * Math.hypot(inA(0), inA(1), inA(2), inA(3)), 5);
    expect(model.diagnose(BATCH).middle).toBe(0);
  });
});

describe('steps beside weights', () => {
  const rms = (values: Iterable<number>): number => {
    const all = [...values];
    return Math.sqrt(all.reduce((sum, one) => sum + one * one, 0) / all.length);
  };

  it('of Adam’s first step are the rate, whatever the gradients', () => {
    const optimiser = { player: 'encoder', weights: ['w', 'b'], rate: 0.01, t: 1, beta1: 0.9, beta2: 0.999 };
    const g = Float32Array.of(3, -0.2, 7, 0.001);
    const [found] = weightUpdates([optimiser], {
      w: Float32Array.of(1, -1, 1, 1),
      'adam.m.w': g.map((one) => 0.1 * one),
      'adam.v.w': g.map((one) => 0.001 * one * one),
      b: new Float32Array(4),
      'adam.m.b': g.map((one) => 0.1 * one),
      'adam.v.b': g.map((one) => 0.001 * one * one),
    });
    expect(found!.byWeight['w']).toBeCloseTo(0.01, 5);
    expect(Object.keys(found!.byWeight)).toEqual(['w']); // zeros have no size to compare with
    expect(found!.ratio).toBeCloseTo(0.01 * Math.SQRT2, 5);
  });

  it.each<[string, ParamValues]>([
    ['vae', { 'model.warmUp': 5, 'model.objective': 'factor' }],
    ['vq-vae', { 'model.codes': 8, 'model.update': 'gradient', 'model.decay': 6, 'model.restartAfter': 0 }],
    ['gan', { 'model.criticSteps': 2, 'model.encoderEvery': 3, 'model.decay': 10, 'model.beta1': 0.3 }],
  ])('of a %s are what its weights have moved by', async (id, set) => {
    const iterations = 4; // the GAN's encoder takes its second step in the last
    const opened = openRow({ model: id, dataset: bars(40, 6), set: { 'net.width': 12, 'net.depth': 1, ...set } });
    const states = await trained(opened, iterations);
    const [before, after] = [states.at(-2)!, states.at(-1)!];
    const knobs = defaults(opened.model.knobs);
    const optimisers = opened.model.optimisers(iterations, knobs);
    expect(optimisers.flatMap(({ weights }) => weights.map((name) => `adam.m.${name}`)).sort()).toEqual(
      Object.keys(opened.model.state)
        .filter((name) => name.startsWith('adam.m.'))
        .sort(),
    );
    for (const { player, byWeight } of weightUpdates(optimisers, after)) {
      for (const [name, ratio] of Object.entries(byWeight)) {
        if (id === 'gan' && player === 'discriminator') continue; // it moved twice since
        const moved = after[name]!.map((one, i) => one - before[name]![i]!);
        expect(ratio / (rms(moved) / rms(after[name]!)), name).toBeCloseTo(1, 2);
      }
    }
  });

  it('of a discriminator that moves once an iteration are what its weights have moved by', async () => {
    const opened = openRow({ model: 'gan', dataset: bars(40, 6), set: { 'net.width': 12, 'net.depth': 1, 'model.warmUp': 9 } });
    const [before, after] = (await trained(opened, 3)).slice(-2) as [Arrays, Arrays];
    const found = weightUpdates(opened.model.optimisers(3, defaults(opened.model.knobs)), after);
    const { byWeight } = found.find(({ player }) => player === 'discriminator')!;
    for (const [name, ratio] of Object.entries(byWeight)) {
      const moved = after[name]!.map((one, i) => one - before[name]![i]!);
      expect(ratio / (rms(moved) / rms(after[name]!)), name).toBeCloseTo(1, 2);
    }
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaults, type ParamValues } from '../../src/base/params.ts';
import { singularValues } from '../../src/base/eigen.ts';
import { Rng } from '../../src/base/rng.ts';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { makeModel } from '../../src/engine/catalogue.ts';
import { decoderMetrics } from '../../src/metrics/decoder-metrics.ts';
import { metrics } from '../../src/metrics/metrics.ts';
import { trainingMetrics } from '../../src/metrics/training-metrics.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { openDiagnosis, type Diagnosed, type DiagnosisExtent } from '../../src/training/diagnosis.ts';
import { inBatches } from '../../src/training/in-batches.ts';
import type { Device, Executable } from '../../src/tracing/device.ts';
import { openEagerDevice } from '../../src/tracing/eager-device.ts';
import type { Arrays } from '../../src/tracing/program.ts';
import { bars, normals, range } from './toy.ts';

let onnx: Device;
let eager: Device;
beforeAll(async () => {
  onnx = await openOnnxDevice({ provider: 'cpu', threads: 1 });
  eager = await openEagerDevice({ id: 'cpu', backend: 'cpu', title: '' });
});
afterAll(async () => {
  await onnx.dispose();
  await eager.dispose();
});

const extent: DiagnosisExtent = { rows: 40, draws: 50, points: 6, batches: 2 };
const BATCH = 8;

interface Given {
  readonly model: string;
  readonly dataset: Dataset;
  readonly set: ParamValues;
  /** Changes the weights as they start. */
  readonly change?: (start: Arrays) => Arrays;
  readonly heldOut?: number;
}

async function diagnosed(device: Device, { model: id, dataset, set, change, heldOut = 60 }: Given, step = 0): Promise<Diagnosed> {
  const model = makeModel(id, set, dataset.sample);
  const rows = range(0, dataset.rows);
  const start = model.initialise(Rng.fromSeed(1), { dataset, rows });
  const state = await device.createState(model.state, change ? change(start) : start);
  const before = await state.read();
  const data = { dataset, trainRows: rows.slice(heldOut), heldOutRows: rows.slice(0, heldOut) };
  const diagnoser = await openDiagnosis(model, device, state, data, Rng.fromSeed(2), { extent, batch: BATCH });
  const found = await diagnoser.diagnose(step, defaults(model.knobs));
  expect(await diagnoser.diagnose(step, defaults(model.knobs))).toEqual(found); // the same each time
  expect(await state.read()).toEqual(before); // nothing moved
  diagnoser.dispose();
  state.dispose();
  return found;
}

const narrow: ParamValues = { 'net.width': 12, 'net.depth': 1, 'model.latentSize': 4 };
const grey = bars(160, 6);
const coded = ['discriminator-accuracy', 'real-sign', 'discriminator-overfit', 'slope-ratio', 'loss-balance'];
const game = ['code-perplexity', ...coded];
const rows: readonly (readonly [string, Given, readonly string[]])[] = [
  ['a dense VAE', { model: 'vae', dataset: grey, set: narrow }, game],
  ['a conv VAE', { model: 'vae', dataset: grey, set: { 'model.net': 'conv', 'net.channels': 2, 'model.latentSize': 3 } }, game],
  ['a VAE with a prior of its own', { model: 'vae', dataset: grey, set: { ...narrow, 'model.prior': 'mixture' } }, game],
  ['a VAE with a bent posterior', { model: 'vae', dataset: grey, set: { ...narrow, 'model.posterior': 'iaf' } }, game],
  [
    'a VQ-VAE',
    { model: 'vq-vae', dataset: grey, set: { 'net.width': 12, 'net.depth': 1, 'model.codes': 8 } },
    ['codes-off-prior', 'prior-holes', ...coded],
  ],
  [
    'a GAN',
    { model: 'gan', dataset: normals(160, [1, 2]), set: { ...narrow, 'packing.samples': 2 } },
    ['code-perplexity', 'pull-balance'],
  ],
  [
    'a GAN of Wasserstein',
    { model: 'gan', dataset: grey, set: { ...narrow, 'model.loss': 'wasserstein' } },
    ['code-perplexity', 'loss-balance', 'pull-balance'],
  ],
];

describe.each(rows)('the diagnosis of %s', (_, given, missing) => {
  it('gives every figure that has a meaning for it, says why not of the others, the same on every device', async () => {
    const known = [metrics, decoderMetrics, trainingMetrics].flatMap(({ members }) => members.map(({ id }) => id));
    const [one, two] = [await diagnosed(onnx, given), await diagnosed(eager, given)];
    expect([...Object.keys(one.figures), ...Object.keys(one.absent)].sort()).toEqual([...known].sort());
    // No step was taken yet; a discriminator that has learnt nothing may tell nothing apart.
    const atChance = given.model === 'gan' ? ['discriminator-overfit'] : [];
    expect(
      Object.keys(one.absent)
        .filter((id) => !atChance.includes(id))
        .sort(),
    ).toEqual([...missing, 'update-ratio'].sort());
    expect(Object.keys(two.absent)).toEqual(Object.keys(one.absent));
    for (const [id, { value, perPoint = [], perDimension }] of Object.entries(one.figures)) {
      expect(Number.isFinite(value), id).toBe(true);
      expect(Math.abs(value - two.figures[id]!.value) / Math.max(1, Math.abs(value)), id).toBeLessThan(3e-3);
      if (perDimension) expect(perDimension, id).toHaveLength(one.draws.length / extent.draws);
      for (const { of, values } of perPoint) {
        const most = { heldOut: one.rowIds.length, draws: extent.draws, samples: 0, training: 0 }[of];
        expect(values.length, id).toBeLessThanOrEqual(most);
        expect(values.every(Number.isFinite), id).toBe(true);
      }
    }
    expect(one.rowIds).toHaveLength(extent.rows);
    expect(Math.max(...one.rowIds)).toBeLessThan(60); // held out
  });
});

describe('the diagnosis', () => {
  it('of a decoder that ignores codes finds no gap, no direction, and one sinkhole', async () => {
    const deaf = (start: Arrays): Arrays => ({
      ...start,
      'decoder.0.kernel': new Float32Array(start['decoder.0.kernel']!.length),
    });
    const { figures, absent } = await diagnosed(onnx, { model: 'vae', dataset: grey, set: narrow, change: deaf });
    expect(figures['shuffled-gap']).toMatchObject({ value: 0, error: 0 });
    expect(figures['decoder-sensitivity']!.value).toBe(0);
    expect(figures['jacobian-rank']!.value).toBe(0);
    expect(figures['sinkholes']!.value).toBe(1);
    expect(absent['pull-balance']).toContain('it does not at all'); // nothing of the reconstruction reaches the encoder
  });

  it('of a linear decoder has its singular values, and its gap in closed form', async () => {
    const dataset = normals(160, [1, 2, 3]);
    const sigma = 0.5;
    const set = {
      'net.depth': 0,
      'model.latentSize': 3,
      'likelihood.variance': 'fixed',
      'likelihood.sigma': sigma,
      'model.standardise': false,
    };
    const w = Float32Array.of(1, 0.5, -2, 0.3, 2, 0.1, 0, 1, 1);
    // Codes are the rows themselves: means by the identity, variances e^-20.
    const change = (start: Arrays): Arrays => ({
      ...start,
      'encoder.out.kernel': Float32Array.from({ length: 18 }, (_, at) => Number(at % 6 === Math.floor(at / 6))),
      'encoder.out.bias': Float32Array.of(0, 0, 0, -20, -20, -20),
      'decoder.out.kernel': w,
    });
    const { figures, draws } = await diagnosed(onnx, { model: 'vae', dataset, set, change });
    const { values } = singularValues(Float64Array.from(w), 3);
    expect(figures['log-volume']!.value).toBeCloseTo(
      values.reduce((sum, s) => sum + Math.log(s), 0),
      4,
    );
    expect(figures['condition-number']!.value).toBeCloseTo(2 * Math.log(values[0]! / values[2]!), 4);
    const total = values.reduce((sum, s) => sum + s);
    expect(figures['jacobian-rank']!.value).toBeCloseTo(
      Math.exp(values.reduce((sum, s) => sum - (s / total) * Math.log(s / total), 0)),
      4,
    );
    [0, 1, 2].forEach((j) =>
      expect(figures['decoder-sensitivity']!.perDimension![j]).toBeCloseTo(
        Math.hypot(w[3 * j]!, w[3 * j + 1]!, w[3 * j + 2]!),
        4,
      ),
    );
    expect(draws).toHaveLength(3 * extent.draws);
    // ½ E[|x - x'W|² - |x - xW|²] / σ² = E[x W xᵀ] / σ² for x' of another row, x of variances 1, 4, 9.
    const { value, beside } = figures['shuffled-gap']!;
    const error = beside![0]!.value;
    expect(Math.abs(value - (w[0]! * 1 + w[4]! * 4 + w[8]! * 9) / sigma ** 2)).toBeLessThan(4 * error);
    expect(error).toBeLessThan(25);
  });

  it('after a step gives what the step moved; without held-out rows it measures others and says nothing of overfitting', async () => {
    const { figures, absent, rowIds } = await diagnosed(onnx, { model: 'gan', dataset: grey, set: narrow, heldOut: 0 }, 1);
    expect(figures['update-ratio']!.value).toBe(0); // Adam remembers nothing: no step was taken
    expect(absent['discriminator-overfit']).toContain('rows that are held out');
    expect(rowIds).toHaveLength(extent.rows);
  });

  it('gives back every program it loaded, when it is done and when one fails', async () => {
    let open = 0;
    const model = makeModel('vae', narrow, grey.sample);
    const data = { dataset: grey, trainRows: range(0, 100), heldOutRows: range(100, 160) };
    const state = await onnx.createState(model.state, model.initialise(Rng.fromSeed(1), { dataset: grey, rows: data.trainRows }));
    const counted = (fails: string): Device => ({
      id: onnx.id,
      kind: onnx.kind,
      title: onnx.title,
      createState: (specs, values) => onnx.createState(specs, values),
      dispose: () => onnx.dispose(),
      load: async (program, of) => {
        if (program.name === fails) throw new Error(`${fails} does not load`);
        const made = await onnx.load(program, of);
        open++;
        const one: Executable = {
          program: made.program,
          compileMs: made.compileMs,
          run: (inputs) => made.run(inputs),
          dispose: () => {
            open--;
            made.dispose();
          },
        };
        return one;
      },
    });
    const diagnoser = await openDiagnosis(model, counted('none'), state, data, Rng.fromSeed(2), { extent, batch: BATCH });
    expect(open).toBe(4);
    const stopped = diagnoser.diagnose(0, defaults(model.knobs), { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    diagnoser.dispose();
    expect(open).toBe(0);
    const broken = openDiagnosis(model, counted('vae.diagnosis'), state, data, Rng.fromSeed(2), { extent, batch: BATCH });
    await expect(broken).rejects.toThrow('vae.diagnosis does not load');
    expect(open).toBe(0);
    state.dispose();
  });

  it('refuses a single row', async () => {
    const model = makeModel('vae', narrow, grey.sample);
    const rows = range(0, 1);
    const state = await onnx.createState(model.state, model.initialise(Rng.fromSeed(1), { dataset: grey, rows }));
    const few = { dataset: grey, trainRows: rows, heldOutRows: rows };
    await expect(openDiagnosis(model, onnx, state, few, Rng.fromSeed(2), { batch: BATCH })).rejects.toThrow(
      'two rows or more, got 1',
    );
    state.dispose();
  });
});

describe('rows in batches', () => {
  it('come out as many as went in, in order; others are refused', async () => {
    const model = makeModel('vae', narrow, grey.sample);
    const state = await onnx.createState(model.state, model.initialise(Rng.fromSeed(1), { dataset: grey, rows: range(0, 160) }));
    const z = Rng.fromSeed(1).fillNormal(new Float32Array(7 * 4));
    const [three, seven] = [await onnx.load(model.decode(3), state), await onnx.load(model.decode(7), state)];
    const [parts, whole] = [await inBatches(three, { z }), await seven.run({ z })];
    expect(parts['x']).toHaveLength(7 * 36);
    parts['x']!.forEach((one, at) => expect(one).toBeCloseTo(whole['x']![at]!, 6));
    await expect(inBatches(three, { z: z.subarray(1) })).rejects.toThrow('vae.decode needs z of as many rows, got 27 of z');
    await expect(inBatches(three, {})).rejects.toThrow('vae.decode needs z');
    for (const one of [three, seven]) one.dispose();
    state.dispose();
  });
});

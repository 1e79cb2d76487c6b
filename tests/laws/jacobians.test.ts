// The slope of every decoder, against differences of what it decodes, on a compiled and on an eager device.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ParamValues } from '../../src/base/params.ts';
import { Rng } from '../../src/base/rng.ts';
import { sampleSize, type Dataset } from '../../src/datasets/dataset.ts';
import { makeModel } from '../../src/engine/catalogue.ts';
import type { Jacobians } from '../../src/metrics/jacobians.ts';
import { openDecoderSlopes } from '../../src/models/jacobian.ts';
import type { Model, WeightsShown } from '../../src/models/model.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import type { Device, DeviceState } from '../../src/tracing/device.ts';
import { openEagerDevice } from '../../src/tracing/eager-device.ts';
import type { Arrays } from '../../src/tracing/program.ts';
import { modelRows } from './model-rows.ts';
import { arrayDataset, bars, normals, range } from '../training/toy.ts';

let devices: readonly Device[];
beforeAll(async () => {
  devices = [
    await openOnnxDevice({ provider: 'cpu', threads: 1 }),
    await openEagerDevice({ id: 'cpu', backend: 'cpu', title: '' }),
  ];
});
afterAll(async () => {
  for (const one of devices) await one.dispose();
});

/** Weights as they start, those that start at zero moved: residual blocks would all be lines. */
function startOf(model: Model, dataset: Dataset): Arrays {
  const rng = Rng.fromSeed(3);
  const start = model.initialise(rng.stream('weights'), { dataset, rows: range(0, dataset.rows) });
  return Object.fromEntries(
    Object.entries(start).map(([name, values]) => [
      name,
      name in model.state && !name.startsWith('adam.') && values instanceof Float32Array && values.every((one) => one === 0)
        ? rng
            .stream(name)
            .fillNormal(values.slice())
            .map((one) => 0.1 * one)
        : values,
    ]),
  );
}

async function allOf(blocks: AsyncIterable<Jacobians>): Promise<Jacobians[]> {
  const all: Jacobians[] = [];
  for await (const block of blocks) all.push(block);
  return all;
}

/** At each point, the largest difference between J and central differences of what is decoded, beside the largest slope of all. */
async function errorsOf(
  model: Model,
  device: Device,
  state: DeviceState,
  z: Float32Array,
  weights?: WeightsShown,
): Promise<number[]> {
  const { latentSize } = model;
  const size = sampleSize(model.sample);
  const points = z.length / latentSize;
  const slopes = await openDecoderSlopes(model, device, state, weights ? { weights } : {});
  const blocks = await allOf(slopes.jacobians(z));
  slopes.dispose();
  expect(blocks.map((one) => one.points).reduce((sum, one) => sum + one)).toBe(points);
  const decoder = await device.load(model.decode(points, weights), state);
  const sd = 'data.sd' in model.state ? (await state.read(['data.sd']))['data.sd']! : new Float32Array(size).fill(1);
  const decodedAt = async (axis: number, by: number): Promise<Float32Array> => {
    const moved = z.map((one, at) => (at % latentSize === axis ? one + by : one));
    return (await decoder.run({ z: moved }))['x'] as Float32Array;
  };
  const joined = blocks.flatMap(({ data }) => [...data]);
  const worst = new Array<number>(points).fill(0);
  let largest = 0;
  for (let axis = 0; axis < latentSize; axis++) {
    const h = 2e-2;
    const [far, near, back, behind] = [
      await decodedAt(axis, h),
      await decodedAt(axis, h / 2),
      await decodedAt(axis, -h / 2),
      await decodedAt(axis, -h),
    ];
    for (let i = 0; i < points; i++) {
      for (let k = 0; k < size; k++) {
        const at = i * size + k;
        const wide = (far[at]! - behind[at]!) / (2 * h);
        const narrow = (near[at]! - back[at]!) / h;
        const slope = (4 * narrow - wide) / 3 / sd[k]!; // Richardson's extrapolation
        const found = joined[(i * latentSize + axis) * size + k]!;
        worst[i] = Math.max(worst[i]!, Math.abs(found - slope));
        largest = Math.max(largest, Math.abs(slope));
      }
    }
  }
  decoder.dispose();
  expect(largest).toBeGreaterThan(1e-3);
  return worst.map((one) => one / largest).sort((a, b) => a - b);
}

const smooth = ['elu', 'silu', 'tanh', 'linear'] as const;
const colour = arrayDataset(
  { kind: 'picture', height: 7, width: 5, channels: 3 },
  Float32Array.from({ length: 20 * 105 }, (_, i) => (i % 7) / 7),
);
const nets: readonly (readonly [string, Dataset, ParamValues])[] = [
  ...smooth.map((id) => [`dense, ${id}`, bars(20, 6), { 'net.width': 9, 'net.activation': id }] as const),
  [
    'dense, layer norm and skips',
    bars(20, 6),
    { 'net.width': 9, 'net.activation': 'silu', 'net.normalisation': 'layer', 'net.skip': true },
  ],
  ['dense, of vectors', normals(40, [1, 50, 0.1]), { 'net.width': 9, 'net.activation': 'tanh' }],
  ...smooth.slice(0, 3).map((id) => [`conv, ${id}`, colour, { 'net.channels': 3, 'net.activation': id }] as const),
  [
    'conv, layer norm and skips',
    bars(20, 9),
    { 'model.net': 'conv', 'net.channels': 3, 'net.activation': 'silu', 'net.normalisation': 'layer', 'net.skip': true },
  ],
  ...smooth
    .slice(0, 3)
    .map((id) => [`residual, ${id}`, colour, { 'model.net': 'residual', 'net.channels': 3, 'net.activation': id }] as const),
];

describe('the slope of a decoder', () => {
  it.each(nets)('is that of differences: %s', async (_, dataset, set) => {
    const model = makeModel('vae', { 'model.latentSize': 3, ...set }, dataset.sample);
    const z = Rng.fromSeed(2).fillNormal(new Float32Array(5 * 3));
    for (const device of devices) {
      const state = await device.createState(model.state, startOf(model, dataset));
      expect((await errorsOf(model, device, state, z)).at(-1), device.id).toBeLessThan(2e-3);
      state.dispose();
    }
  });

  // Differences across a kink are of neither side: at most points there is none within their reach.
  it.each([
    ['dense, relu', bars(20, 6), { 'net.width': 9 }],
    ['conv, relu', colour, { 'net.channels': 2 }],
    ['residual, leaky relu', colour, { 'model.net': 'residual', 'net.channels': 2 }],
  ] as readonly (readonly [string, Dataset, ParamValues])[])(
    'is that of differences between kinks: %s',
    async (_, dataset, set) => {
      const model = makeModel('vae', { 'model.latentSize': 2, ...set }, dataset.sample);
      const z = Rng.fromSeed(2).fillNormal(new Float32Array(15 * 2));
      for (const device of devices) {
        const state = await device.createState(model.state, startOf(model, dataset));
        const errors = await errorsOf(model, device, state, z);
        expect(errors[3], device.id).toBeLessThan(1e-3);
        expect(errors.at(-1), device.id).toBeLessThan(0.3);
        state.dispose();
      }
    },
  );

  it('is that of a GAN’s averaged or raw generator, as told', async () => {
    const dataset = bars(20, 6);
    const model = makeModel('gan', { 'model.latentSize': 3, 'net.width': 9, 'net.activation': 'tanh' }, dataset.sample);
    const start = startOf(model, dataset);
    const moved = Object.fromEntries(
      Object.entries(start).map(([name, values]) => [name, name.startsWith('average.') ? values.map((one) => 2 * one) : values]),
    ) as Arrays;
    const z = Rng.fromSeed(2).fillNormal(new Float32Array(4 * 3));
    const state = await devices[0]!.createState(model.state, moved);
    for (const weights of ['average', 'raw'] as const)
      expect((await errorsOf(model, devices[0]!, state, z, weights)).at(-1)).toBeLessThan(2e-3);
    state.dispose();
  });

  it('of a snapping codebook is that at the nearest code', async () => {
    const dataset = normals(40, [1, 2, 3]);
    const set = { 'model.codes': 8, 'net.width': 9, 'net.activation': 'tanh' };
    const [snapping, smoothly] = [true, false].map((snap) =>
      makeModel('vq-vae', { ...set, 'model.snap': snap }, dataset.sample),
    ) as [Model, Model];
    const state = await devices[0]!.createState(snapping.state, startOf(snapping, dataset));
    const codes = (await state.read(['codebook.codes']))['codebook.codes'] as Float32Array;
    const z = Rng.fromSeed(2).fillNormal(new Float32Array(snapping.latentSize));
    const lengths = Array.from({ length: 8 }, (_, k) => Math.hypot(...codes.subarray(4 * k, 4 * k + 4), 1e-3)); // of length 1 but for ε
    const onSphere = codes.map((one, at) => one / lengths[Math.floor(at / 4)]!);
    const dots = Array.from({ length: 8 }, (_, k) => z.reduce((sum, one, j) => sum + one * onSphere[4 * k + j]!, 0));
    const best = dots.indexOf(Math.max(...dots));
    const slopeOf = async (model: Model, at: Float32Array): Promise<Float32Array> => {
      const slopes = await openDecoderSlopes(model, devices[0]!, state);
      const [block] = await allOf(slopes.jacobians(at));
      slopes.dispose();
      return block!.data;
    };
    const [found, truth] = [await slopeOf(snapping, z), await slopeOf(smoothly, onSphere.slice(4 * best, 4 * best + 4))];
    found.forEach((one, at) => expect(one).toBeCloseTo(truth[at]!, 4));
    state.dispose();
  });

  it('comes in blocks that join to the same whatever their size, on every model with every choice', async () => {
    for (const { model: id, title, dataset, set } of modelRows) {
      const model = makeModel(id, set, dataset.sample);
      const { latentSize } = model;
      const z = Rng.fromSeed(2).fillNormal(new Float32Array(7 * latentSize));
      const state = await devices[0]!.createState(model.state, startOf(model, dataset));
      const joined: number[][] = [];
      for (const points of [64, 3]) {
        const slopes = await openDecoderSlopes(model, devices[0]!, state, { points });
        const blocks = await allOf(slopes.jacobians(z));
        slopes.dispose();
        joined.push(blocks.flatMap(({ data }) => [...data]));
      }
      const [whole, parts] = joined as [number[], number[]];
      expect(whole, title).toHaveLength(7 * latentSize * sampleSize(dataset.sample));
      expect(Math.max(...whole.map((one, at) => Math.abs(one - parts[at]!))), title).toBeLessThan(1e-5);
      expect(
        whole.some((one) => Math.abs(one) > 1e-4),
        title,
      ).toBe(true);
      state.dispose();
    }
  });

  it('refuses points of another size, and stops when told', async () => {
    const dataset = bars(20, 6);
    const model = makeModel('vae', { 'model.latentSize': 3, 'net.width': 9 }, dataset.sample);
    const state = await devices[0]!.createState(model.state, startOf(model, dataset));
    const slopes = await openDecoderSlopes(model, devices[0]!, state);
    await expect(allOf(slopes.jacobians(new Float32Array(4)))).rejects.toThrow('points must hold 3 numbers each, got 4 in all');
    const stopped = allOf(slopes.jacobians(new Float32Array(6), { signal: AbortSignal.abort() }));
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    slopes.dispose();
    state.dispose();
  });
});

// Skip connections from the code: off they change nothing, on every layer of the way up sees z as if it lay beside the layer's inputs.
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { conv } from '../../src/nets/conv.ts';
import { dense } from '../../src/nets/dense.ts';
import type { Net, NetShape } from '../../src/nets/net.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import type { Device } from '../../src/tracing/device.ts';
import { float32, type Program, type Tensors } from '../../src/tracing/program.ts';
import { startWeights, weightSpecs } from '../../src/tracing/weights.ts';
import { runEagerly } from '../tracing/run-eagerly.ts';
import { slopeError } from './finite-differences.ts';
import { firstDifference } from './kernels/law.ts';

let onnx: Device;
beforeAll(async () => {
  await tf.setBackend('cpu');
  onnx = await openOnnxDevice({ provider: 'cpu', threads: 1 });
});
afterAll(() => onnx.dispose());

const CODE = 3;
const rng = Rng.fromSeed(7);
const normal = (rows: number, cols: number): tf.Tensor2D =>
  tf.tensor2d(rng.fillNormal(new Float32Array(rows * cols)), [rows, cols]);
const start = (net: Net): Record<string, Float32Array> => startWeights(net.weights, Rng.fromSeed(3));
const tensorsOf = (net: Net): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.entries(start(net)).map(([name, values]) => [name, tf.tensor(values, [...(net.weights[name]?.shape ?? [])])]),
  );
const numbers = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());

const picture: NetShape = { kind: 'picture', height: 7, width: 6, channels: 2 };
const rows = [
  [dense, { width: 5, depth: 3, activation: 'tanh', normalisation: 'layer' }, { kind: 'vector', size: 4 } as NetShape],
  [conv, { channels: 2, levels: 2, activation: 'tanh', initialisation: 'even' }, picture],
] as const;

describe.each(rows)('$id', (net, values, sample) => {
  const without = net.make(values).up('up', CODE, sample);
  const withSkip = net.make({ ...values, skip: true }).up('up', CODE, sample);

  it('keeps the names and starting values of all other weights, on the way up; on the way down there are no skips', () => {
    const [plain, skipping] = [start(without), start(withSkip)];
    const added = Object.keys(skipping).filter((name) => !(name in plain));
    expect(added.length).toBeGreaterThan(0);
    expect(added.every((name) => name.endsWith('.skip'))).toBe(true);
    for (const [name, weight] of Object.entries(plain)) expect(skipping[name], name).toEqual(weight);
    const down = (skip: boolean): Net => net.make({ ...values, skip }).down('down', sample, 2);
    expect(start(down(true))).toEqual(start(down(false)));
  });

  it('does nothing while its own weights are zero, and says something of z when all others are', () => {
    const z = normal(4, CODE);
    const tensors = tensorsOf(withSkip);
    const zeroed = (chosen: (name: string) => boolean): Tensors =>
      Object.fromEntries(
        Object.entries(tensors).map(([name, tensor]) => [name, chosen(name) ? tf.zerosLike(tensor) : tensor] as const),
      );
    const mute = zeroed((name) => name.endsWith('.skip'));
    expect(numbers(withSkip.apply(mute, z))).toEqual(numbers(without.apply(mute, z)));
    const alone = zeroed((name) => !name.endsWith('.skip'));
    const [first, second] = withSkip.apply(alone, z).arraySync();
    expect(first).not.toEqual(second);
    expect(new Set(without.apply(alone, z).dataSync()).size).toBe(1);
  });

  it('has the gradient of finite differences, in every weight and in z', () => {
    const tensors = tensorsOf(withSkip);
    const names = Object.keys(tensors);
    const loss = (z: tf.Tensor, ...weights: tf.Tensor[]): tf.Scalar => {
      const given = Object.fromEntries(names.map((name, i) => [name, weights[i] as tf.Tensor]));
      return tf.mean(tf.square(withSkip.apply(given, z as tf.Tensor2D)));
    };
    expect(slopeError(loss, [normal(4, CODE), ...Object.values(tensors)])).toBeLessThan(1e-2);
  });

  it('compiles to the same outputs', async () => {
    const program: Program = {
      name: 'up',
      state: weightSpecs(withSkip.weights),
      inputs: { z: float32(4, CODE) },
      body: (tensors, inputs) => ({ outputs: { x: withSkip.apply(tensors, inputs['z'] as tf.Tensor2D) } }),
    };
    const z = rng.fillNormal(new Float32Array(4 * CODE));
    const state = await onnx.createState(program.state, start(withSkip));
    const executable = await onnx.load(program, state);
    const { x } = await executable.run({ z });
    executable.dispose();
    state.dispose();
    expect(firstDifference(x!, runEagerly(program, start(withSkip), { z }).outputs['x']!, 1e-4)).toBeUndefined();
  });
});

describe('a dense decoder', () => {
  it('computes as if z lay beside the inputs of every later layer', () => {
    const net = dense.make({ width: 5, depth: 2, activation: 'tanh', skip: true }).up('up', CODE, { kind: 'vector', size: 4 });
    const w = tensorsOf(net);
    const z = normal(6, CODE);
    const layer = (name: string, h: tf.Tensor2D): tf.Tensor2D => {
      const kernel = w[`${name}.skip`] ? tf.concat([w[`${name}.kernel`]!, w[`${name}.skip`]!], 0) : w[`${name}.kernel`]!;
      return tf.add(tf.matMul(h, kernel as tf.Tensor2D), w[`${name}.bias`]!);
    };
    const beside = (h: tf.Tensor2D): tf.Tensor2D => tf.concat([h, z], 1);
    const first = tf.tanh(layer('up.0', z));
    const second = tf.tanh(layer('up.1', beside(first)));
    const expected = layer('up.out', beside(second));
    expect(Object.keys(w).filter((name) => name.endsWith('.skip'))).toEqual(['up.1.skip', 'up.out.skip']);
    numbers(net.apply(w, z)).forEach((value, i) => expect(value).toBeCloseTo(numbers(expected)[i]!, 5));
  });

  it('without hidden layers has nothing to skip', () => {
    const names = (skip: boolean): string[] =>
      Object.keys(dense.make({ depth: 0, skip }).up('up', CODE, { kind: 'vector', size: 4 }).weights);
    expect(names(true)).toEqual(names(false));
  });
});

// Gradients of gradients, as the gradient penalty (Gulrajani et al. 2017) and R1 (Mescheder et al. 2018) need them.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { float32, sizeOf, type Arrays, type Program, type Specs } from '../../src/tracing/program.ts';
import { firstDifference } from '../laws/kernels/law.ts';
import { runEagerly } from './run-eagerly.ts';

type Critic = (x: tf.Tensor, w: tf.Tensor[]) => tf.Tensor;

/** The penalty mean |∂ Σ critic / ∂x|² and its gradient in the weights. */
function penalty(name: string, x: readonly number[], weights: Specs, critic: Critic): Program {
  const names = Object.keys(weights);
  return {
    name,
    state: {},
    inputs: { x: { shape: x, dtype: 'float32' }, ...weights },
    body: (_, given) => {
      const loss = (...w: tf.Tensor[]): tf.Scalar => {
        const slope = tf.grad((input: tf.Tensor) => tf.sum(critic(input, w)))(given['x']!);
        return tf.mean(tf.square(slope));
      };
      const { value, grads } = tf.valueAndGrads(loss)(names.map((key) => given[key]!));
      return { outputs: { value, ...Object.fromEntries(names.map((key, i) => [`d.${key}`, grads[i]!])) } };
    },
  };
}

async function compiledAndEager(program: Program, eagerly = true): Promise<[Arrays, Arrays]> {
  const rng = Rng.fromSeed(5);
  const inputs = Object.fromEntries(
    Object.entries(program.inputs).map(([key, { shape }]) => [
      key,
      rng
        .stream(key)
        .fillNormal(new Float32Array(sizeOf(shape)))
        .map((v) => v / 2),
    ]),
  );
  const device = await openOnnxDevice({ threads: 1 });
  const executable = await device.load(program, await device.createState({}, {}));
  const compiled = await executable.run(inputs);
  await device.dispose();
  return [compiled, eagerly ? runEagerly(program, {}, inputs).outputs : {}];
}

describe('second-order gradients', () => {
  beforeAll(() => tf.setBackend('cpu'));

  const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
  it.each<[string, (x: tf.Tensor) => tf.Tensor, (x: number) => number]>([
    ['tanh', tf.tanh, (x) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2)],
    ['sigmoid', tf.sigmoid, (x) => logistic(x) * (1 - logistic(x)) * (1 - 2 * logistic(x))],
    ['exp', tf.exp, Math.exp],
    ['elu', tf.elu, (x) => (x < 0 ? Math.exp(x) : 0)],
    ['softplus', tf.softplus, (x) => logistic(x) * (1 - logistic(x))],
    ['leakyRelu', (x) => tf.square(tf.leakyRelu(x, 0.2)), (x) => (x < 0 ? 0.08 : 2)],
    ['pow', (x) => tf.pow(tf.add(x, 3), 2.5), (x) => 3.75 * Math.sqrt(x + 3)],
    [
      'softmax',
      (x) => tf.softmax(tf.stack([x, tf.zerosLike(x)], 1)).slice([0, 0], [-1, 1]),
      (x) => logistic(x) * (1 - logistic(x)) * (1 - 2 * logistic(x)),
    ],
    ['where', (x) => tf.where(tf.less(x, 0), tf.mul(x, x), tf.mul(x, 3)), (x) => (x < 0 ? 2 : 0)],
  ])('of %s are the second derivative', async (name, apply, second) => {
    const program: Program = {
      name,
      state: {},
      inputs: { x: float32(9) },
      body: (_, { x }) => {
        const slope = (input: tf.Tensor): tf.Tensor => tf.grad((inner: tf.Tensor) => tf.sum(apply(inner)))(input);
        return { outputs: { y: tf.grad((input: tf.Tensor) => tf.sum(slope(input)))(x!) } };
      },
    };
    const x = Float32Array.from({ length: 9 }, (_, i) => (i - 4.5) / 2);
    const device = await openOnnxDevice({ threads: 1 });
    const executable = await device.load(program, await device.createState({}, {}));
    const truth = x.map(second);
    expect(firstDifference((await executable.run({ x }))['y']!, truth)).toBeUndefined();
    expect(firstDifference(runEagerly(program, {}, { x }).outputs['y']!, truth, 1e-3)).toBeUndefined();
    await device.dispose();
  });

  // f(x) = |L x|² with L linear: its second derivative along v, 2 LᵀL v, is its slope at v.
  it.each<[string, (x: tf.Tensor4D) => tf.Tensor]>([
    ['avgPool', (x) => tf.avgPool(x, [3, 2], 2, 'same')],
    ['resizeBilinear', (x) => tf.image.resizeBilinear(x, [5, 9])],
    ['resizeBilinear to aligned corners', (x) => tf.image.resizeBilinear(x, [3, 7], true)],
    ['resizeNearestNeighbor', (x) => tf.image.resizeNearestNeighbor(x, [9, 5], false, true)],
    ['depthToSpace', (x) => tf.depthToSpace(tf.concat([x, x], 3), 2)],
  ])('of %s squared are its slope along a direction', async (name, linear) => {
    const program: Program = {
      name,
      state: {},
      inputs: { x: float32(2, 5, 4, 2), v: float32(2, 5, 4, 2) },
      body: (_, { x, v }) => {
        const slope = tf.grad((inner: tf.Tensor) => tf.sum(tf.square(linear(inner as tf.Tensor4D))));
        return { outputs: { along: tf.grad((inner: tf.Tensor) => tf.sum(tf.mul(slope(inner), v!)))(x!), at: slope(v!) } };
      },
    };
    const [{ along, at }] = await compiledAndEager(program, false);
    expect(firstDifference(along!, at!)).toBeUndefined();
    expect(at!.some((value) => Math.abs(value) > 0.1)).toBe(true);
  });

  it.each([
    [
      'dense',
      penalty('gp.dense', [4, 6], { w1: float32(6, 8), b1: float32(8), w2: float32(8, 1) }, (x, [w1, b1, w2]) =>
        tf.matMul(tf.tanh(tf.add(tf.matMul(x as tf.Tensor2D, w1 as tf.Tensor2D), b1!)), w2 as tf.Tensor2D),
      ),
    ],
    [
      'convolutional',
      penalty(
        'r1.conv',
        [2, 8, 8, 2],
        { f1: float32(4, 4, 2, 5), f2: float32(3, 3, 5, 4), w: float32(64, 1) },
        (x, [f1, f2, w]) => {
          const one = tf.leakyRelu(tf.conv2d(x as tf.Tensor4D, f1 as tf.Tensor4D, 2, 'same'), 0.2);
          const two = tf.softplus(tf.conv2d(one, f2 as tf.Tensor4D, 1, 'same'));
          return tf.matMul(tf.reshape(two, [2, 64]), w as tf.Tensor2D);
        },
      ),
    ],
    [
      'transposed convolutional',
      penalty('r1.up', [2, 3, 3, 3], { f: float32(4, 4, 2, 3) }, (x, [f]) =>
        tf.sigmoid(tf.conv2dTranspose(x as tf.Tensor4D, f as tf.Tensor4D, [2, 6, 6, 2], 2, 'same')),
      ),
    ],
  ] as const)('of a %s critic are those of tfjs', async (_, program) => {
    const [compiled, eager] = await compiledAndEager(program);
    for (const [name, values] of Object.entries(eager)) expect(firstDifference(compiled[name]!, values), name).toBeUndefined();
    expect(eager['value']![0]).toBeGreaterThan(0);
  });
});

// The residual net: laws of nets, and what is its own: it starts as linear maps, and doubles and halves pictures of any size.
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { netShapeSize, type Net, type NetShape } from '../../src/nets/net.ts';
import { conv } from '../../src/nets/conv.ts';
import { dense } from '../../src/nets/dense.ts';
import { residual } from '../../src/nets/residual.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import type { Device } from '../../src/tracing/device.ts';
import { float32, type Program } from '../../src/tracing/program.ts';
import { startWeights, weightSpecs } from '../../src/tracing/weights.ts';
import { firstDifference } from './kernels/law.ts';
import { runEagerly } from '../tracing/run-eagerly.ts';
import { scalar, slopeError } from './finite-differences.ts';

let device: Device;
beforeAll(async () => {
  await tf.setBackend('cpu');
  device = await openOnnxDevice({ threads: 1 });
});
afterAll(() => device.dispose());

const rng = Rng.fromSeed(2);
const normal = (rows: number, cols: number): tf.Tensor2D =>
  tf.tensor2d(rng.fillNormal(new Float32Array(rows * cols)), [rows, cols]);
/** Weights as they start, or all moved a little, so that no branch is at rest. */
const tensorsOf = (net: Net, moved = 0): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.entries(startWeights(net.weights, Rng.fromSeed(3))).map(([name, values]) => {
      const jitter = Rng.fromSeed(4).stream(name).fillNormal(new Float32Array(values.length));
      return [
        name,
        tf.tensor(
          values.map((w, i) => w + moved * (jitter[i] as number)),
          [...(net.weights[name]?.shape ?? [])],
        ),
      ];
    }),
  );
const picture = (height: number, width: number, channels: number): NetShape => ({ kind: 'picture', height, width, channels });

describe.each([
  { sample: picture(8, 8, 1), values: { channels: 2 } },
  { sample: picture(7, 10, 3), values: { channels: 2, levels: 2, blocks: 2 } },
])('the residual net $values of $sample', ({ sample, values }) => {
  const pair = residual.make({ ...values, activation: 'tanh' });
  const size = netShapeSize(sample);

  it('maps samples to numbers and back, with the slope of finite differences in every weight and in its input', () => {
    for (const [net, inputs, outputs] of [
      [pair.down('d', sample, 3), size, 3],
      [pair.up('u', 3, sample), 3, size],
    ] as const) {
      const tensors = tensorsOf(net, 0.1);
      const names = Object.keys(tensors);
      expect(net.apply(tensors, normal(4, inputs)).shape).toEqual([4, outputs]);
      const probe = normal(2, outputs);
      const f = (x: tf.Tensor, ...point: tf.Tensor[]): tf.Scalar => {
        const using = Object.fromEntries(names.map((name, i) => [name, point[i] as tf.Tensor]));
        return tf.sum(tf.mul(net.apply(using, x as tf.Tensor2D), probe));
      };
      expect(slopeError(f, [normal(2, inputs), ...names.map((name) => tensors[name] as tf.Tensor)], 2)).toBeLessThan(5e-3);
    }
  });

  it('compiles, under a penalty on its slope too', async () => {
    const net = pair.down('d', sample, 1);
    const names = Object.keys(net.weights);
    const program: Program = {
      name: 'slope',
      state: {},
      inputs: { ...weightSpecs(net.weights), x: float32(3, size) },
      body: (_, given) => {
        const loss = (...point: tf.Tensor[]): tf.Scalar => {
          const using = Object.fromEntries(names.map((name, i) => [name, point[i] as tf.Tensor]));
          const score = (x: tf.Tensor): tf.Scalar => tf.sum(net.apply(using, x as tf.Tensor2D));
          const rows = given['x'] as tf.Tensor;
          return tf.add(score(rows), tf.sum(tf.square(tf.grad(score)(rows))));
        };
        const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => given[name] as tf.Tensor));
        return { outputs: { value, ...Object.fromEntries(names.map((name, i) => [`d.${name}`, grads[i] as tf.Tensor])) } };
      },
    };
    const inputs = Object.fromEntries(
      Object.entries(program.inputs).map(([name, { shape }]) => [
        name,
        rng.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))).map((v) => 0.4 * v),
      ]),
    );
    const executable = await device.load(program, await device.createState({}, {}));
    const compiled = await executable.run(inputs);
    executable.dispose();
    for (const [name, expected] of Object.entries(runEagerly(program, {}, inputs).outputs))
      expect(firstDifference(compiled[name] as Float32Array, expected, 2e-3), name).toBeUndefined();
  });
});

describe('the residual net', () => {
  it('starts as linear maps: every branch adds nothing, for any number of blocks', () => {
    const [few, many] = [1, 4].map((blocks) =>
      residual.make({ channels: 3, blocks, activation: 'linear' }).up('u', 5, picture(12, 12, 1)),
    );
    const z = normal(2, 5);
    const [one, other] = [few, many].map((net) => (net as Net).apply(tensorsOf(net as Net), z));
    expect(scalar(tf.max(tf.abs(tf.sub(one as tf.Tensor, other as tf.Tensor))))).toBe(0);
  });

  it('keeps the size of signals and repeats pixels on the way up', () => {
    const net = residual.make({ channels: 4 }).up('u', 32, picture(14, 14, 3));
    const rows = net.apply(tensorsOf(net), normal(16, 32));
    const size = Math.sqrt(scalar(tf.mean(tf.square(rows))));
    expect(size).toBeGreaterThan(0.3);
    expect(size).toBeLessThan(3);
  });

  it('refuses vectors, and more levels than the picture has', () => {
    expect(() => residual.make().down('d', { kind: 'vector', size: 4 }, 1)).toThrow('the residual net needs pictures');
    expect(() => residual.make({ levels: 5 }).down('d', picture(8, 8, 1), 1)).toThrow('5 levels are too many for 8 × 8');
  });
});

describe.each([
  { net: dense, values: { width: 6, depth: 2 } },
  { net: dense, values: { width: 6, depth: 0 } },
  { net: conv, values: { channels: 2 } },
  { net: residual, values: { channels: 2 } },
])('every pair of nets ($net.id $values)', ({ net, values }) => {
  const pair = net.make(values);
  const sample = picture(8, 8, 1);

  it('goes down through its trunk and its head', () => {
    const down = pair.down('d', sample, 3);
    const trunk = pair.trunk('d', sample);
    const head = pair.head('d', trunk.outputs, 3);
    expect({ ...trunk.weights, ...head.weights }).toEqual(down.weights);
    const tensors = tensorsOf(down, 0.1);
    const x = normal(2, 64);
    expect(trunk.apply(tensors, x).shape).toEqual([2, trunk.outputs]);
    const apart = head.apply(tensors, trunk.apply(tensors, x));
    expect(scalar(tf.max(tf.abs(tf.sub(apart, down.apply(tensors, x)))))).toBe(0);
  });

  it('can be had wider, or with another activation', () => {
    const wider = pair.varied({ scale: 2 }).trunk('d', sample);
    expect(wider.outputs).toBe((values.depth === 0 ? 1 : 2) * pair.trunk('d', sample).outputs);
    const down = pair.down('d', sample, 1);
    const tensors = tensorsOf(down, 0.1);
    const x = normal(2, 64);
    const bent = pair.varied({ activation: 'tanh' }).down('d', sample, 1).apply(tensors, x);
    expect(scalar(tf.max(tf.abs(tf.sub(bent, down.apply(tensors, x))))) > 0).toBe(values.depth !== 0);
  });
});

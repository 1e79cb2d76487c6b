import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { activationNames } from '../../src/nets/activation.ts';
import { conv } from '../../src/nets/conv.ts';
import { dense } from '../../src/nets/dense.ts';
import { netShapeSize, type Net, type NetShape } from '../../src/nets/net.ts';
import { startWeights } from '../../src/tracing/weights.ts';
import { scalar, slopeError } from './finite-differences.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const rng = Rng.fromSeed(2);
const normal = (rows: number, cols: number): tf.Tensor2D =>
  tf.tensor2d(rng.fillNormal(new Float32Array(rows * cols)), [rows, cols]);
const tensorsOf = (net: Net): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.entries(startWeights(net.weights, Rng.fromSeed(3))).map(([name, values]) => [
      name,
      tf.tensor(values, [...(net.weights[name]?.shape ?? [])]),
    ]),
  );
const picture = (height: number, width: number, channels: number): NetShape => ({ kind: 'picture', height, width, channels });
const vector = (size: number): NetShape => ({ kind: 'vector', size });

// One row a member: what it is made of, what it is fed, and how many weights that takes.
const members = [
  { net: dense, values: { width: 16, depth: 2 }, sample: vector(6), weights: 6 * 16 + 16 + (16 * 16 + 16) + 16 * 4 + 4 },
  { net: dense, values: { width: 16, depth: 0 }, sample: vector(6), weights: 6 * 4 + 4 },
  {
    net: dense,
    values: { width: 8, depth: 1, normalisation: 'layer' },
    sample: picture(3, 4, 1),
    weights: 12 * 8 + 8 + 16 + 8 * 4 + 4,
  },
  { net: conv, values: { channels: 3 }, sample: picture(8, 8, 1), weights: 16 * 3 + 3 + 4 * 4 * 3 * 4 + 4 },
  { net: conv, values: { channels: 2, levels: 2, normalisation: 'layer' }, sample: picture(7, 10, 3), weights: undefined },
];

describe.each(members)('$net.id net $values', ({ net, values, sample, weights }) => {
  const pair = net.make(values);
  // Finite differences need a net without kinks; what differs is one kernel, which the laws of kernels cover.
  const smooth = net.make({ ...values, activation: 'tanh' });
  const size = netShapeSize(sample);

  it('maps samples to numbers and back, with the weights that the arithmetic says', () => {
    const down = pair.down('d', sample, 4);
    const up = pair.up('u', 4, sample);
    expect(down.apply(tensorsOf(down), normal(5, size)).shape).toEqual([5, 4]);
    expect(up.apply(tensorsOf(up), normal(5, 4)).shape).toEqual([5, size]);
    const count = Object.values(down.weights).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    if (weights !== undefined) expect(count).toBe(weights);
  });

  it('has the gradient of finite differences in every weight and in its input', () => {
    for (const [made, inputs] of [
      [smooth.down('d', sample, 4), size],
      [smooth.up('u', 4, sample), 4],
    ] as const) {
      const tensors = tensorsOf(made);
      const names = Object.keys(tensors);
      const probe = normal(3, made.apply(tensors, normal(1, inputs)).shape[1]);
      const f = (x: tf.Tensor, ...point: tf.Tensor[]): tf.Scalar => {
        const using = Object.fromEntries(names.map((name, i) => [name, point[i] as tf.Tensor]));
        return tf.sum(tf.mul(made.apply(using, x as tf.Tensor2D), probe));
      };
      expect(slopeError(f, [normal(3, inputs), ...names.map((name) => tensors[name] as tf.Tensor)], 3)).toBeLessThan(5e-3);
    }
  });

  it('starts from streams of the weights’ own names', () => {
    const one = startWeights(pair.down('d', sample, 4).weights, Rng.fromSeed(7));
    const more = startWeights({ ...pair.up('u', 4, sample).weights, ...pair.down('d', sample, 4).weights }, Rng.fromSeed(7));
    for (const [name, start] of Object.entries(one)) expect(more[name]).toEqual(start);
  });

  it('does not leak tensors', () => {
    const down = pair.down('d', sample, 4);
    const tensors = tensorsOf(down);
    const before = tf.memory().numTensors;
    tf.tidy(() => void down.apply(tensors, normal(2, size)));
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the dense net', () => {
  it('is the affine maps and activations that it says', () => {
    const net = dense.make({ width: 3, depth: 1, activation: 'tanh' }).down('d', vector(2), 1);
    const tensors = tensorsOf(net);
    const at = (name: string, ...index: [number] | [number, number]): number =>
      (tensors[name] as tf.Tensor).arraySync() instanceof Array ? get((tensors[name] as tf.Tensor).arraySync(), index) : NaN;
    const get = (value: unknown, index: readonly number[]): number =>
      index.length === 0 ? (value as number) : get((value as unknown[])[index[0] ?? 0], index.slice(1));
    const x = [0.7, -1.1];
    let y = at('d.out.bias', 0);
    for (let unit = 0; unit < 3; unit++) {
      const sum = at('d.0.bias', unit) + x[0]! * at('d.0.kernel', 0, unit) + x[1]! * at('d.0.kernel', 1, unit);
      y += Math.tanh(sum) * at('d.out.kernel', unit, 0);
    }
    expect(scalar(net.apply(tensors, tf.tensor2d([x])))).toBeCloseTo(y, 5);
  });

  it.each(activationNames)('keeps the size of signals through six layers of %s when it starts as He says', (activation) => {
    const net = dense.make({ width: 256, depth: 6, activation, initialisation: 'he' }).down('d', vector(64), 64);
    const y = net.apply(tensorsOf(net), normal(64, 64));
    const size = Math.sqrt(scalar(tf.mean(tf.square(y))));
    expect(size).toBeGreaterThan(0.3);
    expect(size).toBeLessThan(3);
  });

  it('starts evenly with standard deviation 1 / sqrt(3 n), or as He says with gain / sqrt(n)', () => {
    const sd = (values: Float32Array | undefined): number =>
      Math.sqrt((values ?? new Float32Array()).reduce((sum, w) => sum + w * w, 0) / (values?.length ?? 1));
    const even = startWeights(dense.make({}).down('d', vector(100), 2).weights, Rng.fromSeed(1));
    expect(sd(even['d.0.kernel']) * Math.sqrt(300)).toBeCloseTo(1, 1);
    const he = startWeights(dense.make({ initialisation: 'he' }).down('d', vector(100), 2).weights, Rng.fromSeed(1));
    expect(sd(he['d.1.kernel']) * Math.sqrt(400 / 2)).toBeCloseTo(1, 1);
    expect(he['d.0.bias']?.every((value) => value === 0)).toBe(true);
  });
});

describe('the convolutional net', () => {
  /** Convolution by its definition, channels last, stride 2, as many zeros at the rim as an output of ceil(n / 2) needs. */
  function convolve(x: number[][][], kernel: number[][][][]): number[][][] {
    const [height, width] = [x.length, x[0]?.length ?? 0];
    const [outHeight, outWidth] = [Math.ceil(height / 2), Math.ceil(width / 2)];
    const top = Math.floor(Math.max(0, (outHeight - 1) * 2 + 4 - height) / 2);
    const left = Math.floor(Math.max(0, (outWidth - 1) * 2 + 4 - width) / 2);
    const outputs = kernel[0]?.[0]?.[0]?.length ?? 0;
    return Array.from({ length: outHeight }, (_, i) =>
      Array.from({ length: outWidth }, (__, j) =>
        Array.from({ length: outputs }, (___, o) => {
          let sum = 0;
          for (let a = 0; a < 4; a++)
            for (let b = 0; b < 4; b++)
              (x[2 * i + a - top]?.[2 * j + b - left] ?? []).forEach(
                (value, c) => (sum += value * (kernel[a]?.[b]?.[c]?.[o] ?? 0)),
              );
          return sum;
        }),
      ),
    );
  }

  it.each([
    [8, 8],
    [7, 5],
    [10, 9],
  ])('is a strided convolution of %i × %i pictures, and its way up is the transpose of that', (height, width) => {
    const sample = picture(height, width, 2);
    const pair = conv.make({ channels: 3, levels: 1, activation: 'linear' });
    const down = pair.down('d', sample, 1);
    const tensors = tensorsOf(down);
    const x = normal(1, height * width * 2);
    const kernel = (tensors['d.0.kernel'] as tf.Tensor4D).arraySync();
    const levels = tf.tensor3d(convolve(tf.reshape<tf.Rank.R3>(x, [height, width, 2]).arraySync(), kernel));
    const out = tensors['d.out.kernel'] as tf.Tensor2D;
    const expected = tf.add(tf.matMul(tf.reshape(levels, [1, -1]), out), tensors['d.out.bias'] as tf.Tensor);
    expect(scalar(down.apply(tensors, x))).toBeCloseTo(scalar(expected), 4);

    // <conv(x), y> = <x, up(y)> for the same kernel, without biases.
    const up = pair.up('u', 1, sample);
    const flat = levels.size;
    const ups: Record<string, tf.Tensor> = {
      'u.in.kernel': tf.tensor2d(rng.fillNormal(new Float32Array(flat)), [1, flat]),
      'u.in.bias': tf.zeros([flat]),
      'u.0.kernel': tensors['d.0.kernel'] as tf.Tensor,
      'u.0.bias': tf.zeros([2]),
    };
    const back = up.apply(ups, tf.tensor2d([[1]]));
    expect(scalar(tf.sum(tf.mul(back, x)))).toBeCloseTo(
      scalar(tf.sum(tf.mul(tf.reshape(levels, [-1]), tf.reshape(ups['u.in.kernel'] as tf.Tensor, [-1])))),
      3,
    );
  });

  it.each([
    [28, 28, 1, 3],
    [32, 32, 3, 3],
    [64, 64, 3, 4],
    [17, 40, 1, 3],
    [5, 5, 3, 1],
    [1, 9, 1, 1],
  ])('takes pictures of %i × %i × %i', (height, width, channels, levels) => {
    if (Math.min(height, width) < 2) {
      expect(() => conv.make({}).down('d', picture(height, width, channels), 2)).toThrow('too many');
      return;
    }
    const pair = conv.make({ channels: 1 });
    const up = pair.up('u', 2, picture(height, width, channels));
    expect(up.apply(tensorsOf(up), normal(2, 2)).shape).toEqual([2, height * width * channels]);
    expect(Object.keys(up.weights).filter((name) => /^u\.\d\.kernel$/.test(name))).toHaveLength(levels);
  });

  it('of the benchmark has 32, 64 and 128 channels down to 4 × 4', () => {
    const { weights } = conv.make({}).down('d', picture(32, 32, 1), 64);
    expect(Object.values(weights).map(({ shape }) => shape.join())).toEqual([
      '4,4,1,32',
      '32',
      '4,4,32,64',
      '64',
      '4,4,64,128',
      '128',
      '2048,64',
      '64',
    ]);
  });

  it('refuses vectors', () => {
    expect(() => conv.make({}).down('d', vector(4), 2)).toThrow('needs pictures, got vectors of 4');
  });
});

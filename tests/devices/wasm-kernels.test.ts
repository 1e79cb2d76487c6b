// Every kernel that wasm.ts adds or replaces, against tfjs's CPU backend and, for the max pool where all is negative, central differences.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { openWasmDevice } from '../../src/node/devices/wasm.ts';
import { adamDefaults, adamUpdate, composedAdamUpdate } from '../../src/tracing/adam-update.ts';
import { sizeOf } from '../../src/tracing/program.ts';

type F = (...xs: tf.Tensor[]) => tf.Tensor;

async function on<Result>(backend: string, task: () => Result): Promise<Result> {
  await tf.setBackend(backend);
  return tf.tidy(task as () => never);
}

/** Values of f and of its gradients in every operand, under a random cotangent of f's shape. */
function valueAndGradients(f: F, shapes: number[][], seed: number, offset: number): number[][] {
  const rng = Rng.fromSeed(seed);
  const draw = (shape: number[]) => tf.tensor(rng.fillNormal(new Float32Array(sizeOf(shape))), shape).add(offset);
  const xs = shapes.map(draw);
  const y = f(...xs);
  const dy = draw(y.shape);
  return [y, ...tf.grads(f)(xs, dy)].map((t) => Array.from(t.dataSync()));
}

async function agrees(f: F, shapes: number[][], seed = 1, offset = 0): Promise<void> {
  const expected = await on('cpu', () => valueAndGradients(f, shapes, seed, offset));
  await on('wasm', () => valueAndGradients(f, shapes, seed, offset)); // allocates whatever the backend keeps for itself
  await tf.setBackend('wasm');
  const buffers = tf.engine().backend.numDataIds();
  const actual = await on('wasm', () => valueAndGradients(f, shapes, seed, offset));
  expect(tf.engine().backend.numDataIds(), 'buffers left on the heap').toBe(buffers);
  expect(actual.length).toBe(expected.length);
  expected.forEach((values, i) => {
    const scale = Math.max(1e-3, ...values.map(Math.abs));
    const worst = Math.max(0, ...values.map((value, j) => Math.abs(value - (actual[i]?.[j] ?? NaN)) / scale));
    expect(values.length).toBe(actual[i]?.length);
    expect(worst, `operand ${i}`).toBeLessThan(1e-4);
  });
}

beforeAll(async () => {
  await openWasmDevice();
});

describe('matrix product', () => {
  for (const [transposeA, transposeB] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    it(`with transposes ${transposeA}, ${transposeB}`, async () => {
      const f: F = (a, b) => tf.matMul(a, b, transposeA, transposeB);
      const shape = (rows: number, cols: number, turned: boolean) => (turned ? [cols, rows] : [rows, cols]);
      await agrees(f, [shape(5, 37, transposeA), shape(37, 41, transposeB)]);
      await agrees(f, [shape(1, 1, transposeA), shape(1, 3, transposeB)]);
      await agrees(f, [
        [3, ...shape(4, 2, transposeA)],
        [3, ...shape(2, 7, transposeB)],
      ]);
      await agrees(
        (a, b) => tf.fused.matMul({ a: a, b: b, transposeA, transposeB }),
        [shape(5, 6, transposeA), shape(6, 4, transposeB)],
      );
    });
  }
});

describe('convolution', () => {
  const cases: [number[], number[], number, 'same' | 'valid' | number][] = [
    [[2, 8, 8, 3], [3, 3, 3, 5], 1, 'same'],
    [[3, 9, 7, 2], [4, 4, 2, 3], 2, 'same'],
    [[1, 8, 8, 1], [5, 3, 1, 2], 3, 'valid'],
    [[2, 7, 7, 4], [1, 1, 4, 6], 2, 'valid'],
    [[2, 6, 6, 2], [3, 3, 2, 2], 1, 2],
    [[2, 8, 8, 2], [3, 3, 2, 2], 2, 1],
  ];
  for (const [x, filter, stride, pad] of cases) {
    it(`[${x.join()}] with [${filter.join()}], stride ${stride}, padding ${pad}`, async () => {
      await agrees((a, b) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad), [x, filter]);
    });
  }

  it('transposed', async () => {
    const f: F = (x, filter) => tf.conv2dTranspose(x as tf.Tensor4D, filter as tf.Tensor4D, [2, 8, 8, 3], 2, 'same');
    await agrees(f, [
      [2, 4, 4, 5],
      [4, 4, 3, 5],
    ]);
  });

  it('gradient of a gradient', async () => {
    const inner = (x: tf.Tensor, w: tf.Tensor) =>
      tf
        .conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same')
        .softplus()
        .sum();
    const penalty: F = (x, w) =>
      tf
        .grad((at: tf.Tensor) => inner(at, w))(x)
        .square()
        .sum();
    await agrees(penalty, [
      [2, 6, 6, 2],
      [4, 4, 2, 3],
    ]);
  });
});

describe('depthwise convolution', () => {
  const cases: [number[], number[], number, 'same' | 'valid'][] = [
    [[2, 8, 8, 3], [3, 3, 3, 1], 1, 'same'],
    [[2, 9, 7, 2], [3, 3, 2, 2], 2, 'same'],
    [[1, 8, 8, 1], [5, 3, 1, 3], 3, 'valid'],
  ];
  for (const [x, filter, stride, pad] of cases) {
    it(`[${x.join()}] with [${filter.join()}], stride ${stride}, padding ${pad}`, async () => {
      await agrees((a, b) => tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad), [x, filter]);
    });
  }
});

describe('max pool', () => {
  const cases: [number[], number, number, 'same' | 'valid'][] = [
    [[2, 8, 8, 3], 2, 2, 'valid'],
    [[2, 7, 9, 2], 3, 2, 'same'],
    [[1, 5, 5, 1], 3, 1, 'same'],
  ];
  for (const [x, size, stride, pad] of cases) {
    for (const offset of [0, -20]) {
      it(`[${x.join()}] in ${size}, stride ${stride}, padding ${pad}, mean ${offset}`, async () => {
        await agrees((a) => tf.maxPool(a as tf.Tensor4D, size, stride, pad), [x], 3, offset);
      });
    }
  }

  it('has the slope of its central differences where nothing is positive', async () => {
    const x = Float32Array.of(-4, -3, -2.5, -1, -7, -6, -5, -8, -1.5, -9, -0.5, -10, -11, -12, -13, -14);
    const total = (values: Float32Array) =>
      tf.sum(tf.mul(tf.maxPool(tf.tensor4d(values, [1, 4, 4, 1]), 2, 2, 'valid'), tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1])));
    const slopes = await on('wasm', () => {
      const gradient = tf.grad((at: tf.Tensor) =>
        tf.sum(tf.mul(tf.maxPool(at as tf.Tensor4D, 2, 2, 'valid'), tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]))),
      );
      return Array.from(gradient(tf.tensor4d(x, [1, 4, 4, 1])).dataSync());
    });
    const step = 0.125;
    for (let i = 0; i < x.length; i++) {
      const moved = (by: number) => x.map((value, j) => (j === i ? value + by : value));
      const slope = await on('wasm', () => (total(moved(step)).dataSync()[0]! - total(moved(-step)).dataSync()[0]!) / (2 * step));
      expect(slopes[i]).toBeCloseTo(slope, 4);
    }
  });
});

describe('gather', () => {
  it('sends gradients of repeated rows to one sum', async () => {
    const indices = [3, 0, 3, 3, 1];
    await agrees((x) => tf.gather(x, tf.tensor1d(indices, 'int32')), [[5, 4]]);
    await agrees((x) => tf.gather(x, tf.tensor1d(indices, 'int32'), 1), [[2, 5, 3]]);
  });

  it('drops ids that are out of range', async () => {
    const sums = (backend: string) =>
      on(backend, () => {
        const ids = tf.tensor1d([0, -1, 2, 0], 'int32');
        return Array.from(tf.unsortedSegmentSum(tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]), ids, 2).dataSync());
      });
    expect(await sums('wasm')).toEqual([8, 10, 0, 0]);
    expect(await sums('cpu')).toEqual([8, 10, 0, 0]);
  });
});

describe('one step of Adam', () => {
  for (const scaled of [false, true]) {
    it(`in one pass is the composed one, ${scaled ? 'with' : 'without'} a factor on the gradient`, async () => {
      const step = (update: typeof adamUpdate | typeof composedAdamUpdate) =>
        on('wasm', () => {
          const rng = Rng.fromSeed(4);
          const draw = () => tf.tensor2d(rng.fillNormal(new Float32Array(35)), [5, 7]);
          const slots = { parameter: draw(), gradient: draw(), m: draw(), v: tf.square(draw()) };
          const scalars = { rate: tf.scalar(0.1), correction1: tf.scalar(0.19), correction2: tf.scalar(0.002) };
          const given = scaled ? { ...scalars, scale: tf.scalar(0.5) } : scalars;
          const { parameter, m, v } = update(slots, given, { ...adamDefaults, decay: 0.01 });
          return [parameter, m, v].map((t) => Array.from(t.dataSync()));
        });
      const expected = await step(composedAdamUpdate);
      (await step(adamUpdate)).forEach((values, i) =>
        values.forEach((value, j) => expect(value).toBeCloseTo(expected[i]?.[j] ?? NaN, 5)),
      );
    });
  }
});

describe('everything else a step is made of', () => {
  const rows: Record<string, [F, number[][], number?]> = {
    'dense and tanh': [(x, w, b) => tf.tanh(tf.add(tf.matMul(x, w), b)), [[4, 6], [6, 3], [3]]],
    softplus: [(x) => tf.softplus(x), [[4, 6]]],
    sigmoid: [(x) => tf.sigmoid(x), [[4, 6]]],
    'relu, elu, leaky relu, selu': [(x) => tf.add(tf.add(tf.relu(x), tf.elu(x)), tf.add(tf.leakyRelu(x), tf.selu(x))), [[7, 3]]],
    'softmax and its logarithm': [(x) => tf.add(tf.softmax(x), tf.logSoftmax(x)), [[5, 7]]],
    'means over one axis': [(x) => tf.mean(x, 1), [[3, 4, 5]]],
    'largest and least': [(x) => tf.sub(tf.max(x, 0), tf.min(x, 0)), [[5, 6]]],
    broadcasting: [
      (a, b) => tf.div(tf.mul(a, b), tf.add(tf.square(b), 1)),
      [
        [3, 1, 4],
        [5, 1],
      ],
    ],
    'powers and roots': [(a) => tf.pow(tf.sqrt(tf.add(tf.square(a), 1)), 3), [[6]]],
    'log-sum-exp': [(x) => tf.logSumExp(x, 1), [[4, 5]]],
    'running sum': [(x) => tf.cumsum(x, 1), [[3, 5]]],
    clipped: [(x) => tf.clipByValue(x, -0.5, 0.5), [[20]]],
    'concatenated and sliced': [
      (a, b) => tf.slice(tf.concat([a, b], 1), [0, 1], [2, 3]),
      [
        [2, 3],
        [2, 2],
      ],
    ],
    'padded and reversed': [
      (x) =>
        tf.reverse(
          tf.pad(x, [
            [1, 0],
            [0, 2],
          ]),
          0,
        ),
      [[2, 3]],
    ],
    tiled: [(x) => tf.tile(x, [2, 3]), [[2, 3]]],
    split: [
      (x) => {
        const [a, b] = tf.split(x, 2, 1);
        return tf.mul(a!, b!);
      },
      [[3, 4]],
    ],
    'average pool': [(x) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'same'), [[2, 5, 5, 2]]],
    'bilinear resizing': [(x) => tf.image.resizeBilinear(x as tf.Tensor4D, [6, 6]), [[2, 3, 3, 2]]],
    'batch normalisation': [
      (x, scale, offset) => {
        const { mean, variance } = tf.moments(x, [0, 1, 2]);
        return tf.batchNorm(x, mean, variance, offset, scale, 1e-3);
      },
      [[3, 4, 4, 2], [2], [2]],
    ],
    'chosen by a condition': [(a, b) => tf.where(tf.tensor1d([1, 0, 1, 1], 'bool'), a, b), [[4], [4]]],
  };
  for (const [name, [f, shapes, offset]] of Object.entries(rows)) {
    it(name, () => agrees(f, shapes, 5, offset ?? 0));
  }
});

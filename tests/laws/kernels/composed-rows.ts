// Rows of the law for what models are made of and tfjs composes of several kernels: each must trace, compile and differentiate whole.
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import type { Row } from './law.ts';
import { distributions } from './reduction-rows.ts';
import { shape, unaryCases, withAxes, withAxis } from './shapes.ts';

const side = fc.integer({ min: 1, max: 4 });
const smooth: Row['gradient'] = 'differences';
/** The slope of Σ f(x), as one more function of x: its own gradient is f's second derivative. */
const slopeOf =
  (f: (x: tf.Tensor) => tf.Tensor) =>
  (x: tf.Tensor): tf.Tensor =>
    tf.grad((inner: tf.Tensor): tf.Scalar => tf.sum(f(inner)))(x);

export const composedRows: readonly Row[] = [
  {
    name: 'moments',
    kernels: [],
    gradient: smooth,
    cases: withAxes().map(({ shape: sides, axes }) => ({
      operands: { x: { shape: sides } },
      note: axes,
      apply: ({ x }) => {
        const { mean, variance } = tf.moments(x!, axes, true);
        return tf.div(tf.sub(x!, mean), tf.sqrt(tf.add(variance, 0.1)));
      },
    })),
  },
  {
    name: 'logSumExp',
    kernels: [],
    gradient: smooth,
    cases: withAxes().map(({ shape: sides, axes }) => ({
      operands: { x: { shape: sides, low: -9, high: 9 } },
      note: axes,
      apply: ({ x }) => tf.logSumExp(x!, axes),
    })),
  },
  {
    name: 'logSoftmax',
    kernels: [],
    gradient: smooth,
    cases: distributions.map((sides) => ({ operands: { x: { shape: sides } }, apply: ({ x }) => tf.logSoftmax(x!) })),
  },
  {
    name: 'a product of matrices with one for each row of a batch', // as graphs have it: adjacency times features
    kernels: [],
    gradient: 'linear',
    cases: fc.tuple(side, side, side, side).map(([batch, n, m, k]) => ({
      operands: { a: { shape: [batch, n, n] }, h: { shape: [batch, n, m] }, w: { shape: [m, k] } },
      apply: ({ a, h, w }) => tf.matMul(tf.matMul(a!, h!), w!),
    })),
  },
  {
    name: 'attention',
    kernels: [],
    gradient: smooth,
    runs: 6,
    cases: fc.tuple(side, side, side).map(([batch, n, width]) => ({
      operands: { q: { shape: [batch, n, width] }, k: { shape: [batch, n, width] }, v: { shape: [batch, n, width] } },
      apply: ({ q, k, v }) => tf.matMul(tf.softmax(tf.matMul(q!, k!, false, true)), v!),
    })),
  },
  {
    name: 'bandPart',
    kernels: [],
    gradient: 'linear',
    cases: fc.tuple(fc.integer({ min: 1, max: 2 }), side, side, fc.integer({ min: -1, max: 1 })).map(([batch, m, n, band]) => ({
      operands: { x: { shape: [batch, m, n] } },
      note: band,
      apply: ({ x }) => tf.mul(tf.linalg.bandPart(x!, band, 0), tf.linalg.bandPart(tf.ones([m, n]), -1, band)),
    })),
  },
  {
    name: 'gramSchmidt',
    kernels: [],
    gradient: smooth,
    runs: 4,
    cases: side.map((n) => ({
      operands: { x: { shape: [n, n], low: -0.2, high: 0.2 } },
      apply: ({ x }) => tf.linalg.gramSchmidt(tf.add<tf.Tensor2D>(x!, tf.eye(n))) as tf.Tensor2D,
    })),
  },
  {
    name: 'where a condition computed from the operand chooses',
    kernels: [],
    gradient: smooth,
    cases: shape().map((sides) => ({
      operands: { x: { shape: sides, lattice: [0.25, 0.125] } },
      apply: ({ x }) =>
        tf.where(
          tf.logicalOr(tf.logicalAnd(tf.greater(x!, 0), tf.less(x!, 1)), tf.logicalNot(tf.greaterEqual(x!, -1))),
          tf.square(x!),
          tf.mul(x!, tf.sign(x!)),
        ),
    })),
  },
  {
    name: 'adding rows up by their labels, and looking them up again',
    kernels: ['ScatterNd', 'GatherV2', 'UnsortedSegmentSum'],
    gradient: 'linear',
    cases: withAxis().map(({ shape: sides }) => ({
      operands: { x: { shape: sides }, ids: { shape: [sides[0]!], dtype: 'int32', low: 0, high: 2 } },
      apply: ({ x, ids }) => tf.gather(tf.unsortedSegmentSum(x!, ids as tf.Tensor1D, 3), ids as tf.Tensor1D),
    })),
  },
  ...(
    [
      ['softplus', tf.softplus],
      ['erf', tf.erf],
      ['sigmoid', tf.sigmoid],
      ['tanh', tf.tanh],
      ['exp', tf.exp],
      ['sin', tf.sin],
      ['square of leakyRelu', (x: tf.Tensor) => tf.square(tf.leakyRelu(x, 0.2))],
      ['square of clipByValue', (x: tf.Tensor) => tf.square(tf.clipByValue(x, -0.75, 1))],
      ['square of a maximum', (x: tf.Tensor) => tf.square(tf.maximum(x, 0.25))],
    ] as const
  ).map(([name, f]): Row => ({
    name: `second derivative of ${name}`,
    kernels: [],
    gradient: smooth,
    cases: unaryCases(slopeOf(f), { lattice: [0.25, 0.125] }),
  })),
  ...(
    [
      ['cumprod', (x: tf.Tensor) => tf.cumprod(x, x.rank - 1)],
      ['prod', (x: tf.Tensor) => tf.prod(x, x.rank - 1)],
      ['logSumExp', (x: tf.Tensor) => tf.logSumExp(x, x.rank - 1)],
      ['norm', (x: tf.Tensor) => tf.norm(tf.add(x, 3), 'euclidean', x.rank - 1)],
      ['softmax', (x: tf.Tensor) => tf.square(tf.softmax(x))],
      ['gather', (x: tf.Tensor) => tf.square(tf.gather(x, tf.tensor1d([0, 0, 1], 'int32'), x.rank - 1))],
      [
        'mirrorPad',
        (x: tf.Tensor) =>
          tf.square(
            tf.mirrorPad(
              x,
              x.shape.map((): [number, number] => [1, 1]),
              'symmetric',
            ),
          ),
      ],
      [
        'stridedSlice',
        (x: tf.Tensor) =>
          tf.square(
            tf.stridedSlice(
              x,
              x.shape.map(() => 0),
              x.shape,
              x.shape.map(() => 2),
            ),
          ),
      ],
      ['topk', (x: tf.Tensor) => tf.square(tf.topk(tf.add(x, [0, 4]), 1).values)],
      ['einsum', (x: tf.Tensor) => tf.square(tf.einsum('ij,ij->i', tf.reshape(x, [-1, 2]), tf.reshape(x, [-1, 2])))],
    ] as const
  ).map(([name, f]): Row => ({
    name: `second derivative of ${name}`,
    kernels: [],
    gradient: smooth,
    runs: 5,
    cases: shape(1, 2, 1).map((sides) => ({
      operands: { x: { shape: [...sides, 2], low: -1, high: 1 } },
      apply: ({ x }) => slopeOf(f)(x!),
    })),
  })),
];

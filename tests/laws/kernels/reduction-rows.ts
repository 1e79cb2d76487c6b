// Rows of the law for kernels that reduce over axes or run along one. Integers and truth values have no gradient.
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import type { Operand, Row } from './law.ts';
import { shape, withAxes, withAxis } from './shapes.ts';

const reduction = (
  kernel: string,
  apply: (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor,
  range: Omit<Operand, 'shape'> = {},
  gradient: Row['gradient'] = range.dtype ? 'none' : 'cpu',
  minSide = 1,
): Row => ({
  name: `${kernel}${range.dtype ? ` of ${range.dtype}` : ''}${minSide === 0 ? ', some of nothing' : ''}`,
  kernels: [kernel],
  runs: 16,
  gradient,
  cases: fc.tuple(withAxes(minSide), fc.boolean()).map(([{ shape: sides, axes }, keepDims]) => ({
    operands: { x: { shape: sides, ...range } },
    note: { axes, keepDims },
    apply: ({ x }) => apply(x!, axes, keepDims),
  })),
});

const running = (
  kernel: string,
  apply: (x: tf.Tensor, axis: number, exclusive: boolean, reverse: boolean) => tf.Tensor,
  gradient: Row['gradient'],
): Row => ({
  name: kernel,
  kernels: [kernel],
  gradient,
  runs: 16,
  cases: fc.tuple(withAxis(0), fc.boolean(), fc.boolean()).map(([{ shape: sides, axis }, exclusive, reverse]) => ({
    operands: { x: { shape: sides } },
    note: { axis, exclusive, reverse },
    apply: ({ x }) => apply(x!, axis, exclusive, reverse),
  })),
});

const truth = { dtype: 'bool', low: 0, high: 2 } as const;
const whole = { dtype: 'int32', low: -4, high: 5 } as const;
/** Numbers that are never equal, so that a largest one is not two. */
const extreme = { low: -3, high: 3 } as const;

/** A distribution over nothing has no value. */
export const distributions = shape(1, 4).filter((sides) => sides.at(-1)! > 0);

export const reductionRows: readonly Row[] = [
  reduction('Sum', (x, axes, keep) => tf.sum(x, axes, keep)),
  reduction('Sum', (x, axes, keep) => tf.sum(x, axes, keep), {}, 'cpu', 0),
  reduction('Sum', (x, axes, keep) => tf.sum(x, axes, keep), whole),
  reduction('Sum', (x, axes, keep) => tf.sum(x, axes, keep), truth),
  reduction('Mean', (x, axes, keep) => tf.mean(x, axes, keep)),
  reduction('Max', (x, axes, keep) => tf.max(x, axes, keep), extreme),
  reduction('Max', (x, axes, keep) => tf.max(x, axes, keep), whole),
  reduction('Min', (x, axes, keep) => tf.min(x, axes, keep), extreme),
  reduction('Prod', (x, axes, keep) => tf.prod(x, axes, keep), {}, 'linear'),
  reduction('Prod', (x, axes, keep) => tf.prod(x, axes, keep), {}, 'none', 0),
  reduction('Prod', (x, axes, keep) => tf.prod(x, axes, keep), { dtype: 'int32', low: -2, high: 3 }),
  reduction('All', (x, axes, keep) => tf.all(x, axes, keep), truth),
  reduction('Any', (x, axes, keep) => tf.any(x, axes, keep), truth, 'none', 0),
  {
    // Over the empty axis itself tfjs's backends do not agree on a value.
    name: 'All of empty batches',
    kernels: ['All'],
    gradient: 'none',
    runs: 4,
    cases: withAxis().map(({ shape: sides, axis }) => ({
      operands: { x: { shape: [0, ...sides], ...truth } },
      apply: ({ x }) => tf.all(x!, axis + 1),
    })),
  },
  {
    name: 'Mean, Max and Min of empty batches',
    kernels: ['Mean', 'Max', 'Min'],
    runs: 4,
    cases: withAxis().map(({ shape: sides, axis }) => ({
      operands: { x: { shape: [0, ...sides] } },
      note: axis,
      apply: ({ x }) => tf.addN([tf.mean(x!, axis + 1), tf.max(x!, axis + 1), tf.min(x!, axis + 1)]),
    })),
  },
  {
    name: 'reductions of a scalar',
    kernels: ['Sum', 'Mean', 'Max', 'Min', 'Prod'],
    runs: 2,
    gradient: 'linear',
    cases: fc.constant({
      operands: { x: { shape: [] } },
      apply: ({ x }: Readonly<Record<string, tf.Tensor>>) =>
        tf.addN([tf.sum(x!), tf.mean(x!), tf.max(x!), tf.min(x!), tf.prod(x!)]),
    }),
  },
  ...(['ArgMax', 'ArgMin'] as const).map((kernel): Row => ({
    name: kernel,
    kernels: [kernel],
    gradient: 'none', // places are integers
    cases: withAxis().map(({ shape: sides, axis }) => ({
      operands: { x: { shape: sides } },
      note: axis,
      apply: ({ x }) => (kernel === 'ArgMax' ? tf.argMax : tf.argMin)(x!, axis),
    })),
  })),
  running('Cumsum', (x, axis, exclusive, reverse) => tf.cumsum(x, axis, exclusive, reverse), 'linear'),
  running('Cumprod', (x, axis, exclusive, reverse) => tf.cumprod(x, axis, exclusive, reverse), 'linear'),
  {
    name: 'Cumprod of many, some of them zero',
    kernels: ['Cumprod'],
    gradient: 'linear',
    runs: 4,
    cases: fc.tuple(fc.integer({ min: 5, max: 19 }), fc.boolean(), fc.boolean()).map(([side, exclusive, reverse]) => ({
      operands: { x: { shape: [2, side], low: -1.2, high: 1.2, lattice: [0.4, 0] } },
      note: { exclusive, reverse },
      apply: ({ x }) => tf.cumprod(x!, 1, exclusive, reverse),
    })),
  },
  {
    name: 'Softmax',
    kernels: ['Softmax'],
    gradient: 'differences',
    cases: distributions.map((sides) => ({ operands: { x: { shape: sides } }, apply: ({ x }) => tf.softmax(x!) })),
  },
  {
    name: 'TopK',
    kernels: ['TopK'],
    gradient: 'linear',
    runs: 12,
    cases: fc.tuple(shape(1, 3), fc.integer({ min: 1, max: 3 })).map(([sides, k]) => {
      const side = sides.at(-1)! + 3;
      // Numbers so far apart, out of order, that no quotient sees two change places.
      const apart = Float32Array.from({ length: side }, (_, i) => 10 * ((11 * i) % side));
      return {
        operands: { x: { shape: [...sides.slice(0, -1), side] } },
        note: k,
        apply: ({ x }) => {
          const { values, indices } = tf.topk(tf.add(x!, apart), k);
          return tf.mul(values, tf.add(tf.cast(indices, 'float32'), 1));
        },
      };
    }),
  },
  {
    name: 'TopK of int32, equal numbers among them',
    kernels: ['TopK'],
    gradient: 'none',
    cases: shape(1, 3, 1).map((sides) => ({
      operands: { x: { shape: sides, dtype: 'int32', low: 0, high: 3 } },
      apply: ({ x }) => {
        const { values, indices } = tf.topk(x!, sides.at(-1));
        return tf.add(tf.mul(values, tf.scalar(100, 'int32')), indices);
      },
    })),
  },
];

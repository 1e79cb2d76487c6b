// Random shapes for the law of kernels: rank 0 and sides of zero and one included.
import fc from 'fast-check';
import type * as tf from '@tensorflow/tfjs';
import type { Case, Operand } from './law.ts';

export const shape = (minRank = 0, maxRank = 4, minSide = 0): fc.Arbitrary<number[]> =>
  fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: Math.max(1, minSide), max: 4 }) },
      { weight: minSide > 0 ? 0 : 1, arbitrary: fc.constant(0) },
    ),
    {
      minLength: minRank,
      maxLength: maxRank,
    },
  );

/** A shape and another that broadcasts with it, in either order. tfjs's own gradients cannot sum a side of one over none. */
export const broadcastPair = (minSide = 0): fc.Arbitrary<[number[], number[]]> =>
  shape(0, 4, minSide).chain((full) =>
    fc
      .tuple(
        fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }),
        fc.integer({ min: 0, max: full.length }),
        fc.boolean(),
      )
      .map(([ones, dropped, swapped]): [number[], number[]] => {
        const other = full.map((side, axis) => (ones[axis] && side > 0 ? 1 : side)).slice(dropped);
        return swapped ? [other, full] : [full, other];
      }),
  );

/** A shape of at least one axis and some of its axes. */
export const withAxes = (minSide = 1): fc.Arbitrary<{ shape: number[]; axes: number[] }> =>
  shape(1, 4, minSide).chain((sides) => fc.subarray([...sides.keys()], { minLength: 1 }).map((axes) => ({ shape: sides, axes })));

export const withAxis = (minSide = 1): fc.Arbitrary<{ shape: number[]; axis: number }> =>
  shape(1, 4, minSide).chain((sides) => fc.integer({ min: 0, max: sides.length - 1 }).map((axis) => ({ shape: sides, axis })));

/** Cases of a function of one tensor. */
export const unaryCases = (apply: (x: tf.Tensor) => tf.Tensor, range: Omit<Operand, 'shape'> = {}): fc.Arbitrary<Case> =>
  shape().map((sides) => ({ operands: { x: { shape: sides, ...range } }, apply: ({ x }) => apply(x!) }));

/** Cases of a function of two tensors that broadcast. */
export const binaryCases = (
  apply: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  rangeA: Omit<Operand, 'shape'> = {},
  rangeB: Omit<Operand, 'shape'> = rangeA,
): fc.Arbitrary<Case> =>
  broadcastPair().map(([a, b]) => ({
    operands: { a: { shape: a, ...rangeA }, b: { shape: b, ...rangeB } },
    apply: (t) => apply(t['a']!, t['b']!),
  }));

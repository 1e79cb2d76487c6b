// Rows of the law for looking up by index and adding up by index.
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import type { Row } from './law.ts';
import { shape, withAxis } from './shapes.ts';

export const gatherRows: readonly Row[] = [
  {
    name: 'GatherV2',
    kernels: ['GatherV2'],
    gradient: 'linear',
    runs: 24,
    cases: fc.tuple(withAxis(), shape(0, 2)).map(([{ shape: sides, axis }, ids]) => ({
      operands: { x: { shape: sides }, ids: { shape: ids, dtype: 'int32', low: 0, high: sides[axis]! } },
      note: axis,
      apply: ({ x, ids: indices }) => tf.mul(tf.gather(x!, indices as tf.Tensor1D, axis), 2),
    })),
  },
  {
    name: 'GatherV2 with batches',
    kernels: ['GatherV2'],
    gradient: 'linear',
    runs: 24,
    cases: fc
      .tuple(shape(2, 4, 1), fc.integer({ min: 1, max: 2 }), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))
      .map(([sides, wanted, count, choice]) => {
        const batchDims = Math.min(wanted, sides.length - 1);
        const axis = batchDims + (choice % (sides.length - batchDims));
        return {
          operands: {
            x: { shape: sides },
            ids: { shape: [...sides.slice(0, batchDims), count], dtype: 'int32', low: 0, high: sides[axis]! },
          },
          note: { axis, batchDims },
          apply: ({ x, ids }) => tf.gather(x!, ids as tf.Tensor2D, axis, batchDims),
        };
      }),
  },
  {
    name: 'GatherNd',
    kernels: ['GatherNd'],
    gradient: 'linear',
    runs: 16,
    cases: fc.tuple(shape(1, 3, 2), shape(0, 2), fc.integer({ min: 1, max: 3 })).map(([sides, counts, wanted]) => {
      const depth = Math.min(wanted, sides.length);
      return {
        operands: { x: { shape: sides }, ids: { shape: [...counts, depth], dtype: 'int32', low: 0, high: 2 } },
        apply: ({ x, ids }) => tf.gatherND(x!, ids!),
      };
    }),
  },
  {
    name: 'ScatterNd', // several updates of one place add up
    kernels: ['ScatterNd'],
    gradient: 'linear',
    runs: 16,
    cases: fc.tuple(shape(1, 3, 2), shape(1, 2), fc.integer({ min: 1, max: 3 })).map(([sides, counts, wanted]) => {
      const depth = Math.min(wanted, sides.length);
      return {
        operands: {
          ids: { shape: [...counts, depth], dtype: 'int32', low: 0, high: 2 },
          updates: { shape: [...counts, ...sides.slice(depth)] },
        },
        note: sides,
        apply: ({ ids, updates }) => tf.scatterND(ids!, updates!, sides),
      };
    }),
  },
  {
    name: 'UnsortedSegmentSum', // ids of no segment are left out
    kernels: ['UnsortedSegmentSum'],
    gradient: 'linear',
    cases: shape(1, 3).map((sides) => ({
      operands: { x: { shape: sides }, ids: { shape: [sides[0]!], dtype: 'int32', low: -1, high: 4 } },
      apply: ({ x, ids }) => tf.unsortedSegmentSum(x!, ids as tf.Tensor1D, 3),
    })),
  },
  {
    name: 'OneHot',
    kernels: ['OneHot'],
    gradient: 'none', // its operand is integers
    cases: shape(0, 3).map((sides) => ({
      operands: { ids: { shape: sides, dtype: 'int32', low: -1, high: 5 } },
      apply: ({ ids }) => tf.oneHot(ids!, 4, 0.9, 0.1, 'float32'),
    })),
  },
];

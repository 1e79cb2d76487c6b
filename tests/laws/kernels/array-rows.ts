// Rows of the law for kernels that reduce, move, join, cut and look up.
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { sizeOf } from '../../../src/tracing/program.ts';
import type { Case, Given, Row } from './law.ts';
import { shape, unaryCases, withAxes, withAxis } from './shapes.ts';

const reduction = (
  kernel: string,
  apply: (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor,
  range: { dtype?: 'int32' | 'bool' | 'float32'; low?: number; high?: number } = {},
  minSide = 1,
  gradient: Row['gradient'] = range.dtype ? 'none' : 'cpu',
): Row => ({
  name: `${kernel}${range.dtype ? ` of ${range.dtype}` : ''}${minSide === 0 ? ' of nothing' : ''}`,
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
  cases: fc.tuple(withAxis(), fc.boolean(), fc.boolean()).map(([{ shape: sides, axis }, exclusive, reverse]) => ({
    operands: { x: { shape: sides } },
    note: { axis, exclusive, reverse },
    apply: ({ x }) => apply(x!, axis, exclusive, reverse),
  })),
});

const truth = { dtype: 'bool', low: 0, high: 2 } as const;
const pads = (rank: number, most: number): fc.Arbitrary<[number, number][]> =>
  fc.array(fc.tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 0, max: most })), { minLength: rank, maxLength: rank });

/** tfjs's cpu backend fails on strided slices that hold nothing. */
const answersSomething = ({ operands, note }: Case): boolean => {
  const { cuts, beginMask, endMask, newAxisMask } = note as {
    cuts: number[][];
    beginMask: number;
    endMask: number;
    newAxisMask: number;
  };
  const [begin, end, strides] = [0, 1, 2].map((i) => cuts.map((cut) => cut[i]!)) as [number[], number[], number[]];
  const shapeOfX = [...operands['x']!.shape];
  return (
    sizeOf(tf.slice_util.sliceInfo(shapeOfX, begin, end, strides, beginMask, endMask, 0, newAxisMask, 0).finalShapeSparse) > 0
  );
};
const small = fc.integer({ min: 1, max: 5 });
const matrixProduct = (name: string, sharing: readonly string[], gradient: Row['gradient']): Row => ({
  name,
  kernels: ['BatchMatMul'],
  runs: 24,
  gradient,
  cases: fc
    .tuple(
      fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
      fc.tuple(small, small, small),
      fc.tuple(fc.boolean(), fc.boolean()),
      fc.constantFrom(...sharing),
    )
    .map(([batch, [m, k, n], [transposeA, transposeB], shared]) => {
      const one = batch.map(() => 1);
      return {
        operands: {
          a: { shape: [...(shared === 'left' ? one : batch), ...(transposeA ? [k, m] : [m, k])] },
          b: { shape: [...(shared === 'right' ? one : batch), ...(transposeB ? [n, k] : [k, n])] },
        },
        note: { transposeA, transposeB },
        apply: ({ a, b }) => tf.matMul(a!, b!, transposeA, transposeB),
      };
    }),
});

export const arrayRows: readonly Row[] = [
  reduction('Sum', (x, axes, keep) => tf.sum(x, axes, keep)),
  reduction('Sum', (x, axes, keep) => tf.sum(x, axes, keep), {}, 0),
  reduction('Sum', (x, axes, keep) => tf.sum(x, axes, keep), { dtype: 'int32', low: -4, high: 5 }),
  reduction('Sum', (x, axes, keep) => tf.sum(x, axes, keep), truth),
  reduction('Mean', (x, axes, keep) => tf.mean(x, axes, keep)),
  reduction('Max', (x, axes, keep) => tf.max(x, axes, keep)),
  reduction('Max', (x, axes, keep) => tf.max(x, axes, keep), { dtype: 'int32', low: -4, high: 5 }),
  reduction('Min', (x, axes, keep) => tf.min(x, axes, keep)),
  reduction('Prod', (x, axes, keep) => tf.prod(x, axes, keep), {}, 1, 'none'),
  reduction('Prod', (x, axes, keep) => tf.prod(x, axes, keep), { dtype: 'int32', low: -2, high: 3 }),
  reduction('All', (x, axes, keep) => tf.all(x, axes, keep), truth),
  reduction('Any', (x, axes, keep) => tf.any(x, axes, keep), truth),
  {
    name: 'Prod and its gradient along the last axis',
    kernels: ['Prod'],
    cases: shape(1, 3, 1).map((sides) => ({
      operands: { x: { shape: sides } },
      apply: ({ x }) => tf.prod(x!, sides.length - 1),
    })),
  },
  {
    name: 'reductions of a scalar',
    kernels: ['Sum'],
    runs: 1,
    cases: fc.constant({
      operands: { x: { shape: [] } },
      apply: ({ x }: Readonly<Record<string, tf.Tensor>>) => tf.add(tf.sum(x!), tf.mean(x!)),
    }),
  },
  ...(['ArgMax', 'ArgMin'] as const).map((kernel): Row => ({
    name: kernel,
    kernels: [kernel],
    gradient: 'none',
    cases: withAxis().map(({ shape: sides, axis }) => ({
      operands: { x: { shape: sides } },
      note: axis,
      apply: ({ x }) => (kernel === 'ArgMax' ? tf.argMax : tf.argMin)(x!, axis),
    })),
  })),
  running('Cumsum', (x, axis, exclusive, reverse) => tf.cumsum(x, axis, exclusive, reverse), 'none'),
  {
    name: 'Cumsum and its gradient along the last axis', // along others tfjs forgets to turn the gradient back
    kernels: ['Cumsum'],
    cases: fc.tuple(shape(1, 3, 1), fc.boolean(), fc.boolean()).map(([sides, exclusive, reverse]) => ({
      operands: { x: { shape: sides } },
      note: { exclusive, reverse },
      apply: ({ x }) => tf.cumsum(x!, sides.length - 1, exclusive, reverse),
    })),
  },
  running('Cumprod', (x, axis, exclusive, reverse) => tf.cumprod(x, axis, exclusive, reverse), 'none'),
  {
    name: 'Softmax',
    kernels: ['Softmax'],
    cases: shape(1, 4, 1).map((sides) => ({ operands: { x: { shape: sides } }, apply: ({ x }) => tf.softmax(x!) })),
  },
  {
    name: 'LogSoftmax',
    kernels: ['LogSoftmax'],
    cases: shape(1, 4, 1).map((sides) => ({ operands: { x: { shape: sides } }, apply: ({ x }) => tf.logSoftmax(x!) })),
  },
  {
    name: 'moments',
    kernels: [],
    cases: withAxes().map(({ shape: sides, axes }) => ({
      operands: { x: { shape: sides } },
      note: axes,
      apply: ({ x }) => {
        const { mean, variance } = tf.moments(x!, axes, true);
        return tf.div(tf.sub(x!, mean), tf.sqrt(tf.add(variance, 0.1)));
      },
    })),
  },

  matrixProduct('BatchMatMul', ['same'], 'cpu'),
  matrixProduct('BatchMatMul, one side shared', ['left', 'right'], 'none'), // tfjs's gradient does not sum over the batch
  {
    name: '_FusedMatMul',
    kernels: ['_FusedMatMul'],
    runs: 12,
    cases: fc
      .tuple(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom('linear', 'relu', 'elu', 'relu6', 'sigmoid' as const),
      )
      .map(([m, k, n, activation]) => ({
        operands: { a: { shape: [m, k] }, b: { shape: [k, n] }, bias: { shape: [n] } },
        note: activation,
        // tfjs differentiates fused operators only after relu, relu6, elu and linear; values are compared for all by the forward pass.
        apply: ({ a, b, bias }) =>
          tf.fused.matMul({
            a: a as tf.Tensor2D,
            b: b as tf.Tensor2D,
            bias: bias!,
            activation: activation === 'sigmoid' ? 'linear' : activation,
          }),
      })),
  },
  {
    name: 'Einsum',
    kernels: ['Einsum'],
    gradient: 'none',
    cases: fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
      .map(([i, j, k]) => ({
        operands: { a: { shape: [i, j] }, b: { shape: [j, k] } },
        apply: ({ a, b }) => tf.einsum('ij,jk->ki', a!, b!),
      })),
  },

  {
    name: 'Reshape',
    kernels: ['Reshape'],
    cases: shape().map((sides) => ({
      operands: { x: { shape: sides } },
      apply: ({ x }) => tf.mul(tf.reshape(x!, [...sides].reverse()), 2),
    })),
  },
  {
    name: 'ExpandDims',
    kernels: ['ExpandDims'],
    cases: shape(0, 3).chain((sides) =>
      fc.integer({ min: -sides.length - 1, max: sides.length }).map((axis) => ({
        operands: { x: { shape: sides } },
        note: axis,
        apply: ({ x }) => tf.mul(tf.expandDims(x!, axis), 2),
      })),
    ),
  },
  {
    name: 'squeeze',
    kernels: [],
    cases: shape(0, 4, 1).map((sides) => ({
      operands: { x: { shape: [1, ...sides] } },
      apply: ({ x }) => tf.mul(tf.squeeze(x!, [0]), 2),
    })),
  },
  {
    name: 'Transpose',
    kernels: ['Transpose'],
    cases: shape(1).chain((sides) =>
      fc.shuffledSubarray([...sides.keys()], { minLength: sides.length }).map((perm) => ({
        operands: { x: { shape: sides } },
        note: perm,
        apply: ({ x }) => tf.mul(tf.transpose(x!, perm), 2),
      })),
    ),
  },
  {
    name: 'BroadcastTo',
    kernels: ['BroadcastTo'],
    cases: fc.tuple(shape(0, 2, 1), shape(1, 2, 1)).map(([inner, outer]) => ({
      operands: { x: { shape: inner } },
      apply: ({ x }) => tf.mul(tf.broadcastTo(x!, [...outer, ...inner]), 2),
    })),
  },
  {
    name: 'Tile',
    kernels: ['Tile'],
    cases: shape(1, 4, 1).chain((sides) =>
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: sides.length, maxLength: sides.length }).map((reps) => ({
        operands: { x: { shape: sides } },
        note: reps,
        apply: ({ x }) => tf.mul(tf.tile(x!, reps), 2),
      })),
    ),
  },
  {
    name: 'Reverse',
    kernels: ['Reverse'],
    cases: withAxes().map(({ shape: sides, axes }) => ({
      operands: { x: { shape: sides } },
      note: axes,
      apply: ({ x }) => tf.mul(tf.reverse(x!, axes), 2),
    })),
  },
  {
    name: 'Concat',
    kernels: ['Concat'],
    cases: fc
      .tuple(withAxis(), fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 4 }))
      .map(([{ shape: sides, axis }, lengths]) => ({
        operands: Object.fromEntries(
          lengths.map((length, i) => [`x${i}`, { shape: sides.map((side, other) => (other === axis ? length : side)) }]),
        ),
        note: axis,
        apply: (t) =>
          tf.concat(
            lengths.map((_, i) => t[`x${i}`]!),
            axis,
          ),
      })),
  },
  {
    name: 'Pack',
    kernels: ['Pack'],
    cases: shape(0, 3).chain((sides) =>
      fc.integer({ min: 0, max: sides.length }).map((axis) => ({
        operands: { a: { shape: sides }, b: { shape: sides }, c: { shape: sides } },
        note: axis,
        apply: ({ a, b, c }) => tf.stack([a!, b!, c!], axis),
      })),
    ),
  },
  {
    name: 'Unpack',
    kernels: ['Unpack'],
    cases: withAxis(2).map(({ shape: sides, axis }) => ({
      operands: { x: { shape: sides } },
      note: axis,
      apply: ({ x }) => {
        const parts = tf.unstack(x!, axis);
        return tf.addN(parts.map((part, i) => tf.mul(part, i + 1)));
      },
    })),
  },
  {
    name: 'SplitV',
    kernels: ['SplitV'],
    cases: withAxis().map(({ shape: sides, axis }) => ({
      operands: { x: { shape: sides.map((side, other) => (other === axis ? 2 * side + 1 : side)) } },
      note: axis,
      apply: ({ x }) => {
        const [a, b, c] = tf.split(x!, [sides[axis]!, sides[axis]!, 1], axis) as [tf.Tensor, tf.Tensor, tf.Tensor];
        return tf.add(tf.mul(a, b), tf.sum(c));
      },
    })),
  },
  {
    name: 'Slice',
    kernels: ['Slice'],
    cases: fc
      .tuple(
        shape(1, 4, 1),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 4 })), { minLength: 4, maxLength: 4 }),
      )
      .map(([sides, cuts]) => {
        const begin = sides.map((side, axis) => cuts[axis]![0] % side);
        const size = sides.map((side, axis) => Math.min(cuts[axis]![1], side - begin[axis]!));
        return {
          operands: { x: { shape: sides } },
          note: { begin, size },
          apply: ({ x }: Given) => tf.mul(tf.slice(x!, begin, size), 2),
        };
      }),
  },
  {
    name: 'StridedSlice',
    kernels: ['StridedSlice'],
    gradient: 'none',
    runs: 20,
    cases: shape(1, 4, 1)
      .chain((sides) =>
        fc
          .tuple(
            fc.array(
              fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 5 }), fc.constantFrom(1, 2, 3, -1, -2)),
              {
                minLength: sides.length,
                maxLength: sides.length,
              },
            ),
            fc.integer({ min: 0, max: 15 }),
            fc.integer({ min: 0, max: 15 }),
            fc.integer({ min: 0, max: 1 }),
          )
          .map(([cuts, beginMask, endMask, newAxisMask]) => ({
            operands: { x: { shape: sides } },
            note: { cuts, beginMask, endMask, newAxisMask },
            apply: ({ x }: Given) =>
              tf.stridedSlice(
                x!,
                cuts.map(([begin]) => begin),
                cuts.map(([, end]) => end),
                cuts.map(([, , step]) => step),
                beginMask,
                endMask,
                0,
                newAxisMask,
                0,
              ),
          })),
      )
      .filter(answersSomething),
  },
  {
    name: 'PadV2',
    kernels: ['PadV2'],
    cases: shape(1, 4, 1).chain((sides) =>
      pads(sides.length, 2).map((paddings) => ({
        operands: { x: { shape: sides } },
        note: paddings,
        apply: ({ x }) => tf.pad(x!, paddings, 0.5),
      })),
    ),
  },
  ...(['reflect', 'symmetric'] as const).map((mode): Row => ({
    name: `MirrorPad ${mode}`,
    kernels: ['MirrorPad'],
    gradient: 'none',
    cases: shape(1, 4, 2).chain((sides) =>
      pads(sides.length, 1).map((paddings) => ({
        operands: { x: { shape: sides } },
        note: paddings,
        apply: ({ x }) => tf.mirrorPad(x!, paddings, mode),
      })),
    ),
  })),
  {
    name: 'DepthToSpace',
    kernels: ['DepthToSpace'],
    gradient: 'none',
    cases: fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.constantFrom(2, 3))
      .map(([h, c, block]) => ({
        operands: { x: { shape: [2, h, 3, block * block * c] } },
        apply: ({ x }) => tf.depthToSpace(x as tf.Tensor4D, block),
      })),
  },
  {
    name: 'SpaceToBatchND and BatchToSpaceND',
    kernels: ['SpaceToBatchND', 'BatchToSpaceND'],
    cases: fc
      .tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 }))
      .map(([n, h, c]) => ({
        operands: { x: { shape: [n, 2 * h, 3, c] } },
        apply: ({ x }) => {
          const cells = tf.spaceToBatchND(
            x!,
            [2, 2],
            [
              [0, 0],
              [1, 0],
            ],
          );
          return tf.add(
            tf.sum(tf.mul(cells, cells)),
            tf.batchToSpaceND(
              tf.mul(cells, 2),
              [2, 2],
              [
                [0, 0],
                [1, 0],
              ],
            ),
          );
        },
      })),
  },
  {
    name: 'GatherV2',
    kernels: ['GatherV2', 'UnsortedSegmentSum'],
    runs: 20,
    cases: fc.tuple(withAxis(), shape(1, 2, 1)).map(([{ shape: sides, axis }, ids]) => ({
      operands: { x: { shape: sides }, ids: { shape: ids, dtype: 'int32', low: 0, high: sides[axis]! } },
      note: axis,
      apply: ({ x, ids: indices }) => tf.mul(tf.gather(x!, indices as tf.Tensor1D, axis), 2),
    })),
  },
  {
    name: 'GatherV2 with batches',
    kernels: ['GatherV2'],
    gradient: 'none',
    cases: fc.tuple(shape(2, 3, 1), fc.integer({ min: 1, max: 4 })).map(([sides, count]) => ({
      operands: { x: { shape: sides }, ids: { shape: [sides[0]!, count], dtype: 'int32', low: 0, high: sides.at(-1)! } },
      apply: ({ x, ids }) => tf.gather(x!, ids as tf.Tensor2D, sides.length - 1, 1),
    })),
  },
  {
    name: 'GatherNd',
    kernels: ['GatherNd'],
    gradient: 'none',
    cases: fc.tuple(shape(2, 3, 2), fc.integer({ min: 1, max: 4 })).map(([sides, count]) => ({
      operands: { x: { shape: sides }, ids: { shape: [count, 2], dtype: 'int32', low: 0, high: 2 } },
      apply: ({ x, ids }) => tf.gatherND(x!, ids!),
    })),
  },
  {
    name: 'UnsortedSegmentSum',
    kernels: ['UnsortedSegmentSum'],
    cases: shape(1, 3, 1).map((sides) => ({
      operands: { x: { shape: sides }, ids: { shape: [sides[0]!], dtype: 'int32', low: 0, high: 3 } },
      apply: ({ x, ids }) => tf.unsortedSegmentSum(x!, ids as tf.Tensor1D, 3),
    })),
  },
  {
    name: 'OneHot',
    kernels: ['OneHot'],
    gradient: 'none',
    cases: shape(0, 3).map((sides) => ({
      operands: { ids: { shape: sides, dtype: 'int32', low: -1, high: 5 } },
      apply: ({ ids }) => tf.oneHot(ids!, 4, 0.9, 0.1, 'float32'),
    })),
  },
  {
    name: 'Fill, Range and LinSpace',
    kernels: ['Fill', 'Range', 'LinSpace'],
    cases: unaryCases((x) =>
      tf.add(tf.mul(x, tf.fill(x.shape, 0.5)), tf.sum(tf.add(tf.range(0, 3, 0.5), tf.linspace(-1, 1, 6)))),
    ).filter((one) => sizeOf(one.operands['x']!.shape) > 0),
  },
];

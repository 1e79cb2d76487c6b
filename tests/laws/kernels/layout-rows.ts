// Rows of the law for kernels that move, join, cut and repeat numbers, and for constants.
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { sizeOf } from '../../../src/tracing/program.ts';
import type { Case, Given, Row } from './law.ts';
import { shape, unaryCases, withAxes, withAxis } from './shapes.ts';

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
export const layoutRows: readonly Row[] = [
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
    cases: shape(0, 4).map((sides) => ({
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
    name: 'Tile, as broadcastTo has it',
    kernels: ['Tile'],
    cases: fc.tuple(shape(0, 2), shape(1, 2, 1)).map(([inner, outer]) => ({
      operands: { x: { shape: inner } },
      apply: ({ x }) => tf.mul(tf.broadcastTo(x!, [...outer, ...inner]), 2),
    })),
  },
  {
    name: 'Tile',
    kernels: ['Tile'],
    gradient: 'linear',
    cases: shape(1, 5).chain((sides) =>
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
    cases: withAxes(0).map(({ shape: sides, axes }) => ({
      operands: { x: { shape: sides } },
      note: axes,
      apply: ({ x }) => tf.mul(tf.reverse(x!, axes), 2),
    })),
  },
  {
    name: 'Concat',
    kernels: ['Concat'],
    cases: fc
      .tuple(withAxis(0), fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 4 }))
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
    cases: withAxis(0).map(({ shape: sides, axis }) => ({
      operands: { x: { shape: sides.map((side, other) => (other === axis ? side + 1 : side)) } }, // of nothing, no tensors come
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
    cases: withAxis(0).map(({ shape: sides, axis }) => ({
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
        shape(1, 4),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 4 })), { minLength: 4, maxLength: 4 }),
      )
      .map(([sides, cuts]) => {
        const begin = sides.map((side, axis) => cuts[axis]![0] % Math.max(1, side));
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
    gradient: 'linear',
    runs: 30,
    cases: shape(1, 3)
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
    cases: shape(1, 4).chain((sides) =>
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
    gradient: 'linear',
    // A mirror needs as many rows as it shows.
    cases: shape(1, 3, 3).chain((sides) =>
      pads(sides.length, 2).map((paddings) => ({
        operands: { x: { shape: sides } },
        note: paddings,
        apply: ({ x }) => tf.mirrorPad(x!, paddings, mode),
      })),
    ),
  })),
  {
    name: 'DepthToSpace',
    kernels: ['DepthToSpace'],
    gradient: 'linear',
    cases: fc
      .tuple(
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 2 }),
        fc.constantFrom(2, 3),
      )
      .map(([n, h, c, block]) => ({
        operands: { x: { shape: [n, h, 2, block * block * c] } },
        apply: ({ x }) => tf.depthToSpace(x as tf.Tensor4D, block),
      })),
  },
  {
    name: 'SpaceToBatchND and BatchToSpaceND',
    kernels: ['SpaceToBatchND', 'BatchToSpaceND'],
    cases: fc
      .tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 }))
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
    name: 'Fill, Range and LinSpace',
    kernels: ['Fill', 'Range', 'LinSpace'],
    cases: unaryCases((x) =>
      tf.add(tf.mul(x, tf.fill(x.shape, 0.5)), tf.sum(tf.add(tf.range(0, 3, 0.5), tf.linspace(-1, 1, 6)))),
    ),
  },
];

// Gradients of looking up by index and of its adjoint, adding up by index. tfjs 4.22 has none for gatherND, scatterND and topk, one for
// gather that mixes up batches, and one for unsortedSegmentSum that looks up ids which belong to no segment.
import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../program.ts';
import { repair, type Gradient, type Repair } from './gradient.ts';

/** Adds `updates` [count, …inner] up at `indices` [count, depth] of a tensor of `shape`. */
function addedUp(indices: tf.Tensor, updates: tf.Tensor, shape: readonly number[]): tf.Tensor {
  if (updates.size === 0) return tf.zeros([...shape]);
  const depth = indices.shape.at(-1) as number;
  const flat = tf.reshape(updates, [-1, ...shape.slice(depth)]);
  return tf.scatterND(tf.reshape(indices, [-1, depth]), flat, [...shape]);
}

/** x [batch, outer, side, inner] looked up along `side`, with indices of its own for each batch. */
const gatherV2: Gradient<{ axis: number; batchDims: number }> = (dy, saved, attrs) => ({
  x: () => {
    const [x, indices] = saved as unknown as [tf.Tensor, tf.Tensor];
    const axis = attrs.axis < 0 ? attrs.axis + x.rank : attrs.axis;
    const batchDims = attrs.batchDims ?? 0;
    const [batch, outer, side, inner] = [
      sizeOf(x.shape.slice(0, batchDims)),
      sizeOf(x.shape.slice(batchDims, axis)),
      x.shape[axis] as number,
      sizeOf(x.shape.slice(axis + 1)),
    ];
    const count = sizeOf(indices.shape.slice(batchDims));
    // The looked-up axis first; nothing to move where it is.
    const rows = outer === 1 ? dy : tf.transpose(tf.reshape(dy, [batch, outer, count, inner]), [0, 2, 1, 3]);
    const starts = tf.mul(tf.reshape(tf.range(0, batch, 1, 'int32'), [batch, 1]), tf.scalar(side, 'int32'));
    const ids = tf.add(tf.reshape(indices, [batch, count]), starts);
    const sums = addedUp(tf.reshape(ids, [batch * count, 1]), rows, [batch * side, outer * inner]);
    const placed = outer === 1 ? sums : tf.transpose(tf.reshape(sums, [batch, side, outer, inner]), [0, 2, 1, 3]);
    return tf.reshape(placed, x.shape);
  },
});

const gatherNd: Gradient<object> = (dy, saved) => ({
  params: () => {
    const [params, indices] = saved as unknown as [tf.Tensor, tf.Tensor];
    return addedUp(indices, dy, params.shape);
  },
});

const scatterNd: Gradient<object> = (dy, saved) => ({ updates: () => tf.gatherND(dy, saved[0] as tf.Tensor) });

const unsortedSegmentSum: Gradient<{ numSegments: number }> = (dy, saved, { numSegments }) => ({
  x: () => {
    const ids = saved[0] as tf.Tensor1D;
    const last = tf.scalar(numSegments - 1, 'int32');
    const rows = tf.gather(dy, tf.minimum(tf.maximum(ids, tf.scalar(0, 'int32')), last));
    const fits = tf.logicalAnd(tf.greaterEqual(ids, tf.scalar(0, 'int32')), tf.lessEqual(ids, last));
    return tf.mul(rows, tf.reshape(tf.cast(fits, 'float32'), [-1, ...rows.shape.slice(1).map(() => 1)]));
  },
});

const topK: Gradient<object, tf.Tensor[]> = ([dy], saved) => ({
  x: () => {
    const [x, indices] = saved as unknown as [tf.Tensor, tf.Tensor];
    const side = x.shape.at(-1) as number;
    const k = indices.shape.at(-1) as number;
    if (x.size === 0 || k === 0) return tf.zeros(x.shape);
    const rows = x.size / side;
    const starts = tf.mul(tf.reshape(tf.range(0, rows, 1, 'int32'), [rows, 1]), tf.scalar(side, 'int32'));
    const places = tf.add(tf.reshape(indices, [rows, k]), starts);
    return tf.reshape(addedUp(tf.reshape(places, [rows * k, 1]), tf.reshape(dy as tf.Tensor, [-1]), [x.size]), x.shape);
  },
});

export const gatherRepairs: readonly Repair[] = [
  repair('GatherV2', ['x', 'indices'], gatherV2),
  repair('GatherNd', ['params', 'indices'], gatherNd),
  repair('ScatterNd', ['indices'], scatterNd),
  repair('UnsortedSegmentSum', ['segmentIds'], unsortedSegmentSum),
  { kernelName: 'TopK', inputsToSave: ['x'], outputsToSave: [false, true], gradFunc: topK as unknown as tf.GradFunc },
];

// Affine coupling (Dinh, Sohl-Dickstein & Bengio 2017, RealNVP): one half of the dimensions stays, the other is scaled and shifted by what
// a net makes of it. y1 = x1, y2 = x2 exp(s(x1)) + t(x1), ln |det| = sum s(x1); x2 = (y2 - t(y1)) exp(-s(y1)). Either way is one pass.
// s is bounded by BOUND tanh(· / BOUND), since an unbounded one lets a prior follow codes that shrink to points. The net's last layer
// starts at zero, so a coupling starts as the identity. A single dimension has nothing to look at: it is scaled and shifted by weights.
import * as tf from '@tensorflow/tfjs';
import type { Tensors } from '../tracing/program.ts';
import type { Weight } from '../tracing/weights.ts';
import { activate, gainOf } from './activation.ts';
import { actnorm } from './actnorm.ts';
import { affine, affineWeights } from './dense.ts';
import type { Flow } from './flow.ts';

/** Largest |s|: a coupling scales by at most e³. */
const BOUND = 3;
/** Smooth, so that the density has no creases. */
const ACTIVATION = 'silu';
const DEPTH = 2;

/** `moved` is the half that is scaled and shifted; of an odd number of dimensions the second half has one more. */
export function coupling(prefix: string, size: number, width: number, moved: 'first' | 'second'): Flow {
  if (size === 1) return actnorm(prefix, 1);
  const sizes: [number, number] = [Math.floor(size / 2), Math.ceil(size / 2)];
  const [kept, changed] = moved === 'second' ? sizes : ([sizes[1], sizes[0]] as const);
  const layers = Array.from({ length: DEPTH }, (_, layer) => `${prefix}.${layer}`);
  const weights: Record<string, Weight> = {};
  layers.forEach((name, layer) => {
    const [inputs, gain] = layer === 0 ? [kept, 1] : [width, gainOf(ACTIVATION)];
    Object.assign(weights, affineWeights(name, inputs, width, 'he', gain));
  });
  Object.assign(weights, affineWeights(`${prefix}.out`, width, 2 * changed, 'he', 0));

  /** s and t, [batch, changed] each. */
  const scaleAndShift = (tensors: Tensors, still: tf.Tensor2D): readonly [tf.Tensor2D, tf.Tensor2D] => {
    let h = still;
    for (const name of layers) h = activate(ACTIVATION, affine(name, tensors, h)); // [batch, width]
    const [raw, t] = tf.split(affine(`${prefix}.out`, tensors, h), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
    return [tf.mul(BOUND, tf.tanh(tf.div(raw, BOUND))), t];
  };
  const halves = (x: tf.Tensor2D): readonly [still: tf.Tensor2D, moving: tf.Tensor2D] => {
    const [first, second] = tf.split(x, sizes, 1) as [tf.Tensor2D, tf.Tensor2D];
    return moved === 'second' ? [first, second] : [second, first];
  };
  const joined = (still: tf.Tensor2D, moving: tf.Tensor2D): tf.Tensor2D =>
    tf.concat(moved === 'second' ? [still, moving] : [moving, still], 1);

  return {
    weights,
    forward: (tensors, x) => {
      const [still, moving] = halves(x);
      const [s, t] = scaleAndShift(tensors, still);
      return { y: joined(still, tf.add(tf.mul(moving, tf.exp(s)), t)), logDet: tf.sum(s, 1) };
    },
    inverse: (tensors, y) => {
      const [still, moving] = halves(y);
      const [s, t] = scaleAndShift(tensors, still);
      return { x: joined(still, tf.mul(tf.sub(moving, t), tf.exp(tf.neg(s)))), logDet: tf.neg(tf.sum(s, 1)) };
    },
  };
}

// Glow's 1 × 1 convolution on vectors (Kingma & Dhariwal 2018): an invertible matrix W = P L (U + diag(e^s)), L unit lower and U strictly
// upper triangular; y = x W, ln |det| = sum s. L, U and s share one weight, as LAPACK packs them: below, above and on the diagonal.
// P is fixed. The paper draws W as a random rotation; here P reverses the order and L = I, U = 0, s = 0, so that nothing need be kept
// beside the weights, a standard normal stays one, and the halves of the coupling that follows change places from step to step.
import * as tf from '@tensorflow/tfjs';
import type { Tensors } from '../tracing/program.ts';
import { weightOf } from '../tracing/weights.ts';
import { forEveryRow, type Flow } from './flow.ts';
import { unitTriangularInverse } from './triangular-inverse.ts';

export function invertibleLinear(prefix: string, size: number): Flow {
  const name = `${prefix}.packed`;
  const parts = (tensors: Tensors): { packed: tf.Tensor2D; s: tf.Tensor1D } => {
    const packed = weightOf<tf.Tensor2D>(tensors, name);
    return { packed, s: tf.sum(tf.mul(packed, tf.eye(size)), 1) };
  };
  return {
    weights: { [name]: { shape: [size, size], start: { kind: 'constant', value: 0 } } },
    forward: (tensors, x) => {
      const { packed, s } = parts(tensors);
      const lower = tf.add(tf.mul(packed, triangle(size, 'lower')), tf.eye(size));
      const upper = tf.add(tf.mul(packed, triangle(size, 'upper')), tf.mul(tf.eye(size), tf.exp(s)));
      const y: tf.Tensor2D = tf.matMul(tf.reverse(x, 1), tf.matMul(lower, upper));
      return { y, logDet: forEveryRow(tf.sum(s), x) };
    },
    inverse: (tensors, y) => {
      const { packed, s } = parts(tensors);
      // U + diag(e^s) = (I + U diag(e^-s)) diag(e^s)
      const rescaled = tf.exp(tf.neg(s));
      const lower = unitTriangularInverse(packed, 'lower');
      const upper = unitTriangularInverse(tf.mul(packed, rescaled), 'upper');
      const x: tf.Tensor2D = tf.matMul(tf.matMul(tf.mul(y, rescaled), upper), lower);
      return { x: tf.reverse(x, 1), logDet: forEveryRow(tf.neg(tf.sum(s)), y) };
    },
  };
}

/** 1 strictly below or above the diagonal, 0 elsewhere. */
function triangle(size: number, half: 'lower' | 'upper'): tf.Tensor2D {
  const mask = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) mask[half === 'lower' ? i * size + j : j * size + i] = 1;
  }
  return tf.tensor2d(mask, [size, size]);
}

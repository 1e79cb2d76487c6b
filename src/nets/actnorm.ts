// Activation normalisation (Kingma & Dhariwal 2018): y_j = exp(s_j) x_j + t_j for each dimension, ln |det| = sum s. The paper sets s and t
// so that a first batch comes out with mean 0 and variance 1. Here it starts as the identity: codes are drawn to N(0, I), so an
// untrained encoder's are near it already, and a step that is a pure function has no first batch.
import * as tf from '@tensorflow/tfjs';
import { weightOf } from '../tracing/weights.ts';
import { forEveryRow, type Flow } from './flow.ts';

export function actnorm(prefix: string, size: number): Flow {
  const [logScale, shift] = [`${prefix}.logScale`, `${prefix}.shift`];
  return {
    weights: {
      [logScale]: { shape: [size], start: { kind: 'constant', value: 0 } },
      [shift]: { shape: [size], start: { kind: 'constant', value: 0 } },
    },
    forward: (tensors, x) => {
      const s = weightOf<tf.Tensor1D>(tensors, logScale);
      return { y: tf.add(tf.mul(x, tf.exp(s)), weightOf(tensors, shift)), logDet: forEveryRow(tf.sum(s), x) };
    },
    inverse: (tensors, y) => {
      const s = weightOf<tf.Tensor1D>(tensors, logScale);
      return {
        x: tf.mul(tf.sub(y, weightOf(tensors, shift)), tf.exp(tf.neg(s))),
        logDet: forEveryRow(tf.neg(tf.sum(s)), y),
      };
    },
  };
}

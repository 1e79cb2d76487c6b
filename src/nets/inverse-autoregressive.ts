// A step of inverse autoregressive flow (Kingma et al. 2016): z' = sigma z + (1 - sigma) m, sigma = sigmoid(s), where s_j and m_j are what a
// masked autoencoder makes of z_1 … z_(j-1) and a context; ln |det| = sum ln sigma. A draw is one pass and knows its density; the density
// of any other point would take a pass for each dimension, so there is no inverse here.
import * as tf from '@tensorflow/tfjs';
import type { Tensors } from '../tracing/program.ts';
import type { Weights } from '../tracing/weights.ts';
import type { Mapped } from './flow.ts';
import { maskedAutoencoder } from './masked-autoencoder.ts';

/**
 * What s starts near: sigma = 0.98. The paper advises 1 or 2; from 2, two steps shrink a draw by a quarter before they have learnt anything,
 * and a VAE on MNIST was nats behind after its first 2,000 steps.
 */
const START = 4;

export interface AutoregressiveStep {
  readonly weights: Weights;
  apply(tensors: Tensors, z: tf.Tensor2D, context: tf.Tensor2D): Mapped;
}

export function inverseAutoregressive(
  prefix: string,
  sizes: { size: number; context: number; width: number },
): AutoregressiveStep {
  const net = maskedAutoencoder(prefix, { ...sizes, kinds: 2 });
  return {
    weights: net.weights,
    apply: (tensors, z, context) => {
      const [m, raw] = net.apply(tensors, z, context) as [tf.Tensor2D, tf.Tensor2D];
      const s = tf.add(raw, START);
      const y: tf.Tensor2D = tf.add(m, tf.mul(tf.sigmoid(s), tf.sub(z, m)));
      return { y, logDet: tf.neg(tf.sum(tf.softplus(tf.neg(s)), 1)) }; // ln sigmoid(s) = -softplus(-s)
    },
  };
}

// Log densities of diagonal Gaussians, nats: ln N(z; m, diag v) = -½ sum_j (ln 2 pi + ln v_j + (z_j - m_j)² / v_j).
import * as tf from '@tensorflow/tfjs';

export const LN_TWO_PI = Math.log(2 * Math.PI);

/** Each row under a Gaussian of its own, [batch, latent] each → [batch]. */
export function gaussianLogDensity(z: tf.Tensor2D, mean: tf.Tensor2D, logVariance: tf.Tensor2D): tf.Tensor1D {
  const squares = tf.mul(tf.square(tf.sub(z, mean)), tf.exp(tf.neg(logVariance)));
  return tf.mul(-0.5, tf.sum(tf.add(tf.add(squares, logVariance), LN_TWO_PI), 1));
}

/** Each row under N(0, I), [batch, latent] → [batch]. */
export function standardNormalLogDensity(z: tf.Tensor2D): tf.Tensor1D {
  return tf.mul(-0.5, tf.add(tf.sum(tf.square(z), 1), LN_TWO_PI * z.shape[1]));
}

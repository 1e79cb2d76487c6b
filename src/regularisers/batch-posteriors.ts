// Log-densities of a batch's draws under one another's posteriors, by dimension: log q(z_ij | x_n), nats. The aggregate posterior's joint
// and marginal densities are log-sums of them. O(batch² latent) numbers: 128 rows of 20 dimensions are 330,000.
import * as tf from '@tensorflow/tfjs';

const LOG_TWO_PI = Math.log(2 * Math.PI);

/** Diagonal Gaussian posteriors and a draw from each, [batch, latent]. */
export interface BatchPosteriors {
  readonly mean: tf.Tensor2D;
  readonly logVariance: tf.Tensor2D;
  readonly z: tf.Tensor2D;
}

/** log N(z; mean, exp logVariance), shapes broadcast. Differences are squared as they are: expanded squares cancel where sigma is small. */
function logNormal(z: tf.Tensor, mean: tf.Tensor, logVariance: tf.Tensor): tf.Tensor {
  const scaled = tf.mul(tf.square(tf.sub(z, mean)), tf.exp(tf.neg(logVariance)));
  return tf.mul(-0.5, tf.add(tf.add(scaled, logVariance), LOG_TWO_PI));
}

/** log q(z_ij | x_n): [draw i, posterior n, latent j]. */
export function crossLogDensities({ mean, logVariance, z }: BatchPosteriors): tf.Tensor3D {
  return logNormal(tf.expandDims(z, 1), tf.expandDims(mean, 0), tf.expandDims(logVariance, 0)) as tf.Tensor3D;
}

/** log q(z_i | x_i), the draw under its own posterior, [batch]. */
export function ownLogDensities({ mean, logVariance, z }: BatchPosteriors): tf.Tensor1D {
  return tf.sum(logNormal(z, mean, logVariance), 1);
}

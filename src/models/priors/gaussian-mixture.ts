// Mixtures of diagonal Gaussians: ln p(z) = logsumexp_k (ln pi_k + ln N(z; m_k, diag v_k)), and draws from them with noise that comes in.
// Differences are taken before they are squared: the quicker product of z² and z with 1 / v and m / v loses nats where v is small.
import * as tf from '@tensorflow/tfjs';
import { LN_TWO_PI } from '../../regularisers/gaussian-log-density.ts';

export interface Mixture {
  /** ln pi, [components] */
  readonly logShares: tf.Tensor1D;
  /** [components, latent] */
  readonly means: tf.Tensor2D;
  readonly logVariances: tf.Tensor2D;
}

/** Nats, [batch]. Takes batch × components × latent numbers. */
export function mixtureLogDensity(z: tf.Tensor2D, { logShares, means, logVariances }: Mixture): tf.Tensor1D {
  const away = tf.sub(tf.expandDims(z, 1), means); // [batch, components, latent]
  const squares = tf.sum(tf.mul(tf.square(away), tf.exp(tf.neg(logVariances))), 2);
  const constants = tf.sub(logShares, tf.mul(0.5, tf.sum(tf.add(logVariances, LN_TWO_PI), 1)));
  return tf.logSumExp(tf.sub(constants, tf.mul(0.5, squares)), 1);
}

/** The component is the one whose part of [0, 1) holds u [batch]; eps [batch, latent] is its Gaussian's. */
export function drawFromMixture({ logShares, means, logVariances }: Mixture, eps: tf.Tensor2D, u: tf.Tensor1D): tf.Tensor2D {
  const chosen = whichShare(tf.exp(logShares), u);
  const sd = tf.exp(tf.mul(0.5, tf.matMul(chosen, logVariances)));
  return tf.add(tf.matMul(chosen, means), tf.mul(sd, eps));
}

/** Inverse of the distribution function: 1 at the share that holds u, 0 elsewhere, [batch, components]. */
function whichShare(shares: tf.Tensor1D, u: tf.Tensor1D): tf.Tensor2D {
  // The last share ends at 1 whatever rounding says, so exactly one holds u.
  const ends = tf.slice(tf.cumsum(shares), 0, shares.shape[0] - 1);
  const passed: tf.Tensor2D = tf.cast(tf.greaterEqual(tf.expandDims(u, 1), ends), 'float32');
  const column: [number, number] = [u.shape[0], 1];
  return tf.sub(tf.concat([tf.ones(column), passed], 1), tf.concat([passed, tf.zeros(column)], 1));
}

// KL divergence of diagonal Gaussians from the standard normal, by dimension: KL_j = ½ (mu_j² + sigma_j² - ln sigma_j² - 1), nats
// (Kingma & Welling 2014, appendix B).
import * as tf from '@tensorflow/tfjs';

/** [batch, latent] */
export function gaussianKl(mean: tf.Tensor2D, logVariance: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(0.5, tf.sub(tf.add(tf.square(mean), tf.exp(logVariance)), tf.add(logVariance, 1)));
}

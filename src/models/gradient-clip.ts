// Clipping by global norm (Pascanu, Mikolov & Bengio 2013): all gradients are scaled by min(1, largest / |g|), |g| over all of them.
import * as tf from '@tensorflow/tfjs';

/** |g| over all of them. */
export const globalNorm = (gradients: readonly tf.Tensor[]): tf.Scalar =>
  tf.sqrt(gradients.map((gradient): tf.Scalar => tf.sum(tf.square(gradient))).reduce((sum, square) => tf.add(sum, square)));

export function clipScale(gradients: readonly tf.Tensor[], largest: tf.Scalar): { norm: tf.Scalar; scale: tf.Scalar } {
  const norm = globalNorm(gradients);
  const scale: tf.Scalar = tf.minimum(1, tf.div(largest, tf.add(norm, 1e-12)));
  return { norm, scale };
}

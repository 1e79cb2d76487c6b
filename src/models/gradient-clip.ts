// Clipping by global norm (Pascanu, Mikolov & Bengio 2013): all gradients are scaled by min(1, largest / |g|), |g| over all of them.
import * as tf from '@tensorflow/tfjs';

export function clipScale(gradients: readonly tf.Tensor[], largest: tf.Scalar): { norm: tf.Scalar; scale: tf.Scalar } {
  const squares = gradients.map((gradient): tf.Scalar => tf.sum(tf.square(gradient)));
  const norm = tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square)));
  const scale: tf.Scalar = tf.minimum(1, tf.div(largest, tf.add(norm, 1e-12)));
  return { norm, scale };
}

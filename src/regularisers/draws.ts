// Reading the uniform draws of augmentations: columns of [batch, n] noise, spread evenly around a middle.
import * as tf from '@tensorflow/tfjs';

/** Column `index` of uniform draws [batch, n] → [batch]. */
export const column = (draws: tf.Tensor | undefined, index: number): tf.Tensor1D =>
  tf.squeeze(tf.slice(draws as tf.Tensor2D, [0, index], [-1, 1]), [1]);

/** Uniform on middle ± reach; a draw of one half gives the middle. */
export const around = (u: tf.Tensor1D, middle: number, reach: number): tf.Tensor1D =>
  tf.add(middle, tf.mul(reach, tf.sub(tf.mul(2, u), 1)));

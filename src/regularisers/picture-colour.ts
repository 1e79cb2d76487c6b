// Changes the colours of pictures: brightness b added, then distances from each pixel's own grey times a saturation s, then distances from
// the picture's mean times a contrast c,  x + (s - 1)(x - grey),  x + (c - 1)(x - mean)  (Zhao et al. 2020, DiffAugment). At b = 0, s = c = 1 the
// picture comes out bit for bit. Values may leave the range that pictures have.
import * as tf from '@tensorflow/tfjs';
import { around, column } from './draws.ts';

/** [batch] each. */
export interface ColourChange {
  readonly brightness: tf.Tensor1D;
  readonly saturation: tf.Tensor1D;
  readonly contrast: tf.Tensor1D;
}

/** x [batch, height, width, channels] → the same. */
export function recolour(x: tf.Tensor4D, { brightness, saturation, contrast }: ColourChange): tf.Tensor4D {
  const fit = (one: tf.Tensor1D): tf.Tensor4D => tf.reshape(one, [-1, 1, 1, 1]);
  const stretch = (from: tf.Tensor4D, axes: number[], by: tf.Tensor1D): tf.Tensor4D =>
    tf.add(from, tf.mul(tf.sub(from, tf.mean(from, axes, true)), fit(tf.sub(by, 1))));
  const lit: tf.Tensor4D = tf.add(x, fit(brightness));
  const saturated = x.shape[3] > 1 ? stretch(lit, [3], saturation) : lit;
  return stretch(saturated, [1, 2, 3], contrast);
}

/**
 * Changes by uniform draws [batch, 3 or more], of which the last three columns are read. At strength 1 as DiffAugment's: brightness by up to
 * a quarter of the `range` of values, saturation and contrast by factors of 0 … 2 and 0.5 … 1.5.
 */
export function colourOf(strength: number, draws: tf.Tensor | undefined, range = 1): ColourChange {
  const first = (draws as tf.Tensor2D).shape[1] - 3;
  return {
    brightness: around(column(draws, first), 0, (strength * range) / 4),
    saturation: around(column(draws, first + 1), 1, strength),
    contrast: around(column(draws, first + 2), 1, strength / 2),
  };
}

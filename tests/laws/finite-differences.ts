// The gradient that a law compares with: central differences of a scalar function, along random directions.
import * as tf from '@tensorflow/tfjs';
import { Rng } from '../../src/base/rng.ts';

/**
 * Largest difference between autodiff and central differences of `f` at `point` over `directions` unit directions, relative to the
 * larger slope. float32 leaves about three digits of a difference quotient.
 */
export function slopeError(
  f: (...point: tf.Tensor[]) => tf.Scalar,
  point: readonly tf.Tensor[],
  directions = 4,
  step = 1e-2,
): number {
  return tf.tidy(() => {
    const rng = Rng.fromSeed(9);
    const gradients = tf.grads(f)([...point]);
    let worst = 0;
    for (let k = 0; k < directions; k++) {
      const raw = point.map((one) => tf.tensor(rng.fillNormal(new Float32Array(one.size)), one.shape));
      const norm = Math.sqrt(raw.reduce((sum, one) => sum + scalar(tf.sum(tf.square(one))), 0));
      const along = raw.map((one) => tf.div(one, norm));
      const at = (t: number): number => scalar(f(...point.map((one, i) => tf.add(one, tf.mul(along[i] as tf.Tensor, t)))));
      // Richardson's extrapolation removes the third-order term.
      const slope = (4 * ((at(step / 2) - at(-step / 2)) / step) - (at(step) - at(-step)) / (2 * step)) / 3;
      const found = gradients.reduce((sum, gradient, i) => sum + scalar(tf.sum(tf.mul(gradient, along[i] as tf.Tensor))), 0);
      worst = Math.max(worst, Math.abs(found - slope) / Math.max(1e-2, Math.abs(slope), Math.abs(found)));
    }
    return worst;
  });
}

export const scalar = (tensor: tf.Tensor): number => tensor.dataSync()[0] as number;

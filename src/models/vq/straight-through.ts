// Choosing the nearest code has no slope. The decoder's slope at the code is given to what chose it, as if nothing had been chosen (the
// straight-through estimator, Bengio, Léonard & Courville 2013); no slope goes through the choice itself.
import * as tf from '@tensorflow/tfjs';

type Inner = (...inputs: (tf.Tensor | tf.GradSaveFunc)[]) => { value: tf.Tensor; gradFunc: (dy: tf.Tensor) => tf.Tensor[] };
const withSlope = (f: Inner): ((...inputs: tf.Tensor[]) => tf.Tensor) => tf.customGrad(f);

/** x, as a constant. */
export const held = <T extends tf.Tensor>(x: T): T =>
  withSlope((inner) => ({ value: tf.clone(inner as tf.Tensor), gradFunc: (dy) => [tf.zerosLike(dy)] }))(x) as T;

/** The value of `code`, with the slope of `parts`. */
export const straightThrough = (parts: tf.Tensor2D, code: tf.Tensor2D): tf.Tensor2D =>
  withSlope((_, inner) => ({
    value: tf.clone(inner as tf.Tensor),
    gradFunc: (dy) => [dy, tf.zerosLike(dy)],
  }))(parts, code) as tf.Tensor2D;

/** Which of `codes` [K, size] is nearest to each of `parts` [count, size], as rows of one-hot numbers [count, K]. */
export const nearest = (parts: tf.Tensor2D, codes: tf.Tensor2D): tf.Tensor2D =>
  withSlope((a, b) => {
    const [from, to] = [a as tf.Tensor2D, b as tf.Tensor2D];
    // |a - b|² without |a|², which is the same for every code.
    const distances = tf.sub(tf.sum(tf.square(to), 1), tf.mul(2, tf.matMul(from, to, false, true)));
    // tfjs's wasm backend fills float32 one-hots with the bits of the integer 1.
    const value = tf.cast(tf.oneHot(tf.argMin<tf.Tensor1D>(distances, 1), to.shape[0]), 'float32');
    return { value, gradFunc: () => [tf.zeros(parts.shape), tf.zeros(codes.shape)] };
  })(parts, codes) as tf.Tensor2D;

// Maximum mean discrepancy of two samples of m rows each (Gretton et al. 2012, JMLR 13, lemma 6, the unbiased form for equal sizes):
//   1 / m(m-1) sum_{i≠j} k(x_i, x_j) + k(y_i, y_j) - k(x_i, y_j) - k(x_j, y_i),
// with the inverse multiquadric kernel k(a, b) = sum_s C_s / (C_s + |a - b|²), C_s = 2 d s, whose tails still pull on codes that lie far
// out (Tolstikhin et al. 2018). 2 d is the mean squared distance of two draws from N(0, I). It may be negative: it is 0 in the mean.
import * as tf from '@tensorflow/tfjs';

/** |x_i - y_j|², [rows of x, rows of y]. */
function squaredDistances(x: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor2D {
  const squares = tf.add(tf.sum(tf.square(x), 1, true), tf.sum(tf.square(y), 1)); // [rows of x, rows of y]
  return tf.sub(squares, tf.mul(2, tf.matMul(x, y, false, true)));
}

/** x and y [m, d]; `scales` are the s. */
export function maximumMeanDiscrepancy(x: tf.Tensor2D, y: tf.Tensor2D, scales: readonly number[]): tf.Scalar {
  const [rows, size] = x.shape;
  const kernel = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D => {
    const distances = squaredDistances(a, b);
    const values = scales.map((scale): tf.Tensor2D => tf.div(2 * size * scale, tf.add(distances, 2 * size * scale)));
    return tf.addN(values);
  };
  const apart = tf.sub(tf.add(kernel(x, x), kernel(y, y)), tf.mul(2, kernel(x, y)));
  const others = tf.sub(1, tf.eye(rows));
  return tf.div(tf.sum(tf.mul(apart, others)), Math.max(1, rows * (rows - 1)));
}

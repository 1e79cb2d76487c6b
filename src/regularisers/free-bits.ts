// Free bits (Kingma et al. 2016): sum_j max(lambda, mean over the batch of KL_j). Dimensions below lambda nats feel no pull towards the
// prior. Active units then count too many: judge by mutual information and effective rank.
import * as tf from '@tensorflow/tfjs';

/** `klPerDimension` [latent] and `lambda` [] in nats → the regulariser, []. */
export function freeBits(klPerDimension: tf.Tensor1D, lambda: tf.Scalar): tf.Scalar {
  return tf.sum(tf.maximum(klPerDimension, lambda));
}

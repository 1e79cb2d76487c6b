// Total correlation and mutual information of codes from one batch: TC = E[log q(z) - sum_j log q(z_j)], I = E[log q(z|x) - log q(z)], with
// log q(z_i) = ln sum_n w_in q(z_i|x_n), and the marginals likewise, at the draws of the batch. Two choices of w (Chen et al. 2018):
// - weighted: all alike. Chen's 1 / N B only shifts the value by a constant; here it is 1 / B, so that nats are those of the batch's own
//   aggregate. A draw meets its own posterior once in B rows instead of once in N, so the joint is overestimated: small batches bias TC up.
// - stratified: 1 / N for the draw's own posterior, the rest of the weight shared by the others: an unbiased q(z), and noisier. (Chen gives
//   one other row the stratum's weight; this is the mean over that choice.)
import * as tf from '@tensorflow/tfjs';
import { crossLogDensities, ownLogDensities, type BatchPosteriors } from './batch-posteriors.ts';

export const estimatorNames = ['weighted', 'stratified'] as const;
export type EstimatorName = (typeof estimatorNames)[number];

/** ln w, [batch, batch]; `rows` is N, the number of training rows. */
function logWeights(estimator: EstimatorName, batch: number, rows: tf.Scalar): tf.Tensor {
  if (estimator === 'weighted') return tf.scalar(-Math.log(batch));
  const own = tf.eye(batch);
  const others = tf.log(tf.div(tf.sub(rows, 1), tf.mul(rows, Math.max(1, batch - 1))));
  return tf.add(tf.mul(own, tf.neg(tf.log(rows))), tf.mul(tf.sub(1, own), others));
}

export interface Correlation {
  /** Nats, []. */
  readonly totalCorrelation: tf.Scalar;
  readonly mutualInformation: tf.Scalar;
}

export function correlationOf(codes: BatchPosteriors, estimator: EstimatorName, rows: tf.Scalar): Correlation {
  const batch = codes.z.shape[0];
  const cross = crossLogDensities(codes); // [batch, batch, latent]
  const weights = logWeights(estimator, batch, rows);
  const joint: tf.Tensor1D = tf.logSumExp(tf.add(tf.sum(cross, 2), weights), 1);
  const marginals = tf.logSumExp(tf.add(cross, tf.expandDims(weights, -1)), 1); // [batch, latent]
  return {
    totalCorrelation: tf.mean(tf.sub(joint, tf.sum(marginals, 1))),
    mutualInformation: tf.mean(tf.sub(ownLogDensities(codes), joint)),
  };
}

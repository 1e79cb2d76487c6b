// DIP-VAE (Kumar, Sattigeri & Balakrishnan 2018): KL + lambda_od sum_{j≠k} C_jk² + lambda_d sum_j (C_jj - 1)², which draws the covariance of
// codes to the identity. I: C is that of the posterior means; II: that of the draws, Cov[mu] + E[diag sigma²]. With I alone nothing but
// the KL keeps sigma small, and it grows.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { Params } from '../base/params.ts';
import type { LatentTerms, Objective } from './objective.ts';
import { rate, weighted } from './rate.ts';

const params = {
  kind: {
    kind: 'choice',
    default: 'II',
    options: ['I', 'II'],
    help: 'I looks at the posterior means, II at the codes as they are drawn',
  },
  offDiagonal: {
    kind: 'float',
    default: 10,
    min: 0,
    max: 1e4,
    scale: 'log',
    help: 'weight of squared covariances; papers take 1 to 50',
  },
  diagonal: {
    kind: 'float',
    default: 10,
    min: 0,
    max: 1e4,
    scale: 'log',
    help: 'weight of squared distances of variances from 1; as much as offDiagonal for II, ten times that for I',
  },
} as const satisfies Params;

/** [latent, latent], over the batch. */
function covarianceOf({ mean, logVariance }: LatentTerms, kind: 'I' | 'II'): tf.Tensor2D {
  const centred = tf.sub<tf.Tensor2D>(mean, tf.mean(mean, 0, true));
  const ofMeans: tf.Tensor2D = tf.div(tf.matMul(centred, centred, true), mean.shape[0]);
  if (kind === 'I') return ofMeans;
  return tf.add(ofMeans, tf.mul(tf.eye(mean.shape[1]), tf.mean(tf.exp(logVariance), 0)));
}

export const dipVae = member({
  id: 'dip',
  title: 'DIP-VAE',
  summary: 'draws the covariance of the codes to the identity: cheap, and without estimates of densities',
  paper: 'Kumar, Sattigeri & Balakrishnan 2018, arXiv:1711.00848',
  params,
  make: ({ kind, offDiagonal, diagonal }): Objective => ({
    knobs: {
      offDiagonal: { ...params.offDiagonal, default: offDiagonal },
      diagonal: { ...params.diagonal, default: diagonal },
    },
    penalty: (terms, _, scalars) => {
      const covariance = covarianceOf(terms, kind);
      const identity = tf.eye(terms.mean.shape[1]);
      const squares = tf.square(tf.sub(covariance, identity));
      const onDiagonal = tf.sum(tf.mul(squares, identity));
      const offTheDiagonal = tf.sum(tf.mul(squares, tf.sub(1, identity)));
      const spread = tf.add(
        tf.mul(scalars['offDiagonal'] as tf.Scalar, offTheDiagonal),
        tf.mul(scalars['diagonal'] as tf.Scalar, onDiagonal),
      );
      return weighted(tf.add(rate(terms, scalars), spread), scalars);
    },
  }),
});

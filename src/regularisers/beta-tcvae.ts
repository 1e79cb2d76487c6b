// beta-TCVAE (Chen et al. 2018, "Isolating sources of disentanglement"): the KL in three parts, each with its own weight,
//   alpha I(x; z) + beta TC(z) + gamma sum_j KL(q(z_j) || p(z_j)),
// with I and TC estimated from the batch (total-correlation.ts). The third part is what is left of the KL, so the pull is
//   gamma KL + (alpha - gamma) I + (beta - gamma) TC: with alpha = gamma = 1 the exact KL and an estimate of TC alone.
// The paper's batches have 2048 rows; small ones bias TC. Densities are those of diagonal posteriors: a posterior flow does not fit.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { Params } from '../base/params.ts';
import type { Objective } from './objective.ts';
import { rate, weighted } from './rate.ts';
import { correlationOf, estimatorNames } from './total-correlation.ts';

const params = {
  information: {
    kind: 'float',
    default: 1,
    min: 0,
    max: 1e3,
    scale: 'log',
    help: "weight of what a code says about its row: the paper's alpha",
  },
  correlation: {
    kind: 'float',
    default: 6,
    min: 0,
    max: 1e3,
    scale: 'log',
    help: "weight of the total correlation, which makes dimensions independent: the paper's beta",
  },
  marginals: {
    kind: 'float',
    default: 1,
    min: 0,
    max: 1e3,
    scale: 'log',
    help: "weight of each dimension's distance from the prior: the paper's gamma",
  },
  estimator: {
    kind: 'choice',
    default: 'weighted',
    options: estimatorNames,
    help: 'weighted is steadier; stratified knows how many rows there are and has less bias',
  },
} as const satisfies Params;

export const betaTcvae = member({
  id: 'tc',
  title: 'beta-TCVAE',
  summary: 'presses on what dimensions have in common and leaves alone what they say: wants large batches',
  paper: 'Chen et al. 2018, arXiv:1802.04942',
  params,
  make: ({ information, correlation, marginals, estimator }): Objective => ({
    knobs: {
      information: { ...params.information, default: information },
      correlation: { ...params.correlation, default: correlation },
      marginals: { ...params.marginals, default: marginals },
    },
    uses: ['rows'],
    penalty: (terms, _, scalars) => {
      const { totalCorrelation, mutualInformation } = correlationOf(terms, estimator, scalars['rows'] as tf.Scalar);
      const gamma = scalars['marginals'] as tf.Scalar;
      const above = (name: string): tf.Scalar => tf.sub(scalars[name] as tf.Scalar, gamma);
      const kl = tf.mul<tf.Scalar>(gamma, rate(terms, scalars));
      const parts = tf.add(tf.mul(above('information'), mutualInformation), tf.mul(above('correlation'), totalCorrelation));
      return weighted(tf.add(kl, parts), scalars);
    },
  }),
});

// Wasserstein autoencoder with MMD (Tolstikhin et al. 2018): lambda MMD(q(z), p(z)) and no KL. The inverse multiquadric kernel has one
// scale, C = 2 d. Codes are still drawn with the encoder's variance, but no term asks for any: reconstruction drives sigma to 0 and the
// encoder becomes deterministic, as it is in the paper. The KL is reported all the same and then measures nothing but how small sigma is.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { Params } from '../base/params.ts';
import { maximumMeanDiscrepancy } from './maximum-mean-discrepancy.ts';
import type { Objective } from './objective.ts';
import { weighted } from './rate.ts';

const params = {
  // The paper's 10 goes with squared errors of about ten a digit; a digit costs some hundred nats.
  lambda: {
    kind: 'float',
    default: 100,
    min: 0,
    max: 1e6,
    scale: 'log',
    help: 'weight of the distance of all codes together from the prior',
  },
} as const satisfies Params;

export const wassersteinAutoencoder = member({
  id: 'wae',
  title: 'Wasserstein autoencoder',
  summary: 'an autoencoder whose codes together look like the prior: sharp, without a bound on log p(x)',
  paper: 'Tolstikhin et al. 2018, arXiv:1711.01558',
  params,
  make: ({ lambda }): Objective => ({
    knobs: { lambda: { ...params.lambda, default: lambda } },
    uses: ['prior'],
    penalty: ({ z, prior }, _, scalars) =>
      weighted(tf.mul(scalars['lambda'] as tf.Scalar, maximumMeanDiscrepancy(z, prior, [1])), scalars),
  }),
});

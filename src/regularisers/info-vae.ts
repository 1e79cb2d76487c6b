// InfoVAE (Zhao, Song & Ermon 2017): (1 - alpha) KL(q(z|x) || p(z)) + (alpha + lambda - 1) MMD(q(z), p(z)). alpha takes away the price of
// information about each row; MMD holds the codes of all rows together to the prior. alpha = 1 is the MMD-VAE, whose codes cannot
// collapse, since nothing pulls a single posterior to the prior. Seven kernels from narrow to wide, as in common use.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { Params } from '../base/params.ts';
import { maximumMeanDiscrepancy } from './maximum-mean-discrepancy.ts';
import type { Objective } from './objective.ts';
import { rate, weighted } from './rate.ts';

const SCALES = [0.1, 0.2, 0.5, 1, 2, 5, 10];

const params = {
  alpha: { kind: 'float', default: 0, min: -10, max: 1, help: 'how much information about a row is free; 1 leaves out the KL' },
  lambda: {
    kind: 'float',
    default: 1000,
    min: 0,
    max: 1e6,
    scale: 'log',
    help: 'weight of the distance of all codes together from the prior',
  },
} as const satisfies Params;

export const infoVae = member({
  id: 'info',
  title: 'InfoVAE',
  summary: 'holds the codes of all rows together to the prior instead of each by itself: information need not be lost',
  paper: 'Zhao, Song & Ermon 2017, arXiv:1706.02262',
  params,
  make: ({ alpha, lambda }): Objective => ({
    knobs: { alpha: { ...params.alpha, default: alpha }, lambda: { ...params.lambda, default: lambda } },
    uses: ['prior'],
    penalty: (terms, _, scalars) => {
      const [free, strength] = [scalars['alpha'] as tf.Scalar, scalars['lambda'] as tf.Scalar];
      const single = tf.mul<tf.Scalar>(tf.sub(1, free), rate(terms, scalars));
      const discrepancy = maximumMeanDiscrepancy(terms.z, terms.prior, SCALES);
      const all = tf.mul<tf.Scalar>(tf.sub(tf.add(free, strength), 1), discrepancy);
      return weighted(tf.add(single, all), scalars);
    },
  }),
});

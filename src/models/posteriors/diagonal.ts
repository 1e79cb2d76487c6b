// q(z|x) = N(mu(x), diag sigma²(x)), drawn as z = mu + sigma eps (Kingma & Welling 2014).
import * as tf from '@tensorflow/tfjs';
import { member } from '../../base/family.ts';
import { standardNormalLogDensity } from '../../regularisers/gaussian-log-density.ts';
import type { Posterior, PosteriorDraw } from './posterior.ts';

/** A draw of the Gaussian that every posterior begins with. ln q is taken at eps: z - mu would round. */
export function gaussianDraw(
  { mean, logVariance }: { mean: tf.Tensor2D; logVariance: tf.Tensor2D },
  eps: tf.Tensor2D,
): PosteriorDraw {
  const z: tf.Tensor2D = tf.add(mean, tf.mul(tf.exp(tf.mul(0.5, logVariance)), eps));
  return { z, logDensity: tf.sub(standardNormalLogDensity(eps), tf.mul(0.5, tf.sum(logVariance, 1))) };
}

export const diagonalPosterior = member({
  id: 'diagonal',
  title: 'Diagonal Gaussian',
  summary: 'every dimension of a code has a mean and a spread of its own: the plain choice',
  paper: 'Kingma & Welling 2014, arXiv:1312.6114',
  params: {},
  make: (): Posterior => ({
    isDiagonal: true,
    build: (_, { latentSize }) => ({
      weights: {},
      heads: 2 * latentSize,
      draw: (__, base, ___, eps) => gaussianDraw(base, eps),
    }),
  }),
});

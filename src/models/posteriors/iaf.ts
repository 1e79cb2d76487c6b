// Inverse autoregressive flow after a diagonal Gaussian (Kingma et al. 2016): ln q(z|x) = ln q0(z0|x) - sum_k ln |det_k|. The steps see a
// context that the encoder puts out beside mean and log-variance. Every other step takes the dimensions in reverse, so that each comes
// late once, and gives them back in their own order: dimension j of z goes with dimension j of the mean.
import * as tf from '@tensorflow/tfjs';
import { member } from '../../base/family.ts';
import { inverseAutoregressive } from '../../nets/inverse-autoregressive.ts';
import type { Weights } from '../../tracing/weights.ts';
import { gaussianDraw } from './diagonal.ts';
import type { Posterior } from './posterior.ts';

export const iafPosterior = member({
  id: 'iaf',
  title: 'Inverse autoregressive flow',
  summary: 'dimensions of a code may depend on one another: the richest posterior, at the cost of two more nets',
  paper: 'Kingma et al. 2016, arXiv:1606.04934',
  params: {
    flows: { kind: 'int', default: 2, min: 1, max: 16, help: 'steps, one after another' },
    width: { kind: 'int', default: 128, min: 1, max: 4096, scale: 'log', help: 'units of each hidden layer of a step' },
    context: { kind: 'int', default: 32, min: 1, max: 1024, scale: 'log', help: 'numbers that the encoder tells the steps' },
  },
  make: ({ flows, width, context }): Posterior => ({
    isDiagonal: false,
    build: (prefix, { latentSize }) => {
      const steps = Array.from({ length: flows }, (_, k) =>
        inverseAutoregressive(`${prefix}.${k}`, { size: latentSize, context, width }),
      );
      return {
        weights: Object.assign({}, ...steps.map((step) => step.weights)) as Weights,
        heads: 2 * latentSize + context,
        draw: (tensors, base, rest, eps) => {
          let { z, logDensity } = gaussianDraw(base, eps);
          steps.forEach((step, k) => {
            const ordered = (rows: tf.Tensor2D): tf.Tensor2D => (k % 2 === 0 ? rows : tf.reverse(rows, 1));
            const { y, logDet } = step.apply(tensors, ordered(z), rest as tf.Tensor2D);
            z = ordered(y);
            logDensity = tf.sub(logDensity, logDet);
          });
          return { z, logDensity };
        },
      };
    },
  }),
});

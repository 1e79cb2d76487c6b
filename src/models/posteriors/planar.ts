// Planar flows after a diagonal Gaussian (Rezende & Mohamed 2015): ln q(z|x) = ln q0(z0|x) - sum_k ln |det_k|. The planes are put out by
// the encoder, as in the paper, since one plane for all rows could bend the space but not the posterior of one row; what it puts out is added
// to directions w that all rows share. From u and w both near 0 neither has a slope: on MNIST such planes gained nothing in 2,000 steps.
import * as tf from '@tensorflow/tfjs';
import { member } from '../../base/family.ts';
import { planarFlow, planeSize } from '../../nets/planar-flow.ts';
import { weightOf } from '../../tracing/weights.ts';
import { gaussianDraw } from './diagonal.ts';
import type { Posterior } from './posterior.ts';

/** Of what the encoder puts out: planes start as next to nothing, so that a draw starts as the Gaussian's, and turn slowly with the row. */
const SCALE = 0.1;

export const planarPosterior = member({
  id: 'planar',
  title: 'Planar flows',
  summary: 'bends each posterior along a few planes: a little richer than a Gaussian, and more so the more planes there are',
  paper: 'Rezende & Mohamed 2015, arXiv:1505.05770',
  params: {
    flows: { kind: 'int', default: 16, min: 1, max: 64, help: 'planes, one after another' },
  },
  make: ({ flows }): Posterior => ({
    isDiagonal: false,
    build: (prefix, { latentSize }) => ({
      // Of length 1, about: tanh bends a draw of standard deviation 1.
      weights: { [`${prefix}.directions`]: { shape: [flows, latentSize], start: { kind: 'normal', sd: latentSize ** -0.5 } } },
      heads: 2 * latentSize + flows * planeSize(latentSize),
      draw: (tensors, base, rest, eps) => {
        const planes = tf.split(tf.mul(SCALE, rest as tf.Tensor2D), flows, 1);
        const directions = tf.split(weightOf<tf.Tensor2D>(tensors, `${prefix}.directions`), flows); // flows × [1, latent]
        return planes.reduce(
          ({ z, logDensity }, plane, k) => {
            const [u, own, b] = tf.split(plane, [latentSize, latentSize, 1], 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
            const w: tf.Tensor2D = tf.add(own, directions[k] as tf.Tensor2D);
            const { y, logDet } = planarFlow(z, { u, w, b });
            return { z: y, logDensity: tf.sub(logDensity, logDet) };
          },
          gaussianDraw(base, eps),
        );
      },
    }),
  }),
});

// Planar flows after a diagonal Gaussian (Rezende & Mohamed 2015): ln q(z|x) = ln q0(z0|x) - sum_k ln |det_k|. The planes are put out by
// the encoder, as in the paper, since one plane for all rows could bend the space but not the posterior of one row.
import * as tf from '@tensorflow/tfjs';
import { member } from '../../base/family.ts';
import { planarFlow, planeSize } from '../../nets/planar-flow.ts';
import { gaussianDraw } from './diagonal.ts';
import type { Posterior } from './posterior.ts';

export const planarPosterior = member({
  id: 'planar',
  title: 'Planar flows',
  summary: 'bends each posterior along a few planes: a little richer than a Gaussian, most of all in few dimensions',
  paper: 'Rezende & Mohamed 2015, arXiv:1505.05770',
  params: {
    flows: { kind: 'int', default: 4, min: 1, max: 64, help: 'planes, one after another' },
  },
  make: ({ flows }): Posterior => ({
    isDiagonal: false,
    build: (_, { latentSize }) => ({
      weights: {},
      heads: 2 * latentSize + flows * planeSize(latentSize),
      draw: (__, base, rest, eps) => {
        const planes = tf.split(rest as tf.Tensor2D, flows, 1);
        return planes.reduce(
          ({ z, logDensity }, plane) => {
            const [u, w, b] = tf.split(plane, [latentSize, latentSize, 1], 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
            const { y, logDet } = planarFlow(z, { u, w, b });
            return { z: y, logDensity: tf.sub(logDensity, logDet) };
          },
          gaussianDraw(base, eps),
        );
      },
    }),
  }),
});

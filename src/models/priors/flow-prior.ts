// A prior that an invertible flow f makes of the standard normal: ln p(z) = ln N(f(z); 0, I) + ln |det df/dz|, and draws are f⁻¹(eps). It
// takes up whatever mismatch there is between codes and prior, so codes may shrink to points unseen: watch the held-out bound.
import * as tf from '@tensorflow/tfjs';
import type { Flow } from '../../nets/flow.ts';
import { standardNormalLogDensity } from '../../regularisers/gaussian-log-density.ts';
import type { Prior } from './prior.ts';

export const flowPrior = (flowOf: (prefix: string, size: number) => Flow): Prior => ({
  isStandardNormal: false,
  build: (prefix, { latentSize }) => {
    const flow = flowOf(prefix, latentSize);
    return {
      weights: flow.weights,
      logDensity: (tensors, z) => {
        const { y, logDet } = flow.forward(tensors, z);
        return tf.add(standardNormalLogDensity(y), logDet);
      },
      sample: (tensors, eps) => flow.inverse(tensors, eps).x,
    };
  },
});

// p(z) = sum_k pi_k N(z; m_k, diag v_k) with learnt pi, m and v, as in Tomczak & Welling 2018, section 4. Means start apart, or components
// that start alike would stay so: N(0, ¼) with variance ¾ each, together nearly a standard normal.
import * as tf from '@tensorflow/tfjs';
import { member } from '../../base/family.ts';
import { weightOf } from '../../tracing/weights.ts';
import type { Tensors } from '../../tracing/program.ts';
import { drawFromMixture, mixtureLogDensity, type Mixture } from './gaussian-mixture.ts';
import type { Prior } from './prior.ts';

export const mixturePrior = member({
  id: 'mixture',
  title: 'Mixture of Gaussians',
  summary: 'several clouds that go where the codes are: for data that come in kinds',
  paper: 'Tomczak & Welling 2018, arXiv:1705.07120',
  params: {
    components: { kind: 'int', default: 10, min: 1, max: 1000, scale: 'log', help: 'Gaussians; a few more than there are kinds' },
  },
  make: ({ components }): Prior => ({
    isStandardNormal: false,
    build: (prefix, { latentSize }) => {
      const [logits, means, logVariances] = [`${prefix}.logits`, `${prefix}.means`, `${prefix}.logVariances`];
      const mixture = (tensors: Tensors): Mixture => ({
        logShares: tf.logSoftmax(weightOf<tf.Tensor1D>(tensors, logits)),
        means: weightOf(tensors, means),
        logVariances: weightOf(tensors, logVariances),
      });
      return {
        weights: {
          [logits]: { shape: [components], start: { kind: 'constant', value: 0 } },
          [means]: { shape: [components, latentSize], start: { kind: 'normal', sd: 0.5 } },
          [logVariances]: { shape: [components, latentSize], start: { kind: 'constant', value: Math.log(0.75) } },
        },
        logDensity: (tensors, z) => mixtureLogDensity(z, mixture(tensors)),
        sample: (tensors, eps, u) => drawFromMixture(mixture(tensors), eps, u),
      };
    },
  }),
});

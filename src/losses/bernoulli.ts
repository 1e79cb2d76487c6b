// Bernoulli likelihood from logits l: -ln p(x | l) = sum softplus(l) - x l, which cannot overflow. With dynamic binarisation each look at
// a picture draws its pixels anew, x = (u < grey level) (Salakhutdinov & Murray 2008); only then are nats comparable. On grey levels as
// they are it is cross-entropy, not a likelihood.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { Likelihood } from './likelihood.ts';

export const bernoulli = member({
  id: 'bernoulli',
  title: 'Bernoulli',
  summary: 'pixels that are on or off: handwritten digits and other grey pictures with hard edges',
  paper: 'Salakhutdinov & Murray 2008 (dynamic binarisation)',
  params: {
    binarise: {
      kind: 'choice',
      default: 'dynamic',
      options: ['dynamic', 'none'],
      help: 'dynamic draws each pixel anew with its grey level as probability; none takes grey levels as they are',
    },
  },
  make: ({ binarise }): Likelihood => ({
    weights: {},
    start: () => ({}),
    binarises: binarise === 'dynamic',
    nats: (_, x, logits) => tf.sum(tf.sub(tf.softplus(logits), tf.mul(x, logits)), 1),
    mean: (logits) => tf.sigmoid(logits),
    report: () => ({}),
  }),
});

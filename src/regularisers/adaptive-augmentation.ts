// How strongly to augment what the discriminator sees, steered by how much it has learnt by heart (Karras et al. 2020, arXiv 2006.06676):
//   r_t = E[sign D(real)],    p ← p + sign(r_t - target) · batch / horizon, held to [0, 1].
// 0 where it tells nothing apart, 1 where it is sure of every real row. The paper averages r_t over four batches and lets p rise from 0 to 1 within
// 500,000 images at the quickest; small data and short runs want a tenth of that.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';

export interface AdaptiveAugmentation {
  readonly isOn: boolean;
  readonly target: number;
  /** p after `batch` more real rows of which `rt` is the mean sign of the discriminator's logits. */
  update(p: tf.Scalar, rt: tf.Scalar, batch: number): tf.Scalar;
}

export const adaptiveAugment = member({
  id: 'adaptiveAugment',
  title: 'Adaptive augmentation',
  summary: 'turns differentiable augmentation up while the discriminator is too sure of the training rows, and down again',
  paper: 'Karras et al. 2020, arXiv 2006.06676',
  params: {
    target: {
      kind: 'float',
      default: 0,
      min: 0,
      max: 1,
      help: 'how sure of real rows the discriminator may be before augmentation grows; 0 is off, the paper takes 0.6',
    },
    horizon: {
      kind: 'int',
      default: 50_000,
      min: 1_000,
      max: 10_000_000,
      scale: 'log',
      unit: 'rows',
      help: 'rows over which the strength can go from nothing to full; the paper takes 500,000',
    },
  },
  make: ({ target, horizon }): AdaptiveAugmentation => ({
    isOn: target > 0,
    target,
    update: (p, rt, batch) => tf.clipByValue(tf.add(p, tf.mul(tf.sign(tf.sub(rt, target)), batch / horizon)), 0, 1),
  }),
});

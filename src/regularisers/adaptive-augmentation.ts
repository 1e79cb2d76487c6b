// How strongly to augment what the discriminator sees, steered by how much it has learnt by heart (Karras et al. 2020, arXiv 2006.06676):
//   r_t = E[sign D(real)],    p ← p + sign(r_t - target) · batch / horizon, held to [0, 1].
// 0 where it tells nothing apart, 1 where it is sure of every real row. The paper averages r_t over four batches and lets p rise from 0 to 1 within
// 500,000 images at the quickest; small data and short runs want a tenth of that.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { Param } from '../base/params.ts';

export interface AdaptiveAugmentation {
  readonly isOn: boolean;
  readonly target: number;
  /** What the target is called among the knobs. */
  readonly knob: string;
  readonly strength: Param;
  /** p after `batch` more real rows of which `rt` is the mean sign of the discriminator's logits; `aim` where the target has moved. */
  update(p: tf.Scalar, rt: tf.Scalar, batch: number, aim?: tf.Scalar): tf.Scalar;
}

const target = {
  kind: 'float',
  default: 0,
  min: 0,
  max: 1,
  help: 'how sure of real rows the discriminator may be before augmentation grows; 0 is off, the paper takes 0.6',
} as const;

export const adaptiveAugment = member({
  id: 'adaptiveAugment',
  title: 'Adaptive augmentation',
  summary: 'turns differentiable augmentation up while the discriminator is too sure of the training rows, and down again',
  paper: 'Karras et al. 2020, arXiv 2006.06676',
  params: {
    target,
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
  make: ({ target: start, horizon }): AdaptiveAugmentation => ({
    isOn: start > 0,
    target: start,
    knob: 'augmentTarget',
    strength: { ...target, default: start },
    update: (p, rt, batch, aim) => tf.clipByValue(tf.add(p, tf.mul(tf.sign(tf.sub(rt, aim ?? start)), batch / horizon)), 0, 1),
  }),
});

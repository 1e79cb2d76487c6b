// A SlopePenalty draws the discriminator's slope in its own input, g = dD(x)/dx, towards a size. It is differentiated once more for the
// step, so it costs about as much again as the step without it. Strengths go with the units of the data: the discriminator sees data of
// about unit variance.
import * as tf from '@tensorflow/tfjs';
import type { Param } from '../base/params.ts';

export interface SlopePenalty {
  readonly isOn: boolean;
  /** Name of its part of the loss in reports. */
  readonly report: string;
  /** Where the slope is taken: at real rows, at generated ones, or at random points between pairs of them. */
  readonly at: 'real' | 'fake' | 'between';
  /** What its strength is called among the knobs, so that it may be moved while training. */
  readonly knob: string;
  readonly strength: Param;
  /** The factor on the strength at iteration `step`. */
  factor(step: number): number;
  /** slope [batch, inputs] → the penalty at strength 1, []. */
  of(slope: tf.Tensor2D): tf.Scalar;
}

/** |g|² of each row, [batch]. */
export const squaredNorms = (slope: tf.Tensor2D): tf.Tensor1D => tf.sum(tf.square(slope), 1);

export const slopePenaltyParams = {
  on: {
    kind: 'bool',
    default: false,
    help: 'take it up though its strength starts at 0, so that it can be turned up while training',
  },
  decaySteps: {
    kind: 'int',
    default: 0,
    min: 0,
    max: 1e9,
    unit: 'steps',
    help: 'step at which a cosine has brought the strength to a tenth; 0 for never',
  },
} as const;

/** ½ E|g|² at one kind of row, with a strength that may fall to a tenth along half a cosine, as R3GAN lets it. */
export function zeroCentred(
  at: 'real' | 'fake',
  names: { readonly report: string; readonly knob: string },
  strength: Param,
  { on, gamma, decaySteps }: { readonly on: boolean; readonly gamma: number; readonly decaySteps: number },
): SlopePenalty {
  return {
    ...names,
    at,
    isOn: on || gamma > 0,
    strength: { ...strength, default: gamma } as Param,
    factor: (step) => (decaySteps > 0 ? 0.55 + 0.45 * Math.cos(Math.PI * Math.min(1, step / decaySteps)) : 1),
    of: (slope) => tf.mul(0.5, tf.mean(squaredNorms(slope))),
  };
}

// Instance noise (Sønderby et al. 2017; Arjovsky & Bottou 2017): real and generated rows get normal noise before the discriminator sees
// them, so that the two distributions overlap and the discriminator cannot win outright. Its standard deviation falls to 0 in `steps`.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { Param } from '../base/params.ts';

export interface InstanceNoise {
  readonly isOn: boolean;
  /** What its standard deviation is called among the knobs. */
  readonly knob: string;
  readonly strength: Param;
  /** The factor on it at iteration `step`. */
  factor(step: number): number;
  /** x + sd · eps, all [batch, size]. */
  apply<T extends tf.Tensor>(x: T, eps: tf.Tensor, sd: tf.Tensor): T;
}

const sd = {
  kind: 'float',
  default: 0,
  min: 0,
  max: 100,
  help: 'standard deviation, in units of data of unit variance; 0 is off; 0.1 to 0.5',
} as const;

export const instanceNoise = member({
  id: 'instanceNoise',
  title: 'Instance noise',
  summary: 'blurs what the discriminator sees, less and less: against a discriminator that wins at once',
  paper: 'Sønderby et al. 2017, arXiv:1610.04490',
  params: {
    sd,
    steps: { kind: 'int', default: 0, min: 0, max: 1e9, unit: 'steps', help: 'steps until it has gone; 0 keeps it' },
    on: {
      kind: 'bool',
      default: false,
      help: 'take it up though it starts at 0, so that it can be turned up while training',
    },
  },
  make: ({ sd: start, steps, on }): InstanceNoise => ({
    isOn: on || start > 0,
    knob: 'instanceNoiseSd',
    strength: { ...sd, default: start },
    factor: (step) => (steps > 0 ? Math.max(0, 1 - step / steps) : 1),
    apply: (x, eps, deviation) => tf.add(x, tf.mul(deviation, eps)),
  }),
});

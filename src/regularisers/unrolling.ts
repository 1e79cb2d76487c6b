// The unrolled discriminator (Metz et al. 2017): the generator's loss is that against the discriminator as it will be after `steps` plain
// gradient steps from here, w_{k+1} = w_k - rate · dL_D/dw, and is differentiated through those steps. A generator that would flee to
// another mode sees the discriminator follow. Costs about (steps + 1) times a generator's step; the discriminator itself learns as always.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';

export interface Unrolling {
  readonly isOn: boolean;
  /** `values` after the steps; `loss` is the discriminator's in those values. */
  unroll(loss: (...values: tf.Tensor[]) => tf.Scalar, values: readonly tf.Tensor[]): tf.Tensor[];
}

export const unrolling = member({
  id: 'unrolling',
  title: 'Unrolled discriminator',
  summary: 'the generator looks some of the discriminator’s steps ahead: against cycling through modes',
  paper: 'Metz et al. 2017, arXiv:1611.02163',
  params: {
    steps: { kind: 'int', default: 0, min: 0, max: 20, help: 'steps looked ahead; 0 is off; 5 to 10' },
    rate: { kind: 'float', default: 0.05, min: 1e-6, max: 10, scale: 'log', help: 'rate of those plain gradient steps' },
  },
  make: ({ steps, rate }): Unrolling => ({
    isOn: steps > 0,
    unroll: (loss, values) => {
      let now = [...values];
      for (let step = 0; step < steps; step++) {
        const slopes = tf.grads(loss)(now);
        now = now.map((value, i) => tf.sub(value, tf.mul(rate, slopes[i] as tf.Tensor)));
      }
      return now;
    },
  }),
});

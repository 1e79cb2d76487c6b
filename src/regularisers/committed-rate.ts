// A committed rate, the static form of delta-VAE (Razavi, van den Oord, Poole & Vinyals 2019): the posterior family is cut down so that no
// member of it is the prior. With sigma <= s < 1, KL_j >= ½ (s² - ln s² - 1) for every mean; s is solved for from the nats asked for. The
// bound is met smoothly: ln sigma'² = ln s² - softplus(ln s² - ln sigma²). (The paper's own form is an autoregressive prior over sequences.)
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';

/** The largest ln s² <= 0 at which ½ (s² - ln s² - 1) is `nats`: with L = ln s², e^L - L - 1 = 2 nats, falling in L. */
export function logVarianceAt(nats: number): number {
  let [low, high] = [-2 * nats - 1, 0]; // at L = -2 nats - 1 it is more than 2 nats
  for (let halving = 0; halving < 100; halving++) {
    const middle = 0.5 * (low + high);
    if (Math.expm1(middle) - middle > 2 * nats) low = middle;
    else high = middle;
  }
  return low;
}

export interface CommittedRate {
  readonly isOn: boolean;
  /** Log-variances below the bound, [batch, latent]. */
  apply(logVariance: tf.Tensor2D): tf.Tensor2D;
}

export const committedRate = member({
  id: 'committedRate',
  title: 'Committed rate',
  summary: 'keeps every posterior narrower than the prior, so that each dimension costs some nats whatever it says',
  paper: 'Razavi et al. 2019 (delta-VAE), arXiv:1901.03416',
  params: {
    nats: { kind: 'float', default: 0, min: 0, max: 20, unit: 'nats', help: 'least KL of each dimension of each row; 0 is off' },
  },
  make: ({ nats }): CommittedRate => {
    const bound = logVarianceAt(nats);
    return {
      isOn: nats > 0,
      apply: (logVariance) => (nats > 0 ? tf.sub(bound, tf.softplus(tf.sub(bound, logVariance))) : logVariance),
    };
  },
});

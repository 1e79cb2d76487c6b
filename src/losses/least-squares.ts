// Least squares (Mao et al. 2017), with targets 1 for real and 0 for generated rows:
//   D: ½ (s_real - 1)² + ½ s_fake²,  G: ½ (s_fake - 1)².
// Rows far on the right side still pull, so the generator's slopes do not die out.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { AdversarialLoss } from './adversarial.ts';

const halfSquare = (away: tf.Tensor): tf.Scalar => tf.mul(0.5, tf.mean(tf.square(away)));

export const leastSquares = member({
  id: 'least-squares',
  title: 'Least squares',
  summary: 'scores are drawn to 1 and 0: steadier slopes than logarithms give',
  paper: 'Mao et al. 2017, arXiv:1611.04076',
  params: {},
  make: (): AdversarialLoss => ({
    discriminator: (real, fake) => tf.add(halfSquare(tf.sub(real, 1)), halfSquare(fake)),
    generator: (_, fake) => halfSquare(tf.sub(fake, 1)),
    isPaired: false,
    middle: 0.5,
  }),
});

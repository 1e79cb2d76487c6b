// The non-saturating loss of the first GAN (Goodfellow et al. 2014, section 3), from logits s:
//   D: softplus(-s_real) + softplus(s_fake),  G: softplus(-s_fake).
// Where the discriminator cannot tell, D is at 2 ln 2 = 1.386 and G at ln 2 = 0.693.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { AdversarialLoss } from './adversarial.ts';

export const nonSaturating = member({
  id: 'non-saturating',
  title: 'Non-saturating',
  summary: 'the first GAN’s: strong slopes while the generator is poor; drops modes when left alone',
  paper: 'Goodfellow et al. 2014, arXiv:1406.2661',
  params: {},
  make: (): AdversarialLoss => ({
    discriminator: (real, fake) => tf.add(tf.mean(tf.softplus(tf.neg(real))), tf.mean(tf.softplus(fake))),
    generator: (_, fake) => tf.mean(tf.softplus(tf.neg(fake))),
    isPaired: false,
    middle: 0,
  }),
});

// The relativistic pairing loss (Jolicoeur-Martineau 2018; Huang et al. 2024, R3GAN): each generated row is compared with a real one,
//   D: softplus(-(s_real - s_fake)),  G: softplus(-(s_fake - s_real)).
// Dropping a mode never pays, since every real row must be matched. It diverges without R1 and R2 (R3GAN, section 2).
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { AdversarialLoss } from './adversarial.ts';

const behind = (one: tf.Tensor, other: tf.Tensor): tf.Scalar => tf.mean(tf.softplus(tf.sub(other, one)));

export const relativistic = member({
  id: 'relativistic',
  title: 'Relativistic pairing',
  summary: 'compares each sample with a real row: with R1 and R2 the surest against lost modes',
  paper: 'Huang, Gokaslan, Kuleshov & Tompkin 2024 (R3GAN), arXiv:2501.05441; Jolicoeur-Martineau 2018, arXiv:1807.00734',
  params: {},
  make: (): AdversarialLoss => ({
    discriminator: (real, fake) => behind(real, fake),
    generator: (real, fake) => behind(fake, real),
    isPaired: true,
  }),
});

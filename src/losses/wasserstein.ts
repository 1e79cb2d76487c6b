// The Wasserstein loss (Arjovsky, Chintala & Bottou 2017): D: s_fake - s_real,  G: -s_fake, meant over the batch. It estimates the distance
// of the two distributions only while the critic's slope is bounded: add the gradient penalty, and several critic steps.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { AdversarialLoss } from './adversarial.ts';

export const wasserstein = member({
  id: 'wasserstein',
  title: 'Wasserstein',
  summary: 'a distance of distributions; needs the gradient penalty and several critic steps',
  paper: 'Arjovsky, Chintala & Bottou 2017, arXiv:1701.07875',
  params: {},
  make: (): AdversarialLoss => ({
    discriminator: (real, fake) => tf.sub(tf.mean(fake), tf.mean(real)),
    generator: (_, fake) => tf.neg(tf.mean(fake)),
    isPaired: false,
  }),
});

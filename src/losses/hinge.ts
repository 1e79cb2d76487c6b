// The hinge loss (Lim & Ye 2017; Miyato et al. 2018): D: max(0, 1 - s_real) + max(0, 1 + s_fake),  G: -s_fake.
// Rows that are told apart by a margin of 1 teach the discriminator nothing more. Usually goes with spectral normalisation.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { AdversarialLoss } from './adversarial.ts';

export const hinge = member({
  id: 'hinge',
  title: 'Hinge',
  summary: 'learns only from rows that are not yet told apart by a margin; take it with spectral normalisation',
  paper: 'Lim & Ye 2017, arXiv:1705.02894',
  params: {},
  make: (): AdversarialLoss => ({
    discriminator: (real, fake) => tf.add(tf.mean(tf.relu(tf.sub(1, real))), tf.mean(tf.relu(tf.add(1, fake)))),
    generator: (_, fake) => tf.neg(tf.mean(fake)),
    isPaired: false,
    middle: 0,
  }),
});

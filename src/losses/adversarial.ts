// What two players of a GAN minimise, from the discriminator's logits of real and generated rows. Both may look at both: relativistic losses
// compare them.
import type * as tf from '@tensorflow/tfjs';

export interface AdversarialLoss {
  /** [batch] or [batch, 1] logits of as many real as generated rows → the discriminator's loss, []. */
  discriminator(real: tf.Tensor, fake: tf.Tensor): tf.Scalar;
  /** The same for the generator. */
  generator(real: tf.Tensor, fake: tf.Tensor): tf.Scalar;
  /** The generator's loss looks at real rows too. */
  readonly isPaired: boolean;
  /** The logit that says neither real nor generated; absent where only differences of logits mean something. */
  readonly middle?: number;
}

// The rate: what codes cost, nats a row, with free bits where they can act: KL + sum_j max(lambda, KL_j) - sum_j KL_j, KL_j being that of
// dimension j from N(0, 1), meant over the batch (Kingma et al. 2016). For a diagonal posterior and a normal prior the last term is the KL
// itself and the sum is free bits as published; with a richer prior it lifts only the pull of dimensions that say less than lambda.
// Every objective multiplies its whole pull by the model's beta, so that annealing acts on all of them alike.
import * as tf from '@tensorflow/tfjs';
import type { Tensors } from '../tracing/program.ts';
import { freeBits } from './free-bits.ts';
import type { LatentTerms } from './objective.ts';

export function rate({ klPerDimension, kl }: LatentTerms, scalars: Tensors): tf.Scalar {
  const lifted = tf.sub(freeBits(klPerDimension, scalars['freeBits'] as tf.Scalar), tf.sum(klPerDimension));
  return tf.add(lifted, kl);
}

/** `pull` times the model's beta as it stands at this step. */
export const weighted = (pull: tf.Scalar, scalars: Tensors): tf.Scalar => tf.mul(scalars['beta'] as tf.Scalar, pull);

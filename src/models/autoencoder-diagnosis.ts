// What an evaluation asks of an autoencoder's training: how large each player's gradient is, and how hard the two halves of the loss pull at the
// encoder, reconstruction one way and what holds codes in place (KL, commitment …) the other. Where both rest in balance the pulls are as
// long as each other; an encoder whose reconstruction pulls with next to nothing is one whose decoder does not listen.
import * as tf from '@tensorflow/tfjs';
import type { Tensors } from '../tracing/program.ts';
import { globalNorm } from './gradient-clip.ts';

export interface AutoencoderLosses {
  /** Of the batch, by the weights in `using`. */
  readonly whole: (using: Tensors) => tf.Scalar;
  readonly reconstruction: (using: Tensors) => tf.Scalar;
}

/** `players`: the names of each one's weights, the encoder's among them. Puts out `<player>GradientNorm`, reconstructionPull and penaltyPull. */
export function autoencoderGradients(
  tensors: Tensors,
  players: Readonly<Record<string, readonly string[]>>,
  { whole, reconstruction }: AutoencoderLosses,
): Tensors {
  const gradients = (names: readonly string[], loss: (using: Tensors) => tf.Scalar): tf.Tensor[] => {
    const ofWeights = (...weights: tf.Tensor[]): tf.Scalar =>
      loss({ ...tensors, ...Object.fromEntries(names.map((name, i) => [name, weights[i] as tf.Tensor])) });
    return tf.valueAndGrads(ofWeights)(names.map((name) => tensors[name] as tf.Tensor)).grads;
  };
  const encoder = players['encoder'] as readonly string[];
  const names = Object.values(players).flat();
  const all = gradients(names, whole);
  const of = (weights: readonly string[]): tf.Tensor[] => weights.map((name) => all[names.indexOf(name)] as tf.Tensor);
  const pull = gradients(encoder, reconstruction);
  const penalty = of(encoder).map((gradient, i) => tf.sub(gradient, pull[i] as tf.Tensor));
  return {
    ...Object.fromEntries(Object.entries(players).map(([player, weights]) => [`${player}GradientNorm`, globalNorm(of(weights))])),
    reconstructionPull: globalNorm(pull),
    penaltyPull: globalNorm(penalty),
  };
}

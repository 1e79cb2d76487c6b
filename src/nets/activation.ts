// Activations and the variance gains that go with them: a weight of fan-in n starts with variance gain² / n, so that signals keep their
// size from layer to layer (He et al. 2015 for the rectifiers, Glorot & Bengio 2010 for the rest).
import * as tf from '@tensorflow/tfjs';

export const activationNames = ['relu', 'leaky-relu', 'elu', 'silu', 'tanh', 'linear'] as const;
export type ActivationName = (typeof activationNames)[number];

const LEAK = 0.2;

const activations: Readonly<Record<ActivationName, { gain: number; apply: <T extends tf.Tensor>(x: T) => T }>> = {
  relu: { gain: Math.SQRT2, apply: (x) => tf.relu(x) },
  'leaky-relu': { gain: Math.sqrt(2 / (1 + LEAK ** 2)), apply: (x) => tf.leakyRelu(x, LEAK) },
  elu: { gain: Math.sqrt(1.55), apply: (x) => tf.elu(x) },
  silu: { gain: Math.sqrt(2.8), apply: (x) => tf.mul(x, tf.sigmoid(x)) },
  tanh: { gain: 5 / 3, apply: (x) => tf.tanh(x) },
  linear: { gain: 1, apply: (x) => x },
};

export const activate = <T extends tf.Tensor>(name: ActivationName, x: T): T => activations[name].apply(x);

/** E[f(x)²] = 1 / gain² for standard normal x: the scale that the next layer has to make good. */
export const gainOf = (name: ActivationName): number => activations[name].gain;

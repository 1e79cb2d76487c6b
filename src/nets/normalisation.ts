// Layer normalisation (Ba, Kiros & Hinton 2016): each sample's features to mean 0 and variance 1, then a learnt gain and bias for each
// channel. y = gain (x - m) / sqrt(v + eps) + bias. It does the same while training and afterwards, and needs no running statistics.
import * as tf from '@tensorflow/tfjs';
import type { Tensors } from '../tracing/program.ts';
import { weightOf, type Weights } from '../tracing/weights.ts';

const EPSILON = 1e-5;

export const normalisationNames = ['none', 'layer'] as const;
export type NormalisationName = (typeof normalisationNames)[number];

export function normalisationWeights(name: NormalisationName, prefix: string, channels: number): Weights {
  if (name === 'none') return {};
  return {
    [`${prefix}.gain`]: { shape: [channels], start: { kind: 'constant', value: 1 } },
    [`${prefix}.shift`]: { shape: [channels], start: { kind: 'constant', value: 0 } },
  };
}

/** x is [batch, …, channels]; the statistics are taken over all but the batch. */
export function normalise<T extends tf.Tensor>(name: NormalisationName, prefix: string, weights: Tensors, x: T): T {
  if (name === 'none') return x;
  const axes = x.shape.slice(1).map((_, axis) => axis + 1);
  const centred = tf.sub(x, tf.mean(x, axes, true));
  const variance = tf.mean(tf.square(centred), axes, true);
  const scaled = tf.mul(centred, tf.rsqrt(tf.add(variance, EPSILON)));
  return tf.add(tf.mul(scaled, weightOf(weights, `${prefix}.gain`)), weightOf(weights, `${prefix}.shift`));
}

// A Prior is the density that codes are held to, and what samples are drawn from.
import type * as tf from '@tensorflow/tfjs';
import type { Rng } from '../../base/rng.ts';
import type { Arrays, Tensors } from '../../tracing/program.ts';
import type { Weights } from '../../tracing/weights.ts';

/** Rows [count, sampleSize] as the encoder sees them → the posterior's mean and log-variance, [count, latent] each. */
export type Encode = (rows: tf.Tensor2D) => readonly [mean: tf.Tensor2D, logVariance: tf.Tensor2D];

/** The sizes that a prior's or posterior's weights depend on. */
export interface CodeSizes {
  readonly latentSize: number;
  /** Values of a row. */
  readonly sampleSize: number;
  /** Where all values of a row lie as the encoder sees them; absent where they may be anything. */
  readonly range?: readonly [low: number, high: number];
}

export interface BuiltPrior {
  readonly weights: Weights;
  /** Weights that start from data or are drawn otherwise; the rest start as `weights` says. `rows` [count, sampleSize] are training rows as the encoder sees them. */
  start?(rng: Rng, rows: Float32Array): Arrays;
  /** log p(z), nats, [batch]. */
  logDensity(tensors: Tensors, z: tf.Tensor2D, encode: Encode): tf.Tensor1D;
  /** Standard normal eps [batch, latent] and uniform u [batch] → draws, [batch, latent]. */
  sample(tensors: Tensors, eps: tf.Tensor2D, u: tf.Tensor1D, encode: Encode): tf.Tensor2D;
}

export interface Prior {
  /** p(z) = N(0, I): KL has a closed form, and samples need no weights. */
  readonly isStandardNormal: boolean;
  /** `prefix` begins every weight's name. */
  build(prefix: string, sizes: CodeSizes): BuiltPrior;
}

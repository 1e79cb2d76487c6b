// An Objective says what a VAE minimises beside the reconstruction: a pull on its codes, in nats a row, made of the terms below.
import type * as tf from '@tensorflow/tfjs';
import type { Params, ParamValues } from '../base/params.ts';
import type { Noise } from '../tracing/noise.ts';
import type { Tensors } from '../tracing/program.ts';
import type { Weights } from '../tracing/weights.ts';

/** What is known of a batch's codes. [batch, latent] unless said otherwise; all differentiable. */
export interface LatentTerms {
  /** Of the posterior before any flow. */
  readonly mean: tf.Tensor2D;
  readonly logVariance: tf.Tensor2D;
  /** One draw from the posterior, after its flow. */
  readonly z: tf.Tensor2D;
  /** Mean over the batch of KL(q(z_j|x) || N(0, 1)), nats, [latent]. */
  readonly klPerDimension: tf.Tensor1D;
  /** Mean over the batch of the KL divergence from the prior, nats, []: exact for a diagonal posterior and a normal prior, else from the draw. */
  readonly kl: tf.Scalar;
  /** Draws from the prior; only for an objective that says it `uses` them. */
  readonly prior: tf.Tensor2D;
}

/** A second player that learns from codes alone, in a program of its own after the model's. */
export interface Adversary {
  weights(latentSize: number): Weights;
  readonly learningRate: number;
  noise(batch: number, latentSize: number): Noise;
  /** What it minimises; z is a batch of draws, held fixed. */
  loss(tensors: Tensors, z: tf.Tensor2D, noise: Tensors): tf.Scalar;
}

export interface Objective {
  /** What may move while training: the defaults are the values at the start. They come in as scalars of their names, scheduled by `schedule`. */
  readonly knobs: Params;
  /** The scalars of iteration `step` that are not simply the knobs. */
  schedule?(step: number, knobs: ParamValues): Record<string, number>;
  /** What it needs beside the knobs: `terms.prior`, or `scalars.rows`, the number of training rows. */
  readonly uses?: readonly ('prior' | 'rows')[];
  /** The pull, nats a row, []. `tensors` holds the adversary's weights where there is one; `scalars` the knobs. */
  penalty(terms: LatentTerms, tensors: Tensors, scalars: Tensors): tf.Scalar;
  /** Draws z of the importance-weighted bound; 1 unless said. With more, the bound takes the place of reconstruction + penalty. */
  readonly draws?: number;
  readonly adversary?: Adversary;
}

// A Posterior turns what the encoder puts out into draws of z and their density q(z|x).
import type * as tf from '@tensorflow/tfjs';
import type { Tensors } from '../../tracing/program.ts';
import type { Weights } from '../../tracing/weights.ts';
import type { CodeSizes } from '../priors/prior.ts';

export interface PosteriorDraw {
  /** [batch, latent] */
  readonly z: tf.Tensor2D;
  /** log q(z|x), nats, [batch]. */
  readonly logDensity: tf.Tensor1D;
}

export interface BuiltPosterior {
  readonly weights: Weights;
  /** Numbers that the encoder puts out for a row: mean, log-variance, then whatever else the flow takes. At least 2 × latent. */
  readonly heads: number;
  /** `base` is the diagonal Gaussian of the first 2 × latent heads; `rest` the others, [batch, heads - 2 latent]. */
  draw(
    tensors: Tensors,
    base: { mean: tf.Tensor2D; logVariance: tf.Tensor2D },
    rest: tf.Tensor2D | undefined,
    eps: tf.Tensor2D,
  ): PosteriorDraw;
}

export interface Posterior {
  /** q(z|x) is the diagonal Gaussian itself: KL has a closed form. */
  readonly isDiagonal: boolean;
  build(prefix: string, sizes: CodeSizes): BuiltPosterior;
}

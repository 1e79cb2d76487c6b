// The functions a VAE is made of: how it sees a row, what its encoder makes of it, a draw and its densities, and what the decoder draws.
// Training, evaluation and everything shown later are programs over these.
import * as tf from '@tensorflow/tfjs';
import { sampleSize, type SampleShape } from '../datasets/dataset.ts';
import type { Likelihood } from '../losses/likelihood.ts';
import type { NetPair, NetShape } from '../nets/net.ts';
import type { CommittedRate } from '../regularisers/committed-rate.ts';
import type { NormalisedMeans } from '../regularisers/normalised-means.ts';
import type { Specs, Tensors } from '../tracing/program.ts';
import { weightSpecs, type Weights } from '../tracing/weights.ts';
import type { Posterior } from './posteriors/posterior.ts';
import type { Encode, Prior } from './priors/prior.ts';
import type { RowView } from './row-view.ts';

export interface VaeParts {
  readonly sample: SampleShape;
  readonly latentSize: number;
  readonly view: RowView;
  readonly nets: NetPair;
  readonly likelihood: Likelihood;
  readonly posterior: Posterior;
  readonly prior: Prior;
  readonly normalisedMeans: NormalisedMeans;
  readonly committedRate: CommittedRate;
}

/** What the encoder says of rows. */
export interface Heads {
  /** The diagonal Gaussian before any flow, [batch, latent] each. */
  readonly mean: tf.Tensor2D;
  readonly logVariance: tf.Tensor2D;
  /** What else the posterior's flow takes. */
  readonly rest: tf.Tensor2D | undefined;
  /** Running statistics that this batch has moved. */
  readonly statistics: Readonly<Record<string, tf.Tensor>>;
}

export interface Draw {
  /** [batch, latent] */
  readonly z: tf.Tensor2D;
  /** log q(z|x) - log p(z), nats, [batch]. */
  readonly logRatio: tf.Tensor1D;
}

export type VaeNets = ReturnType<typeof vaeNets>;

export function vaeNets(parts: VaeParts) {
  const { sample, latentSize, view, normalisedMeans, committedRate } = parts;
  const size = sampleSize(sample);
  const shape: NetShape = sample.kind === 'picture' ? sample : { kind: 'vector', size };
  const sizes = { latentSize, sampleSize: size, ...(sample.kind === 'picture' ? { range: [0, 1] as const } : {}) };
  const posterior = parts.posterior.build('posterior', sizes);
  const prior = parts.prior.build('prior', sizes);
  const encoder = parts.nets.down('encoder', shape, posterior.heads);
  const decoder = parts.nets.up('decoder', latentSize, shape);
  const encoderWeights: Weights = { ...encoder.weights, ...posterior.weights, ...normalisedMeans.weights(latentSize) };

  const heads = (tensors: Tensors, x: tf.Tensor2D, isTraining: boolean): Heads => {
    const made = encoder.apply(tensors, x); // [batch, heads]
    const rest = posterior.heads - 2 * latentSize;
    const columns = (from: number, count: number): tf.Tensor2D => tf.slice(made, [0, from], [-1, count]);
    const normalised = normalisedMeans.apply(tensors, columns(0, latentSize), isTraining);
    const logVariance = committedRate.apply(columns(latentSize, latentSize));
    const more = rest > 0 ? columns(2 * latentSize, rest) : undefined;
    return { mean: normalised.mean, logVariance, rest: more, statistics: normalised.statistics };
  };

  const encodeWith =
    (tensors: Tensors): Encode =>
    (rows) => {
      const { mean, logVariance } = heads(tensors, rows, false);
      return [mean, logVariance];
    };

  const draw = (tensors: Tensors, { mean, logVariance, rest }: Heads, eps: tf.Tensor2D): Draw => {
    const { z, logDensity } = posterior.draw(tensors, { mean, logVariance }, rest, eps);
    return { z, logRatio: tf.sub(logDensity, prior.logDensity(tensors, z, encodeWith(tensors))) };
  };

  /** The code of a row: its mean, carried through the flow; [batch, latent]. */
  const code = (tensors: Tensors, { mean, logVariance, rest }: Heads): tf.Tensor2D =>
    parts.posterior.isDiagonal ? mean : posterior.draw(tensors, { mean, logVariance }, rest, tf.zerosLike(mean)).z;

  /** What is decoded, in the units of the data. */
  const shown = (tensors: Tensors, z: tf.Tensor2D): tf.Tensor2D => view.shown(tensors, decoder.apply(tensors, z));

  return {
    size,
    encoder: { specs: weightSpecs(encoderWeights), weights: encoderWeights },
    decoder: { specs: weightSpecs(decoder.weights), weights: decoder.weights, apply: decoder.apply.bind(decoder) },
    prior: { ...prior, specs: weightSpecs(prior.weights) },
    /** Column means and spreads, and running statistics: state that no gradient moves. */
    fixed: { ...view.state, ...normalisedMeans.statistics(latentSize) } satisfies Specs,
    heads,
    encodeWith,
    draw,
    code,
    shown,
  };
}

// A Metric is a number about a trained model, measured on the posteriors of a fixed set of rows.
import { KarstError } from '../base/errors.ts';
import { columnMeans, covariance, matrix, takeRows, type Matrix } from '../base/matrix.ts';
import type { Rng } from '../base/rng.ts';

/** Diagonal Gaussian posteriors q(z|x_i), one row a data row. */
export interface Posteriors {
  /** [rows, latent] */
  readonly mean: Matrix;
  /** [rows, latent] */
  readonly logVariance: Matrix;
  /** What the model says of its prior; N(0, I) where absent. */
  readonly prior?: PriorDraws;
  /** Where codes are entries of a codebook: no Gaussians then, and log-variances only say how much is rounded away. */
  readonly codebook?: ChosenCodes;
}

/** Entries of a codebook, as rows chose them. */
export interface ChosenCodes {
  /** Entries of the codebook, K. */
  readonly codes: number;
  /** Codes that describe a row. */
  readonly slots: number;
  /** Which entry each slot chose, [rows, slots]. */
  readonly chosen: Float32Array;
  /** What the choices cost under the prior, each slot's shared out over its numbers, nats, [rows, latent]. */
  readonly nats: Float32Array;
  /** Part of the rows' variance that their reconstructions have, where they were drawn. */
  readonly explained?: number;
}

export interface PriorDraws {
  /** Draws from it, [draws, latent]. */
  readonly z: Matrix;
  /** ln p at each draw, nats; absent where the model cannot tell. */
  readonly logDensity?: Float64Array;
  /** A draw from each row's posterior, [rows, latent], with ln p there. */
  readonly atCodes?: { readonly z: Matrix; readonly logDensity: Float64Array };
}

export type Unit =
  | 'nats'
  | 'dimensions'
  | 'correlation'
  | 'share' // 0 … 1
  | 'balance' // -1 … 1, 0 where neither side outweighs
  | 'ratio' // of two like things, 1 where they are alike
  | 'slope' // change of what is drawn, or of a logit, for each unit of what it hangs on
  | 'logit'
  | 'loss' // in units of what is minimised
  | 'count'
  | 'bins'
  | 'z-score'
  | 'distance' // in the units of the space that was measured
  | 'squared distance';

/** A number for each row of one of the sets that were measured, in their order. */
export interface PerPoint {
  /** `draws`: codes drawn from the prior. */
  readonly of: 'heldOut' | 'samples' | 'training' | 'draws';
  /** What the number says: "1 where a sample lies in the row's ball". */
  readonly title?: string;
  readonly values: Float32Array;
}

export interface Beside {
  readonly title: string;
  readonly value: number;
  readonly unit: Unit;
}

export interface Measured {
  readonly value: number;
  readonly unit: Unit;
  /** The part of each latent dimension, where the value is made of such parts. */
  readonly perDimension?: Float64Array;
  /** The largest value that so many rows can show. */
  readonly cap?: number;
  /** What the value is made of, row by row. */
  readonly perPoint?: readonly PerPoint[];
  /** Numbers that are read with it: the divergence of the bins' shares beside how many of them differ. */
  readonly beside?: readonly Beside[];
  /** What samples of the data's own distribution are expected to give, where that is known. */
  readonly expected?: number;
  /** What a reader must know: "3 columns are constant and were left out". */
  readonly notes?: readonly string[];
  /** Rows that it was measured on. */
  readonly rows: number;
}

/** `rng` draws the samples of metrics that need some; the others leave it alone. */
export type Metric = (posteriors: Posteriors, rng: Rng) => Measured;

export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

export function checkPosteriors({ mean, logVariance }: Posteriors): void {
  if (mean.rows !== logVariance.rows || mean.cols !== logVariance.cols) {
    const sizes = `${mean.rows} × ${mean.cols} and ${logVariance.rows} × ${logVariance.cols}`;
    throw new KarstError('internal', `means and log-variances must have one size, got ${sizes}`);
  }
  if (mean.rows < 2) throw new KarstError('usage', `a latent space is measured on two rows or more, got ${mean.rows}`);
}

/** Covariance of the posterior means over the rows, [latent, latent]. */
export function meanCovariance({ mean }: Posteriors): Float64Array {
  return covariance(mean, columnMeans(mean));
}

/** One draw from each posterior, z = mean + exp(logVariance / 2) eps; [rows, latent]. */
export function drawPosteriors({ mean, logVariance }: Posteriors, rng: Rng): Matrix {
  const z = matrix(mean.rows, mean.cols);
  for (let at = 0; at < z.data.length; at++) {
    z.data[at] = (mean.data[at] as number) + Math.exp((logVariance.data[at] as number) / 2) * rng.normal();
  }
  return z;
}

/** The same rows of means and log-variances, at most `most`, evenly taken; draws from the prior all the same. */
export function evenRows(posteriors: Posteriors, most: number): Posteriors {
  const { mean, logVariance, prior, codebook } = posteriors;
  if (mean.rows <= most) return posteriors;
  const taken = Array.from({ length: most }, (_, i) => Math.floor((i * mean.rows) / most));
  const atCodes = prior?.atCodes && {
    z: takeRows(prior.atCodes.z, taken),
    logDensity: Float64Array.from(taken, (i) => prior.atCodes?.logDensity[i] as number),
  };
  const rowsOf = (values: Float32Array): Float32Array =>
    takeRows(matrix(mean.rows, values.length / mean.rows, values), taken).data;
  return {
    mean: takeRows(mean, taken),
    logVariance: takeRows(logVariance, taken),
    ...(codebook ? { codebook: { ...codebook, chosen: rowsOf(codebook.chosen), nats: rowsOf(codebook.nats) } } : {}),
    ...(prior ? { prior: { ...prior, ...(atCodes ? { atCodes } : {}) } } : {}),
  };
}

/** ln N(z; 0, I) of each row, nats. */
export function standardNormalLogDensity({ rows, cols, data }: Matrix): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => {
    let squares = 0;
    for (let j = 0; j < cols; j++) squares += (data[i * cols + j] as number) ** 2;
    return -0.5 * (squares + cols * Math.log(2 * Math.PI));
  });
}

/** What a metric measures, or why it has no meaning here: it lacks labels, known modes, enough rows. */
export function attempt(measure: () => Measured): Measured | { readonly lacks: string } {
  try {
    return measure();
  } catch (thrown) {
    if (thrown instanceof KarstError && (thrown.code === 'unsupported' || thrown.code === 'usage'))
      return { lacks: thrown.message };
    throw thrown;
  }
}

// A Model owns its training step: which programs run, in which order, with which noise and schedule. The loop only knows this interface.
import type { Rng } from '../base/rng.ts';
import type { Params, ParamValues } from '../base/params.ts';
import type { Dataset, SampleShape } from '../datasets/dataset.ts';
import type { Arrays, Program, Specs } from '../tracing/program.ts';

/** One program of a training iteration. A VAE has one; a GAN has the critic's (several times) and the generator's. */
export interface TrainingPart {
  readonly program: Program;
  /** Inputs beside the batch for iteration `step`: noise from `rng` (already derived for this step and part) and scheduled scalars. */
  inputs(step: number, rng: Rng, knobs: ParamValues): Arrays;
}

/** The rows a model learns from. It may look at them once, before the first step, for means and spreads. */
export interface TrainingRows {
  readonly dataset: Dataset;
  readonly rows: Int32Array;
}

export interface Model {
  /** The family member's id: vae. */
  readonly id: string;
  /** Every parameter it was made of, under dotted names (`model.latentSize`, `net.width`), with `auto` resolved. */
  readonly params: ParamValues;
  readonly sample: SampleShape;
  readonly latentSize: number;
  /** Everything a checkpoint holds: weights, optimiser slots, running statistics. */
  readonly state: Specs;
  initialise(rng: Rng, data: TrainingRows): Arrays;
  /** Knobs that may change while training runs: learning rate, beta … Their declared defaults are the values at the start. */
  readonly knobs: Params;
  /** The iteration's programs in order. Each takes `x` [batchSize, sampleSize] among its inputs and puts out loss parts as scalars; outputs named `kl.perDimension` are [latent]. */
  training(batchSize: number): readonly TrainingPart[];
  /** x [batch, sampleSize] → mean, logVariance [batch, latent] */
  encode(batch: number): Program;
  /** z [batch, latent] → x [batch, sampleSize], the likelihood's mean */
  decode(batch: number): Program;
  /** x, eps [batch, latent] (and u [batch, sampleSize] where data are binarised) → mean, logVariance, reconstruction [batch] nats, kl [batch, latent] nats */
  evaluate(batch: number): Program;
}

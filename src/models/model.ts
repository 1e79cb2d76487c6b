// A Model owns its training step: which programs run, in which order, with which noise and schedule. The loop only knows this interface.
import type { Rng } from '../base/rng.ts';
import type { Params, ParamValues } from '../base/params.ts';
import type { Dataset, SampleShape } from '../datasets/dataset.ts';
import type { Arrays, Program, Specs } from '../tracing/program.ts';

/** Scalars of the state that decide how often parts run, by name. */
export type Control = Readonly<Record<string, number>>;

/** One program of a training iteration. A VAE has one; a GAN has the critic's (several times) and the generator's. */
export interface TrainingPart {
  readonly program: Program;
  /** Inputs beside the batch for iteration `step`: noise from `rng` (already derived for this step and part) and scheduled scalars. */
  inputs(step: number, rng: Rng, knobs: ParamValues): Arrays;
  /** A part that may run several times in an iteration, each time on rows of its own. Others run once, all on the iteration's rows. */
  readonly turns?: {
    readonly most: number;
    /** How many of them in iteration `step`, 0 … most. */
    now(control: Control, step: number): number;
  };
}

/**
 * A program that looks at what training does and moves nothing: for evaluations, never in the step. It takes `x`, rows that are trained on, and
 * `heldOut`, as many that are not, where its inputs name them.
 */
export interface Diagnosis extends Pick<TrainingPart, 'program' | 'inputs'> {
  /** The logit that says neither real nor made, where outputs are logits and there is such a one. */
  readonly middle?: number;
}

/** One player's Adam, as it was at its last step of the iterations up to `step`. */
export interface Optimiser {
  /** encoder, decoder, generator … */
  readonly player: string;
  /** The weights that it moves; their slots are `adam.m.<weight>` and `adam.v.<weight>`. */
  readonly weights: readonly string[];
  readonly rate: number;
  /** Its count of steps as the bias corrections have it. */
  readonly t: number;
  readonly beta1: number;
  readonly beta2: number;
}

/** The rows a model learns from. It may look at them once, before the first step, for means and spreads. */
export interface TrainingRows {
  readonly dataset: Dataset;
  readonly rows: Int32Array;
}

/** Weights that a generator is shown with: their moving average where the model keeps one, or as they are. */
export type WeightsShown = 'average' | 'raw';

export interface Model {
  /** The family member's id: vae, gan. */
  readonly id: string;
  /** Every parameter it was made of, under dotted names (`model.latentSize`, `net.width`), with `auto` resolved. */
  readonly params: ParamValues;
  readonly sample: SampleShape;
  readonly latentSize: number;
  /** `evaluate` scores a bound on log p(x): reconstruction and KL in nats. Without one (a GAN) reconstruction is a residual, and samples are judged. */
  readonly hasBound: boolean;
  /** The KL of a row is known from draws only (a flow, a richer prior): its mean is that of `evaluate`'s logRatio, not of kl. */
  readonly hasSampledKl?: boolean;
  /** Codes are entries of one codebook, `codes` in all, `slots` of them a row: no posterior has a spread, and `evaluate` tells which were chosen. */
  readonly codebook?: { readonly codes: number; readonly slots: number };
  /** It keeps a moving average of the generator's weights, shown and scored beside the raw ones. */
  readonly hasAverage: boolean;
  /** Everything a checkpoint holds: weights, optimiser slots, running statistics. */
  readonly state: Specs;
  /** Scalars of the state that `TrainingPart.turns` asks for; a part that changes one puts it out under the same name. */
  readonly control?: readonly string[];
  initialise(rng: Rng, data: TrainingRows): Arrays;
  /** Knobs that may change while training runs: learning rate, beta … Their declared defaults are the values at the start. */
  readonly knobs: Params;
  /** The iteration's programs in order. Each takes `x` [batchSize, sampleSize] among its inputs and puts out loss parts as scalars; outputs named `kl.perDimension` are [latent]. */
  training(batchSize: number): readonly TrainingPart[];
  /**
   * x (and heldOut) [batch, sampleSize] → what an evaluation tells of training: norms of the players' gradients; of a discriminator its
   * logits train, heldOut, made [packs], its slopes' lengths slopeReal, slopeMade [packs] and the losses; of an autoencoder how hard
   * reconstruction and penalty pull at the encoder.
   */
  diagnose(batch: number): Diagnosis;
  /** What moved which weights last, `step` iterations (1 or more) after the start. */
  optimisers(step: number, knobs: ParamValues): readonly Optimiser[];
  /** x [batch, sampleSize] → mean, logVariance [batch, latent] */
  encode(batch: number): Program;
  /** z [batch, latent] → x [batch, sampleSize], the likelihood's mean. */
  decode(batch: number, weights?: WeightsShown): Program;
  /** eps [batch, latent] standard normal, u [batch] uniform → z [batch, latent], draws from the prior; absent where p(z) is N(0, I) and eps is z. */
  prior?(batch: number): Program;
  /** z [batch, latent] → logDensity [batch], ln p(z) in nats; absent where p(z) is N(0, I), and where only draws are known. */
  density?(batch: number): Program;
  /** x, z [batch, latent] (and u where data are binarised) → reconstruction [batch]: the nats that `evaluate` gives x, at any code. */
  distortion(batch: number): Program;
  /**
   * x, eps [batch, latent] (and u [batch, sampleSize] where data are binarised) → mean, logVariance, z [batch, latent], a draw from the
   * posterior, reconstruction [batch] nats (of z; without a bound, of the mean), kl [batch, latent] nats (of the diagonal posterior from
   * N(0, I)) and, with a bound, logRatio [batch]: log q(z|x) - log p(z) of the draw, nats.
   * With a codebook kl is what the choices cost, each slot's shared out over its numbers, and there are chosen [batch, slots], the entries' numbers,
   * and shown [batch, sampleSize], the reconstruction in the units of x.
   */
  evaluate(batch: number): Program;
}

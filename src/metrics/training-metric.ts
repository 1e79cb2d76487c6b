// A TrainingMetric is a number about training under way: the game of a GAN's two players, the two halves of an autoencoder's loss, and how far
// steps move the weights. It is taken of what an evaluation looked at, never of the step.
import { KarstError } from '../base/errors.ts';
import { meanOf, type Measured } from './metric.ts';

/** What a discriminator makes of rows as it is shown them: logits and slopes, one a pack of rows. */
export interface Judgements {
  /** Of rows that it learns from, of rows that it does not, where some are held out, and of samples. */
  readonly train: Float32Array;
  readonly heldOut?: Float32Array;
  readonly made: Float32Array;
  /** |dD/dx| at training rows and at samples. */
  readonly slopeReal: Float32Array;
  readonly slopeMade: Float32Array;
  /** The logit that says neither real nor made; halfway between the means of both where only differences mean something. */
  readonly middle?: number;
}

/** How far one player's last step moved its weights (training/update-ratio.ts). */
export interface WeightUpdates {
  readonly player: string;
  /** Root mean square of the step over that of the weights, all of the player's weights together. */
  readonly ratio: number;
  /** The same of each tensor of weights that are not all zero, by name. */
  readonly byWeight: Readonly<Record<string, number>>;
}

/** What was found out, as far as it was. */
export interface TrainingFindings {
  /** Rows that losses and gradients were taken of. */
  readonly rows?: number;
  readonly judgements?: Judgements;
  /** The discriminator's loss, and what it would be if it told nothing apart. */
  readonly discriminatorLoss?: { readonly now: number; readonly even: number };
  readonly generatorLoss?: number;
  /** Norms of the gradients of what each player minimises, by player. */
  readonly gradientNorms?: Readonly<Record<string, number>>;
  /** Norms of the gradients at the encoder, of the reconstruction and of what holds codes in place. */
  readonly pulls?: { readonly reconstruction: number; readonly penalty: number };
  readonly updates?: readonly WeightUpdates[];
}

/** Throws `unsupported` where the findings lack what it measures. */
export type TrainingMetric = (findings: TrainingFindings) => Measured;

export function found<Key extends keyof typeof needs>(
  metric: string,
  findings: TrainingFindings,
  key: Key,
): NonNullable<TrainingFindings[Key]> {
  const one = findings[key];
  if (one !== undefined) return one;
  throw new KarstError('unsupported', `${metric} needs ${needs[key]}, and this training has none`);
}

const needs = {
  judgements: 'the judgements of a discriminator',
  discriminatorLoss: 'the loss of a discriminator',
  gradientNorms: 'gradients',
  pulls: 'an encoder that is pulled two ways',
  updates: 'a step that was taken',
} as const;

/** The logit that says neither. */
export const middleOf = ({ middle, train, made }: Judgements): number => middle ?? 0.5 * (meanOf(train) + meanOf(made));

/** Share of logits above (or below) the middle. */
export const shareAbove = (logits: Float32Array, middle: number): number =>
  logits.reduce((count, one) => count + Number(one > middle), 0) / logits.length;
export const shareBelow = (logits: Float32Array, middle: number): number =>
  logits.reduce((count, one) => count + Number(one < middle), 0) / logits.length;

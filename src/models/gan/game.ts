// What the steps of a GAN share: two players and what they play for, and the encoder that follows the generator.
import * as tf from '@tensorflow/tfjs';
import type { ParamValues } from '../../base/params.ts';
import type { AdversarialLoss } from '../../losses/adversarial.ts';
import type { Net } from '../../nets/net.ts';
import type { AdaptiveAugmentation } from '../../regularisers/adaptive-augmentation.ts';
import type { InstanceNoise } from '../../regularisers/instance-noise.ts';
import type { SlopePenalty } from '../../regularisers/slope-penalty.ts';
import type { Unrolling } from '../../regularisers/unrolling.ts';
import { float32, type Arrays, type Specs, type Tensors } from '../../tracing/program.ts';
import { weightSpecs, type Weights } from '../../tracing/weights.ts';
import { globalNorm } from '../gradient-clip.ts';
import type { Discriminator } from './discriminator.ts';
import type { View } from './view.ts';

export interface Game {
  readonly size: number;
  readonly latentSize: number;
  readonly isPicture: boolean;
  readonly generator: Net;
  readonly discriminator: Discriminator;
  readonly encoder: Net;
  readonly view: View;
  readonly loss: AdversarialLoss;
  readonly penalties: readonly SlopePenalty[];
  readonly unrolling: Unrolling;
  readonly instanceNoise: InstanceNoise;
  readonly adaptiveAugment: AdaptiveAugmentation;
  /** Of both players' Adam. */
  readonly betas: { readonly beta1: number; readonly beta2: number };
  /** What the schedules make of the knobs, and of the average's weight, in iteration `step`. */
  scheduled(step: number, knobs: ParamValues, batch: number): Readonly<Record<string, number>>;
}

const AVERAGE = 'average.';

/** State of the generator's moving average, a weight for a weight. */
export const averageSpecs = (weights: Weights): Specs =>
  Object.fromEntries(Object.entries(weightSpecs(weights)).map(([name, spec]) => [`${AVERAGE}${name}`, spec]));

/** It starts as the generator does. */
export const startAverage = (weights: Weights, start: Arrays): Record<string, Arrays[string]> =>
  Object.fromEntries(Object.keys(weights).map((name) => [`${AVERAGE}${name}`, (start[name] as Float32Array).slice()]));

/** The average's weights under the generator's names. */
export const averaged = (weights: Weights, tensors: Tensors): Tensors =>
  Object.fromEntries(Object.keys(weights).map((name) => [name, tensors[`${AVERAGE}${name}`] as tf.Tensor]));

/** The average one step on: a ← a + share · (w - a). */
export const movedAverage = (weights: Weights, tensors: Tensors, share: tf.Tensor): Tensors =>
  Object.fromEntries(
    Object.keys(weights).map((name) => {
      const [average, weight] = [tensors[`${AVERAGE}${name}`] as tf.Tensor, tensors[name] as tf.Tensor];
      return [`${AVERAGE}${name}`, tf.add(average, tf.mul(share, tf.sub(weight, average)))];
    }),
  );

/** z [batch, latent] → rows in the discriminator's units: pictures through tanh, vectors as they are. */
export function generate({ generator, isPicture }: Game, tensors: Tensors, z: tf.Tensor2D): tf.Tensor2D {
  const rows = generator.apply(tensors, z);
  return isPicture ? tf.tanh(rows) : rows;
}

/** `tensors` with `values` in the places of `names`. */
export const withValues = (tensors: Tensors, names: readonly string[], values: readonly tf.Tensor[]): Tensors => ({
  ...tensors,
  ...Object.fromEntries(names.map((name, i) => [name, values[i] as tf.Tensor])),
});

/** |g| over all of them. */
export const gradientNorm = globalNorm;

export const scalarSpecs = (names: readonly string[]): Specs => Object.fromEntries(names.map((name) => [name, float32()]));

export const scalarArrays = (names: readonly string[], values: Readonly<Record<string, number>>): Arrays =>
  Object.fromEntries(names.map((name) => [name, Float32Array.of(values[name] as number)]));

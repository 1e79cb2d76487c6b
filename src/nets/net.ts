// A Net is a pure function with named weights: what they are, how they start, and how they act.
import type * as tf from '@tensorflow/tfjs';
import type { Tensors } from '../tracing/program.ts';
import type { Weights } from '../tracing/weights.ts';
import type { ActivationName } from './activation.ts';

export interface Net {
  readonly weights: Weights;
  /** [batch, inputs] → [batch, outputs]. Reads its weights from `weights` by name. */
  apply(weights: Tensors, x: tf.Tensor2D): tf.Tensor2D;
}

/** Shape of what a net reads or makes: channels last where it is a picture. */
export type NetShape =
  | { readonly kind: 'picture'; readonly height: number; readonly width: number; readonly channels: number }
  | { readonly kind: 'vector'; readonly size: number };

/** A net whose outputs are not chosen but follow from its shape. */
export interface Trunk extends Net {
  readonly outputs: number;
}

/** A pair of nets that mirror each other; `prefix` begins every weight's name. */
export interface NetPair {
  /** From a sample to `outputs` numbers: an encoder, a discriminator. */
  down(prefix: string, sample: NetShape, outputs: number): Net;
  /** From `inputs` numbers to a sample: a decoder, a generator. */
  up(prefix: string, inputs: number, sample: NetShape): Net;
  /** `down` without its last layer: its features, for those who add some of their own before `head`. */
  trunk(prefix: string, sample: NetShape): Trunk;
  /** The last layer of `down`, which is affine. */
  head(prefix: string, inputs: number, outputs: number): Net;
  /** The same kind of pair with another activation, or `scale` times as wide. */
  varied(change: { readonly activation?: ActivationName; readonly scale?: number }): NetPair;
}

/** `head` after `trunk`. */
export const joined = (trunk: Net, head: Net): Net => ({
  weights: { ...trunk.weights, ...head.weights },
  apply: (weights, x) => head.apply(weights, trunk.apply(weights, x)),
});

export const netShapeSize = (shape: NetShape): number =>
  shape.kind === 'picture' ? shape.height * shape.width * shape.channels : shape.size;

// Adam over a model's named weights: slots live in the state as `adam.m.<weight>` and `adam.v.<weight>`; the rate and the bias corrections
// come in as scalars. See tracing/adam-update.ts for the equations.
import type * as tf from '@tensorflow/tfjs';
import { adamUpdate, type AdamConstants } from '../tracing/adam-update.ts';
import { sizeOf, type Arrays, type Specs, type Tensors } from '../tracing/program.ts';
import { clipScale } from './gradient-clip.ts';

export const adamSlots = (learned: Specs): Specs =>
  Object.fromEntries(
    Object.entries(learned).flatMap(([name, spec]) => [
      [`adam.m.${name}`, spec],
      [`adam.v.${name}`, spec],
    ]),
  );

export const startSlots = (learned: Specs): Arrays =>
  Object.fromEntries(Object.entries(adamSlots(learned)).map(([name, spec]) => [name, new Float32Array(sizeOf(spec.shape))]));

/** What a descent takes beside gradients: the rate, the corrections of this iteration, and the largest norm where gradients are clipped. */
export interface DescentScalars {
  readonly rate: tf.Tensor;
  readonly correction1: tf.Tensor;
  readonly correction2: tf.Tensor;
  readonly largestNorm?: tf.Tensor;
}

/** One step down `gradients`, in the order of `names`; `norm` is that of all gradients before clipping, where they are clipped. */
export function descend(
  tensors: Tensors,
  names: readonly string[],
  gradients: readonly tf.Tensor[],
  { rate, correction1, correction2, largestNorm }: DescentScalars,
  constants: Partial<AdamConstants> = {},
): { state: Record<string, tf.Tensor>; norm?: tf.Scalar } {
  const clip = largestNorm ? clipScale(gradients, largestNorm as tf.Scalar) : undefined;
  const scalars = { rate, correction1, correction2, ...(clip ? { scale: clip.scale } : {}) };
  const state: Record<string, tf.Tensor> = {};
  names.forEach((name, i) => {
    const slots = {
      parameter: tensors[name] as tf.Tensor,
      gradient: gradients[i] as tf.Tensor,
      m: tensors[`adam.m.${name}`] as tf.Tensor,
      v: tensors[`adam.v.${name}`] as tf.Tensor,
    };
    const { parameter, m, v } = adamUpdate(slots, scalars, constants);
    Object.assign(state, { [name]: parameter, [`adam.m.${name}`]: m, [`adam.v.${name}`]: v });
  });
  return clip ? { state, norm: clip.norm } : { state };
}

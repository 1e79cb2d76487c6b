// Adam over a model's named weights: slots live in the state as `adam.m.<weight>` and `adam.v.<weight>`; the rate and the bias corrections
// come in as scalars. See tracing/adam-update.ts for the equations.
import type * as tf from '@tensorflow/tfjs';
import { adamUpdate } from '../tracing/adam-update.ts';
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

/** One step down `gradients`, in the order of `names`. `inputs` hold learningRate, correction1, correction2 and, where `clips`, gradientClip. */
export function descend(
  tensors: Tensors,
  names: readonly string[],
  gradients: readonly tf.Tensor[],
  inputs: Tensors,
  clips: boolean,
): { state: Record<string, tf.Tensor>; norm?: tf.Scalar } {
  const clip = clips ? clipScale(gradients, inputs['gradientClip'] as tf.Scalar) : undefined;
  const scalars = {
    rate: inputs['learningRate'] as tf.Tensor,
    correction1: inputs['correction1'] as tf.Tensor,
    correction2: inputs['correction2'] as tf.Tensor,
    ...(clip ? { scale: clip.scale } : {}),
  };
  const state: Record<string, tf.Tensor> = {};
  names.forEach((name, i) => {
    const slots = {
      parameter: tensors[name] as tf.Tensor,
      gradient: gradients[i] as tf.Tensor,
      m: tensors[`adam.m.${name}`] as tf.Tensor,
      v: tensors[`adam.v.${name}`] as tf.Tensor,
    };
    const { parameter, m, v } = adamUpdate(slots, scalars);
    Object.assign(state, { [name]: parameter, [`adam.m.${name}`]: m, [`adam.v.${name}`]: v });
  });
  return clip ? { state, norm: clip.norm } : { state };
}

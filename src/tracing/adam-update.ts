// One step of Adam for one tensor (Kingma & Ba 2015, algorithm 1), with an optional factor on the gradient (clipping by global norm) and
// optional decoupled weight decay (Loshchilov & Hutter 2019):
//   g = scale · gradient,  m' = β1 m + (1 - β1) g,  v' = β2 v + (1 - β2) g²,
//   parameter' = parameter - rate · (m' / correction1 / (√(v' / correction2) + ε) + decay · parameter).
// A backend that has the kernel AdamUpdate does it in one pass; elsewhere it is composed of tfjs's own operators.
import * as tf from '@tensorflow/tfjs';

export const ADAM_UPDATE = 'AdamUpdate';

export interface AdamSlots {
  readonly parameter: tf.Tensor;
  readonly gradient: tf.Tensor;
  /** Running mean of the gradient, starts at zero. */
  readonly m: tf.Tensor;
  /** Running mean of its square, starts at zero. */
  readonly v: tf.Tensor;
}

/** Numbers that stay as they are while a program lives. */
export interface AdamConstants {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly decay: number;
}

/** Scalars that come in with every call. */
export interface AdamScalars {
  readonly rate: tf.Tensor;
  /** 1 - β1^t and 1 - β2^t at iteration t = 1, 2, …; see `adamCorrections`. */
  readonly correction1: tf.Tensor;
  readonly correction2: tf.Tensor;
  /** Factor on the gradient. */
  readonly scale?: tf.Tensor;
}

export interface AdamResult {
  readonly parameter: tf.Tensor;
  readonly m: tf.Tensor;
  readonly v: tf.Tensor;
}

export const adamDefaults: AdamConstants = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0 };

/** What to feed as `correction1` and `correction2` at iteration `t`, counted from 1. */
export function adamCorrections(
  t: number,
  { beta1, beta2 }: Pick<AdamConstants, 'beta1' | 'beta2'> = adamDefaults,
): [number, number] {
  return [1 - beta1 ** t, 1 - beta2 ** t];
}

export function adamUpdate(slots: AdamSlots, scalars: AdamScalars, constants: Partial<AdamConstants> = {}): AdamResult {
  const settled = { ...adamDefaults, ...constants };
  if (!tf.getKernel(ADAM_UPDATE, tf.getBackend())) return composedAdamUpdate(slots, scalars, settled);
  const { parameter, gradient, m, v } = slots;
  const { rate, correction1, correction2, scale } = scalars;
  const inputs = { parameter, gradient, m, v, rate, correction1, correction2, ...(scale ? { scale } : {}) };
  const updated: tf.Tensor[] = tf.engine().runKernel(ADAM_UPDATE, inputs, { ...settled });
  return { parameter: updated[0] as tf.Tensor, m: updated[1] as tf.Tensor, v: updated[2] as tf.Tensor };
}

/** The same from tfjs's own operators; the truth that the fast paths are tested against. */
export function composedAdamUpdate(slots: AdamSlots, scalars: AdamScalars, constants: AdamConstants): AdamResult {
  return tf.tidy(() => {
    const { beta1, beta2, epsilon, decay } = constants;
    const g = scalars.scale ? tf.mul(slots.gradient, scalars.scale) : slots.gradient;
    const m = tf.add(tf.mul(slots.m, beta1), tf.mul(g, 1 - beta1));
    const v = tf.add(tf.mul(slots.v, beta2), tf.mul(tf.square(g), 1 - beta2));
    const step = tf.div(tf.div(m, scalars.correction1), tf.add(tf.sqrt(tf.div(v, scalars.correction2)), epsilon));
    const full = decay === 0 ? step : tf.add(step, tf.mul(slots.parameter, decay));
    return { parameter: tf.sub(slots.parameter, tf.mul(scalars.rate, full)), m, v };
  });
}

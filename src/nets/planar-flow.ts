// The planar flow (Rezende & Mohamed 2015): f(z) = z + û tanh(w·z + b), ln |det| = ln |1 + û·psi|, psi = (1 - tanh²) w. It is invertible
// where w·û > -1, so û = u + (m(w·u) - w·u) w / |w|² with m(a) = softplus(a + ln(e - 1)) - 1. The paper's m is softplus(a) - 1, which is
// not 0 at 0: û then runs off to infinity as w goes to 0, where nets start. Its inverse has no closed form; draws know their density.
import * as tf from '@tensorflow/tfjs';
import type { Mapped } from './flow.ts';

/** A plane of its own for each row: u and w [batch, size], b [batch, 1]. */
export interface Plane {
  readonly u: tf.Tensor2D;
  readonly w: tf.Tensor2D;
  readonly b: tf.Tensor2D;
}

/** Numbers of a row that a plane is made of. */
export const planeSize = (size: number): number => 2 * size + 1;

/** softplus(SHIFT) = 1 */
const SHIFT = Math.log(Math.E - 1);
/** Where float32 rounds 1 + û·psi to 0, its logarithm stays finite. */
const LEAST = 1e-7;

export function planarFlow(z: tf.Tensor2D, { u, w, b }: Plane): Mapped {
  const dot = (one: tf.Tensor2D, other: tf.Tensor2D): tf.Tensor2D => tf.sum(tf.mul(one, other), 1, true); // [batch, 1]
  const along = dot(w, u);
  const allowed = tf.sub(tf.softplus(tf.add(along, SHIFT)), 1);
  const moved: tf.Tensor2D = tf.add(u, tf.mul(tf.div(tf.sub(allowed, along), tf.add(dot(w, w), 1e-12)), w));
  const h = tf.tanh(tf.add(dot(w, z), b));
  const stretch = tf.add(tf.mul(tf.sub(1, tf.square(h)), dot(w, moved)), 1); // 1 + û·psi > 0
  return { y: tf.add(z, tf.mul(moved, h)), logDet: tf.squeeze(tf.log(tf.maximum(stretch, LEAST)), [1]) };
}

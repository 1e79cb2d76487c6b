// The slope of a decoder, J = ∂g/∂z, exact and for any model: by Jacobian-vector products from two backward passes. With g(u) = Jᵀu the
// gradient of <x(z), u> in z, which is linear in u, the gradient of <g(u), v> in u is J v (Townsend 2017, "A new trick for calculating
// Jacobian vector products"). Compiled, each product costs about as much as decoding once, since the products of one call share the pass
// that finds what each unit does; differences would take twice that, and have errors. A product may go along any v; J's own columns are
// products with unit vectors.
// x is what is shown: the likelihood's mean, pictures on [0, 1] after the last sigmoid (a black or white pixel moves no more), vectors in
// standard deviations of their columns where the model standardises them. A decoder that snaps to a codebook has the slope at the code.
import * as tf from '@tensorflow/tfjs';
import { KarstError, throwIfCancelled } from '../base/errors.ts';
import { sampleSize } from '../datasets/dataset.ts';
import type { Jacobians } from '../metrics/jacobians.ts';
import type { Device, DeviceState } from '../tracing/device.ts';
import { float32, type Program } from '../tracing/program.ts';
import type { Model, WeightsShown } from './model.ts';

/** Products that share a call: more save little, and each makes the compiled program longer. */
const MOST_DIRECTIONS = 8;
const MOST_POINTS = 64;
/** Bounds what one call puts out, 8 MB. */
const MOST_VALUES = 2 ** 21;

type Decoding = Pick<Model, 'id' | 'sample' | 'latentSize' | 'decode'>;

/** z [batch, latent], v [directions, batch, latent] → x [batch, sampleSize] as decoded and products = J v [directions, batch, sampleSize]. */
export function jacobianProducts(model: Decoding, batch: number, directions: number, weights?: WeightsShown): Program {
  const decode = model.decode(batch, weights);
  const isStandardised = 'data.sd' in decode.state;
  return {
    name: `${model.id}.jacobian`,
    state: decode.state,
    inputs: { z: float32(batch, model.latentSize), v: float32(directions, batch, model.latentSize) },
    body: (tensors, inputs) => {
      const { z, v } = inputs as Record<'z' | 'v', tf.Tensor>;
      const made = (at: tf.Tensor): tf.Tensor => decode.body(tensors, { z: at }).outputs['x'] as tf.Tensor;
      const measured = (x: tf.Tensor): tf.Tensor => (isStandardised ? tf.div(x, tensors['data.sd'] as tf.Tensor) : x);
      const pulledBack = (u: tf.Tensor): tf.Tensor => tf.grad((at) => tf.sum(tf.mul(measured(made(at)), u)))(z);
      const from = tf.zeros([batch, sampleSize(model.sample)]); // any would do
      const products = tf.unstack(v).map((along) => tf.grad(pulledBack)(from, along));
      return { outputs: { x: made(z), products: tf.stack(products) } };
    },
  };
}

export interface SlopeOptions {
  readonly signal?: AbortSignal;
  /** Lets the host's other work run; called after every call of the program. */
  readonly breathe?: () => Promise<void>;
}

export interface DecoderSlopes {
  /** J at each of the points z [points, latent], a block of points at a time. */
  jacobians(z: Float32Array, options?: SlopeOptions): AsyncGenerator<Jacobians, void, undefined>;
  dispose(): void;
}

/** Loads the program, for blocks of `points`; the state is read at each call, so slopes follow the weights. */
export async function openDecoderSlopes(
  model: Decoding,
  device: Device,
  state: DeviceState,
  { weights, points: mostPoints = MOST_POINTS }: { readonly weights?: WeightsShown; readonly points?: number } = {},
): Promise<DecoderSlopes> {
  const size = sampleSize(model.sample);
  const latent = model.latentSize;
  const passes = Math.ceil(latent / MOST_DIRECTIONS);
  const directions = Math.ceil(latent / passes);
  const batch = Math.max(1, Math.min(mostPoints, MOST_POINTS, Math.floor(MOST_VALUES / (size * directions))));
  const executable = await device.load(jacobianProducts(model, batch, directions, weights), state);

  return {
    async *jacobians(z, { signal, breathe } = {}) {
      const points = z.length / latent;
      if (!Number.isInteger(points) || points === 0)
        throw new KarstError('usage', `points must hold ${latent} numbers each, got ${z.length} in all`);
      const at = new Float32Array(batch * latent);
      const v = new Float32Array(directions * batch * latent);
      for (let first = 0; first < points; first += batch) {
        const count = Math.min(batch, points - first);
        for (let i = 0; i < batch; i++) {
          const from = (first + Math.min(i, count - 1)) * latent; // the last point fills up
          at.set(z.subarray(from, from + latent), i * latent);
        }
        const data = new Float32Array(count * latent * size);
        for (let axis = 0; axis < latent; axis += directions) {
          throwIfCancelled(signal);
          v.fill(0);
          const columns = Math.min(directions, latent - axis);
          for (let d = 0; d < columns; d++) for (let i = 0; i < batch; i++) v[(d * batch + i) * latent + axis + d] = 1;
          const products = (await executable.run({ z: at, v }))['products'] as Float32Array;
          for (let d = 0; d < columns; d++) {
            for (let i = 0; i < count; i++) {
              const from = (d * batch + i) * size;
              data.set(products.subarray(from, from + size), (i * latent + axis + d) * size);
            }
          }
          await breathe?.();
        }
        yield { points: count, latentSize: latent, sampleSize: size, data };
      }
    },
    dispose: () => executable.dispose(),
  };
}

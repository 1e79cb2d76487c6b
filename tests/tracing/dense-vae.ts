// The training step of a dense VAE (784-400-20, Bernoulli likelihood, Adam) as a plain program, for tests of the compiled step.
import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../../src/base/rng.ts';
import { adamUpdate } from '../../src/tracing/adam-update.ts';
import { float32, sizeOf, type Program, type Specs } from '../../src/tracing/program.ts';

export interface Sizes {
  readonly pixels: number;
  readonly hidden: number;
  readonly latent: number;
  readonly batch: number;
}

function weightsOf({ pixels, hidden, latent }: Sizes): Specs {
  return {
    'e.w': float32(pixels, hidden),
    'e.b': float32(hidden),
    'q.w': float32(hidden, 2 * latent),
    'q.b': float32(2 * latent),
    'd1.w': float32(latent, hidden),
    'd1.b': float32(hidden),
    'd2.w': float32(hidden, pixels),
    'd2.b': float32(pixels),
  };
}

function withMoments(weights: Specs): Specs {
  return Object.fromEntries(
    Object.entries(weights).flatMap(([name, spec]) => [
      [name, spec],
      [`${name}/m`, spec],
      [`${name}/v`, spec],
    ]),
  );
}

export function initialise(state: Specs, rng: Rng): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(state).map(([name, { shape }]) => {
      const values = new Float32Array(sizeOf(shape));
      if (shape.length > 1 && !name.includes('/')) {
        const spread = Math.sqrt(2 / sizeOf(shape.slice(0, -1)));
        rng.stream(name).fillNormal(values);
        values.forEach((value, i) => (values[i] = value * spread));
      }
      return [name, values];
    }),
  );
}

const adamInputs: Specs = { rate: float32(), correction1: float32(), correction2: float32() };

export function denseVaeStep(sizes: Sizes, options: { clip?: boolean; composed?: typeof adamUpdate } = {}): Program {
  const weights = weightsOf(sizes);
  const names = Object.keys(weights);
  const { batch, latent, pixels } = sizes;
  return {
    name: 'dense-vae.train',
    state: withMoments(weights),
    inputs: {
      x: float32(batch, pixels),
      eps: float32(batch, latent),
      ...adamInputs,
      ...(options.clip ? { scale: float32() } : {}),
    },
    body: (state, inputs) => {
      const { x, eps } = inputs as { x: tf.Tensor2D; eps: tf.Tensor2D };
      const loss = (...list: tf.Tensor[]): tf.Scalar => {
        const w = Object.fromEntries(names.map((name, i) => [name, list[i] as tf.Tensor2D]));
        const layer = (input: tf.Tensor, name: string): tf.Tensor => tf.add(tf.matMul(input, w[`${name}.w`]!), w[`${name}.b`]!);
        const [mean, logVar] = tf.split(layer(tf.relu(layer(x, 'e')), 'q'), 2, 1) as [tf.Tensor, tf.Tensor];
        const z = tf.add(mean, tf.mul(eps, tf.exp(tf.mul(logVar, 0.5))));
        const logits = layer(tf.relu(layer(z, 'd1')), 'd2');
        const reconstruction = tf.sum(tf.sub(tf.softplus(logits), tf.mul(x, logits)));
        const kl = tf.mul(-0.5, tf.sum(tf.sub(tf.add(1, logVar), tf.add(tf.square(mean), tf.exp(logVar)))));
        return tf.div(tf.add(reconstruction, kl), batch);
      };
      const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => state[name] as tf.Tensor));
      const changed: Record<string, tf.Tensor> = {};
      const { rate, correction1, correction2, scale } = inputs as Record<string, tf.Tensor>;
      names.forEach((name, i) => {
        const updated = (options.composed ?? adamUpdate)(
          { parameter: state[name]!, gradient: grads[i]!, m: state[`${name}/m`]!, v: state[`${name}/v`]! },
          { rate: rate!, correction1: correction1!, correction2: correction2!, ...(scale ? { scale } : {}) },
        );
        changed[name] = updated.parameter;
        changed[`${name}/m`] = updated.m;
        changed[`${name}/v`] = updated.v;
      });
      return { state: changed, outputs: { loss: value } };
    },
  };
}

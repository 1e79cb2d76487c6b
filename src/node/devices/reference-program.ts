// The step by which devices are compared and measured: a dense VAE (Kingma & Welling 2014), data-hidden-latent-hidden-data with tanh,
// Bernoulli likelihood, one Adam step at rate 1e-3. Weights, pictures and noise come from a seed, so that every device on every machine
// runs the same numbers and must put out the same losses.
import * as tf from '@tensorflow/tfjs';
import { Rng } from '../../base/rng.ts';
import { adamCorrections, adamUpdate } from '../../tracing/adam-update.ts';
import { float32, sizeOf, type Arrays, type Program, type Specs, type Tensors } from '../../tracing/program.ts';

export interface ReferenceSizes {
  readonly data: number;
  readonly hidden: number;
  readonly latent: number;
  readonly batch: number;
}

/** The sizes whose images per second `karst doctor` reports. */
export const doctorSizes: ReferenceSizes = { data: 784, hidden: 400, latent: 20, batch: 128 };

export interface Reference {
  readonly program: Program;
  readonly initial: Arrays;
  /** Inputs of step 0, 1, 2 … */
  readonly inputs: (step: number) => Arrays;
}

export function referenceProgram(sizes: ReferenceSizes = doctorSizes, seed = 1): Reference {
  const { data, hidden, latent, batch } = sizes;
  const weights: Specs = {
    'encoder.w1': float32(data, hidden),
    'encoder.b1': float32(hidden),
    'encoder.w2': float32(hidden, 2 * latent), // mean and log-variance
    'encoder.b2': float32(2 * latent),
    'decoder.w1': float32(latent, hidden),
    'decoder.b1': float32(hidden),
    'decoder.w2': float32(hidden, data),
    'decoder.b2': float32(data),
  };
  const names = Object.keys(weights);
  const slots = (slot: string): Specs => Object.fromEntries(names.map((name) => [`${slot}.${name}`, weights[name] as never]));
  const state: Specs = { ...weights, ...slots('m'), ...slots('v') };
  const scalars: Specs = { rate: float32(), correction1: float32(), correction2: float32() };
  const program: Program = {
    name: 'reference.train',
    state,
    inputs: { x: float32(batch, data), eps: float32(batch, latent), ...scalars },
    body: (held, given) => {
      const loss = (...values: tf.Tensor[]): tf.Scalar => {
        const parts = lossParts(Object.fromEntries(names.map((name, i) => [name, values[i] as tf.Tensor])), given, latent);
        return tf.add(parts.reconstruction, parts.kl);
      };
      const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => held[name] as tf.Tensor));
      const next: Record<string, tf.Tensor> = {};
      names.forEach((name, i) => {
        const tensors = { parameter: held[name], gradient: grads[i], m: held[`m.${name}`], v: held[`v.${name}`] };
        const updated = adamUpdate(
          tensors as Record<keyof typeof tensors, tf.Tensor>,
          given as Record<'rate' | 'correction1' | 'correction2', tf.Tensor>,
        );
        next[name] = updated.parameter;
        next[`m.${name}`] = updated.m;
        next[`v.${name}`] = updated.v;
      });
      return { state: next, outputs: { loss: value } };
    },
  };
  const rng = Rng.fromSeed(seed);
  const initial = Object.entries(state).map(([name, { shape }]) => {
    const values = new Float32Array(sizeOf(shape));
    const glorot = Math.sqrt(2 / ((shape[0] ?? 1) + (shape[1] ?? 1)));
    if (shape.length === 2 && name in weights)
      rng
        .stream(name)
        .fillNormal(values)
        .forEach((value, i) => (values[i] = value * glorot));
    return [name, values] as const;
  });
  const inputs = (step: number): Arrays => {
    const [correction1, correction2] = adamCorrections(step + 1);
    return {
      x: rng
        .stream('x', step)
        .fillUniform(new Float32Array(batch * data))
        .map(Math.round),
      eps: rng.stream('eps', step).fillNormal(new Float32Array(batch * latent)),
      rate: Float32Array.of(1e-3),
      correction1: Float32Array.of(correction1),
      correction2: Float32Array.of(correction2),
    };
  };
  return { program, initial: Object.fromEntries(initial), inputs };
}

/** Mean over the batch of -log p(x|z) and KL(q(z|x) ‖ N(0, 1)), nats. */
function lossParts(weights: Tensors, given: Tensors, latent: number): Record<'reconstruction' | 'kl', tf.Tensor> {
  const w = (name: string): tf.Tensor => weights[name] as tf.Tensor;
  const dense = (x: tf.Tensor, name: string, layer: number): tf.Tensor =>
    tf.add(tf.matMul(x, w(`${name}.w${String(layer)}`)), w(`${name}.b${String(layer)}`));
  const x = given['x'] as tf.Tensor; // [batch, data]
  const encoded = dense(tf.tanh(dense(x, 'encoder', 1)), 'encoder', 2); // [batch, 2 latent]
  const mean = tf.slice(encoded, [0, 0], [-1, latent]);
  const logVariance = tf.slice(encoded, [0, latent], [-1, latent]);
  const z = tf.add(mean, tf.mul(tf.exp(tf.mul(logVariance, 0.5)), given['eps'] as tf.Tensor));
  const logits = dense(tf.tanh(dense(z, 'decoder', 1)), 'decoder', 2); // [batch, data]
  const reconstruction = tf.sum(tf.sub(tf.softplus(logits), tf.mul(x, logits)), 1);
  const kl = tf.mul(tf.sum(tf.sub(tf.add(tf.square(mean), tf.exp(logVariance)), tf.add(logVariance, 1)), 1), 0.5);
  return { reconstruction: tf.mean(reconstruction), kl: tf.mean(kl) };
}

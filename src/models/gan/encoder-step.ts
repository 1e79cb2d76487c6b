// The encoder that follows the generator, so that real rows have codes: latent regression (Donahue et al. 2017, section 4, with a variance).
// z ~ N(0, I), x = G(z) of the averaged generator, and -ln N(z; mu(x), diag sigma²(x)) falls. Sigma says how well a row's code is known:
// what the generator ignores keeps mean 0 and variance 1. Rows that the generator cannot make get codes too; their residual tells.
import * as tf from '@tensorflow/tfjs';
import { adamCorrections } from '../../tracing/adam-update.ts';
import { normalNoise, noiseInputs, openNoise, type Noise } from '../../tracing/noise.ts';
import { float32, type Tensors } from '../../tracing/program.ts';
import { weightSpecs } from '../../tracing/weights.ts';
import { adamSlots, descend } from '../adam.ts';
import type { Control, TrainingPart } from '../model.ts';
import { averaged, averageSpecs, generate, scalarArrays, scalarSpecs, withValues, type Game } from './game.ts';

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);
/** Least variance of a code, of 1: below it exactness would outweigh every other row. */
const FLOOR = Math.log(1e-4);

/** Rows in the discriminator's units → mean, logVariance [batch, latent]. */
export function encoded({ encoder }: Game, tensors: Tensors, rows: tf.Tensor2D): readonly [tf.Tensor2D, tf.Tensor2D] {
  const [mean, raw] = tf.split(encoder.apply(tensors, rows), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  return [mean, tf.add(tf.softplus(tf.sub(raw, FLOOR)), FLOOR)];
}

/** It takes a step at every `every`th of the players’. */
export function encoderStep(game: Game, batch: number, every: number): TrainingPart {
  const { encoder, generator } = game;
  const names = Object.keys(encoder.weights);
  const learned = weightSpecs(encoder.weights);
  const scalars = ['encoderLearningRate', 'correction1', 'correction2'];
  const noise: Noise = { z: normalNoise(Math.ceil(batch / 2), game.latentSize) }; // half the players' rows: it costs them a sixth of their time
  const draw = openNoise(noise);

  return {
    program: {
      name: 'gan.encoder',
      state: { ...learned, ...adamSlots(learned), ...averageSpecs(generator.weights) },
      inputs: { x: float32(batch, game.size), ...noiseInputs(noise), ...scalarSpecs(scalars) },
      body: (tensors, inputs) => {
        const z = inputs['z'] as tf.Tensor2D;
        const rows = generate(game, averaged(generator.weights, tensors), z);
        const lossOf = (...values: tf.Tensor[]): tf.Scalar => {
          const [mean, logVariance] = encoded(game, withValues(tensors, names, values), rows);
          const scaled = tf.mul(tf.square(tf.sub(z, mean)), tf.exp(tf.neg(logVariance)));
          const nats = tf.mul(0.5, tf.sum(tf.add(scaled, logVariance), 1)); // [batch]
          return tf.add(tf.mean(nats), HALF_LOG_TWO_PI * game.latentSize);
        };
        const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => tensors[name] as tf.Tensor));
        const { correction1, correction2 } = inputs as Record<'correction1' | 'correction2', tf.Scalar>;
        const rate = inputs['encoderLearningRate'] as tf.Scalar;
        const { state } = descend(tensors, names, grads, { rate, correction1, correction2 });
        return { state, outputs: { encoderLoss: value } };
      },
    },
    inputs: (step, rng, knobs) => {
      const [correction1, correction2] = adamCorrections(Math.floor(step / every) + 1);
      return { ...draw(rng), ...scalarArrays(scalars, { ...game.scheduled(step, knobs, batch), correction1, correction2 }) };
    },
    ...(every > 1 ? { turns: { most: 1, now: (_: Control, step: number) => Number(step % every === 0) } } : {}),
  };
}

// What an evaluation asks of a GAN's game, on rows as the discriminator is shown them while it learns (augmented, blurred, packed), with weights
// and norms as they are: its logits of training rows, of held-out rows and of fresh samples; how steep it is there; both players' losses and
// the gradients of these. Losses are the game's own: penalties on the slope and unrolling are what the steps add, and report themselves.
import * as tf from '@tensorflow/tfjs';
import { squaredNorms } from '../../regularisers/slope-penalty.ts';
import { normalNoise, noiseInputs, openNoise, type Noise } from '../../tracing/noise.ts';
import { float32 } from '../../tracing/program.ts';
import { weightSpecs } from '../../tracing/weights.ts';
import type { Diagnosis } from '../model.ts';
import { generate, gradientNorm, scalarArrays, scalarSpecs, withValues, type Game } from './game.ts';

export function ganDiagnosis(game: Game, batch: number): Diagnosis {
  const { discriminator, generator, view, loss, instanceNoise } = game;
  const packs = view.packs(batch);
  const noise: Noise = { z: normalNoise(batch, game.latentSize), ...view.noise(batch, ['real', 'fake']) };
  const draw = openNoise(noise);
  const scalars = instanceNoise.isOn ? [instanceNoise.knob] : [];
  const [judges, makers] = [Object.keys(discriminator.weights), Object.keys(generator.weights)];

  return {
    program: {
      name: 'gan.diagnosis',
      state: {
        ...weightSpecs(discriminator.weights),
        ...discriminator.state,
        ...weightSpecs(generator.weights),
        ...view.state,
      },
      inputs: {
        x: float32(batch, game.size),
        heldOut: float32(batch, game.size),
        ...noiseInputs(noise),
        ...scalarSpecs(scalars),
      },
      body: (tensors, inputs) => {
        const judge = discriminator.open(tensors, false);
        const real = view.real(tensors, inputs); // [packs, inputs]
        const heldOut = view.real(tensors, { ...inputs, x: inputs['heldOut'] as tf.Tensor });
        const drawn = (using: typeof tensors): tf.Tensor2D =>
          view.fake(tensors, inputs, generate(game, using, inputs['z'] as tf.Tensor2D));
        const made = drawn(tensors);
        const steepness = (at: tf.Tensor2D): tf.Tensor1D => {
          const slope = tf.grad((x: tf.Tensor) => tf.sum(judge.score(tensors, x as tf.Tensor2D)))(at);
          return tf.sqrt(squaredNorms(slope as tf.Tensor2D));
        };
        const flat = (logits: tf.Tensor2D): tf.Tensor1D => tf.reshape(logits, [packs]);
        const onReal = judge.score(tensors, real);

        const discriminatorLoss = (...values: tf.Tensor[]): tf.Scalar => {
          const using = withValues(tensors, judges, values);
          return loss.discriminator(judge.score(using, real), judge.score(using, made));
        };
        const generatorLoss = (...values: tf.Tensor[]): tf.Scalar =>
          loss.generator(onReal, judge.score(tensors, drawn(withValues(tensors, makers, values))));
        const gradientOf = (of: (...values: tf.Tensor[]) => tf.Scalar, names: readonly string[]) => {
          const { value, grads } = tf.valueAndGrads(of)(names.map((name) => tensors[name] as tf.Tensor));
          return { value, norm: gradientNorm(grads) };
        };
        const [judging, making] = [gradientOf(discriminatorLoss, judges), gradientOf(generatorLoss, makers)];
        const undecided = tf.fill([packs, 1], loss.middle ?? 0);
        return {
          outputs: {
            train: flat(onReal),
            heldOut: flat(judge.score(tensors, heldOut)),
            made: flat(judge.score(tensors, made)),
            slopeReal: steepness(real),
            slopeMade: steepness(made),
            discriminatorLoss: judging.value,
            generatorLoss: making.value,
            evenLoss: loss.discriminator(undecided, undecided),
            discriminatorGradientNorm: judging.norm,
            generatorGradientNorm: making.norm,
          },
        };
      },
    },
    inputs: (step, rng, knobs) => ({ ...draw(rng), ...scalarArrays(scalars, game.scheduled(step, knobs, batch)) }),
    ...(loss.middle === undefined ? {} : { middle: loss.middle }),
  };
}

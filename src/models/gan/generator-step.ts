// The generator's step: one descent of its loss on fresh samples, and its moving average one step on. The average takes in the weights as
// they were before the step, so that Adam's update stays the last thing that is done to a weight (compiled devices do it in place).
// Unrolled (Metz et al. 2017), it climbs the discriminator's own loss, taken with the weights that the discriminator will have.
import * as tf from '@tensorflow/tfjs';
import { adamCorrections } from '../../tracing/adam-update.ts';
import { normalNoise, noiseInputs, openNoise, type Noise } from '../../tracing/noise.ts';
import { float32, type Specs } from '../../tracing/program.ts';
import { weightSpecs } from '../../tracing/weights.ts';
import { adamSlots, descend } from '../adam.ts';
import type { TrainingPart } from '../model.ts';
import { averageSpecs, generate, gradientNorm, movedAverage, scalarArrays, scalarSpecs, withValues, type Game } from './game.ts';

export function generatorStep(game: Game, batch: number): TrainingPart {
  const { discriminator, generator, view, loss, unrolling, betas, instanceNoise } = game;
  const names = Object.keys(generator.weights);
  const learned = weightSpecs(generator.weights);
  const judged = Object.keys(discriminator.weights);
  const scalars = [
    'learningRate',
    'correction1',
    'correction2',
    'averaging',
    ...(instanceNoise.isOn ? [instanceNoise.knob] : []),
  ];
  const seesReal = loss.isPaired || unrolling.isOn;
  const noise: Noise = { z: normalNoise(batch, game.latentSize), ...view.noise(batch, seesReal ? ['real', 'fake'] : ['fake']) };
  const draw = openNoise(noise);
  const state: Specs = {
    ...learned,
    ...adamSlots(learned),
    ...averageSpecs(generator.weights),
    ...weightSpecs(discriminator.weights),
    ...discriminator.state,
    ...view.state,
  };

  return {
    program: {
      name: 'gan.generator',
      state,
      inputs: { x: float32(batch, game.size), ...noiseInputs(noise), ...scalarSpecs(scalars) },
      body: (tensors, inputs) => {
        const judge = discriminator.open(tensors, false);
        const z = inputs['z'] as tf.Tensor2D;
        const real = seesReal ? view.real(tensors, inputs) : undefined;
        const onReal = real && !unrolling.isOn ? judge.score(tensors, real) : undefined;

        const lossOf = (...values: tf.Tensor[]): tf.Scalar => {
          const made = generate(game, withValues(tensors, names, values), z);
          const fake = view.fake(tensors, inputs, made);
          if (!unrolling.isOn) {
            const onFake = judge.score(tensors, fake);
            return loss.generator(onReal ?? onFake, onFake);
          }
          const criticLoss = (...weights: tf.Tensor[]): tf.Scalar => {
            const using = withValues(tensors, judged, weights);
            return loss.discriminator(judge.score(using, real as tf.Tensor2D), judge.score(using, fake));
          };
          const ahead = unrolling.unroll(
            criticLoss,
            judged.map((name) => tensors[name] as tf.Tensor),
          );
          return tf.neg(criticLoss(...ahead));
        };
        const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => tensors[name] as tf.Tensor));
        const { correction1, correction2 } = inputs as Record<'correction1' | 'correction2', tf.Scalar>;
        const { state: changed } = descend(
          tensors,
          names,
          grads,
          { rate: inputs['learningRate'] as tf.Scalar, correction1, correction2 },
          betas,
        );
        return {
          state: { ...changed, ...movedAverage(generator.weights, tensors, inputs['averaging'] as tf.Scalar) },
          outputs: { loss: value, generatorGradientNorm: gradientNorm(grads) },
        };
      },
    },
    inputs: (step, rng, knobs) => {
      const [correction1, correction2] = adamCorrections(step + 1, betas);
      const scheduled = { ...game.scheduled(step, knobs, batch), correction1, correction2 };
      return { ...draw(rng), ...scalarArrays(scalars, scheduled) };
    },
  };
}

// The discriminator's step: one descent of its loss on real rows and as many fresh samples, with the penalties on its slope. Adam's bias
// corrections are counted here, since the discriminator may have several turns an iteration: t lives in the state.
import * as tf from '@tensorflow/tfjs';
import { normalNoise, noiseInputs, openNoise, uniformNoise, type Noise } from '../../tracing/noise.ts';
import { float32, type Specs } from '../../tracing/program.ts';
import { weightSpecs } from '../../tracing/weights.ts';
import { adamSlots, descend } from '../adam.ts';
import type { TrainingPart } from '../model.ts';
import { generate, gradientNorm, scalarArrays, scalarSpecs, withValues, type Game } from './game.ts';
import { STRENGTH } from './view.ts';

/** How many steps the discriminator has taken. */
export const TURNS = 'discriminator.turns';

export function criticStep(game: Game, batch: number, turns: number): TrainingPart {
  const { discriminator, generator, view, loss, penalties, betas, adaptiveAugment, instanceNoise } = game;
  const packs = view.packs(batch);
  const names = Object.keys(discriminator.weights);
  const learned = weightSpecs(discriminator.weights);
  const scalars = [
    'discriminatorLearningRate',
    ...penalties.map(({ knob }) => knob),
    ...[instanceNoise, adaptiveAugment].filter(({ isOn }) => isOn).map(({ knob }) => knob),
  ];
  const isBetween = penalties.some(({ at }) => at === 'between');
  const noise: Noise = {
    z: normalNoise(batch, game.latentSize),
    ...view.noise(batch, ['real', 'fake']),
    ...(isBetween ? { between: uniformNoise(packs, 1) } : {}),
  };
  const draw = openNoise(noise);
  const state: Specs = {
    ...learned,
    ...adamSlots(learned),
    ...discriminator.state,
    ...weightSpecs(generator.weights),
    ...view.state,
    [TURNS]: float32(),
  };

  return {
    program: {
      name: 'gan.critic',
      state,
      inputs: { x: float32(batch, game.size), ...noiseInputs(noise), ...scalarSpecs(scalars) },
      body: (tensors, inputs) => {
        const judge = discriminator.open(tensors, true);
        const real = view.real(tensors, inputs); // [packs, inputs]
        const fake = view.fake(tensors, inputs, generate(game, tensors, inputs['z'] as tf.Tensor2D));
        const places = {
          real,
          fake,
          between: isBetween ? tf.add(fake, tf.mul(inputs['between'] as tf.Tensor, tf.sub(real, fake))) : fake,
        };
        const held: tf.Tensor[] = [];
        const keep = <T extends tf.Tensor>(tensor: T): T => {
          held.push(tf.keep(tensor)); // outlives the tape's scope
          return tensor;
        };
        const told: Record<string, tf.Tensor> = {};

        const lossOf = (...values: tf.Tensor[]): tf.Scalar => {
          const using = withValues(tensors, names, values);
          const logits: Partial<Record<keyof typeof places, tf.Tensor2D>> = {};
          const slopes: Partial<Record<keyof typeof places, tf.Tensor2D>> = {};
          for (const place of new Set(penalties.map(({ at }) => at))) {
            // The logits that the slope is of serve the loss as well.
            const sum = (at: tf.Tensor): tf.Scalar => tf.sum((logits[place] = keep(judge.score(using, at as tf.Tensor2D))));
            slopes[place] = tf.grad(sum)(places[place]) as tf.Tensor2D;
          }
          const [onReal, onFake] = [logits.real ?? judge.score(using, real), logits.fake ?? judge.score(using, fake)];
          let total = loss.discriminator(onReal, onFake);
          told['discriminatorLoss'] = keep(tf.clone(total));
          for (const penalty of penalties) {
            const value = penalty.of(slopes[penalty.at] as tf.Tensor2D);
            told[`${penalty.report}Penalty`] = keep(tf.clone(value));
            total = tf.add(total, tf.mul(inputs[penalty.knob] as tf.Scalar, value));
          }
          told['real'] = keep(tf.clone(onReal));
          told['fake'] = keep(tf.clone(onFake));
          return total;
        };
        const { grads } = tf.valueAndGrads(lossOf)(names.map((name) => tensors[name] as tf.Tensor));

        const {
          real: onReal,
          fake: onFake,
          ...losses
        } = told as Record<string, tf.Tensor> & { real: tf.Tensor; fake: tf.Tensor };
        const middle = loss.middle ?? tf.mul(0.5, tf.add(tf.mean(onReal), tf.mean(onFake)));
        const rt: tf.Scalar = tf.mean(tf.sign(tf.sub(onReal, middle)));
        const [right, refused] = [tf.greater(onReal, middle), tf.less(onFake, middle)].map((one) =>
          tf.mean(tf.cast(one, 'float32')),
        );
        const outputs = {
          ...Object.fromEntries(Object.entries(losses).map(([name, tensor]) => [name, tf.clone(tensor)])),
          discriminatorAccuracy: tf.mul(0.5, tf.add(right as tf.Tensor, refused as tf.Tensor)),
          rt,
          discriminatorGradientNorm: gradientNorm(grads),
        };
        tf.dispose(held);

        const t = tf.add(tensors[TURNS] as tf.Scalar, 1);
        const [correction1, correction2] = [betas.beta1, betas.beta2].map((beta) => tf.sub(1, tf.pow(beta, t)));
        const rate = inputs['discriminatorLearningRate'] as tf.Scalar;
        const corrections = { correction1: correction1 as tf.Tensor, correction2: correction2 as tf.Tensor };
        const { state: changed } = descend(tensors, names, grads, { rate, ...corrections }, betas);
        const strength = tensors[STRENGTH] as tf.Scalar | undefined;
        return {
          state: {
            ...changed,
            ...judge.kept,
            [TURNS]: t,
            ...(strength
              ? { [STRENGTH]: adaptiveAugment.update(strength, rt, batch, inputs[adaptiveAugment.knob] as tf.Scalar) }
              : {}),
          },
          outputs: { ...outputs, ...(strength ? { augmentStrength: tf.clone(strength) } : {}) },
        };
      },
    },
    inputs: (step, rng, knobs) => ({ ...draw(rng), ...scalarArrays(scalars, game.scheduled(step, knobs, batch)) }),
    ...(turns > 1 ? { turns: { most: turns, now: () => turns } } : {}),
  };
}

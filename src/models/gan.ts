// Generative adversarial network (Goodfellow et al. 2014): a generator G turns z ~ N(0, I) into rows, a discriminator D tells them from
// real ones, and each learns against the other. What they play for is a member of the losses; what keeps the generator from dropping modes
// are its parts, each off until asked for. Steps of an iteration: D (once or several times, each on rows of its own), G, and an encoder that
// learns to undo G, so that real rows have a place among the codes.
// A GAN has no bound on log p(x): "reconstruction" is ½ |x - G(mu(x))|² in the units that D sees (columns at standard deviation 1, pictures on
// [-1, 1]), which is nats at unit sigma up to a constant. Samples are judged by the generator's moving average.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { Param, Params } from '../base/params.ts';
import { sampleSize, type SampleShape } from '../datasets/dataset.ts';
import type { NetShape } from '../nets/net.ts';
import { activationNames } from '../nets/activation.ts';
import { adaptiveAugment } from '../regularisers/adaptive-augmentation.ts';
import { augment } from '../regularisers/augmentation.ts';
import { diffAugment } from '../regularisers/differentiable-augmentation.ts';
import { gaussianKl } from '../regularisers/gaussian-kl.ts';
import { gradientPenalty } from '../regularisers/gradient-penalty.ts';
import { instanceNoise } from '../regularisers/instance-noise.ts';
import { minibatchDiscrimination } from '../regularisers/minibatch-discrimination.ts';
import { minibatchStddev } from '../regularisers/minibatch-stddev.ts';
import { packing } from '../regularisers/packing.ts';
import { r1 } from '../regularisers/r1.ts';
import { r2 } from '../regularisers/r2.ts';
import { spectralNorm } from '../regularisers/spectral-norm.ts';
import { unrolling } from '../regularisers/unrolling.ts';
import { adamDefaults } from '../tracing/adam-update.ts';
import { float32, type Specs, type Tensors } from '../tracing/program.ts';
import { startWeights, weightSpecs, type Weights } from '../tracing/weights.ts';
import { adamSlots, startSlots } from './adam.ts';
import { autoNet } from './by-data.ts';
import { columnSpread } from './column-spread.ts';
import { criticStep, TURNS } from './gan/critic-step.ts';
import { ganDiagnosis } from './gan/diagnosis.ts';
import { discriminatorOf } from './gan/discriminator.ts';
import { encoded, encoderStep } from './gan/encoder-step.ts';
import { averaged, averageSpecs, generate, startAverage, type Game } from './gan/game.ts';
import { generatorStep } from './gan/generator-step.ts';
import { STRENGTH, viewOf } from './gan/view.ts';
import { rateFactor } from './learning-rate.ts';
import type { Model, Optimiser, WeightsShown } from './model.ts';
import type { ModelMaker } from './recipe.ts';

const rate = (default_: number, help: string): Param & { kind: 'float' } => ({
  kind: 'float',
  default: default_,
  min: 1e-8,
  max: 10,
  scale: 'log',
  help,
});

const params = {
  latentSize: { kind: 'int', default: 0, min: 0, max: 1024, scale: 'log', help: 'latent dimensions; 0 chooses by the data' },
  net: {
    kind: 'choice',
    default: 'auto',
    options: ['auto', 'dense', 'conv', 'residual'],
    help: 'auto takes conv for colour and for large pictures',
  },
  loss: {
    kind: 'choice',
    default: 'non-saturating',
    options: ['non-saturating', 'least-squares', 'hinge', 'wasserstein', 'relativistic'],
    help: 'what the two players play for',
  },
  discriminatorActivation: {
    kind: 'choice',
    default: 'leaky-relu',
    options: activationNames,
    help: 'the discriminator’s; net.activation is the generator’s',
  },
  discriminatorWidth: {
    kind: 'float',
    default: 1,
    min: 0.05,
    max: 20,
    scale: 'log',
    help: 'how many times as wide as the generator the discriminator is; less where it wins too easily',
  },
  learningRate: rate(2e-4, 'Adam’s rate of the generator'),
  discriminatorLearningRate: rate(2e-4, 'Adam’s rate of the discriminator; two to four times the generator’s often helps'),
  encoderLearningRate: rate(1e-3, 'Adam’s rate of the encoder that gives real rows their codes'),
  encoderEvery: {
    kind: 'int',
    default: 1,
    min: 1,
    max: 10_000,
    scale: 'log',
    unit: 'steps',
    help: 'steps of the generator for each of the encoder; more saves up to a fifth of the time where only samples matter',
  },
  beta1: { kind: 'float', default: 0.5, min: 0, max: 0.999, help: 'how long Adam remembers slopes; 0 damps circling' },
  beta2: { kind: 'float', default: 0.99, min: 0, max: 0.9999, help: 'how long Adam remembers their squares' },
  warmUp: { kind: 'int', default: 0, min: 0, max: 1e9, unit: 'steps', help: 'steps over which the rates rise' },
  decay: {
    kind: 'int',
    default: 0,
    min: 0,
    max: 1e9,
    unit: 'steps',
    help: 'step at which a cosine has brought the rates down; 0 for never',
  },
  hold: { kind: 'float', default: 0, min: 0, max: 1, help: 'part of the steps up to decay before the rates begin to fall' },
  criticSteps: { kind: 'int', default: 1, min: 1, max: 20, help: 'steps of the discriminator for each of the generator' },
  averageHalfLife: {
    kind: 'float',
    default: 10_000,
    min: 1,
    max: 1e8,
    scale: 'log',
    unit: 'rows',
    help: 'rows after which a weight counts half in the generator’s moving average; at most a twentieth of the rows seen',
  },
  standardise: { kind: 'bool', default: true, help: 'scale the columns of vectors to mean 0 and standard deviation 1' },
} as const satisfies Params;

/** The average's half-life is at most this share of the rows seen, or it would show the start for long (Karras et al. 2020). */
const AVERAGE_RAMP = 0.05;

const autoLatentSize = (sample: SampleShape): number => (sample.kind === 'picture' ? 64 : 32);

export const gan = member<typeof params, ModelMaker>({
  id: 'gan',
  title: 'Generative adversarial network',
  summary: 'a generator learns to pass its samples off as real: sharp samples, which may leave out part of the data',
  paper: 'Goodfellow et al. 2014, arXiv:1406.2661; Huang et al. 2024 (R3GAN), arXiv:2501.05441',
  params,
  parts: [
    packing,
    minibatchDiscrimination,
    minibatchStddev,
    spectralNorm,
    r1,
    r2,
    gradientPenalty,
    unrolling,
    instanceNoise,
    diffAugment,
    adaptiveAugment,
    augment,
  ],
  make:
    (given) =>
    ({ sample, families, recipe }): Model => {
      const size = sampleSize(sample);
      const latentSize = given.latentSize || autoLatentSize(sample);
      const netId = given.net === 'auto' ? autoNet(sample) : given.net;
      recipe.note('model', { ...given, latentSize, net: netId });
      const pair = recipe.choose('net', families.nets, netId);
      const loss = recipe.choose('loss', families.losses, given.loss);
      const packs = recipe.take(packing);
      const statistics = [recipe.take(minibatchDiscrimination), recipe.take(minibatchStddev)].filter(({ isOn }) => isOn);
      const norm = recipe.take(spectralNorm);
      const penalties = [recipe.take(r1), recipe.take(r2), recipe.take(gradientPenalty)].filter(({ isOn }) => isOn);
      const blur = recipe.take(instanceNoise);
      const adaptive = recipe.take(adaptiveAugment);
      const view = viewOf(sample, sample.kind === 'vector' && given.standardise, {
        augment: recipe.take(augment),
        diffAugment: recipe.take(diffAugment),
        adaptiveAugment: adaptive,
        instanceNoise: blur,
        packing: packs,
      });

      const netShape: NetShape = sample.kind === 'picture' ? sample : { kind: 'vector', size };
      const generator = pair.up('generator', latentSize, netShape);
      const judges = pair.varied({ activation: given.discriminatorActivation, scale: given.discriminatorWidth });
      const discriminator = discriminatorOf(judges, packs.shape(sample), statistics, norm);
      const encoder = pair.down('encoder', netShape, 2 * latentSize);

      const tuned = [...penalties, ...(blur.isOn ? [blur] : []), ...(adaptive.isOn ? [{ ...adaptive, factor: () => 1 }] : [])];
      const knobs: Params = {
        learningRate: { ...params.learningRate, default: given.learningRate },
        discriminatorLearningRate: { ...params.discriminatorLearningRate, default: given.discriminatorLearningRate },
        encoderLearningRate: { ...params.encoderLearningRate, default: given.encoderLearningRate },
        averageHalfLife: { ...params.averageHalfLife, default: given.averageHalfLife },
        ...Object.fromEntries(tuned.map(({ knob, strength }) => [knob, strength])),
      };
      const game: Game = {
        size,
        latentSize,
        isPicture: sample.kind === 'picture',
        generator,
        discriminator,
        encoder,
        view,
        loss,
        penalties,
        unrolling: recipe.take(unrolling),
        instanceNoise: blur,
        adaptiveAugment: adaptive,
        betas: { beta1: given.beta1, beta2: given.beta2 },
        scheduled: (step, values, batch) => {
          const factor = rateFactor(given, step);
          const halfLife = Math.min(Number(values['averageHalfLife']), AVERAGE_RAMP * (step + 1) * batch);
          return {
            learningRate: Number(values['learningRate']) * factor,
            discriminatorLearningRate: Number(values['discriminatorLearningRate']) * factor,
            encoderLearningRate: Number(values['encoderLearningRate']) * factor,
            averaging: 1 - 0.5 ** (batch / halfLife),
            ...Object.fromEntries(tuned.map((one) => [one.knob, Number(values[one.knob]) * one.factor(step)])),
          };
        },
      };

      const weights = { ...generator.weights, ...discriminator.weights, ...encoder.weights };
      const learned = weightSpecs(weights);
      const average = averageSpecs(generator.weights);
      const state: Specs = {
        ...learned,
        ...average,
        ...discriminator.state,
        ...view.state,
        [TURNS]: float32(),
        ...adamSlots(learned),
      };
      /** ½ |x - G(z)|² in the discriminator's units, [batch]. */
      const residual = (tensors: Tensors, rows: tf.Tensor2D, z: tf.Tensor2D): tf.Tensor1D => {
        const made = generate(game, averaged(generator.weights, tensors), z);
        return tf.mul(0.5, tf.sum(tf.square(tf.sub(rows, made)), 1));
      };
      const shownSpecs = (shown: WeightsShown): Specs => (shown === 'raw' ? weightSpecs(generator.weights) : average);

      return {
        id: 'gan',
        params: {},
        sample,
        latentSize,
        hasBound: false,
        hasAverage: true,
        state,
        knobs,
        initialise: (rng, data) => {
          const start = startWeights(weights, rng);
          const columns = 'data.sd' in view.columns ? columnSpread(data) : undefined;
          return {
            ...start,
            ...startAverage(generator.weights, start),
            ...discriminator.start(rng),
            ...(columns ? { 'data.mean': columns.mean, 'data.sd': columns.sd } : {}),
            ...(STRENGTH in view.state ? { [STRENGTH]: new Float32Array(1) } : {}),
            [TURNS]: new Float32Array(1),
            ...startSlots(learned),
          };
        },
        training: (batch) => [
          criticStep(game, batch, given.criticSteps),
          generatorStep(game, batch),
          encoderStep(game, batch, given.encoderEvery),
        ],
        diagnose: (batch) => ganDiagnosis(game, batch),
        optimisers: (step, values) => {
          const rates = (at: number): Readonly<Record<string, number>> => game.scheduled(at, values, 1);
          const encoderTurn = Math.floor((step - 1) / given.encoderEvery);
          const [last, ofEncoder] = [rates(step - 1), rates(encoderTurn * given.encoderEvery)];
          const player = (name: string, of: Weights, rate: number | undefined, t: number, betas = game.betas): Optimiser => ({
            player: name,
            weights: Object.keys(of),
            rate: rate as number,
            t,
            beta1: betas.beta1,
            beta2: betas.beta2,
          });
          return [
            player('generator', generator.weights, last['learningRate'], step),
            player('discriminator', discriminator.weights, last['discriminatorLearningRate'], step * given.criticSteps),
            player('encoder', encoder.weights, ofEncoder['encoderLearningRate'], encoderTurn + 1, adamDefaults),
          ];
        },
        encode: (batch) => ({
          name: 'gan.encode',
          state: { ...weightSpecs(encoder.weights), ...view.columns },
          inputs: { x: float32(batch, size) },
          body: (tensors, { x }) => {
            const [mean, logVariance] = encoded(game, tensors, view.units(tensors, x as tf.Tensor2D));
            return { outputs: { mean, logVariance } };
          },
        }),
        decode: (batch, shown = 'average') => ({
          name: 'gan.decode',
          state: { ...shownSpecs(shown), ...view.columns },
          inputs: { z: float32(batch, latentSize) },
          body: (tensors, { z }) => {
            const using = shown === 'raw' ? tensors : averaged(generator.weights, tensors);
            return { outputs: { x: view.fromUnits(tensors, generate(game, using, z as tf.Tensor2D)) } };
          },
        }),
        distortion: (batch) => ({
          name: 'gan.distortion',
          state: { ...average, ...view.columns },
          inputs: { x: float32(batch, size), z: float32(batch, latentSize) },
          body: (tensors, { x, z }) => ({
            outputs: { reconstruction: residual(tensors, view.units(tensors, x as tf.Tensor2D), z as tf.Tensor2D) },
          }),
        }),
        evaluate: (batch) => ({
          name: 'gan.evaluate',
          state: { ...weightSpecs(encoder.weights), ...average, ...view.columns },
          inputs: { x: float32(batch, size), eps: float32(batch, latentSize) },
          body: (tensors, { x, eps }) => {
            const rows = view.units(tensors, x as tf.Tensor2D);
            const [mean, logVariance] = encoded(game, tensors, rows);
            const z = tf.add(mean, tf.mul(tf.exp(tf.mul(0.5, logVariance)), eps as tf.Tensor2D));
            const reconstruction = residual(tensors, rows, mean);
            return { outputs: { mean, logVariance, z, reconstruction, kl: gaussianKl(mean, logVariance) } };
          },
        }),
      };
    },
});

// Variational autoencoder (Kingma & Welling 2014; Rezende, Mohamed & Wierstra 2014): q(z|x) = N(mu(x), diag sigma²(x)), p(z) = N(0, I).
// Minimises -ln p(x|z) + beta KL(q(z|x) || p(z)), summed over the row, meant over the batch, with z = mu + sigma eps; beta ≠ 1 is
// Higgins et al. 2017. Other objectives, priors and posteriors are members of their own families; cures are parts. What is reported is
// always the plain KL. Vectors are standardised by column with the training rows' mean and standard deviation, which are part of the
// state; the nats reported are those of the data as given.
import type * as tf from '@tensorflow/tfjs';
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import type { Params } from '../base/params.ts';
import { readRows, type SampleShape } from '../datasets/dataset.ts';
import { AGGRESSIVE_ON, aggressiveInference } from '../regularisers/aggressive-inference.ts';
import { annealed, annealingNames } from '../regularisers/annealing.ts';
import { augment } from '../regularisers/augmentation.ts';
import { committedRate } from '../regularisers/committed-rate.ts';
import { gaussianKl } from '../regularisers/gaussian-kl.ts';
import { minimumRate } from '../regularisers/minimum-rate.ts';
import { normalisedMeans } from '../regularisers/normalised-means.ts';
import { adamDefaults } from '../tracing/adam-update.ts';
import { noiseInputs } from '../tracing/noise.ts';
import { float32, type Specs, type Tensors } from '../tracing/program.ts';
import { startWeights, weightSpecs } from '../tracing/weights.ts';
import { adamSlots, startSlots } from './adam.ts';
import { autoLikelihood, autoNet, START_SIGMA } from './by-data.ts';
import { columnSpread } from './column-spread.ts';
import { rateFactor } from './learning-rate.ts';
import type { Model } from './model.ts';
import type { ModelMaker } from './recipe.ts';
import { rowView } from './row-view.ts';
import { vaeNets } from './vae-nets.ts';
import { playersOf, vaePrograms, type VaeTraining } from './vae-step.ts';

const params = {
  latentSize: { kind: 'int', default: 0, min: 0, max: 1024, scale: 'log', help: 'latent dimensions; 0 chooses by the data' },
  net: {
    kind: 'choice',
    default: 'auto',
    options: ['auto', 'dense', 'conv', 'residual'],
    help: 'auto takes conv for colour and for large pictures',
  },
  likelihood: {
    kind: 'choice',
    default: 'auto',
    options: ['auto', 'bernoulli', 'gaussian'],
    help: 'auto takes bernoulli for grey pictures and gaussian for all else',
  },
  objective: {
    kind: 'choice',
    default: 'elbo',
    options: ['elbo', 'capacity', 'factor', 'tc', 'dip', 'info', 'wae', 'importance'],
    help: 'what holds the codes in place while rows are learnt',
  },
  posterior: {
    kind: 'choice',
    default: 'diagonal',
    options: ['diagonal', 'planar', 'iaf'],
    help: 'the shape of one row among the codes: a ball stretched along the axes, or bent by a flow',
  },
  prior: {
    kind: 'choice',
    default: 'normal',
    options: ['normal', 'mixture', 'vamp', 'realnvp', 'glow'],
    help: 'the shape that all codes together are held to, and that samples are drawn from',
  },
  beta: { kind: 'float', default: 1, min: 0, max: 1000, scale: 'log', help: 'weight of the KL term; 1 is the evidence bound' },
  annealing: { kind: 'choice', default: 'none', options: annealingNames, help: 'let beta grow with the steps' },
  annealingSteps: {
    kind: 'int',
    default: 1000,
    min: 1,
    max: 1e9,
    scale: 'log',
    unit: 'steps',
    help: 'steps until beta is whole',
  },
  cycles: { kind: 'int', default: 4, min: 1, max: 1000, help: 'ramps of cyclic annealing' },
  ramp: { kind: 'float', default: 0.5, min: 0, max: 1, help: 'part of a cycle in which beta rises' },
  freeBits: { kind: 'float', default: 0, min: 0, max: 100, unit: 'nats', help: 'KL that each dimension has for free' },
  learningRate: { kind: 'float', default: 1e-3, min: 1e-8, max: 10, scale: 'log', help: "Adam's rate" },
  warmUp: { kind: 'int', default: 0, min: 0, max: 1e9, unit: 'steps', help: 'steps over which the rate rises' },
  decay: {
    kind: 'int',
    default: 0,
    min: 0,
    max: 1e9,
    unit: 'steps',
    help: 'step at which a cosine has brought the rate down; 0 for never',
  },
  hold: { kind: 'float', default: 0, min: 0, max: 1, help: 'part of the steps up to decay before the rate begins to fall' },
  gradientClip: { kind: 'float', default: 0, min: 0, max: 1e9, help: 'largest norm of the gradient; 0 does not clip' },
  standardise: { kind: 'bool', default: true, help: 'scale the columns of vectors to mean 0 and standard deviation 1' },
} as const satisfies Params;

const autoLatentSize = (sample: SampleShape): number =>
  sample.kind === 'picture' ? (sample.channels === 1 ? 20 : 16) : Math.max(2, Math.min(20, sample.size));

/** Training rows that a prior may start from. */
const START_ROWS = 2_000;

export const vae = member<typeof params, ModelMaker>({
  id: 'vae',
  title: 'Variational autoencoder',
  summary: 'learns to describe each row by a few numbers and to draw it again from them',
  paper: 'Kingma & Welling 2014, arXiv:1312.6114; Higgins et al. 2017 (beta)',
  params,
  parts: [normalisedMeans, committedRate, minimumRate, aggressiveInference, augment],
  make:
    (given) =>
    ({ sample, families, recipe }): Model => {
      const latentSize = given.latentSize || autoLatentSize(sample);
      const net = given.net === 'auto' ? autoNet(sample) : given.net;
      const likelihoodId = given.likelihood === 'auto' ? autoLikelihood(sample) : given.likelihood;
      recipe.note('model', { ...given, latentSize, net, likelihood: likelihoodId });
      const likelihood = recipe.choose('likelihood', families.likelihoods, likelihoodId);
      const objective = recipe.choose('objective', families.objectives, given.objective);
      if (given.objective === 'tc' && given.posterior !== 'diagonal')
        throw new KarstError(
          'usage',
          `objective tc takes densities of diagonal posteriors, not of ${given.posterior}: choose model.posterior=diagonal, or another objective`,
        );
      const parts = {
        sample,
        latentSize,
        view: rowView(sample, likelihood, sample.kind === 'vector' && given.standardise, recipe.take(augment)),
        nets: recipe.choose('net', families.nets, net),
        likelihood,
        posterior: recipe.choose('posterior', families.posteriors, given.posterior),
        prior: recipe.choose('prior', families.priors, given.prior),
        normalisedMeans: recipe.take(normalisedMeans),
        committedRate: recipe.take(committedRate),
      };
      const cures = { minimumRate: recipe.take(minimumRate), aggressive: recipe.take(aggressiveInference) };
      const nets = vaeNets(parts);
      const { size, prior } = nets;

      const adversaryWeights = objective.adversary?.weights(latentSize) ?? {};
      const weights = { ...nets.encoder.weights, ...nets.decoder.weights, ...prior.weights, ...adversaryWeights };
      const learned: Specs = { ...nets.encoder.specs, ...nets.decoder.specs, ...likelihood.weights, ...prior.specs };
      const adversarySpecs = weightSpecs(adversaryWeights);
      const seesRows = objective.uses?.includes('rows') ?? false;
      const state: Specs = {
        ...learned,
        ...adversarySpecs,
        ...nets.fixed,
        ...(seesRows ? { 'data.rows': float32() } : {}),
        ...cures.minimumRate.state,
        ...cures.aggressive.state,
        ...adamSlots({ ...learned, ...adversarySpecs }),
      };

      const knobs: Params = {
        learningRate: { ...params.learningRate, default: given.learningRate },
        beta: { ...params.beta, default: given.beta },
        freeBits: { ...params.freeBits, default: given.freeBits },
        ...objective.knobs,
        ...(given.gradientClip > 0 ? { gradientClip: { ...params.gradientClip, min: 1e-6, default: given.gradientClip } } : {}),
      };
      const nats = (tensors: Tensors, x: tf.Tensor2D, z: tf.Tensor2D): tf.Tensor1D =>
        parts.view.nats(tensors, x, nets.decoder.apply(tensors, z));
      const priorState: Specs = { ...nets.encoder.specs, ...prior.specs, ...nets.fixed };
      const training: VaeTraining = {
        parts,
        nets,
        objective,
        ...cures,
        learned,
        knobs,
        schedule: (step, values) => ({
          ...Object.fromEntries(Object.keys(knobs).map((name) => [name, Number(values[name])])),
          learningRate: Number(values['learningRate']) * rateFactor(given, step),
          beta: Number(values['beta']) * annealed({ ...given, kind: given.annealing, length: given.annealingSteps }, step),
          ...objective.schedule?.(step, values),
        }),
      };

      return {
        id: 'vae',
        params: {},
        sample,
        latentSize,
        hasBound: true,
        hasSampledKl: !(parts.posterior.isDiagonal && parts.prior.isStandardNormal),
        hasAverage: false,
        state,
        ...(cures.aggressive.isOn ? { control: [AGGRESSIVE_ON] } : {}),
        knobs,
        initialise: (rng, data) => {
          const columns = columnSpread(data);
          const order = rng.stream('rows').permutation(data.rows.length).slice(0, START_ROWS);
          const starting = (): Float32Array =>
            readRows(
              data.dataset,
              order.map((at) => data.rows[at] as number),
            );
          return {
            ...startWeights(weights, rng),
            ...prior.start?.(rng.stream('prior'), parts.view.asSeen(columns, starting())),
            ...likelihood.start({ sd: START_SIGMA * parts.view.spread(columns) }),
            ...parts.view.start(columns),
            ...parts.normalisedMeans.startStatistics(latentSize),
            ...(seesRows ? { 'data.rows': Float32Array.of(data.rows.length) } : {}),
            ...cures.minimumRate.start,
            ...cures.aggressive.start,
            ...startSlots({ ...learned, ...adversarySpecs }),
          };
        },
        training: (batch) => vaePrograms(training, batch).parts,
        diagnose: (batch) => vaePrograms(training, batch).diagnosis,
        optimisers: (step, values) => {
          const { beta1, beta2 } = adamDefaults;
          const rate = training.schedule(step - 1, values)['learningRate'] as number;
          const all = Object.entries(playersOf(training)).map(([player, names]) => ({ player, weights: names, rate }));
          const { adversary } = objective;
          const critic = adversary && {
            player: 'adversary',
            weights: Object.keys(adversarySpecs),
            rate: adversary.learningRate,
          };
          return [...all, ...(critic ? [critic] : [])].map((one) => ({ ...one, t: step, beta1, beta2 }));
        },
        encode: (batch) => ({
          name: 'vae.encode',
          state: { ...nets.encoder.specs, ...nets.fixed },
          inputs: { x: float32(batch, size) },
          body: (tensors, inputs) => {
            const heads = nets.heads(tensors, parts.view.seen(tensors, inputs, false), false);
            return { outputs: { mean: nets.code(tensors, heads), logVariance: heads.logVariance } };
          },
        }),
        decode: (batch) => ({
          name: 'vae.decode',
          state: { ...nets.decoder.specs, ...nets.fixed },
          inputs: { z: float32(batch, latentSize) },
          body: (tensors, inputs) => ({ outputs: { x: nets.shown(tensors, inputs['z'] as tf.Tensor2D) } }),
        }),
        ...(parts.prior.isStandardNormal
          ? {}
          : {
              prior: (batch: number) => ({
                name: 'vae.prior',
                state: priorState,
                inputs: { eps: float32(batch, latentSize), u: float32(batch) },
                body: (tensors, inputs) => {
                  const [eps, u] = [inputs['eps'] as tf.Tensor2D, inputs['u'] as tf.Tensor1D];
                  return { outputs: { z: prior.sample(tensors, eps, u, nets.encodeWith(tensors)) } };
                },
              }),
              density: (batch: number) => ({
                name: 'vae.density',
                state: priorState,
                inputs: { z: float32(batch, latentSize) },
                body: (tensors, { z }) => ({
                  outputs: { logDensity: prior.logDensity(tensors, z as tf.Tensor2D, nets.encodeWith(tensors)) },
                }),
              }),
            }),
        distortion: (batch) => ({
          name: 'vae.distortion',
          state: { ...nets.decoder.specs, ...likelihood.weights, ...parts.view.state },
          inputs: { x: float32(batch, size), z: float32(batch, latentSize), ...noiseInputs(parts.view.noise(batch, false)) },
          body: (tensors, inputs) => ({
            outputs: { reconstruction: nats(tensors, parts.view.seen(tensors, inputs, false), inputs['z'] as tf.Tensor2D) },
          }),
        }),
        evaluate: (batch) => ({
          name: 'vae.evaluate',
          state: { ...learned, ...nets.fixed },
          inputs: {
            x: float32(batch, size),
            ...(likelihood.binarises ? { u: float32(batch, size) } : {}),
            eps: float32(batch, latentSize),
          },
          body: (tensors, inputs) => {
            const x = parts.view.seen(tensors, inputs, false);
            const heads = nets.heads(tensors, x, false);
            const { z, logRatio } = nets.draw(tensors, heads, inputs['eps'] as tf.Tensor2D);
            const reconstruction = nats(tensors, x, z);
            const kl = gaussianKl(heads.mean, heads.logVariance);
            const { logVariance } = heads;
            return { outputs: { mean: nets.code(tensors, heads), logVariance, z, reconstruction, kl, logRatio } };
          },
        }),
      };
    },
});

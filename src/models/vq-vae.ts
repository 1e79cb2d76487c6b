// Vector-quantised autoencoder (van den Oord, Vinyals & Kavukcuoglu 2017, VQ-VAE): a row's code is `slots` entries of one codebook. Minimises
//   -ln p(x|e) + commitment |z - sg(e)|² (+ |sg(z) - e|² where codes learn by gradient),
// z the encoder's output, e the nearest codes, sg without slope, sums over the row; the decoder's slope at e is handed to z. The choice is no
// random one, so with the slots' frequencies as prior -ln p(x|e) - sum ln P(e) bounds -ln p(x). Codebooks collapse as codes do: most
// entries may never be chosen. `perplexity` says how many are; codebook.ts is the cure. In place of a posterior's spread stands the error
// of rounding, the same for all rows.
import * as tf from '@tensorflow/tfjs';
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import type { Params } from '../base/params.ts';
import { sampleSize, type SampleShape } from '../datasets/dataset.ts';
import type { NetShape } from '../nets/net.ts';
import { augment } from '../regularisers/augmentation.ts';
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
import { openCodeUse } from './vq/code-use.ts';
import { openCodebook, type Quantised } from './vq/codebook.ts';
import { vqDiagnosis, vqPlayers } from './vq/diagnosis.ts';
import { straightThrough } from './vq/straight-through.ts';
import { ERROR, inParts, inRows, spreadOut, vqStep, type VqParts } from './vq/vq-step.ts';

const params = {
  slots: { kind: 'int', default: 0, min: 0, max: 1024, scale: 'log', help: 'codes that describe a row; 0 chooses by the data' },
  codes: { kind: 'int', default: 128, min: 2, max: 65_536, scale: 'log', help: 'entries of the codebook, which all slots share' },
  codeSize: {
    kind: 'int',
    default: 4,
    min: 1,
    max: 512,
    scale: 'log',
    help: 'numbers in a code; few keep all codes within reach',
  },
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
  update: {
    kind: 'choice',
    default: 'average',
    options: ['average', 'gradient'],
    help: 'how codes follow the encoder: by moving averages or by gradient',
  },
  averageDecay: { kind: 'float', default: 0.99, min: 0, max: 0.99999, help: 'what the moving averages keep at each step' },
  restartAfter: {
    kind: 'int',
    default: 100,
    min: 0,
    max: 1e9,
    unit: 'steps',
    help: 'unused for longer, a code moves to where the encoder is; 0 never',
  },
  // A fresh encoder puts out small numbers, and a decoder hardly hears codes among them; of length 1 they are heard from the first step.
  unitCodes: { kind: 'bool', default: true, help: 'scale codes and encoder outputs to length 1, where no code is out of reach' },
  snap: { kind: 'bool', default: false, help: 'decode only codes of the codebook: what lies between goes to the nearest' },
  commitment: { kind: 'float', default: 0.25, min: 0, max: 100, scale: 'log', help: 'how firmly the encoder keeps to its codes' },
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

/** Rounding without any error would have the logarithm of 0. */
const LEAST_ERROR = 1e-8;

const autoSlots = (sample: SampleShape): number => {
  if (sample.kind === 'picture') return sample.channels === 1 ? 8 : 16;
  return Math.max(1, Math.min(8, Math.ceil(sample.size / 4)));
};

export const vqVae = member<typeof params, ModelMaker>({
  id: 'vq-vae',
  title: 'VQ-VAE',
  summary: 'describes each row by a few entries of a codebook that it learns: discrete codes, no blur between them',
  paper: 'van den Oord, Vinyals & Kavukcuoglu 2017, arXiv:1711.00937',
  params,
  parts: [augment],
  make:
    (given) =>
    ({ sample, families, recipe }): Model => {
      const size = sampleSize(sample);
      const [slots, { codes, codeSize }] = [given.slots || autoSlots(sample), given];
      if (given.unitCodes && codeSize === 1)
        throw new KarstError(
          'usage',
          'model.unitCodes needs model.codeSize 2 or more: of one number only 1 and -1 have length 1',
        );
      const latentSize = slots * codeSize;
      const netId = given.net === 'auto' ? autoNet(sample) : given.net;
      const likelihoodId = given.likelihood === 'auto' ? autoLikelihood(sample) : given.likelihood;
      recipe.note('model', { ...given, slots, net: netId, likelihood: likelihoodId });
      const pair = recipe.choose('net', families.nets, netId);
      const likelihood = recipe.choose('likelihood', families.likelihoods, likelihoodId);
      const view = rowView(sample, likelihood, sample.kind === 'vector' && given.standardise, recipe.take(augment));

      const netShape: NetShape = sample.kind === 'picture' ? sample : { kind: 'vector', size };
      const encoder = pair.down('encoder', netShape, latentSize);
      const decoder = pair.up('decoder', latentSize, netShape);
      const codebook = openCodebook({ ...given, decay: given.averageDecay, isNormalised: given.unitCodes });
      const use = openCodeUse(slots, codes);
      const weights = { ...encoder.weights, ...decoder.weights };
      const learned: Specs = { ...weightSpecs(weights), ...likelihood.weights, ...codebook.learned };
      const kept: Specs = { ...view.state, ...codebook.state, ...use.state, [ERROR]: float32() };
      const state: Specs = { ...learned, ...kept, ...adamSlots(learned) };
      const clips = given.gradientClip > 0;
      const knobs: Params = {
        learningRate: { ...params.learningRate, default: given.learningRate },
        commitment: { ...params.commitment, default: given.commitment },
        ...(clips ? { gradientClip: { ...params.gradientClip, min: 1e-6, default: given.gradientClip } } : {}),
      };

      const batchLogVariance = (tensors: Tensors, batch: number): tf.Tensor2D =>
        tf.mul(tf.log(tf.maximum(tensors[ERROR] as tf.Scalar, LEAST_ERROR)), tf.ones([batch, latentSize]));
      const quantise = (tensors: Tensors, x: tf.Tensor2D): Quantised =>
        codebook.quantise(tensors, inParts(encoder.apply(tensors, x), codeSize));
      const rows = (parts: tf.Tensor): tf.Tensor2D => inRows(parts, slots, codeSize);
      const nats = (tensors: Tensors, x: tf.Tensor2D, z: tf.Tensor2D): tf.Tensor1D =>
        view.nats(tensors, x, decoder.apply(tensors, z));

      const built: VqParts = {
        ...{ size, slots, codeSize, view, likelihood, encoder, decoder, codebook, use, learned, state, knobs },
        schedule: given,
      };

      return {
        id: 'vq-vae',
        params: {},
        sample,
        latentSize,
        hasBound: true,
        hasAverage: false,
        codebook: { codes, slots },
        state,
        knobs,
        initialise: (rng, data) => {
          const columns = columnSpread(data);
          return {
            ...startWeights(weights, rng),
            ...likelihood.start({ sd: START_SIGMA * view.spread(columns) }),
            ...view.start(columns),
            ...codebook.start(rng),
            ...use.start,
            [ERROR]: Float32Array.of(1),
            ...startSlots(learned),
          };
        },
        training: (batch) => [vqStep(batch, built)],
        diagnose: (batch) => vqDiagnosis(batch, built),
        optimisers: (step, values) => {
          const { beta1, beta2 } = adamDefaults;
          const rate = Number(values['learningRate']) * rateFactor(given, step - 1);
          return Object.entries(vqPlayers(built)).map(([player, names]) => ({
            player,
            weights: names,
            rate,
            t: step,
            beta1,
            beta2,
          }));
        },
        encode: (batch) => ({
          name: 'vq-vae.encode',
          state: { ...weightSpecs(encoder.weights), ...view.state, ...codebook.state, [ERROR]: float32() },
          inputs: { x: float32(batch, size) },
          body: (tensors, inputs) => {
            const { code } = quantise(tensors, view.seen(tensors, inputs, false));
            return { outputs: { mean: rows(code), logVariance: batchLogVariance(tensors, batch) } };
          },
        }),
        decode: (batch) => ({
          name: 'vq-vae.decode',
          state: { ...weightSpecs(decoder.weights), ...view.state, ...(given.snap ? codebook.state : {}) },
          inputs: { z: float32(batch, latentSize) },
          body: (tensors, inputs) => {
            const z = inputs['z'] as tf.Tensor2D;
            // With the slope at the code, so that searches and Jacobians see the decoder and not a staircase.
            const code = given.snap ? straightThrough(z, rows(codebook.quantise(tensors, inParts(z, codeSize)).code)) : z;
            return { outputs: { x: view.shown(tensors, decoder.apply(tensors, code)) } };
          },
        }),
        prior: (batch) => ({
          name: 'vq-vae.prior',
          state: { ...codebook.state, ...use.state },
          inputs: { eps: float32(batch, latentSize), u: float32(batch) },
          body: (tensors, inputs) => {
            // A slot's first normal number says which part of [0, 1) it lies in; u and the others are not needed.
            const normal = tf.reshape(tf.slice(inParts(inputs['eps'] as tf.Tensor2D, codeSize), [0, 0], [-1, 1]), [batch, slots]);
            const uniform = tf.mul<tf.Tensor2D>(0.5, tf.add(1, tf.erf(tf.mul(normal, Math.SQRT1_2))));
            return { outputs: { z: rows(tf.matMul(use.draw(tensors, uniform), codebook.codes(tensors))) } };
          },
        }),
        distortion: (batch) => ({
          name: 'vq-vae.distortion',
          state: { ...weightSpecs(decoder.weights), ...likelihood.weights, ...view.state },
          inputs: { x: float32(batch, size), z: float32(batch, latentSize), ...noiseInputs(view.noise(batch, false)) },
          body: (tensors, inputs) => ({
            outputs: { reconstruction: nats(tensors, view.seen(tensors, inputs, false), inputs['z'] as tf.Tensor2D) },
          }),
        }),
        evaluate: (batch) => ({
          name: 'vq-vae.evaluate',
          state: { ...learned, ...kept },
          // eps is not needed: a row has one code.
          inputs: { x: float32(batch, size), eps: float32(batch, latentSize), ...noiseInputs(view.noise(batch, false)) },
          body: (tensors, inputs) => {
            const x = view.seen(tensors, inputs, false);
            const { code, chosen } = quantise(tensors, x);
            const perSlot = use.nats(tensors, chosen);
            const mean = rows(code);
            const output = decoder.apply(tensors, mean);
            const numbers = tf.tensor1d(Array.from({ length: codes }, (_, k) => k));
            return {
              outputs: {
                ...{ mean, z: mean, logVariance: batchLogVariance(tensors, batch) },
                reconstruction: view.nats(tensors, x, output),
                shown: view.shown(tensors, output),
                chosen: tf.reshape(tf.sum(tf.mul(chosen, numbers), 1), [batch, slots]), // exact, as a matrix product need not be
                kl: spreadOut(perSlot, codeSize),
                logRatio: tf.sum(perSlot, 1), // q(e|x) = 1
              },
            };
          },
        }),
      };
    },
});

// Variational autoencoder (Kingma & Welling 2014; Rezende, Mohamed & Wierstra 2014): q(z|x) = N(mu(x), diag sigma²(x)), p(z) = N(0, I).
// Minimises -ln p(x|z) + beta KL(q(z|x) || p(z)), summed over the row, meant over the batch, with z = mu + sigma eps; beta ≠ 1 is
// Higgins et al. 2017. Free bits and annealing act on the KL term only; what is reported is always the plain KL.
// Vectors are standardised by column with the training rows' mean and standard deviation, which are part of the state; the nats reported
// are those of the data as given.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import { resolve, type Params, type ParamValues } from '../base/params.ts';
import { sampleSize, type SampleShape } from '../datasets/dataset.ts';
import type { NetShape } from '../nets/net.ts';
import { annealed, annealingNames } from '../regularisers/annealing.ts';
import { freeBits } from '../regularisers/free-bits.ts';
import { gaussianKl } from '../regularisers/gaussian-kl.ts';
import { adamCorrections } from '../tracing/adam-update.ts';
import { float32, type Specs, type Tensors } from '../tracing/program.ts';
import { startWeights, weightSpecs } from '../tracing/weights.ts';
import { adamSlots, descend, startSlots } from './adam.ts';
import { columnSpread } from './column-spread.ts';
import { rateFactor } from './learning-rate.ts';
import type { Model, TrainingPart } from './model.ts';
import type { ModelMaker } from './recipe.ts';

const params = {
  latentSize: { kind: 'int', default: 0, min: 0, max: 1024, scale: 'log', help: 'latent dimensions; 0 chooses by the data' },
  net: {
    kind: 'choice',
    default: 'auto',
    options: ['auto', 'dense', 'conv'],
    help: 'auto takes conv for colour and for large pictures',
  },
  likelihood: {
    kind: 'choice',
    default: 'auto',
    options: ['auto', 'bernoulli', 'gaussian'],
    help: 'auto takes bernoulli for grey pictures and gaussian for all else',
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

/** Grey pictures of at most this many pixels go to the dense net, which sees ten times as many of them in a second. */
const DENSE_PIXELS = 32 * 32;

/**
 * A learnt sigma starts at this part of the data's spread. A direction is used only where its variance exceeds sigma² (Lucas et al. 2019):
 * at the full spread every direction of standardised data looks like noise, and the codes die before sigma falls.
 */
const START_SIGMA = 1 / 3;

const autoNet = (sample: SampleShape): string =>
  sample.kind === 'picture' && (sample.channels > 1 || sampleSize(sample) > DENSE_PIXELS) ? 'conv' : 'dense';
const autoLikelihood = (sample: SampleShape): string =>
  sample.kind === 'picture' && sample.channels === 1 ? 'bernoulli' : 'gaussian';
const autoLatentSize = (sample: SampleShape): number =>
  sample.kind === 'picture' ? (sample.channels === 1 ? 20 : 16) : Math.max(2, Math.min(20, sample.size));

export const vae = member<typeof params, ModelMaker>({
  id: 'vae',
  title: 'Variational autoencoder',
  summary: 'learns to describe each row by a few numbers and to draw it again from them',
  paper: 'Kingma & Welling 2014, arXiv:1312.6114; Higgins et al. 2017 (beta)',
  params,
  make:
    (given) =>
    (context): Model => {
      const { sample } = context;
      const size = sampleSize(sample);
      const latentSize = given.latentSize || autoLatentSize(sample);
      const netId = given.net === 'auto' ? autoNet(sample) : given.net;
      const likelihoodId = given.likelihood === 'auto' ? autoLikelihood(sample) : given.likelihood;
      const netMember = context.nets.get(netId);
      const pair = netMember.make(context.net);
      const likelihoodMember = context.likelihoods.get(likelihoodId);
      const likelihood = likelihoodMember.make(context.likelihood);
      const isStandardised = sample.kind === 'vector' && given.standardise;

      const netShape: NetShape = sample.kind === 'picture' ? sample : { kind: 'vector', size };
      const encoder = pair.down('encoder', netShape, 2 * latentSize);
      const decoder = pair.up('decoder', latentSize, netShape);
      const encoderSpecs = weightSpecs(encoder.weights);
      const decoderSpecs = weightSpecs(decoder.weights);
      const columnSpecs: Specs = isStandardised ? { 'data.mean': float32(size), 'data.sd': float32(size) } : {};
      const learned: Specs = { ...encoderSpecs, ...decoderSpecs, ...likelihood.weights };
      const state: Specs = { ...learned, ...columnSpecs, ...adamSlots(learned) };

      const clips = given.gradientClip > 0;
      const knobs: Params = {
        learningRate: { ...params.learningRate, default: given.learningRate },
        beta: { ...params.beta, default: given.beta },
        freeBits: { ...params.freeBits, default: given.freeBits },
        ...(clips ? { gradientClip: { ...params.gradientClip, min: 1e-6, default: given.gradientClip } } : {}),
      };

      /** As the nets and the likelihood see it: standardised, or drawn by `u`. */
      const seen = (tensors: Tensors, inputs: Tensors): tf.Tensor2D => {
        const x = inputs['x'] as tf.Tensor2D;
        if (isStandardised) return tf.div(tf.sub(x, tensors['data.mean'] as tf.Tensor), tensors['data.sd'] as tf.Tensor);
        if (likelihood.binarises && inputs['u']) return tf.cast(tf.less(inputs['u'], x), 'float32');
        return x;
      };
      const encode = (tensors: Tensors, x: tf.Tensor2D): readonly [mean: tf.Tensor2D, logVariance: tf.Tensor2D] =>
        tf.split(encoder.apply(tensors, x), 2, 1) as [tf.Tensor2D, tf.Tensor2D]; // [batch, latent] each
      const sampleCode = (mean: tf.Tensor2D, logVariance: tf.Tensor2D, eps: tf.Tensor2D): tf.Tensor2D =>
        tf.add(mean, tf.mul(tf.exp(tf.mul(0.5, logVariance)), eps));
      /** Nats of the data as given: a density over x / sd is 1 / sd of one over x. [batch] */
      const natsOf = (tensors: Tensors, x: tf.Tensor2D, output: tf.Tensor2D): tf.Tensor1D => {
        const nats = likelihood.nats(tensors, x, output);
        return isStandardised ? tf.add(nats, tf.sum(tf.log(tensors['data.sd'] as tf.Tensor1D))) : nats;
      };

      const rowInputs = (batch: number): Specs => ({
        x: float32(batch, size),
        ...(likelihood.binarises ? { u: float32(batch, size) } : {}),
      });

      const train = (batch: number): TrainingPart => {
        const names = Object.keys(learned);
        const scalars: Specs = Object.fromEntries(
          [...Object.keys(knobs), 'correction1', 'correction2'].map((name) => [name, float32()]),
        );
        // Two sets of buffers: one is with the device while the other is filled.
        const buffers = [0, 1].map(() => ({
          eps: new Float32Array(batch * latentSize),
          ...(likelihood.binarises ? { u: new Float32Array(batch * size) } : {}),
        }));
        let calls = 0;
        return {
          program: {
            name: 'vae.train',
            state: { ...learned, ...columnSpecs, ...adamSlots(learned) },
            inputs: { ...rowInputs(batch), eps: float32(batch, latentSize), ...scalars },
            body: (tensors, inputs) => {
              const x = seen(tensors, inputs);
              const parts: Record<string, tf.Tensor> = {};
              const lossOf = (...weights: tf.Tensor[]): tf.Scalar => {
                const using: Tensors = {
                  ...tensors,
                  ...Object.fromEntries(names.map((name, i) => [name, weights[i] as tf.Tensor])),
                };
                const [mean, logVariance] = encode(using, x);
                const output = decoder.apply(using, sampleCode(mean, logVariance, inputs['eps'] as tf.Tensor2D));
                const reconstruction: tf.Scalar = tf.mean(natsOf(using, x, output));
                const klPerDimension: tf.Tensor1D = tf.mean(gaussianKl(mean, logVariance), 0); // [latent]
                const pull = freeBits(klPerDimension, inputs['freeBits'] as tf.Scalar);
                const told = {
                  reconstruction,
                  kl: tf.sum(klPerDimension),
                  'kl.perDimension': klPerDimension,
                  ...likelihood.report(using),
                };
                for (const [name, tensor] of Object.entries(told)) parts[name] = tf.keep(tf.clone(tensor)); // outlive the tape
                return tf.add(reconstruction, tf.mul(inputs['beta'] as tf.Scalar, pull));
              };
              const { value: loss, grads } = tf.valueAndGrads(lossOf)(names.map((name) => tensors[name] as tf.Tensor));
              const outputs = Object.fromEntries(Object.entries(parts).map(([name, tensor]) => [name, tf.clone(tensor)]));
              for (const tensor of Object.values(parts)) tensor.dispose();
              const { state: changed, norm } = descend(tensors, names, grads, inputs, clips);
              return { state: changed, outputs: { loss, ...outputs, ...(norm ? { gradientNorm: norm } : {}) } };
            },
          },
          inputs: (step, rng, values) => {
            const set = buffers[calls++ & 1] as (typeof buffers)[number];
            rng.stream('eps').fillNormal(set.eps);
            if (set.u) rng.stream('u').fillUniform(set.u);
            const [correction1, correction2] = adamCorrections(step + 1);
            const scheduled: ParamValues = {
              ...values,
              learningRate: Number(values['learningRate']) * rateFactor(given, step),
              beta: Number(values['beta']) * annealed({ ...given, kind: given.annealing, length: given.annealingSteps }, step),
            };
            const knobScalars = Object.keys(knobs).map((name) => [name, Float32Array.of(Number(scheduled[name]))] as const);
            return {
              ...set,
              ...Object.fromEntries(knobScalars),
              correction1: Float32Array.of(correction1),
              correction2: Float32Array.of(correction2),
            };
          },
        };
      };

      return {
        id: 'vae',
        params: {
          ...dotted('model', { ...given, latentSize, net: netId, likelihood: likelihoodId }),
          ...dotted('net', resolve(netMember.id, netMember.params, context.net)),
          ...dotted('likelihood', resolve(likelihoodMember.id, likelihoodMember.params, context.likelihood)),
        },
        sample,
        latentSize,
        state,
        knobs,
        initialise: (rng, data) => {
          const columns = columnSpread(data);
          const isPlain = !isStandardised;
          return {
            ...startWeights({ ...encoder.weights, ...decoder.weights }, rng),
            ...likelihood.start({ sd: START_SIGMA * (isPlain ? columns.overall : 1) }),
            ...(isStandardised ? { 'data.mean': columns.mean, 'data.sd': columns.sd } : {}),
            ...startSlots(learned),
          };
        },
        training: (batch) => [train(batch)],
        encode: (batch) => ({
          name: 'vae.encode',
          state: { ...encoderSpecs, ...columnSpecs },
          inputs: { x: float32(batch, size) },
          body: (tensors, inputs) => {
            const [mean, logVariance] = encode(tensors, seen(tensors, inputs));
            return { outputs: { mean, logVariance } };
          },
        }),
        decode: (batch) => ({
          name: 'vae.decode',
          state: { ...decoderSpecs, ...columnSpecs },
          inputs: { z: float32(batch, latentSize) },
          body: (tensors, inputs) => {
            const x = likelihood.mean(decoder.apply(tensors, inputs['z'] as tf.Tensor2D));
            if (!isStandardised) return { outputs: { x } };
            return { outputs: { x: tf.add(tf.mul(x, tensors['data.sd'] as tf.Tensor), tensors['data.mean'] as tf.Tensor) } };
          },
        }),
        evaluate: (batch) => ({
          name: 'vae.evaluate',
          state: { ...learned, ...columnSpecs },
          inputs: { ...rowInputs(batch), eps: float32(batch, latentSize) },
          body: (tensors, inputs) => {
            const x = seen(tensors, inputs);
            const [mean, logVariance] = encode(tensors, x);
            const output = decoder.apply(tensors, sampleCode(mean, logVariance, inputs['eps'] as tf.Tensor2D));
            const reconstruction = natsOf(tensors, x, output);
            return { outputs: { mean, logVariance, reconstruction, kl: gaussianKl(mean, logVariance) } };
          },
        }),
      };
    },
});

const dotted = (section: string, values: ParamValues): ParamValues =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${section}.${name}`, value]));

// The training step of a VQ-VAE: one descent of encoder, decoder and likelihood (and of codes that learn by gradient), then the codebook and
// the counts of its use move.
import * as tf from '@tensorflow/tfjs';
import type { Params } from '../../base/params.ts';
import type { Likelihood } from '../../losses/likelihood.ts';
import type { Net } from '../../nets/net.ts';
import { adamCorrections } from '../../tracing/adam-update.ts';
import { noiseInputs, openNoise } from '../../tracing/noise.ts';
import { float32, type Specs, type Tensors } from '../../tracing/program.ts';
import { descend } from '../adam.ts';
import { rateFactor, type RateSchedule } from '../learning-rate.ts';
import type { TrainingPart } from '../model.ts';
import type { RowView } from '../row-view.ts';
import type { CodeUse } from './code-use.ts';
import type { Codebook, Quantised } from './codebook.ts';
import { held, straightThrough } from './straight-through.ts';

/** Running mean of the squared error of rounding, a value. */
export const ERROR = 'codebook.error';
/** What it keeps at each step. */
const ERROR_KEPT = 0.9;

/** What a VQ-VAE is made of. */
export interface VqParts {
  readonly size: number;
  readonly slots: number;
  readonly codeSize: number;
  readonly view: RowView;
  readonly likelihood: Likelihood;
  readonly encoder: Net;
  readonly decoder: Net;
  readonly codebook: Codebook;
  readonly use: CodeUse;
  readonly learned: Specs;
  readonly state: Specs;
  readonly knobs: Params;
  readonly schedule: RateSchedule;
}

/** Rows [batch, latent] → their parts [batch · slots, codeSize]. */
export const inParts = (rows: tf.Tensor2D, codeSize: number): tf.Tensor2D => tf.reshape(rows, [-1, codeSize]);
/** And back. */
export const inRows = (parts: tf.Tensor, slots: number, codeSize: number): tf.Tensor2D =>
  tf.reshape(parts, [-1, slots * codeSize]);

/** Nats of each slot [batch, slots], shared out evenly over its numbers, [batch, latent]. */
export function spreadOut(nats: tf.Tensor2D, codeSize: number): tf.Tensor2D {
  const [batch, slots] = nats.shape;
  return tf.reshape(tf.tile(tf.div(tf.expandDims(nats, 2), codeSize), [1, 1, codeSize]), [batch, slots * codeSize]);
}

/** The loss, and by name what a step tells of it. */
export function vqLoss(
  { slots, codeSize, view, likelihood, encoder, decoder, codebook, use }: VqParts,
  tensors: Tensors,
  x: tf.Tensor2D,
  commitment: tf.Scalar,
): { loss: tf.Scalar; told: Record<string, tf.Tensor> & { readonly reconstruction: tf.Scalar } } {
  const batch = x.shape[0];
  const quantised = codebook.quantise(tensors, inParts(encoder.apply(tensors, x), codeSize));
  const { parts, chosen, code } = quantised;
  const output = decoder.apply(tensors, inRows(straightThrough(parts, code), slots, codeSize));
  const reconstruction: tf.Scalar = tf.mean(view.nats(tensors, x, output));
  const distance: tf.Scalar = tf.div(tf.sum(tf.square(tf.sub(parts, held(code)))), batch);
  const pull: tf.Scalar = tf.div(tf.sum(codebook.pull(quantised)), batch);
  const nats = use.nats(tensors, chosen);
  return {
    loss: tf.addN([reconstruction, tf.mul(commitment, distance), pull]),
    told: {
      ...{ parts, chosen, code, reconstruction, distance },
      kl: tf.mean(tf.sum(nats, 1)),
      'kl.perDimension': tf.mean(spreadOut(nats, codeSize), 0),
      ...likelihood.report(tensors),
    },
  };
}

export function vqStep(batch: number, built: VqParts): TrainingPart {
  const { size, slots, codeSize, view, codebook, use, learned, knobs, schedule } = built;
  const names = Object.keys(learned);
  const scalars = [...Object.keys(knobs), 'correction1', 'correction2'];
  const noise = { ...view.noise(batch, true), ...codebook.noise(batch * slots) };
  const draw = openNoise(noise);

  return {
    program: {
      name: 'vq-vae.train',
      state: built.state,
      inputs: {
        x: float32(batch, size),
        ...noiseInputs(noise),
        ...Object.fromEntries(scalars.map((name) => [name, float32()])),
      },
      body: (tensors, inputs) => {
        const x = view.seen(tensors, inputs, true);
        let kept: Record<string, tf.Tensor> = {};
        const ofWeights = (...weights: tf.Tensor[]): tf.Scalar => {
          const moving = Object.fromEntries(names.map((name, i) => [name, weights[i] as tf.Tensor]));
          const { loss, told } = vqLoss(built, { ...tensors, ...moving }, x, inputs['commitment'] as tf.Scalar);
          kept = Object.fromEntries(Object.entries(told).map(([name, tensor]) => [name, tf.keep(tf.clone(tensor))]));
          return loss;
        };
        const { value: loss, grads } = tf.valueAndGrads(ofWeights)(names.map((name) => tensors[name] as tf.Tensor));
        const told = Object.fromEntries(Object.entries(kept).map(([name, tensor]) => [name, tf.clone(tensor)]));
        for (const tensor of Object.values(kept)) tensor.dispose();
        const { parts, chosen, code, ...outputs } = told as Record<string, tf.Tensor> & Record<keyof Quantised, tf.Tensor2D>;

        const largestNorm = inputs['gradientClip'];
        const rates = {
          rate: inputs['learningRate'] as tf.Tensor,
          correction1: inputs['correction1'] as tf.Tensor,
          correction2: inputs['correction2'] as tf.Tensor,
          ...(largestNorm ? { largestNorm } : {}),
        };
        const { state: descended, norm } = descend(tensors, names, grads, rates);
        const counted = use.counted(tensors, chosen);
        const error = tf.div(outputs['distance'] as tf.Scalar, slots * codeSize);
        return {
          state: {
            ...descended,
            ...codebook.moved({ ...tensors, ...descended }, { parts, chosen, code }, inputs),
            ...counted,
            [ERROR]: tf.add(tf.mul(tensors[ERROR] as tf.Scalar, ERROR_KEPT), tf.mul(error, 1 - ERROR_KEPT)),
          },
          outputs: {
            loss,
            ...outputs,
            perplexity: use.perplexity(counted),
            codesUsed: use.codesUsed(counted),
            ...(norm ? { gradientNorm: norm } : {}),
          },
        };
      },
    },
    inputs: (step, rng, values) => {
      const [correction1, correction2] = adamCorrections(step + 1);
      const now: Record<string, unknown> = {
        ...values,
        ...{ correction1, correction2 },
        learningRate: Number(values['learningRate']) * rateFactor(schedule, step),
      };
      return { ...draw(rng), ...Object.fromEntries(scalars.map((name) => [name, Float32Array.of(Number(now[name]))])) };
    },
  };
}

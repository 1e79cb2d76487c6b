// Batch-normalised posterior means (Zhu et al. 2020, BN-VAE): mu'_j = gamma (mu_j - m_j) / sqrt(v_j + eps) + shift_j, m and v over the batch,
// with gamma fixed and the shift learnt. The mean over rows of mu'² is then gamma² + shift², so KL >= ½ (gamma² + shift²) in every dimension:
// none can collapse to the prior. It guarantees a rate, not that the decoder uses it. Afterwards m and v are running averages.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import { float32, type Arrays, type Specs, type Tensors } from '../tracing/program.ts';
import { weightOf, type Weights } from '../tracing/weights.ts';

const EPSILON = 1e-5;
/** What is kept of the running statistics at each step: they follow the encoder over some tens of steps. */
const KEPT = 0.9;
const [MEAN, VARIANCE, SHIFT] = ['normalisedMeans.mean', 'normalisedMeans.variance', 'normalisedMeans.shift'] as const;

export interface NormalisedMeans {
  readonly isOn: boolean;
  /** Learnt. */
  weights(latentSize: number): Weights;
  /** Running statistics, part of the state. */
  statistics(latentSize: number): Specs;
  startStatistics(latentSize: number): Arrays;
  /** `statistics` names what changed: nothing unless training. */
  apply(
    tensors: Tensors,
    mean: tf.Tensor2D,
    isTraining: boolean,
  ): { readonly mean: tf.Tensor2D; readonly statistics: Readonly<Record<string, tf.Tensor>> };
}

export const normalisedMeans = member({
  id: 'normalisedMeans',
  title: 'Batch-normalised means',
  summary: 'fixes how far posterior means spread over the rows: no dimension can collapse, at no cost',
  paper: 'Zhu et al. 2020 (BN-VAE), arXiv:2004.12585',
  params: {
    gamma: {
      kind: 'float',
      default: 0,
      min: 0,
      max: 10,
      help: 'spread of the means in every dimension; 0 is off, 0.5 to 0.7 in the paper',
    },
  },
  make: ({ gamma }): NormalisedMeans => {
    const isOn = gamma > 0;
    const normalise = (tensors: Tensors, mean: tf.Tensor2D, m: tf.Tensor, v: tf.Tensor): tf.Tensor2D => {
      const scaled = tf.mul(tf.sub(mean, m), tf.mul(gamma, tf.rsqrt(tf.add(v, EPSILON))));
      return tf.add(scaled, weightOf(tensors, SHIFT));
    };
    return {
      isOn,
      weights: (latentSize): Weights => (isOn ? { [SHIFT]: { shape: [latentSize], start: { kind: 'constant', value: 0 } } } : {}),
      statistics: (latentSize): Specs => (isOn ? { [MEAN]: float32(latentSize), [VARIANCE]: float32(latentSize) } : {}),
      startStatistics: (latentSize): Arrays =>
        isOn ? { [MEAN]: new Float32Array(latentSize), [VARIANCE]: new Float32Array(latentSize).fill(1) } : {},
      apply: (tensors, mean, isTraining) => {
        if (!isOn) return { mean, statistics: {} };
        if (!isTraining) {
          return { mean: normalise(tensors, mean, weightOf(tensors, MEAN), weightOf(tensors, VARIANCE)), statistics: {} };
        }
        const m = tf.mean(mean, 0); // [latent]
        const v = tf.mean(tf.square(tf.sub(mean, m)), 0);
        const followed = (name: string, now: tf.Tensor): tf.Tensor =>
          tf.add(tf.mul(weightOf(tensors, name), KEPT), tf.mul(now, 1 - KEPT));
        return {
          mean: normalise(tensors, mean, m, v),
          statistics: { [MEAN]: followed(MEAN, m), [VARIANCE]: followed(VARIANCE, v) },
        };
      },
    };
  },
});

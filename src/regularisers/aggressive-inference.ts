// Aggressive inference (He et al. 2019, "Lagging inference networks"): a code collapses early because the encoder lags behind the decoder.
// While the information that codes carry still rises, every full step is preceded by `steps` steps of the encoder alone; once it has
// stopped, training goes on as usual. Information is I_q(x; z) = E[log q(z|x) - log q(z)] of each batch, at most ln batch, and is compared
// as its mean since the last check. (The paper's inner loop stops when its loss does, and it measures on held-out rows once an epoch.)
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import { float32, type Arrays, type Specs, type Tensors } from '../tracing/program.ts';
import { weightOf } from '../tracing/weights.ts';
import { crossLogDensities, ownLogDensities } from './batch-posteriors.ts';

/** I_q(x; z) of a batch of diagonal posteriors, both terms at the same draws `z`; nats, []. */
export function batchInformation(mean: tf.Tensor2D, logVariance: tf.Tensor2D, z: tf.Tensor2D): tf.Scalar {
  const codes = { mean, logVariance, z };
  const aggregate = tf.sub(tf.logSumExp(tf.sum(crossLogDensities(codes), 2), 1), Math.log(mean.shape[0]));
  return tf.mean(tf.sub(ownLogDensities(codes), aggregate));
}

/** The scalar of the state that is 1 while inference is aggressive. */
export const AGGRESSIVE_ON = 'aggressive.on';
const ON = AGGRESSIVE_ON;
const [SUM, COUNT, BEST] = ['aggressive.sum', 'aggressive.count', 'aggressive.best'] as const;

export interface AggressiveInference {
  readonly isOn: boolean;
  /** Encoder-only steps before each full one while `aggressive.on` is 1. */
  readonly most: number;
  /** Full steps between checks. */
  readonly checkEvery: number;
  readonly state: Specs;
  readonly start: Arrays;
  /** How many encoder-only steps the state asks for now. */
  now(control: Readonly<Record<string, number>>): number;
  /** The state after a full step whose batch had `information`; `isCheck` is 1 where this step ends an interval, else 0. */
  observe(tensors: Tensors, information: tf.Scalar, isCheck: tf.Scalar): Readonly<Record<string, tf.Tensor>>;
}

export const aggressiveInference = member({
  id: 'aggressive',
  title: 'Aggressive inference',
  summary: 'trains the encoder ahead of the decoder until codes stop gaining information: two to four times the time at first',
  paper: 'He, Spokoyny, Neubig & Berg-Kirkpatrick 2019, arXiv:1901.05534',
  params: {
    steps: {
      kind: 'int',
      default: 0,
      min: 0,
      max: 100,
      help: 'encoder-only steps before each full one; 0 is off, 10 to 30 for text',
    },
    checkEvery: {
      kind: 'int',
      default: 500,
      min: 1,
      max: 1e6,
      scale: 'log',
      unit: 'steps',
      help: 'full steps between checks that information still rises',
    },
  },
  make: ({ steps, checkEvery }): AggressiveInference => {
    const isOn = steps > 0;
    return {
      isOn,
      most: steps,
      checkEvery,
      state: isOn ? Object.fromEntries([ON, SUM, COUNT, BEST].map((name) => [name, float32()])) : {},
      start: isOn
        ? { [ON]: Float32Array.of(1), [SUM]: new Float32Array(1), [COUNT]: new Float32Array(1), [BEST]: Float32Array.of(-1e30) }
        : {},
      now: (control) => ((control[ON] ?? 0) > 0.5 ? steps : 0),
      observe: (tensors, information, isCheck) => {
        if (!isOn) return {};
        const [on, best] = [weightOf<tf.Scalar>(tensors, ON), weightOf<tf.Scalar>(tensors, BEST)];
        const sum = tf.add(weightOf<tf.Scalar>(tensors, SUM), information);
        const count = tf.add(weightOf<tf.Scalar>(tensors, COUNT), 1);
        const mean = tf.div(sum, count);
        const check = tf.greater(isCheck, 0.5);
        const rises = tf.cast(tf.greater(mean, best), 'float32');
        return {
          [ON]: tf.where(check, tf.mul(on, rises), on),
          [BEST]: tf.where(check, tf.maximum(best, mean), best),
          [SUM]: tf.where(check, tf.zerosLike(sum), sum),
          [COUNT]: tf.where(check, tf.zerosLike(count), count),
        };
      },
    };
  },
});

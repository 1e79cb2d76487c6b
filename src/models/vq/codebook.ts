// A codebook (van den Oord, Vinyals & Kavukcuoglu 2017): K codes e_k, each part of an encoder's output is replaced by the nearest one. Three
// things keep codes in use:
// - moving averages instead of gradients (the paper's appendix): N_k and S_k follow the number and the sum of the parts that chose e_k, and
//   e_k = S_k / N_k: k-means that keeps pace with the encoder;
// - restarts (Dhariwal et al. 2020, Jukebox): a code that nothing chose for a while moves to a random part of the batch at hand. All codes
//   start as overdue, so the first step gives every code that it does not use a place among the encoder's outputs;
// - unit length (Yu et al. 2022, ViT-VQGAN): parts and codes lie on the sphere, where none is out of reach.
import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../../base/rng.ts';
import { randomOrders, type Noise } from '../../tracing/noise.ts';
import { float32, type Arrays, type Specs, type Tensors } from '../../tracing/program.ts';
import { weightOf } from '../../tracing/weights.ts';
import { held, nearest } from './straight-through.ts';

const [CODES, COUNTS, SUMS, UNUSED] = ['codebook.codes', 'codebook.counts', 'codebook.sums', 'codebook.unused'] as const;
/** A code that fewer parts than this choose, by the moving average, stays where it is: S / N would be noise. */
const LEAST_COUNT = 1e-6;
const EPSILON = 1e-6;

export interface CodebookValues {
  readonly codes: number;
  readonly codeSize: number;
  readonly update: 'average' | 'gradient';
  /** Of the moving averages. */
  readonly decay: number;
  /** Steps without use; 0 never. */
  readonly restartAfter: number;
  readonly isNormalised: boolean;
}

/** A batch's parts [parts, codeSize], the code that each chose as a row of one-hot numbers [parts, K], and that code [parts, codeSize]. */
export interface Quantised {
  readonly parts: tf.Tensor2D;
  readonly chosen: tf.Tensor2D;
  readonly code: tf.Tensor2D;
}

export interface Codebook {
  /** The codes, where they learn by gradient. */
  readonly learned: Specs;
  /** Codes and what they are tracked by. */
  readonly state: Specs;
  start(rng: Rng): Arrays;
  noise(parts: number): Noise;
  /** The codes as they are compared and decoded, [K, codeSize]. */
  codes(tensors: Tensors): tf.Tensor2D;
  quantise(tensors: Tensors, parts: tf.Tensor2D): Quantised;
  /** What draws the codes to the parts by gradient: squared distances summed over a part, [parts]. Zero where averages do it. */
  pull(quantised: Quantised): tf.Tensor1D;
  /** The state after a step; `tensors` has the codes as the optimiser left them, `orders` is from `noise`. */
  moved(tensors: Tensors, quantised: Quantised, orders: Tensors): Record<string, tf.Tensor>;
}

/** To length 1; what is shorter than about √ε stays shorter, since its slope would be as large as 1 / length. */
const onSphere = (x: tf.Tensor2D): tf.Tensor2D => tf.mul(x, tf.rsqrt(tf.add(tf.sum(tf.square(x), 1, true), EPSILON)));

export function openCodebook(values: CodebookValues): Codebook {
  const { codes: count, codeSize, update, decay, restartAfter, isNormalised } = values;
  const isLearned = update === 'gradient';
  const restarts = restartAfter > 0;
  const placed = (x: tf.Tensor2D): tf.Tensor2D => (isNormalised ? onSphere(x) : x);
  const codesOf = (tensors: Tensors): tf.Tensor2D => placed(weightOf(tensors, CODES));

  /** S / N by the moving averages, where enough parts chose the code. */
  const averaged = (tensors: Tensors, { parts, chosen }: Quantised, uses: tf.Tensor1D): Record<string, tf.Tensor> => {
    const follow = (name: string, now: tf.Tensor): tf.Tensor =>
      tf.add(tf.mul(weightOf(tensors, name), decay), tf.mul(now, 1 - decay));
    const counts = follow(COUNTS, uses);
    const sums = follow(SUMS, tf.matMul(chosen, parts, true)) as tf.Tensor2D;
    const column = tf.reshape(counts, [count, 1]);
    const means = placed(tf.div(sums, tf.maximum(column, LEAST_COUNT)));
    return { [COUNTS]: counts, [SUMS]: sums, [CODES]: tf.where(tf.greater(column, LEAST_COUNT), means, codesOf(tensors)) };
  };

  /** Codes that were not used for longer than they may be move to parts of the batch, no part taken twice unless there are too few. */
  const restarted = (
    tensors: Tensors,
    { parts }: Quantised,
    uses: tf.Tensor1D,
    orders: tf.Tensor1D,
  ): Record<string, tf.Tensor> => {
    const available = parts.shape[0];
    const turns = tf.tensor1d(
      Array.from({ length: count }, (_, k) => k % available),
      'int32',
    );
    const places = tf.gather(parts, tf.gather(orders, turns)); // [K, codeSize]
    const waited = tf.mul(tf.add(weightOf(tensors, UNUSED), 1), tf.cast(tf.equal(uses, 0), 'float32')); // [K]
    const overdue = tf.greater(waited, restartAfter);
    const column = tf.reshape(overdue, [count, 1]);
    const keep = (name: string): tf.Tensor => weightOf(tensors, name);
    const momentum = `adam.m.${CODES}`;
    return {
      [UNUSED]: tf.where(overdue, tf.zerosLike(waited), waited),
      [CODES]: tf.where(column, places, keep(CODES)),
      ...(isLearned
        ? { [momentum]: tf.where(column, tf.zerosLike(keep(momentum)), keep(momentum)) }
        : { [COUNTS]: tf.where(overdue, tf.onesLike(waited), keep(COUNTS)), [SUMS]: tf.where(column, places, keep(SUMS)) }),
    };
  };

  const codesSpec: Specs = { [CODES]: float32(count, codeSize) };
  return {
    learned: isLearned ? codesSpec : {},
    state: {
      ...codesSpec,
      ...(isLearned ? {} : { [COUNTS]: float32(count), [SUMS]: float32(count, codeSize) }),
      ...(restarts ? { [UNUSED]: float32(count) } : {}),
    },
    start: (rng) => {
      // Uniform on ±1 / K, as is usual; with restarts it only says which few codes the first batch uses.
      const codes = rng.stream(CODES).fillUniform(new Float32Array(count * codeSize));
      codes.forEach((u, at) => (codes[at] = (2 * u - 1) / count));
      return {
        [CODES]: codes,
        ...(isLearned ? {} : { [COUNTS]: new Float32Array(count).fill(1), [SUMS]: codes.slice() }),
        ...(restarts ? { [UNUSED]: new Float32Array(count).fill(restartAfter) } : {}),
      };
    },
    noise: (parts) => (restarts ? { orders: randomOrders(parts) } : {}),
    codes: codesOf,
    quantise: (tensors, raw) => {
      const parts = placed(raw);
      const codes = codesOf(tensors);
      const chosen = nearest(parts, codes);
      return { parts, chosen, code: tf.matMul(chosen, codes) };
    },
    pull: ({ parts, code }) => (isLearned ? tf.sum(tf.square(tf.sub(held(parts), code)), 1) : tf.zeros([parts.shape[0]])),
    moved: (tensors, quantised, noise) => {
      const uses: tf.Tensor1D = tf.sum(quantised.chosen, 0);
      const now = isLearned ? {} : averaged(tensors, quantised, uses);
      if (!restarts) return now;
      return { ...now, ...restarted({ ...tensors, ...now }, quantised, uses, noise['orders'] as tf.Tensor1D) };
    },
  };
}

// How often each slot of a row uses each code, as a moving average over batches: the prior of the codes, independent over slots. Its
// exponential entropy is the perplexity, the number of codes in effective use; -ln of its shares is what a row's codes cost, in nats. A
// little even use is added so that held-out rows cost a finite number of nats.
import * as tf from '@tensorflow/tfjs';
import { float32, type Specs, type Tensors } from '../../tracing/program.ts';
import { weightOf } from '../../tracing/weights.ts';

const USE = 'codebook.use';
const KEPT = 0.99;
/** Weight of even use beside what was counted, whose weight grows to 1. */
const EVEN = 1e-3;
/** A code counts as used from this part of the use that it had if all were used alike. */
const USED_FROM = 0.1;

export interface CodeUse {
  readonly state: Specs;
  readonly start: Readonly<Record<string, Float32Array>>;
  /** Shares of the codes, [slots, K]. */
  shares(tensors: Tensors): tf.Tensor2D;
  /** -ln share of what was chosen, [batch, slots]; `chosen` is [batch · slots, K], one-hot. */
  nats(tensors: Tensors, chosen: tf.Tensor2D): tf.Tensor2D;
  /** The state after a batch. */
  counted(tensors: Tensors, chosen: tf.Tensor2D): Record<string, tf.Tensor>;
  /** Over all slots together. */
  perplexity(tensors: Tensors): tf.Scalar;
  codesUsed(tensors: Tensors): tf.Scalar;
  /** u [batch, slots] uniform → codes as rows of one-hot numbers [batch · slots, K]. */
  draw(tensors: Tensors, u: tf.Tensor2D): tf.Tensor2D;
}

export function openCodeUse(slots: number, codes: number): CodeUse {
  const shares = (tensors: Tensors): tf.Tensor2D => {
    const use = weightOf<tf.Tensor2D>(tensors, USE);
    return tf.div(tf.add(use, EVEN / codes), tf.add(tf.sum(use, 1, true), EVEN));
  };
  const together = (tensors: Tensors): tf.Tensor1D => tf.mean(shares(tensors), 0);
  return {
    state: { [USE]: float32(slots, codes) },
    start: { [USE]: new Float32Array(slots * codes) },
    shares,
    nats: (tensors, chosen) => {
      const bySlot = tf.reshape(chosen, [-1, slots, codes]);
      return tf.neg(tf.sum(tf.mul(bySlot, tf.log(shares(tensors))), 2));
    },
    counted: (tensors, chosen) => {
      const now = tf.mean(tf.reshape(chosen, [-1, slots, codes]), 0);
      return { [USE]: tf.add(tf.mul(weightOf(tensors, USE), KEPT), tf.mul(now, 1 - KEPT)) };
    },
    perplexity: (tensors) => {
      const all = together(tensors);
      return tf.exp(tf.neg(tf.sum(tf.mul(all, tf.log(all)))));
    },
    codesUsed: (tensors) => tf.sum(tf.cast(tf.greater(together(tensors), USED_FROM / codes), 'float32')),
    draw: (tensors, u) => {
      // A code is drawn where u has passed all shares before it and not its own. The last ends at 1 whatever rounding says.
      const batch = u.shape[0];
      const ends = tf.slice(tf.cumsum(shares(tensors), 1), [0, 0], [slots, codes - 1]);
      const passed = tf.cast(tf.greaterEqual(tf.expandDims(u, 2), ends), 'float32'); // [batch, slots, K - 1]
      const [before, after] = [tf.ones([batch, slots, 1]), tf.zeros([batch, slots, 1])];
      return tf.reshape(tf.sub(tf.concat([before, passed], 2), tf.concat([passed, after], 2)), [batch * slots, codes]);
    },
  };
}

// A Likelihood says how probable a row is given the decoder's output. Always summed over the row, never averaged, with every normalising
// constant, so that nats are nats (averaging over pixels would multiply beta by their number).
import type * as tf from '@tensorflow/tfjs';
import type { Arrays, Specs, Tensors } from '../tracing/program.ts';

/** What the data look like, for starting values. */
export interface DataSpread {
  /** Standard deviation of a value around its column's mean, root mean square over the columns. */
  readonly sd: number;
}

export interface Likelihood {
  /** State of its own, such as a learnt variance. */
  readonly weights: Specs;
  start(spread: DataSpread): Arrays;
  /** Rows are binarised before they are seen: x becomes u < x, with u uniform on [0, 1). */
  readonly binarises: boolean;
  /** -ln p(x | output) of each row, nats, [batch]. x and output are [batch, sampleSize]. */
  nats(weights: Tensors, x: tf.Tensor2D, output: tf.Tensor2D): tf.Tensor1D;
  /** The mean of p(x | output), [batch, sampleSize]. */
  mean(output: tf.Tensor2D): tf.Tensor2D;
  /** Scalars worth reporting while training. */
  report(weights: Tensors): Record<string, tf.Scalar>;
}

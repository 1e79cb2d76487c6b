// A BatchStatistic tells the discriminator something about the whole batch that one row cannot show: a generator that makes the same
// sample again and again is given away. It adds columns to the features before the discriminator's last layer.
import type * as tf from '@tensorflow/tfjs';
import type { Tensors } from '../tracing/program.ts';
import type { Weights } from '../tracing/weights.ts';

export interface BatchStatistic {
  readonly isOn: boolean;
  /** How many columns it adds. */
  readonly columns: number;
  /** Weights of its own, whose names begin with `prefix`. */
  weights(prefix: string, features: number): Weights;
  /** features [batch, n] → [batch, columns] */
  apply(prefix: string, tensors: Tensors, features: tf.Tensor2D): tf.Tensor2D;
}

// How nets and a likelihood see rows: columns of vectors at mean 0 and standard deviation 1, pictures as they are or with each pixel drawn
// anew, augmented while training. What is reported stays nats of the data as given: a density over x / sd is 1 / sd of one over x.
import * as tf from '@tensorflow/tfjs';
import { sampleSize, type SampleShape } from '../datasets/dataset.ts';
import type { Likelihood } from '../losses/likelihood.ts';
import type { Augmentation } from '../regularisers/augmentation.ts';
import { uniformNoise, type Noise } from '../tracing/noise.ts';
import { float32, type Arrays, type Specs, type Tensors } from '../tracing/program.ts';
import type { ColumnSpread } from './column-spread.ts';

const [MEAN, SD] = ['data.mean', 'data.sd'] as const;

export interface RowView {
  /** Means and deviations of the columns, where they are used. */
  readonly state: Specs;
  start(columns: ColumnSpread): Arrays;
  /** Deviation of a value as the likelihood sees it. */
  spread(columns: ColumnSpread): number;
  /** Rows of data, [count, size], as an encoder sees them at evaluation. */
  asSeen(columns: ColumnSpread, rows: Float32Array): Float32Array;
  /** What is drawn for each look at `batch` rows: pixels, and how rows are augmented while training. */
  noise(batch: number, isTraining: boolean): Noise;
  /** Rows `x` among the inputs → as nets see them, [batch, size] both. */
  seen(tensors: Tensors, inputs: Tensors, isTraining: boolean): tf.Tensor2D;
  /** -ln p(x | output) of each row as given, nats, [batch]; x as seen. */
  nats(tensors: Tensors, x: tf.Tensor2D, output: tf.Tensor2D): tf.Tensor1D;
  /** The likelihood's mean, in the units of the data as given. */
  shown(tensors: Tensors, output: tf.Tensor2D): tf.Tensor2D;
}

export function rowView(sample: SampleShape, likelihood: Likelihood, isStandardised: boolean, augment: Augmentation): RowView {
  const size = sampleSize(sample);
  return {
    state: isStandardised ? { [MEAN]: float32(size), [SD]: float32(size) } : {},
    start: (columns) => (isStandardised ? { [MEAN]: columns.mean, [SD]: columns.sd } : {}),
    spread: (columns) => (isStandardised ? 1 : columns.overall),
    asSeen: ({ mean, sd }, rows) =>
      isStandardised ? rows.map((x, i) => (x - (mean[i % size] as number)) / (sd[i % size] as number)) : rows,
    noise: (batch, isTraining) => ({
      ...(likelihood.binarises ? { u: uniformNoise(batch, size) } : {}),
      ...(isTraining && augment.isOn ? augment.noise(batch, sample) : {}),
    }),
    seen: (tensors, inputs, isTraining) => {
      const x = inputs['x'] as tf.Tensor2D;
      const scaled = isStandardised ? tf.div<tf.Tensor2D>(tf.sub(x, tensors[MEAN] as tf.Tensor), tensors[SD] as tf.Tensor) : x;
      const changed = isTraining && augment.isOn ? augment.apply(scaled, sample, inputs) : scaled;
      return likelihood.binarises && inputs['u'] ? tf.cast(tf.less(inputs['u'], changed), 'float32') : changed;
    },
    nats: (tensors, x, output) => {
      const nats = likelihood.nats(tensors, x, output);
      return isStandardised ? tf.add(nats, tf.sum(tf.log(tensors[SD] as tf.Tensor1D))) : nats;
    },
    shown: (tensors, output) => {
      const mean = likelihood.mean(output);
      return isStandardised ? tf.add(tf.mul(mean, tensors[SD] as tf.Tensor), tensors[MEAN] as tf.Tensor) : mean;
    },
  };
}

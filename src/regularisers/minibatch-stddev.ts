// Minibatch standard deviation (Karras et al. 2018, section 3): within groups of rows, the standard deviation of each feature, meant over
// the features, as one more column of every row of the group. One number, no weights. Row i belongs to group i mod (batch / group).
import * as tf from '@tensorflow/tfjs';
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import type { BatchStatistic } from './batch-statistic.ts';

const EPSILON = 1e-8;

export const minibatchStddev = member({
  id: 'minibatchStddev',
  title: 'Minibatch standard deviation',
  summary: 'the discriminator sees how much the rows of a group differ: cheap, and enough on small data',
  paper: 'Karras et al. 2018, arXiv:1710.10196',
  params: {
    group: {
      kind: 'int',
      default: 0,
      min: 0,
      max: 1024,
      help: 'rows of a group, which the batch must be a multiple of; 0 is off; 4 or 8',
    },
  },
  make: ({ group }): BatchStatistic => ({
    isOn: group > 1,
    columns: 1,
    weights: () => ({}),
    apply: (_, __, features) => {
      const [batch, width] = features.shape;
      if (batch % group !== 0) {
        throw new KarstError(
          'usage',
          `minibatchStddev.group ${group} needs a batch that it divides, got ${batch} samples a step; change it or train.batchSize`,
        );
      }
      const groups = tf.reshape(features, [group, batch / group, width]);
      const away = tf.sub(groups, tf.mean(groups, 0, true));
      const deviations = tf.sqrt(tf.add(tf.mean(tf.square(away), 0), EPSILON)); // [batch / group, width]
      return tf.tile(tf.mean<tf.Tensor2D>(deviations, 1, true), [group, 1]); // [batch, 1]
    },
  }),
});

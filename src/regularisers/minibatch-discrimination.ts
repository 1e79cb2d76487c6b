// Minibatch discrimination (Salimans et al. 2016, section 3.2): features f_i are mapped by a learnt tensor to matrices M_i, [kernels,
// dimensions]; how near other rows are, o_b(i) = mean_j exp(-|M_ib - M_jb|_1), joins the features. The paper sums over the batch; the
// mean keeps the columns' size whatever the batch. Costs batch² × kernels × dimensions.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import { weightOf } from '../tracing/weights.ts';
import type { BatchStatistic } from './batch-statistic.ts';

export const minibatchDiscrimination = member({
  id: 'minibatchDiscrimination',
  title: 'Minibatch discrimination',
  summary: 'the discriminator learns to see how alike the rows of a batch are',
  paper: 'Salimans et al. 2016, arXiv:1606.03498',
  params: {
    kernels: { kind: 'int', default: 0, min: 0, max: 1024, help: 'learnt measures of likeness; 0 is off; 16 to 100' },
    dimensions: { kind: 'int', default: 5, min: 1, max: 256, help: 'dimensions in which each measures' },
  },
  make: ({ kernels, dimensions }): BatchStatistic => ({
    isOn: kernels > 0,
    columns: kernels,
    weights: (prefix, features) => ({
      [`${prefix}.likeness`]: { shape: [features, kernels * dimensions], start: { kind: 'normal', sd: 1 / Math.sqrt(features) } },
    }),
    apply: (prefix, tensors, features) => {
      const batch = features.shape[0];
      const mapped = tf.matMul(features, weightOf<tf.Tensor2D>(tensors, `${prefix}.likeness`));
      // Dimension by dimension, the batch last: sums over a short last axis, and broadcasts along one, are several times slower.
      const byDimension = tf.split(tf.transpose(tf.reshape(mapped, [batch, kernels, dimensions]), [2, 1, 0]), dimensions, 0);
      const apart = byDimension
        .map((one) => tf.abs(tf.sub(tf.reshape(one, [kernels, batch, 1]), tf.reshape(one, [kernels, 1, batch]))))
        .reduce((sum, one) => tf.add(sum, one)); // [kernels, batch, batch]
      return tf.transpose(tf.mean<tf.Tensor2D>(tf.exp(tf.neg(apart)), 2)); // [batch, kernels]
    },
  }),
});

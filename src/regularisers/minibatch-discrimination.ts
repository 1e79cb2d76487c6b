// Minibatch discrimination (Salimans et al. 2016, section 3.2): features f_i are mapped by a learnt tensor to matrices M_i, [kernels,
// dimensions]; how near other rows are, o_b(i) = mean_j exp(-|M_ib - M_jb|_1), joins the features. The paper sums over the batch; the
// mean keeps the columns' size whatever the batch. Costs batch² × kernels × dimensions; every two rows are compared once, a block of rows
// with a block. Where two rows agree in a dimension, |M_i - M_j| has slope -1 or 1.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import { weightOf } from '../tracing/weights.ts';
import type { BatchStatistic } from './batch-statistic.ts';

/** Values of a pair of blocks: a megabyte. */
const CACHED_VALUES = 2 ** 18;
const MOST_BLOCKS = 8;

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
      const m = tf.transpose(tf.reshape(mapped, [batch, kernels, dimensions]), [2, 1, 0]);
      const sizes = blocksOf(batch, kernels);
      const cut = (x: tf.Tensor): tf.Tensor[] => tf.split(tf.reshape(x, [kernels, batch]), sizes, 1); // [kernels, block]
      // |a| = 2 relu(a) - a: the slope of relu is a comparison and a product, that of abs a selection, which is dear.
      const doubled = tf.split(tf.mul(2, m), dimensions, 0).map(cut);
      const sums = cut(tf.sum(m, 0));
      const near = sizes.map((): tf.Tensor[] => []);
      for (const [p, rows] of sizes.entries()) {
        for (let q = p; q < sizes.length; q++) {
          const apart = (of: readonly tf.Tensor[]): tf.Tensor =>
            tf.sub(tf.reshape(of[p] as tf.Tensor, [kernels, rows, 1]), tf.reshape(of[q] as tf.Tensor, [kernels, 1, -1]));
          const above = sumOf(doubled.map((of) => tf.relu(apart(of))));
          const likeness = tf.exp(tf.sub(apart(sums), above)); // [kernels, block p, block q]
          near[p]?.push(tf.sum(likeness, 2));
          if (q > p) near[q]?.push(tf.sum(likeness, 1));
        }
      }
      const whole = tf.concat(near.map(sumOf), 1); // [kernels, batch]
      return tf.div(tf.transpose(whole as tf.Tensor2D), batch); // [batch, kernels]
    },
  }),
});

const sumOf = (parts: readonly tf.Tensor[]): tf.Tensor => parts.reduce((sum, part) => tf.add(sum, part));

/** Sizes of the blocks of rows, as even as can be, whose pairs of blocks have few enough values to stay in a core's cache. */
function blocksOf(batch: number, kernels: number): number[] {
  const blocks = Math.min(MOST_BLOCKS, batch, Math.ceil(batch * Math.sqrt(kernels / CACHED_VALUES)));
  return Array.from({ length: blocks }, (_, i) => Math.floor(((i + 1) * batch) / blocks) - Math.floor((i * batch) / blocks));
}

// FactorVAE (Kim & Mnih 2018): KL + gamma TC, where an adversary tells draws from q(z) from draws whose columns were each shuffled over the
// batch, which come from the product of the marginals. At its best its logit s(z) is ln q(z) / prod_j q(z_j), so TC = E_q[s(z)]. It
// minimises ½ E[softplus(-s(z))] + ½ E[softplus(s(shuffled z))]. One logit here is the difference of the paper's two. The estimate lags
// behind the encoder.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { Params } from '../base/params.ts';
import { randomOrders } from '../tracing/noise.ts';
import type { Tensors } from '../tracing/program.ts';
import { weightOf, type Weight, type Weights } from '../tracing/weights.ts';
import type { Adversary, Objective } from './objective.ts';
import { rate, weighted } from './rate.ts';

const LEAK = 0.2;

const params = {
  gamma: {
    kind: 'float',
    default: 10,
    min: 0,
    max: 1e3,
    scale: 'log',
    help: 'weight of the total correlation; papers take 2 to 100',
  },
  // 6 × 1000 in the paper is five million weights, eight times a dense VAE of digits: most of a step would go to the adversary.
  width: { kind: 'int', default: 256, min: 1, max: 8192, scale: 'log', help: "units of the adversary's hidden layers" },
  depth: { kind: 'int', default: 3, min: 1, max: 16, help: "the adversary's hidden layers" },
  // 1e-4 in the paper, over 300,000 steps; in short runs the estimate would never catch up.
  learningRate: { kind: 'float', default: 1e-3, min: 1e-8, max: 1, scale: 'log', help: "Adam's rate for the adversary" },
} as const satisfies Params;

/** z [batch, latent] with each column in an order of its own: `orders` [latent, batch], int32. */
export function shuffledColumns(z: tf.Tensor2D, orders: tf.Tensor2D): tf.Tensor2D {
  const [batch, latent] = z.shape;
  const columns = tf.reshape(tf.transpose(z), [-1]); // one column after the other
  const starts = tf.tensor2d(
    Array.from({ length: latent }, (_, j) => j * batch),
    [latent, 1],
    'int32',
  );
  return tf.transpose(tf.gather(columns, tf.add(orders, starts)) as tf.Tensor2D);
}

function adversaryOf(
  width: number,
  depth: number,
  learningRate: number,
): Adversary & { logits(tensors: Tensors, z: tf.Tensor2D): tf.Tensor } {
  const layer = (index: number): string => `adversary.${index === depth ? 'out' : index}`;
  const logits = (tensors: Tensors, z: tf.Tensor2D): tf.Tensor => {
    let h = z;
    for (let index = 0; index <= depth; index++) {
      const kernel = weightOf<tf.Tensor2D>(tensors, `${layer(index)}.kernel`);
      h = tf.add(tf.matMul(h, kernel), weightOf(tensors, `${layer(index)}.bias`));
      if (index < depth) h = tf.leakyRelu(h, LEAK);
    }
    return h; // [batch, 1]
  };
  return {
    learningRate,
    logits,
    weights: (latentSize): Weights => {
      const weights: Record<string, Weight> = {};
      for (let index = 0; index <= depth; index++) {
        const [from, to] = [index === 0 ? latentSize : width, index === depth ? 1 : width];
        const gain = index === 0 ? 1 : Math.sqrt(2 / (1 + LEAK ** 2)); // keeps signals their size (He et al. 2015)
        weights[`${layer(index)}.kernel`] = { shape: [from, to], start: { kind: 'normal', sd: gain / Math.sqrt(from) } };
        weights[`${layer(index)}.bias`] = { shape: [to], start: { kind: 'constant', value: 0 } };
      }
      return weights;
    },
    noise: (batch, latentSize) => ({ orders: randomOrders(latentSize, batch) }),
    loss: (tensors, z, noise) => {
      const shuffled = shuffledColumns(z, noise['orders'] as tf.Tensor2D);
      const together = tf.mean(tf.softplus(tf.neg(logits(tensors, z))));
      const apart = tf.mean(tf.softplus(logits(tensors, shuffled)));
      return tf.mul(0.5, tf.add(together, apart));
    },
  };
}

export const factorVae = member({
  id: 'factor',
  title: 'FactorVAE',
  summary: 'a second player measures what dimensions have in common, and the encoder avoids it: works with small batches',
  paper: 'Kim & Mnih 2018, arXiv:1802.05983',
  params,
  make: ({ gamma, width, depth, learningRate }): Objective => {
    const adversary = adversaryOf(width, depth, learningRate);
    return {
      knobs: { gamma: { ...params.gamma, default: gamma } },
      adversary,
      penalty: (terms, tensors, scalars) => {
        const totalCorrelation = tf.mean<tf.Scalar>(adversary.logits(tensors, terms.z));
        return weighted(tf.add(rate(terms, scalars), tf.mul(scalars['gamma'] as tf.Scalar, totalCorrelation)), scalars);
      },
    };
  },
});

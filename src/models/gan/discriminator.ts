// The discriminator of a GAN: the features of a net, what statistics of the batch add to them, and one affine layer to a logit. Its kernels
// may be normalised on the way. It judges packs, which are single rows unless rows are packed.
import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../../base/rng.ts';
import type { NetPair, NetShape } from '../../nets/net.ts';
import type { BatchStatistic } from '../../regularisers/batch-statistic.ts';
import type { SpectralNorm } from '../../regularisers/spectral-norm.ts';
import type { Arrays, Specs, Tensors } from '../../tracing/program.ts';
import type { Weight, Weights } from '../../tracing/weights.ts';

const PREFIX = 'discriminator';

export interface Discriminator {
  readonly weights: Weights;
  /** State beside the weights, which is not learnt. */
  readonly state: Specs;
  start(rng: Rng): Arrays;
  /** Readies it for one step in which the weights are `tensors`, or are on their way from there; `isLearning` moves the state on. */
  open(tensors: Tensors, isLearning: boolean): OpenDiscriminator;
}

export interface OpenDiscriminator {
  /** packs [batch, inputs] → logits [batch, 1], by the weights in `tensors`. */
  score(tensors: Tensors, packs: tf.Tensor2D): tf.Tensor2D;
  /** What becomes of the state. */
  readonly kept: Tensors;
}

export function discriminatorOf(
  pair: NetPair,
  packs: NetShape,
  statistics: readonly BatchStatistic[],
  norm: SpectralNorm,
): Discriminator {
  const trunk = pair.trunk(PREFIX, packs);
  const named = statistics.map((statistic, i) => ({ statistic, prefix: `${PREFIX}.batch${i}` }));
  const columns = statistics.reduce((sum, { columns }) => sum + columns, 0);
  const head = pair.head(PREFIX, trunk.outputs + columns, 1);
  const weights: Record<string, Weight> = { ...trunk.weights, ...head.weights };
  for (const { statistic, prefix } of named) Object.assign(weights, statistic.weights(prefix, trunk.outputs));
  const judge = (tensors: Tensors, x: tf.Tensor2D): tf.Tensor2D => {
    const features = trunk.apply(tensors, x); // [batch, features]
    const added = named.map(({ statistic, prefix }) => statistic.apply(prefix, tensors, features));
    return head.apply(tensors, added.length > 0 ? tf.concat([features, ...added], 1) : features);
  };
  if (!norm.isOn) return { weights, state: {}, start: () => ({}), open: () => ({ score: judge, kept: {} }) };
  return {
    weights,
    state: norm.state(weights),
    start: (rng) => norm.start(weights, rng),
    open: (tensors, isLearning) => {
      const directions = norm.directions(weights, tensors, isLearning ? 1 : 0);
      return {
        score: (using, x) => judge({ ...using, ...norm.normalised(directions, using) }, x),
        kept: isLearning ? norm.kept(directions) : {},
      };
    },
  };
}

// Residual convolutional nets without normalisation, after R3GAN (Huang et al. 2024): blocks h + conv(f(conv(f(h)))) of 3 × 3 kernels at every
// size of the picture, halved by 2 × 2 kernels with stride 2 on the way down, doubled by repeating pixels on the way up; channels double as
// sides halve, up to eight times the first. The last kernel of a block starts at 0 and the first at the blocks' number^-½ of He's (Fixup,
// Zhang, Dauphin & Ma 2019), so that a net of any depth starts as a few linear maps. Sides that are not multiples of 2^levels halve
// upwards (28, 14, 7, 4), and the way up returns through the same sizes.
import * as tf from '@tensorflow/tfjs';
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import type { Tensors } from '../tracing/program.ts';
import { weightOf, type Weight } from '../tracing/weights.ts';
import { activate, activationNames, gainOf, type ActivationName } from './activation.ts';
import { affine, affineHead, affineWeights } from './dense.ts';
import { joined, type NetPair, type NetShape } from './net.ts';

interface Stage {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

interface ResidualValues {
  readonly channels: number;
  readonly levels: number;
  readonly blocks: number;
  readonly activation: ActivationName;
}

/** The sizes that blocks work at, from the picture's down. */
function stagesOf(sample: NetShape, { channels, levels }: ResidualValues): readonly Stage[] {
  if (sample.kind !== 'picture')
    throw new KarstError('usage', `the residual net needs pictures, got vectors of ${sample.size}; use the dense net`);
  const { height, width } = sample;
  const smallest = Math.min(height, width);
  const count = levels > 0 ? levels : Math.max(1, Math.ceil(Math.log2(smallest / 4))); // down to about 4 × 4
  if (smallest / 2 ** count <= 0.5)
    throw new KarstError('usage', `${count} levels are too many for ${height} × ${width} pictures`);
  return Array.from({ length: count + 1 }, (_, level) => ({
    height: Math.ceil(height / 2 ** level),
    width: Math.ceil(width / 2 ** level),
    channels: channels * 2 ** Math.min(level, 3),
  }));
}

/** The convolution `name`: sides of `side`, bias at 0. */
const convWeights = (name: string, side: number, from: number, to: number, gain: number): Record<string, Weight> => ({
  [`${name}.kernel`]: { shape: [side, side, from, to], start: { kind: 'normal', sd: gain / Math.sqrt(side * side * from) } },
  [`${name}.bias`]: { shape: [to], start: { kind: 'constant', value: 0 } },
});

const convolve = (name: string, tensors: Tensors, h: tf.Tensor4D, stride = 1): tf.Tensor4D =>
  tf.add(tf.conv2d(h, weightOf<tf.Tensor4D>(tensors, `${name}.kernel`), stride, 'same'), weightOf(tensors, `${name}.bias`));

/** Every pixel four times, then cut to `height` × `width`. */
function doubled(h: tf.Tensor4D, { height, width }: Stage): tf.Tensor4D {
  const [batch, rows, columns, channels] = h.shape;
  const wide = tf.tile(tf.reshape(h, [-1, 1, channels]), [1, 2, 1]);
  const tall = tf.tile(tf.reshape(wide, [-1, 1, 2 * columns * channels]), [1, 2, 1]);
  const whole: tf.Tensor4D = tf.reshape(tall, [batch, 2 * rows, 2 * columns, channels]);
  return 2 * rows === height && 2 * columns === width ? whole : tf.slice(whole, [0, 0, 0, 0], [batch, height, width, channels]);
}

function residualPair(values: ResidualValues): NetPair {
  const { blocks, activation } = values;
  const gain = gainOf(activation);

  const blockNames = (prefix: string, stage: number): string[] =>
    Array.from({ length: blocks }, (_, block) => `${prefix}.${stage}.block${block}`);
  const blockWeights = (prefix: string, stages: readonly Stage[]): Record<string, Weight> => {
    const first = gain / Math.sqrt(blocks * stages.length);
    const weights: Record<string, Weight> = {};
    stages.forEach(({ channels }, stage) => {
      for (const name of blockNames(prefix, stage))
        Object.assign(
          weights,
          convWeights(`${name}.first`, 3, channels, channels, first),
          convWeights(`${name}.last`, 3, channels, channels, 0),
        );
    });
    return weights;
  };
  const throughBlocks = (prefix: string, stage: number, tensors: Tensors, h: tf.Tensor4D): tf.Tensor4D =>
    blockNames(prefix, stage).reduce((x, name) => {
      const inner = activate(activation, convolve(`${name}.first`, tensors, activate(activation, x)));
      return tf.add(x, convolve(`${name}.last`, tensors, inner));
    }, h);

  const trunk: NetPair['trunk'] = (prefix, sample) => {
    const stages = stagesOf(sample, values);
    const [first, last] = [stages[0] as Stage, stages.at(-1) as Stage];
    const seen = sample.kind === 'picture' ? sample.channels : 1;
    const flat = last.height * last.width * last.channels;
    const weights = { ...convWeights(`${prefix}.in`, 3, seen, first.channels, 1), ...blockWeights(prefix, stages) };
    stages.slice(1).forEach(({ channels }, i) => {
      Object.assign(weights, convWeights(`${prefix}.${i}.down`, 2, (stages[i] as Stage).channels, channels, 1));
    });
    return {
      weights,
      outputs: flat,
      apply: (tensors, x) => {
        let h = convolve(`${prefix}.in`, tensors, tf.reshape(x, [-1, first.height, first.width, seen]));
        stages.forEach((_, i) => {
          h = throughBlocks(prefix, i, tensors, h); // [batch, height, width, channels]
          if (i + 1 < stages.length) h = convolve(`${prefix}.${i}.down`, tensors, h, 2);
        });
        return tf.reshape(activate(activation, h), [-1, flat]);
      },
    };
  };
  const head: NetPair['head'] = (prefix, inputs, outputs) => affineHead(prefix, inputs, outputs, 'he');

  return {
    trunk,
    head,
    down: (prefix, sample, outputs) => {
      const features = trunk(prefix, sample);
      return joined(features, head(prefix, features.outputs, outputs));
    },
    up: (prefix, inputs, sample) => {
      const stages = [...stagesOf(sample, values)].reverse();
      const [first, last] = [stages[0] as Stage, stages.at(-1) as Stage];
      const made = sample.kind === 'picture' ? sample.channels : 1;
      const weights = {
        ...affineWeights(`${prefix}.in`, inputs, first.height * first.width * first.channels, 'he', 1),
        ...blockWeights(prefix, stages),
        ...convWeights(`${prefix}.picture`, 3, last.channels, made, gain),
      };
      stages.slice(1).forEach(({ channels }, i) => {
        Object.assign(weights, convWeights(`${prefix}.${i}.up`, 1, (stages[i] as Stage).channels, channels, 1));
      });
      return {
        weights,
        apply: (tensors, x) => {
          const batch = x.shape[0];
          let h: tf.Tensor4D = tf.reshape(affine(`${prefix}.in`, tensors, x), [batch, first.height, first.width, first.channels]);
          stages.forEach((_, i) => {
            h = throughBlocks(prefix, i, tensors, h); // [batch, height, width, channels]
            const next = stages[i + 1];
            if (next) h = doubled(convolve(`${prefix}.${i}.up`, tensors, h), next); // fewer pixels to convolve than after
          });
          return tf.reshape(convolve(`${prefix}.picture`, tensors, activate(activation, h)), [
            batch,
            last.height * last.width * made,
          ]);
        },
      };
    },
    varied: ({ scale = 1, ...others }) =>
      residualPair({ ...values, ...others, channels: Math.max(1, Math.round(values.channels * scale)) }),
  };
}

export const residual = member({
  id: 'residual',
  title: 'Residual',
  summary: 'deep convolutional nets that start shallow: better pictures for several times the work',
  paper: 'Huang et al. 2024 (R3GAN), arXiv:2501.05441; Zhang, Dauphin & Ma 2019 (Fixup), arXiv:1901.09321',
  params: {
    channels: {
      kind: 'int',
      default: 16,
      min: 1,
      max: 512,
      scale: 'log',
      help: 'channels at the picture’s own size; they double as sides halve',
    },
    levels: { kind: 'int', default: 0, min: 0, max: 8, help: 'halvings of the picture; 0 goes down to about 4 × 4' },
    blocks: { kind: 'int', default: 1, min: 1, max: 8, help: 'residual blocks at each size' },
    activation: { kind: 'choice', default: 'leaky-relu', options: activationNames, help: 'what precedes each convolution' },
  },
  make: residualPair,
});

// Convolutional nets after DCGAN (Radford, Metz & Chintala 2016): 4 × 4 kernels with stride 2 halve the picture and double the channels,
// up to eight times the first; the way up mirrors it with transposed convolutions. Sides that are not multiples of 2^levels halve
// upwards (28, 14, 7, 4) with zeros at the rim, and the way up returns through the same sizes. No pooling, no batch statistics.
import * as tf from '@tensorflow/tfjs';
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import type { Tensors } from '../tracing/program.ts';
import { weightOf, type Weight } from '../tracing/weights.ts';
import { activate, activationNames, gainOf, type ActivationName } from './activation.ts';
import { affine, affineHead, affineWeights } from './dense.ts';
import { initialisationNames, startOf, type InitialisationName } from './initialisation.ts';
import { joined, type NetPair, type NetShape } from './net.ts';
import { normalisationNames, normalisationWeights, normalise, type NormalisationName } from './normalisation.ts';
import { skipFrom, skipWeights } from './skip.ts';

const KERNEL = 4;
const STRIDE = 2;

interface Level {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** The picture itself and what each convolution makes of it. */
function levelsOf(sample: NetShape, channels: number, levels: number): readonly Level[] {
  if (sample.kind !== 'picture')
    throw new KarstError('usage', `the conv net needs pictures, got vectors of ${sample.size}; use the dense net`);
  const smallest = Math.min(sample.height, sample.width);
  const count = levels > 0 ? levels : Math.max(1, Math.ceil(Math.log2(smallest / 4))); // down to about 4 × 4
  const all: Level[] = [sample];
  for (let level = 0; level < count; level++) {
    const { height, width } = all[level] as Level;
    if (Math.min(height, width) < 2)
      throw new KarstError('usage', `${count} levels are too many for ${sample.height} × ${sample.width} pictures`);
    all.push({
      height: Math.ceil(height / STRIDE),
      width: Math.ceil(width / STRIDE),
      channels: channels * 2 ** Math.min(level, 3),
    });
  }
  return all;
}

interface ConvValues {
  readonly channels: number;
  readonly levels: number;
  readonly activation: ActivationName;
  readonly normalisation: NormalisationName;
  readonly initialisation: InitialisationName;
  readonly skip: boolean;
}

function convPair(values: ConvValues): NetPair {
  const { channels, levels, activation, normalisation, initialisation, skip } = values;
  const gain = gainOf(activation);
  const finish = (name: string, tensors: Tensors, h: tf.Tensor4D): tf.Tensor4D => {
    const biased = tf.add<tf.Tensor4D>(h, weightOf(tensors, `${name}.bias`));
    return activate(activation, normalise(normalisation, name, tensors, biased));
  };
  const trunk: NetPair['trunk'] = (prefix, sample) => {
    const all = levelsOf(sample, channels, levels);
    const [first, last] = [all[0] as Level, all.at(-1) as Level];
    const steps = all.slice(1).map((to, i) => ({ name: `${prefix}.${i}`, from: all[i] as Level, to }));
    const flat = last.height * last.width * last.channels;
    const weights: Record<string, Weight> = {};
    for (const { name, from, to } of steps) {
      const start = startOf(initialisation, KERNEL * KERNEL * from.channels, from === first ? 1 : gain);
      Object.assign(weights, {
        [`${name}.kernel`]: { shape: [KERNEL, KERNEL, from.channels, to.channels], start: start.kernel },
        [`${name}.bias`]: { shape: [to.channels], start: start.bias },
        ...normalisationWeights(normalisation, name, to.channels),
      });
    }
    return {
      weights,
      outputs: flat,
      apply: (tensors, x) => {
        let h: tf.Tensor4D = tf.reshape(x, [-1, first.height, first.width, first.channels]);
        for (const { name } of steps) {
          h = tf.conv2d(h, weightOf<tf.Tensor4D>(tensors, `${name}.kernel`), STRIDE, 'same');
          h = finish(name, tensors, h); // [batch, height, width, channels]
        }
        return tf.reshape(h, [-1, flat]);
      },
    };
  };
  const head: NetPair['head'] = (prefix, inputs, outputs) => affineHead(prefix, inputs, outputs, initialisation);
  return {
    trunk,
    head,
    down: (prefix, sample, outputs) => {
      const features = trunk(prefix, sample);
      return joined(features, head(prefix, features.outputs, outputs));
    },
    up: (prefix, inputs, sample) => {
      const all = [...levelsOf(sample, channels, levels)].reverse();
      const [first, last] = [all[0] as Level, all.at(-1) as Level];
      const steps = all.slice(1).map((to, i) => ({ name: `${prefix}.${i}`, from: all[i] as Level, to }));
      const flat = first.height * first.width * first.channels;
      const weights: Record<string, Weight> = { ...affineWeights(`${prefix}.in`, inputs, flat, initialisation, 1) };
      for (const { name, from, to } of steps) {
        const fanIn = (KERNEL / STRIDE) ** 2 * from.channels; // taps that each output pixel hears
        const start = startOf(initialisation, fanIn, gain);
        Object.assign(weights, {
          [`${name}.kernel`]: { shape: [KERNEL, KERNEL, to.channels, from.channels], start: start.kernel },
          [`${name}.bias`]: { shape: [to.channels], start: start.bias },
          ...(to === last ? {} : normalisationWeights(normalisation, name, to.channels)),
          ...(skip ? skipWeights(name, inputs, to.channels, fanIn, initialisation) : {}),
        });
      }
      return {
        weights,
        apply: (tensors, x) => {
          const batch = x.shape[0];
          const start = activate(activation, affine(`${prefix}.in`, tensors, x));
          let h: tf.Tensor4D = tf.reshape(start, [batch, first.height, first.width, first.channels]);
          for (const { name, to } of steps) {
            const kernel = weightOf<tf.Tensor4D>(tensors, `${name}.kernel`);
            h = tf.conv2dTranspose(h, kernel, [batch, to.height, to.width, to.channels], STRIDE, 'same');
            if (skip) h = tf.add(h, tf.reshape(skipFrom(name, tensors, x), [batch, 1, 1, to.channels])); // alike at every place
            h = to === last ? tf.add(h, weightOf(tensors, `${name}.bias`)) : finish(name, tensors, h);
          }
          return tf.reshape(h, [batch, last.height * last.width * last.channels]);
        },
      };
    },
    varied: ({ scale = 1, ...others }) => convPair({ ...values, ...others, channels: Math.max(1, Math.round(channels * scale)) }),
  };
}

export const conv = member({
  id: 'conv',
  title: 'Convolutional',
  summary: 'strided 4 × 4 convolutions: the choice for colour and larger pictures',
  paper: 'Radford, Metz & Chintala 2016, arXiv:1511.06434',
  params: {
    channels: {
      kind: 'int',
      default: 32,
      min: 1,
      max: 512,
      scale: 'log',
      help: 'channels of the first level; they double at each',
    },
    levels: { kind: 'int', default: 0, min: 0, max: 8, help: 'halvings of the picture; 0 goes down to about 4 × 4' },
    activation: { kind: 'choice', default: 'relu', options: activationNames, help: 'what follows each convolution' },
    normalisation: { kind: 'choice', default: 'none', options: normalisationNames, help: 'layer norm steadies deep nets' },
    initialisation: {
      kind: 'choice',
      default: 'he',
      options: initialisationNames,
      help: 'he keeps signals large through deep nets',
    },
    skip: { kind: 'bool', default: false, help: 'every layer of the decoder or generator sees the code, not the first alone' },
  },
  make: convPair,
});

// Fully connected nets: `depth` hidden layers of `width` units, y = f(x W + b). With depth 0 it is one affine map.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { Tensors } from '../tracing/program.ts';
import { weightOf, type Weight } from '../tracing/weights.ts';
import { activate, activationNames, gainOf, type ActivationName } from './activation.ts';
import { initialisationNames, startOf, type InitialisationName } from './initialisation.ts';
import { joined, netShapeSize, type Net, type NetPair, type Trunk } from './net.ts';
import { normalisationNames, normalisationWeights, normalise, type NormalisationName } from './normalisation.ts';
import { skipFrom, skipWeights } from './skip.ts';

/** The affine layer `name`: [batch, inputs] → [batch, outputs]. */
export function affineWeights(
  name: string,
  inputs: number,
  outputs: number,
  initialisation: InitialisationName,
  gain: number,
): Record<string, Weight> {
  const { kernel, bias } = startOf(initialisation, inputs, gain);
  return { [`${name}.kernel`]: { shape: [inputs, outputs], start: kernel }, [`${name}.bias`]: { shape: [outputs], start: bias } };
}

export function affine(name: string, weights: Tensors, x: tf.Tensor2D): tf.Tensor2D {
  return tf.add(tf.matMul(x, weightOf<tf.Tensor2D>(weights, `${name}.kernel`)), weightOf(weights, `${name}.bias`));
}

/** The affine layer `prefix`.out, after which nothing comes. */
export const affineHead = (prefix: string, inputs: number, outputs: number, initialisation: InitialisationName): Net => ({
  weights: affineWeights(`${prefix}.out`, inputs, outputs, initialisation, 1),
  apply: (tensors, x) => affine(`${prefix}.out`, tensors, x),
});

interface DenseValues {
  readonly width: number;
  readonly depth: number;
  readonly activation: ActivationName;
  readonly normalisation: NormalisationName;
  readonly initialisation: InitialisationName;
  readonly skip: boolean;
}

function densePair(values: DenseValues): NetPair {
  const { width, depth, activation, normalisation, initialisation, skip } = values;
  /** Where it `skips`, every layer after the first sees what the net is fed, too. */
  const trunk = (prefix: string, inputs: number, skips = false): Trunk => {
    const weights: Record<string, Weight> = {};
    for (let layer = 0; layer < depth; layer++) {
      const gain = layer === 0 ? 1 : gainOf(activation);
      Object.assign(weights, affineWeights(`${prefix}.${layer}`, layer === 0 ? inputs : width, width, initialisation, gain));
      Object.assign(weights, normalisationWeights(normalisation, `${prefix}.${layer}`, width));
      if (skips && layer > 0) Object.assign(weights, skipWeights(`${prefix}.${layer}`, inputs, width, width, initialisation));
    }
    return {
      weights,
      outputs: depth === 0 ? inputs : width,
      apply: (tensors, x) => {
        let h = x;
        for (let layer = 0; layer < depth; layer++) {
          h = affine(`${prefix}.${layer}`, tensors, h); // [batch, width]
          if (skips && layer > 0) h = tf.add(h, skipFrom(`${prefix}.${layer}`, tensors, x));
          h = activate(activation, normalise(normalisation, `${prefix}.${layer}`, tensors, h));
        }
        return h;
      },
    };
  };
  const head: NetPair['head'] = (prefix, inputs, outputs) => affineHead(prefix, inputs, outputs, initialisation);
  const stack = (prefix: string, inputs: number, outputs: number): Net => {
    const features = trunk(prefix, inputs);
    return joined(features, head(prefix, features.outputs, outputs));
  };
  const skipping = (prefix: string, inputs: number, outputs: number): Net => {
    const features = trunk(prefix, inputs, true);
    const last = head(prefix, width, outputs);
    const name = `${prefix}.out`;
    return {
      weights: { ...features.weights, ...last.weights, ...skipWeights(name, inputs, outputs, width, initialisation) },
      apply: (tensors, x) => tf.add(last.apply(tensors, features.apply(tensors, x)), skipFrom(name, tensors, x)),
    };
  };
  return {
    down: (prefix, sample, outputs) => stack(prefix, netShapeSize(sample), outputs),
    up: (prefix, inputs, sample) => (skip && depth > 0 ? skipping : stack)(prefix, inputs, netShapeSize(sample)),
    trunk: (prefix, sample) => trunk(prefix, netShapeSize(sample)),
    head,
    varied: ({ scale = 1, ...others }) => densePair({ ...values, ...others, width: Math.max(1, Math.round(width * scale)) }),
  };
}

export const dense = member({
  id: 'dense',
  title: 'Dense',
  summary: 'fully connected layers: fast, and right for vectors and small grey pictures',
  params: {
    width: { kind: 'int', default: 400, min: 1, max: 8192, scale: 'log', help: 'units of each hidden layer' },
    depth: { kind: 'int', default: 2, min: 0, max: 16, help: 'hidden layers each way' },
    activation: { kind: 'choice', default: 'relu', options: activationNames, help: 'what follows each hidden layer' },
    normalisation: { kind: 'choice', default: 'none', options: normalisationNames, help: 'layer norm steadies deep nets' },
    initialisation: {
      kind: 'choice',
      default: 'even',
      options: initialisationNames,
      help: 'he keeps signals large through deep nets',
    },
    skip: { kind: 'bool', default: false, help: 'every layer of the decoder or generator sees the code, not the first alone' },
  },
  make: densePair,
});

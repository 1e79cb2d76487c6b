// MADE (Germain et al. 2015): a dense net whose weights are masked so that output j of each kind depends on the inputs before j only, and
// on all of a context. Input j has degree j = 1 … n, hidden units have degrees 0 … n - 1; a hidden unit hears inputs and hidden units of
// at most its own degree, output j hears hidden units of degree below j. Degrees rise evenly over the units, so no chance is in the masks.
import * as tf from '@tensorflow/tfjs';
import type { Tensors } from '../tracing/program.ts';
import { weightOf, type Weight, type Weights } from '../tracing/weights.ts';
import { activate, gainOf } from './activation.ts';
import { startOf } from './initialisation.ts';

const ACTIVATION = 'silu';
const DEPTH = 2;

export interface MaskedAutoencoder {
  readonly weights: Weights;
  /** z [batch, size], context [batch, context] → `kinds` × [batch, size]. */
  apply(tensors: Tensors, z: tf.Tensor2D, context: tf.Tensor2D): tf.Tensor2D[];
}

export function maskedAutoencoder(
  prefix: string,
  { size, context, width, kinds }: { size: number; context: number; width: number; kinds: number },
): MaskedAutoencoder {
  const inputs = Array.from({ length: size }, (_, j) => j + 1);
  const hidden = Array.from({ length: width }, (_, unit) => Math.floor((unit * size) / width));
  const outputs = Array.from({ length: kinds * size }, (_, j) => j % size);
  const layers = Array.from({ length: DEPTH }, (_, layer) => ({
    name: `${prefix}.${layer}`,
    from: layer === 0 ? inputs : hidden,
    to: hidden,
  }));
  const out = { name: `${prefix}.out`, from: hidden, to: outputs };

  const weights: Record<string, Weight> = {
    [`${prefix}.context`]: { shape: [context, width], start: startOf('he', context, 1).kernel },
  };
  for (const { name, from, to } of [...layers, out]) {
    // Half of a mask is open, roughly. The last layer starts at zero.
    const gain = name === out.name ? 0 : from === inputs ? 1 : gainOf(ACTIVATION);
    const start = startOf('he', from.length / 2, gain);
    weights[`${name}.kernel`] = { shape: [from.length, to.length], start: start.kernel };
    weights[`${name}.bias`] = { shape: [to.length], start: start.bias };
  }

  const masked = ({ name, from, to }: typeof out, tensors: Tensors, x: tf.Tensor2D): tf.Tensor2D => {
    const mask = tf.tensor2d(
      from.map((degree) => to.map((other) => Number(degree <= other))),
      [from.length, to.length],
    );
    const kernel = tf.mul(weightOf<tf.Tensor2D>(tensors, `${name}.kernel`), mask);
    return tf.add(tf.matMul(x, kernel), weightOf(tensors, `${name}.bias`));
  };

  return {
    weights,
    apply: (tensors, z, given) => {
      const heard = tf.matMul(given, weightOf<tf.Tensor2D>(tensors, `${prefix}.context`)); // [batch, width]
      let h = z;
      layers.forEach((layer, at) => {
        const sum = masked(layer, tensors, h);
        h = activate(ACTIVATION, at === 0 ? tf.add(sum, heard) : sum); // [batch, width]
      });
      return tf.split(masked(out, tensors, h), kinds, 1);
    },
  };
}

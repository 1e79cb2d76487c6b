// Differentiable augmentation (Zhao et al. 2020, arXiv 2006.10738): every picture that the discriminator sees, real or made, in its own step or the
// generator's, is moved by whole pixels, recoloured and given a hole. So it cannot learn few pictures by heart, and since the generator's slopes
// run through the changes, it is not led to make changed pictures. With a strength p each change happens to a row by the chance p
// (Karras et al. 2020, arXiv 2006.06676). What is uncovered is 0, mid-grey. Vectors are jittered.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import { sampleSize, type SampleShape } from '../datasets/dataset.ts';
import { normalNoise, uniformNoise, type Noise } from '../tracing/noise.ts';
import type { Tensors } from '../tracing/program.ts';
import { column } from './draws.ts';
import { colourOf, recolour } from './picture-colour.ts';
import { warpPictures } from './picture-warp.ts';

export interface DifferentiableAugmentation {
  readonly isOn: boolean;
  /** `role` (real, fake …) begins every name: two batches of one program are changed by draws of their own. */
  noise(batch: number, sample: SampleShape, role: string): Noise;
  /** Pictures in [-1, 1] or standardised vectors, [batch, sampleSize] → the same; every row is changed unless `strength` says how many. */
  apply(x: tf.Tensor2D, sample: SampleShape, noise: Tensors, role: string, strength?: tf.Scalar): tf.Tensor2D;
}

const RANGE = 2; // of a picture's values

export const diffAugment = member({
  id: 'diffAugment',
  title: 'Differentiable augmentation',
  summary: 'changes every picture the discriminator sees, real or made, so that it cannot learn a small dataset by heart',
  paper: 'Zhao et al. 2020, arXiv 2006.10738',
  params: {
    translation: {
      kind: 'float',
      default: 0,
      min: 0,
      max: 0.5,
      help: 'farthest a picture is moved along each axis, as a share of its side; the paper takes 0.125',
    },
    colour: {
      kind: 'float',
      default: 0,
      min: 0,
      max: 1,
      help: 'strength of changes in brightness, saturation and contrast; the paper takes 1',
    },
    cutout: {
      kind: 'float',
      default: 0,
      min: 0,
      max: 0.9,
      help: 'side of a square hole as a share of the side; the paper takes 0.5',
    },
    jitter: {
      kind: 'float',
      default: 0,
      min: 0,
      max: 1,
      help: 'for vectors: standard deviation of what is added to each value, columns having deviation 1',
    },
  },
  make: ({ translation, colour, cutout, jitter }): DifferentiableAugmentation => {
    const nameOf = (role: string, what: string): string => `${role}.diffAugment.${what}`;
    return {
      isOn: translation > 0 || colour > 0 || cutout > 0 || jitter > 0,

      // The first column of each draw decides whether the change happens.
      noise(batch, sample, role) {
        if (sample.kind === 'vector') {
          if (jitter === 0) return {};
          const [chance, added] = [uniformNoise(batch, 1), normalNoise(batch, sampleSize(sample))];
          return { [nameOf(role, 'jitterChance')]: chance, [nameOf(role, 'jitter')]: added };
        }
        return {
          ...(colour > 0 ? { [nameOf(role, 'colour')]: uniformNoise(batch, 4) } : {}),
          ...(translation > 0 ? { [nameOf(role, 'translation')]: uniformNoise(batch, 3) } : {}),
          ...(cutout > 0 ? { [nameOf(role, 'cutout')]: uniformNoise(batch, 3) } : {}),
        };
      },

      apply(x, sample, noise, role, strength) {
        const drawn = (what: string): tf.Tensor2D => noise[nameOf(role, what)] as tf.Tensor2D;
        const byChance = <T extends tf.Tensor>(draws: tf.Tensor2D, rows: T, changed: T): T => {
          if (!strength) return changed;
          const isChanged = tf.reshape(tf.less(column(draws, 0), strength), [-1, ...rows.shape.slice(1).map(() => 1)]);
          return tf.where(isChanged, changed, rows);
        };
        if (sample.kind === 'vector') {
          if (jitter === 0) return x;
          return byChance(drawn('jitterChance'), x, tf.add(x, tf.mul(jitter, drawn('jitter'))));
        }
        const { height, width, channels } = sample;
        let pictures: tf.Tensor4D = tf.reshape(x, [-1, height, width, channels]);
        if (colour > 0) {
          const draws = drawn('colour');
          pictures = byChance(draws, pictures, recolour(pictures, colourOf(colour, draws, RANGE)));
        }
        if (translation > 0) {
          const draws = drawn('translation');
          const y = { offset: wholePixels(column(draws, 1), height * translation) };
          const across = { offset: wholePixels(column(draws, 2), width * translation) };
          pictures = byChance(draws, pictures, warpPictures(pictures, { y, x: across }, 'zero'));
        }
        if (cutout > 0) {
          const draws = drawn('cutout');
          const rows = tf.expandDims(covered(column(draws, 1), height, cutout), 2); // [batch, height, 1]
          const columns = tf.expandDims(covered(column(draws, 2), width, cutout), 1); // [batch, 1, width]
          const kept = tf.sub(1, tf.expandDims(tf.mul(rows, columns), 3));
          pictures = byChance(draws, pictures, tf.mul(pictures, kept));
        }
        return tf.reshape(pictures, x.shape);
      },
    };
  },
});

/** Whole numbers from -most to most, all as likely. */
function wholePixels(u: tf.Tensor1D, pixels: number): tf.Tensor1D {
  const most = Math.round(pixels);
  return tf.sub(tf.floor(tf.mul(2 * most + 1, u)), most);
}

/** [batch, side]: 1 where a hole of `share` of the side lies, its middle anywhere in the picture, else 0. */
function covered(u: tf.Tensor1D, side: number, share: number): tf.Tensor2D {
  const size = Math.round(side * share);
  const middle = tf.floor(tf.mul(side + 1 - (size % 2), u));
  const start = tf.expandDims(tf.sub(middle, Math.floor(size / 2)), 1); // [batch, 1]
  const places = tf.expandDims(tf.range(0, side), 0);
  return tf.cast(tf.logicalAnd(tf.greaterEqual(places, start), tf.less(places, tf.add(start, size))), 'float32');
}

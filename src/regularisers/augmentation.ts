// Data augmentation: each time a row is looked at, it is mirrored, shifted, cropped, turned, recoloured or jittered by chance, so that few
// rows teach like more. Only what leaves a row's class alone is of use: a dataset names those (`Dataset.augmentations`). A generative
// model learns the augmented data: samples will be as shifted, turned and noisy as these rows are. (For a GAN's samples to be clean,
// augment what the discriminator sees instead: differentiable-augmentation.ts.)
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { Params, Values } from '../base/params.ts';
import { sampleSize, type SampleShape } from '../datasets/dataset.ts';
import { normalNoise, uniformNoise, type Noise } from '../tracing/noise.ts';
import type { Tensors } from '../tracing/program.ts';
import { around, column } from './draws.ts';
import { colourOf, recolour } from './picture-colour.ts';
import { warpPictures, type AxisWarp, type Warp } from './picture-warp.ts';

export interface Augmentation {
  readonly isOn: boolean;
  noise(batch: number, sample: SampleShape): Noise;
  /** Pictures in [0, 1] or standardised vectors, [batch, sampleSize] → the same. */
  apply(x: tf.Tensor2D, sample: SampleShape, noise: Tensors): tf.Tensor2D;
}

const params = {
  flipHorizontal: { kind: 'bool', default: false, help: 'mirror half of the pictures left to right' },
  flipVertical: { kind: 'bool', default: false, help: 'mirror half of the pictures top to bottom' },
  shift: {
    kind: 'float',
    default: 0,
    min: 0,
    max: 0.5,
    help: 'farthest a picture is moved along each axis, as a share of its side; the border repeats',
  },
  crop: {
    kind: 'float',
    default: 0,
    min: 0,
    max: 0.9,
    help: 'largest share of the sides that is cut away, at random places; what is left is enlarged to full size',
  },
  rotate: {
    kind: 'float',
    default: 0,
    min: 0,
    max: 180,
    unit: 'degrees',
    help: 'largest turn either way, about the middle; 180 is any angle',
  },
  colour: {
    kind: 'float',
    default: 0,
    min: 0,
    max: 1,
    help: 'strength of changes in brightness, saturation and contrast: at 1, by up to a quarter, twice and one and a half times',
  },
  noise: {
    kind: 'float',
    default: 0,
    min: 0,
    max: 1,
    help: 'standard deviation of what is added to each value: pictures go from 0 to 1, columns of vectors have deviation 1',
  },
} as const satisfies Params;

export const augment = member({
  id: 'augment',
  title: 'Data augmentation',
  summary: 'mirrors, shifts, crops, turns or recolours rows each time they are looked at, so that few rows teach like more',
  paper: 'Krizhevsky, Sutskever & Hinton 2012; Shorten & Khoshgoftaar 2019, survey',
  params,
  make: (values): Augmentation => {
    const { flipHorizontal, flipVertical, shift, crop, rotate, colour, noise: sd } = values;
    const isMirrored = flipHorizontal || flipVertical;
    const isWarped = isMirrored || shift > 0 || crop > 0 || rotate > 0;
    return {
      isOn: isWarped || colour > 0 || sd > 0,

      noise(batch, sample) {
        const jitter: Noise = sd > 0 ? { 'augment.noise': normalNoise(batch, sampleSize(sample)) } : {};
        if (sample.kind === 'vector') return jitter;
        return {
          ...(isMirrored ? { 'augment.flip': uniformNoise(batch, 2) } : {}), // top to bottom, left to right
          ...(shift > 0 ? { 'augment.shift': uniformNoise(batch, 2) } : {}), // y, x
          ...(crop > 0 ? { 'augment.crop': uniformNoise(batch, 3) } : {}), // size, y, x
          ...(rotate > 0 ? { 'augment.rotate': uniformNoise(batch, 1) } : {}),
          ...(colour > 0 ? { 'augment.colour': uniformNoise(batch, 3) } : {}), // brightness, saturation, contrast
          ...jitter,
        };
      },

      apply(x, sample, noise) {
        let rows = x;
        if (sample.kind === 'picture' && (isWarped || colour > 0)) {
          const { height, width, channels } = sample;
          let pictures: tf.Tensor4D = tf.reshape(x, [-1, height, width, channels]);
          if (isWarped) pictures = warpPictures(pictures, warpOf(values, height, width, noise), 'edge');
          if (colour > 0) pictures = recolour(pictures, colourOf(colour, noise['augment.colour']));
          rows = tf.reshape(pictures, x.shape);
        }
        if (sd > 0) rows = tf.add(rows, tf.mul(sd, noise['augment.noise'] as tf.Tensor2D));
        return sample.kind === 'picture' && (colour > 0 || sd > 0) ? tf.clipByValue(rows, 0, 1) : rows;
      },
    };
  },
});

function warpOf(values: Values<typeof params>, height: number, width: number, noise: Tensors): Warp {
  const { flipHorizontal, flipVertical, rotate } = values;
  const y = axisOf(0, height, flipVertical, values, noise);
  const x = axisOf(1, width, flipHorizontal, values, noise);
  const angle = rotate > 0 ? around(column(noise['augment.rotate'], 0), 0, (rotate * Math.PI) / 180) : undefined;
  return { ...(y ? { y } : {}), ...(x ? { x } : {}), ...(angle ? { angle } : {}) };
}

/** Where axis `index` (y 0, x 1) is read: cropped to a window, mirrored, shifted. */
function axisOf(
  index: 0 | 1,
  side: number,
  isMirrored: boolean,
  { shift, crop }: Values<typeof params>,
  noise: Tensors,
): AxisWarp | undefined {
  let scale: tf.Tensor1D | undefined;
  let offset: tf.Tensor1D | undefined;
  if (isMirrored) scale = tf.sub(1, tf.mul(2, tf.cast(tf.less(column(noise['augment.flip'], index), 0.5), 'float32')));
  if (crop > 0) {
    const cut = tf.mul(crop, column(noise['augment.crop'], 0)); // one for both axes: nothing is squeezed
    const kept: tf.Tensor1D = tf.sub(1, cut);
    scale = scale ? tf.mul(scale, kept) : kept;
    offset = tf.mul(cut, around(column(noise['augment.crop'], 1 + index), 0, side / 2));
  }
  if (shift > 0) {
    const moved = around(column(noise['augment.shift'], index), 0, shift * side);
    offset = offset ? tf.add(offset, moved) : moved;
  }
  return scale || offset ? { ...(scale ? { scale } : {}), ...(offset ? { offset } : {}) } : undefined;
}

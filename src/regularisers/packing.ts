// Packing (Lin, Khetan, Fanti & Oh 2018, PacGAN): the discriminator judges `samples` rows at once, all real or all generated. Packs from a
// generator that drops modes look alike inside, so lost variety shows. Vectors are laid side by side, pictures stacked as channels; only
// the discriminator's first layer grows.
import * as tf from '@tensorflow/tfjs';
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import type { SampleShape } from '../datasets/dataset.ts';

/** A picture of a pack has the channels of all its rows. */
type PackShape =
  | { readonly kind: 'picture'; readonly height: number; readonly width: number; readonly channels: number }
  | { readonly kind: 'vector'; readonly size: number };

export interface Packing {
  readonly samples: number;
  /** The shape of a pack. */
  shape(sample: SampleShape): PackShape;
  /** Packs in a batch of rows; a batch that does not divide is refused. */
  packs(batch: number): number;
  /** [batch, size] → [batch / samples, samples · size] */
  pack(x: tf.Tensor2D, sample: SampleShape): tf.Tensor2D;
}

export const packing = member({
  id: 'packing',
  title: 'Packing',
  summary: 'the discriminator judges several samples at once: the cheapest cure for lost modes',
  paper: 'Lin, Khetan, Fanti & Oh 2018 (PacGAN), arXiv:1712.04086',
  params: { samples: { kind: 'int', default: 1, min: 1, max: 8, help: 'rows that are judged together; 1 is off; 2 to 4' } },
  make: ({ samples }): Packing => {
    const packs = (batch: number): number => {
      if (batch % samples === 0) return batch / samples;
      throw new KarstError(
        'usage',
        `packing.samples ${samples} needs a batch that it divides, got ${batch}; change it or train.batchSize`,
      );
    };
    return {
      samples,
      packs,
      shape: (sample) =>
        sample.kind === 'picture'
          ? { ...sample, channels: sample.channels * samples }
          : { kind: 'vector', size: sample.size * samples },
      pack: (x, sample) => {
        if (samples === 1) return x;
        const [batch, size] = x.shape;
        const count = packs(batch);
        if (sample.kind === 'vector') return tf.reshape(x, [count, samples * size]);
        const pixels = sample.height * sample.width;
        const apart = tf.reshape(x, [count, samples, pixels, sample.channels]);
        return tf.reshape(tf.transpose(apart, [0, 2, 1, 3]), [count, samples * size]);
      },
    };
  },
});

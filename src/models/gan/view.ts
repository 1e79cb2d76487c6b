// What the discriminator is shown. Real rows: standardised vectors, pictures on [-1, 1], augmented. Real and generated alike: changed by
// differentiable augmentation, blurred by instance noise, packed. Penalties on its slope mean slopes in what it is shown.
import * as tf from '@tensorflow/tfjs';
import { KarstError } from '../../base/errors.ts';
import type { SampleShape } from '../../datasets/dataset.ts';
import { sampleSize } from '../../datasets/dataset.ts';
import type { AdaptiveAugmentation } from '../../regularisers/adaptive-augmentation.ts';
import type { Augmentation } from '../../regularisers/augmentation.ts';
import type { DifferentiableAugmentation } from '../../regularisers/differentiable-augmentation.ts';
import type { InstanceNoise } from '../../regularisers/instance-noise.ts';
import type { Packing } from '../../regularisers/packing.ts';
import { normalNoise, type Noise } from '../../tracing/noise.ts';
import { float32, type Specs, type Tensors } from '../../tracing/program.ts';

export type Role = 'real' | 'fake';

/** The share of rows that adaptive augmentation changes. */
export const STRENGTH = 'augment.p';

export interface ViewCures {
  readonly augment: Augmentation;
  readonly diffAugment: DifferentiableAugmentation;
  readonly adaptiveAugment: AdaptiveAugmentation;
  readonly instanceNoise: InstanceNoise;
  readonly packing: Packing;
}

export interface View {
  /** State that it reads. */
  readonly state: Specs;
  /** The part of it that units need. */
  readonly columns: Specs;
  /** Rows as given → in the units of the discriminator, [batch, size] both. */
  units(tensors: Tensors, x: tf.Tensor2D): tf.Tensor2D;
  /** And back. */
  fromUnits(tensors: Tensors, x: tf.Tensor2D): tf.Tensor2D;
  /** Packs in a batch of rows. */
  packs(batch: number): number;
  /** What a program draws that shows `batch` rows of these roles. */
  noise(batch: number, roles: readonly Role[]): Noise;
  /** Rows as given → packs. */
  real(tensors: Tensors, inputs: Tensors): tf.Tensor2D;
  /** Generated rows, in the units of the discriminator → packs. Differentiable. */
  fake(tensors: Tensors, inputs: Tensors, rows: tf.Tensor2D): tf.Tensor2D;
}

export function viewOf(sample: SampleShape, isStandardised: boolean, cures: ViewCures): View {
  const { augment, diffAugment, adaptiveAugment, instanceNoise, packing } = cures;
  if (adaptiveAugment.isOn && !diffAugment.isOn)
    throw new KarstError(
      'usage',
      'adaptiveAugment.target has nothing to turn up: set what diffAugment should do, as diffAugment.colour 1',
    );
  const size = sampleSize(sample);
  const columns: Specs = isStandardised ? { 'data.mean': float32(size), 'data.sd': float32(size) } : {};

  const standardised = (tensors: Tensors, x: tf.Tensor2D): tf.Tensor2D =>
    isStandardised ? tf.div(tf.sub(x, tensors['data.mean'] as tf.Tensor), tensors['data.sd'] as tf.Tensor) : x;
  const centred = (x: tf.Tensor2D): tf.Tensor2D => (sample.kind === 'picture' ? tf.sub(tf.mul(x, 2), 1) : x);
  const shown = (tensors: Tensors, inputs: Tensors, role: Role, rows: tf.Tensor2D): tf.Tensor2D => {
    const strength = tensors[STRENGTH] as tf.Scalar | undefined;
    let seen = diffAugment.isOn ? diffAugment.apply(rows, sample, inputs, role, strength) : rows;
    if (instanceNoise.isOn)
      seen = instanceNoise.apply(seen, inputs[`${role}.noise`] as tf.Tensor, inputs[instanceNoise.knob] as tf.Tensor);
    return packing.pack(seen, sample);
  };

  return {
    columns,
    state: { ...columns, ...(adaptiveAugment.isOn ? { [STRENGTH]: float32() } : {}) },
    units: (tensors, x) => centred(standardised(tensors, x)),
    fromUnits: (tensors, x) => {
      if (isStandardised) return tf.add(tf.mul(x, tensors['data.sd'] as tf.Tensor), tensors['data.mean'] as tf.Tensor);
      return sample.kind === 'picture' ? tf.mul(0.5, tf.add(x, 1)) : x;
    },
    packs: (batch) => packing.packs(batch),
    noise: (batch, roles) =>
      Object.assign(
        {},
        ...roles.map((role): Noise => ({
          ...(role === 'real' && augment.isOn ? augment.noise(batch, sample) : {}),
          ...(diffAugment.isOn ? diffAugment.noise(batch, sample, role) : {}),
          ...(instanceNoise.isOn ? { [`${role}.noise`]: normalNoise(batch, size) } : {}),
        })),
      ) as Noise,
    real: (tensors, inputs) => {
      const rows = standardised(tensors, inputs['x'] as tf.Tensor2D);
      return shown(tensors, inputs, 'real', centred(augment.isOn ? augment.apply(rows, sample, inputs) : rows));
    },
    fake: (tensors, inputs, rows) => shown(tensors, inputs, 'fake', rows),
  };
}

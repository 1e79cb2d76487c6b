// Named weights: their shapes, how they start, and how a program finds them. Weights start from streams of their own names, so adding a
// layer moves no other layer's numbers.
import type * as tf from '@tensorflow/tfjs';
import type { Rng } from '../base/rng.ts';
import { sizeOf, type Specs, type Tensors } from './program.ts';

/** How a weight starts: normal with a standard deviation, uniform on ±limit, or one value everywhere. */
export type Start =
  | { readonly kind: 'normal'; readonly sd: number }
  | { readonly kind: 'uniform'; readonly limit: number }
  | { readonly kind: 'constant'; readonly value: number };

export interface Weight {
  readonly shape: readonly number[];
  readonly start: Start;
}
export type Weights = Readonly<Record<string, Weight>>;

export function weightSpecs(weights: Weights): Specs {
  return Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, { shape, dtype: 'float32' as const }]));
}

export function startWeights(weights: Weights, rng: Rng): Record<string, Float32Array> {
  const values: Record<string, Float32Array> = {};
  for (const [name, { shape, start }] of Object.entries(weights)) {
    const filled = new Float32Array(sizeOf(shape));
    values[name] = filled;
    switch (start.kind) {
      case 'constant':
        filled.fill(start.value);
        break;
      case 'normal':
        rng.stream(name).fillNormal(filled);
        for (let i = 0; i < filled.length; i++) filled[i] = (filled[i] as number) * start.sd;
        break;
      case 'uniform':
        rng.stream(name).fillUniform(filled);
        for (let i = 0; i < filled.length; i++) filled[i] = (2 * (filled[i] as number) - 1) * start.limit;
        break;
    }
  }
  return values;
}

/** `tensors[name]`, or an error that names what is missing. */
export function weightOf<T extends tf.Tensor>(tensors: Tensors, name: string): T {
  const found = tensors[name];
  if (!found) throw new RangeError(`no weight "${name}"`);
  return found as T;
}

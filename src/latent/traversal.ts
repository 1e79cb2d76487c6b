// Latent traversal (Higgins et al. 2017): one dimension at a time moves from -range to +range prior standard deviations while the others stay,
// most informative dimension (largest KL) first.
import { KarstError } from '../base/errors.ts';
import { matrix, type Matrix } from '../base/matrix.ts';

export interface Traversal {
  /** Latent dimensions, one a strip, by descending KL. */
  readonly dimensions: readonly number[];
  /** Values that each takes, in prior standard deviations. */
  readonly values: readonly number[];
  /** [dimensions × values, latent]; the strips one after the other. */
  readonly codes: Matrix;
}

/** Dimensions by descending KL; equal ones in their own order. */
export function byInformation(klPerDimension: ArrayLike<number>): number[] {
  const order = Array.from({ length: klPerDimension.length }, (_, j) => j);
  return order.sort((i, j) => (klPerDimension[j] as number) - (klPerDimension[i] as number) || i - j);
}

/** `count` values from -range to +range, exactly symmetric; an odd count passes through zero. */
export function spacedValues(count: number, range: number): number[] {
  return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : (range * (2 * i - (count - 1))) / (count - 1)));
}

export function traverse(
  base: Float32Array,
  klPerDimension: ArrayLike<number>,
  options: { readonly top: number; readonly count: number; readonly range: number },
): Traversal {
  if (base.length !== klPerDimension.length) {
    throw new KarstError('usage', `a code of ${base.length} dimensions needs as many KL values, got ${klPerDimension.length}`);
  }
  const dimensions = byInformation(klPerDimension).slice(0, options.top);
  const values = spacedValues(options.count, options.range);
  const codes = matrix(dimensions.length * values.length, base.length);
  dimensions.forEach((dimension, strip) => {
    values.forEach((value, place) => {
      const at = (strip * values.length + place) * base.length;
      codes.data.set(base, at);
      codes.data[at + dimension] = value;
    });
  });
  return { dimensions, values, codes };
}

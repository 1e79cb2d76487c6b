// An Interpolation is a way from code a to code b: t = 0 gives a, t = 1 gives b.
import { KarstError } from '../base/errors.ts';
import { matrix, type Matrix } from '../base/matrix.ts';

export type Interpolation = (a: Float32Array, b: Float32Array, t: number) => Float32Array;

/** `count` codes from a to b, both included, evenly spaced in t; [count, latent]. */
export function interpolate(way: Interpolation, a: Float32Array, b: Float32Array, count: number): Matrix {
  if (a.length !== b.length) {
    throw new KarstError('usage', `both ends of a path must have one size, got ${a.length} and ${b.length} dimensions`);
  }
  if (!Number.isInteger(count) || count < 2) throw new KarstError('usage', `a path has two codes or more, got ${count}`);
  const path = matrix(count, a.length);
  for (let i = 0; i < count; i++) path.data.set(i === 0 ? a : i === count - 1 ? b : way(a, b, i / (count - 1)), i * a.length);
  return path;
}

export const norm = (v: Float32Array): number => Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));

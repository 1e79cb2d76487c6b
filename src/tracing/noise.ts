// The noise that a program takes as inputs: what to draw under which name, and drawing it. Each name draws from a stream of its own, so
// adding one moves no other's numbers.
import type { Rng } from '../base/rng.ts';
import { sizeOf, type Arrays, type Specs, type TensorValues } from './program.ts';

export interface NoiseSpec {
  readonly shape: readonly number[];
  /** normal: standard normal; uniform: on [0, 1); orders: each row of the last axis a random order of 0 … n - 1, int32. */
  readonly draw: 'normal' | 'uniform' | 'orders';
}

export type Noise = Readonly<Record<string, NoiseSpec>>;

export const normalNoise = (...shape: number[]): NoiseSpec => ({ shape, draw: 'normal' });
export const uniformNoise = (...shape: number[]): NoiseSpec => ({ shape, draw: 'uniform' });
export const randomOrders = (...shape: number[]): NoiseSpec => ({ shape, draw: 'orders' });

export const noiseInputs = (noise: Noise): Specs =>
  Object.fromEntries(
    Object.entries(noise).map(([name, { shape, draw }]) => [name, { shape, dtype: draw === 'orders' ? 'int32' : 'float32' }]),
  );

/** Draws by `rng` into two sets of buffers in turn: one may be with the device while the other is filled. */
export function openNoise(noise: Noise): (rng: Rng) => Arrays {
  const made = (): Record<string, TensorValues> =>
    Object.fromEntries(
      Object.entries(noise).map(([name, { shape, draw }]) => [
        name,
        draw === 'orders' ? new Int32Array(sizeOf(shape)) : new Float32Array(sizeOf(shape)),
      ]),
    );
  const sets = [made(), made()] as const;
  let calls = 0;
  return (rng) => {
    const set = sets[calls++ & 1] as Record<string, TensorValues>;
    for (const [name, { shape, draw }] of Object.entries(noise)) {
      const stream = rng.stream(name);
      const values = set[name] as TensorValues;
      if (draw === 'normal') stream.fillNormal(values as Float32Array);
      else if (draw === 'uniform') stream.fillUniform(values as Float32Array);
      else {
        const count = shape.at(-1) ?? 1;
        for (let start = 0; start < values.length; start += count) values.set(stream.permutation(count), start);
      }
    }
    return set;
  };
}

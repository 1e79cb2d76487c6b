// Draws from the standard normal prior. Truncation (Brock et al. 2019, BigGAN) draws a value again where it lies beyond a bound: fewer
// surprises, less variety. Temperature (Kingma & Dhariwal 2018, Glow) scales the draw. Row i depends on the seed and i alone, so a grid
// made larger keeps the samples it had.
import { KarstError } from '../base/errors.ts';
import { matrix, type Matrix } from '../base/matrix.ts';
import type { Rng } from '../base/rng.ts';

export interface PriorOptions {
  /** Values beyond this many standard deviations are drawn again; none by default. */
  readonly truncation?: number;
  /** Factor on every value; 1 by default. */
  readonly temperature?: number;
}

/** [count, latentSize] */
export function samplePrior(count: number, latentSize: number, rng: Rng, options: PriorOptions = {}): Matrix {
  const { truncation = Infinity, temperature = 1 } = options;
  if (!(truncation >= 0.01))
    throw new KarstError('usage', `truncation must be at least 0.01 standard deviations, got ${truncation}`);
  if (!(temperature >= 0)) throw new KarstError('usage', `temperature must not be negative, got ${temperature}`);
  const codes = matrix(count, latentSize);
  for (let i = 0; i < count; i++) {
    const draws = rng.stream('prior', i);
    for (let j = 0; j < latentSize; j++) {
      let value = draws.normal();
      while (Math.abs(value) > truncation) value = draws.normal();
      codes.data[i * latentSize + j] = value * temperature;
    }
  }
  return codes;
}

// Means of the outputs of training steps since the last report, in float64: scalars by name, and per-dimension KL.
import type { Arrays } from '../tracing/program.ts';

const PER_DIMENSION = 'kl.perDimension';
/** Beyond this a loss is as good as infinite; some drivers turn NaN into large numbers instead. */
const LARGEST_SANE = 1e20;

export class Averages {
  /** By name, since a part that rests for a step puts nothing out. */
  readonly #sums = new Map<string, { sum: number; steps: number }>();
  #perDimension: Float64Array | undefined;
  #steps = 0;

  add(outputs: Arrays): void {
    for (const [name, values] of Object.entries(outputs)) {
      if (name === PER_DIMENSION) {
        this.#steps++;
        this.#perDimension ??= new Float64Array(values.length);
        for (let j = 0; j < values.length; j++) this.#perDimension[j] = (this.#perDimension[j] as number) + (values[j] as number);
      } else if (values.length === 1) {
        const { sum, steps } = this.#sums.get(name) ?? { sum: 0, steps: 0 };
        this.#sums.set(name, { sum: sum + (values[0] as number), steps: steps + 1 });
      }
    }
  }

  /** The means, and a fresh start. */
  take(): { losses: Record<string, number>; klPerDimension?: number[] } {
    const losses = Object.fromEntries([...this.#sums].map(([name, { sum, steps }]) => [name, sum / steps]));
    const klPerDimension = this.#perDimension && Array.from(this.#perDimension, (sum) => sum / this.#steps);
    this.clear();
    return klPerDimension ? { losses, klPerDimension } : { losses };
  }

  clear(): void {
    this.#sums.clear();
    this.#perDimension = undefined;
    this.#steps = 0;
  }
}

/** The first output that is not a sane number: "kl is NaN". */
export function findInsane(outputs: Arrays): string | undefined {
  for (const [name, values] of Object.entries(outputs)) {
    for (const value of values) {
      if (!(Math.abs(value) < LARGEST_SANE)) return `${name} is ${value}`;
    }
  }
  return undefined;
}

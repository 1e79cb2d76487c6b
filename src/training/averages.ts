// What training steps came to since the last report: means of their outputs in float64 (scalars by name, and per-dimension KL), rows and time.
import type { Arrays } from '../tracing/program.ts';

/** What a step took besides its outputs. */
export interface StepTaken {
  readonly rows: number;
  readonly durationMs: number;
  /** What the schedules made of the knobs. */
  readonly scalars: Readonly<Record<string, number>>;
}

export interface AveragesTaken {
  readonly losses: Record<string, number>;
  readonly klPerDimension?: number[];
  /** 0 where there was no step. */
  readonly rowsPerSecond: number;
  /** Of the last step there was, be it before the last report. */
  readonly scalars: Readonly<Record<string, number>>;
}

const PER_DIMENSION = 'kl.perDimension';
/** Beyond this a loss is as good as infinite; some drivers turn NaN into large numbers instead. */
const LARGEST_SANE = 1e20;

export class Averages {
  /** By name, since a part that rests for a step puts nothing out. */
  readonly #sums = new Map<string, { sum: number; steps: number }>();
  #perDimension: Float64Array | undefined;
  #steps = 0;
  #rows = 0;
  #durationMs = 0;
  #scalars: StepTaken['scalars'] = {};

  /** Time of the steps alone. */
  get durationMs(): number {
    return this.#durationMs;
  }

  add(outputs: Arrays, { rows, durationMs, scalars }: StepTaken): void {
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
    this.#rows += rows;
    this.#durationMs += durationMs;
    this.#scalars = scalars;
  }

  /** The means, and a fresh start. */
  take(): AveragesTaken {
    const losses = Object.fromEntries([...this.#sums].map(([name, { sum, steps }]) => [name, sum / steps]));
    const klPerDimension = this.#perDimension && Array.from(this.#perDimension, (sum) => sum / this.#steps);
    const rowsPerSecond = this.#durationMs > 0 ? (1000 * this.#rows) / this.#durationMs : 0;
    this.clear();
    return { losses, ...(klPerDimension ? { klPerDimension } : {}), rowsPerSecond, scalars: this.#scalars };
  }

  clear(): void {
    this.#sums.clear();
    this.#perDimension = undefined;
    this.#steps = this.#rows = this.#durationMs = 0;
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

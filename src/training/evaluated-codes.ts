// What rows chose of a codebook while they are scored, batch by batch, and how much of their variance is drawn from that: 1 − Σ_j r_j / Σ_j v_j, r_j
// the squares of what reconstructions miss and v_j those of the rows about their mean; of vectors, whose columns have units of their own, each r_j
// and v_j over v_j. A column that never changes is left out.
import type { ChosenCodes } from '../metrics/metric.ts';
import { sampleSize } from '../datasets/dataset.ts';
import type { Model } from '../models/model.ts';

/** Of a batch, as `evaluate` puts them out, and the rows themselves. */
export interface ScoredCodes {
  readonly chosen?: Float32Array;
  readonly shown?: Float32Array;
  readonly kl: Float32Array;
  readonly x: Float32Array;
}

export interface EvaluatedCodes {
  /** The first `count` rows of a batch; they are the rows from `start` on. */
  take(scores: ScoredCodes, start: number, count: number): void;
  told(): ChosenCodes;
}

export function openEvaluatedCodes(
  { codes, slots }: NonNullable<Model['codebook']>,
  { latentSize, sample }: Pick<Model, 'latentSize' | 'sample'>,
  rows: number,
): EvaluatedCodes {
  const size = sampleSize(sample);
  const [chosen, nats] = [new Float32Array(rows * slots), new Float32Array(rows * latentSize)];
  const [sums, squares, residuals] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  const first = new Float32Array(size); // taken away, so that squares of values far from 0 do not cancel
  return {
    take(scores, start, count) {
      const [chose, shown] = [scores.chosen as Float32Array, scores.shown as Float32Array];
      chosen.set(chose.subarray(0, count * slots), start * slots);
      nats.set(scores.kl.subarray(0, count * latentSize), start * latentSize);
      if (start === 0) first.set(scores.x.subarray(0, size));
      for (let at = 0; at < count * size; at++) {
        const j = at % size;
        const x = scores.x[at] as number;
        const value = x - (first[j] as number);
        sums[j] = (sums[j] as number) + value;
        squares[j] = (squares[j] as number) + value * value;
        residuals[j] = (residuals[j] as number) + (x - (shown[at] as number)) ** 2;
      }
    },
    told() {
      const spread = squares.map((square, j) => square - (sums[j] as number) ** 2 / rows);
      let [missed, all] = [0, 0];
      for (let j = 0; j < size; j++) {
        const own = spread[j] as number;
        if (own <= 1e-12 * (squares[j] as number)) continue; // rounding
        const weight = sample.kind === 'vector' ? 1 / own : 1;
        missed += weight * (residuals[j] as number);
        all += weight * own;
      }
      return { codes, slots, chosen, nats, explained: all > 0 ? 1 - missed / all : 1 };
    },
  };
}

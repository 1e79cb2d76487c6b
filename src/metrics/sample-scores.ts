// What samples score beside real rows, and what rows of the data themselves score in the samples' place: the mean over several draws, and a bar
// five standard deviations below it. A score below its bar is no accident of which rows were drawn; how far below says how much is missing.
import { takeRows, type Matrix } from '../base/matrix.ts';
import type { Rng } from '../base/rng.ts';
import type { SampleScores } from '../protocol/records.ts';
import type { Balls } from './balls.ts';
import { covarianceRatio } from './covariance-ratio.ts';
import { precisionRecall } from './precision-recall.ts';

/** k of precision, recall, density and coverage. */
export const NEAREST = 5;

/** The parameter that all four take it by. */
export const nearestParam = {
  kind: 'int',
  default: NEAREST,
  min: 1,
  max: 100,
  help: 'a ball reaches to which nearest neighbour; precision and recall take 3 in their paper',
} as const;
const DEVIATIONS = 5;
const DRAWS = 8;

/** `real` as `neighbourBalls` of features, with k = NEAREST; `fake` [rows, features]. */
export function scoreSamples(real: Balls, fake: Matrix): SampleScores {
  const { precision, recall, density, coverage } = precisionRecall(real, fake, NEAREST);
  return { precision, recall, density, coverage, covarianceRatio: covarianceRatio(real.points, fake) };
}

export interface RealScores {
  readonly mean: SampleScores;
  readonly bar: SampleScores;
}

/**
 * `others`: rows of the data that are not among `real`, twice `count` or more; draws of `count` of them stand in for samples. Draws from few
 * rows are alike, so their deviation is corrected for the share that each takes.
 */
export function scoreReal(real: Balls, others: Matrix, count: number, rng: Rng): RealScores {
  const draws = Array.from({ length: DRAWS }, (_, draw) => {
    const order = rng.stream('draw', draw).permutation(others.rows).subarray(0, count);
    return scoreSamples(real, takeRows(others, order));
  });
  const names = Object.keys(draws[0] as SampleScores) as (keyof SampleScores)[];
  const of = (score: (values: readonly number[]) => number): SampleScores =>
    Object.fromEntries(names.map((name) => [name, score(draws.map((one) => one[name]))])) as unknown as SampleScores;
  const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / DRAWS;
  const barOf = (values: readonly number[]): number => {
    const mean = meanOf(values);
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (DRAWS - 1) / (1 - count / others.rows);
    return Math.max(0, mean - DEVIATIONS * Math.sqrt(variance));
  };
  return { mean: of(meanOf), bar: of(barOf) };
}

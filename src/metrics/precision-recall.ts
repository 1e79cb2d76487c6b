// Do samples look like the data, and is all of the data there? A ball round each point reaches to its k-th nearest neighbour in its own set:
//   precision = share of samples in a real ball          recall   = share of real points in a sample's ball    (Kynkäänniemi et al. 2019)
//   density   = real balls that hold a sample, mean / k  coverage = share of real balls that hold a sample     (Naeem et al. 2020)
// Recall is fooled by a few far-off samples, whose balls are wide; coverage is not, and notices one lost class of ten. Of two equal sets
// the real points expect a coverage of 1 - Π_{i<k} (N-1-i) / (N+M-1-i), about 1 - 2⁻ᵏ where N = M, whatever their distribution, and density 1.
import { KarstError } from '../base/errors.ts';
import type { Matrix } from '../base/matrix.ts';
import { nearestNeighbours, type SearchOptions } from '../base/neighbours.ts';
import { meet, type Balls } from './balls.ts';

export interface PrecisionRecall {
  readonly precision: number;
  readonly recall: number;
  readonly density: number;
  readonly coverage: number;
  readonly k: number;
  /** Of each real point: 1 where a sample lies in its ball. */
  readonly covered: Uint8Array;
  /** Of each real point: 1 where it lies in a sample's ball. */
  readonly reached: Uint8Array;
  /** Of each sample: how many real balls it lies in, 0 for one that is off the data. */
  readonly ballsHolding: Int32Array;
}

/** The balls of a set of points, to be used again where the same set is compared several times. */
export function neighbourBalls(points: Matrix, k: number, options: SearchOptions = {}): Balls {
  if (points.rows <= k)
    throw new KarstError('usage', `precision and recall with k = ${k} need more than ${k} rows on each side, got ${points.rows}`);
  const { distances } = nearestNeighbours(points, k, options);
  return { points, radii: Float32Array.from({ length: points.rows }, (_, i) => distances[i * k + k - 1] as number) };
}

export function precisionRecall(real: Matrix | Balls, fake: Matrix | Balls, k = 5, options: SearchOptions = {}): PrecisionRecall {
  const ballsOf = (set: Matrix | Balls): Balls => ('radii' in set ? set : neighbourBalls(set, k, options));
  const { held, covered, reached } = meet(ballsOf(real), ballsOf(fake), options);
  const share = (ones: Uint8Array): number => ones.reduce((sum, one) => sum + one, 0) / ones.length;
  return {
    precision: held.reduce((sum, count) => sum + Math.min(1, count), 0) / held.length,
    recall: share(reached),
    density: held.reduce((sum, count) => sum + count, 0) / (k * held.length),
    coverage: share(covered),
    k,
    covered,
    reached,
    ballsHolding: held,
  };
}

/** The coverage that samples of the data's own distribution expect. */
export function expectedCoverage(real: number, fake: number, k: number): number {
  let none = 1;
  for (let i = 0; i < k; i++) none *= (real - 1 - i) / (real + fake - 1 - i);
  return 1 - none;
}

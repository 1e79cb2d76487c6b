// A SampleMetric is a number about samples of a model, measured beside held-out and training rows of its data. All three are features of one
// space, pixels, principal components or what a net makes of them: the metric does not know which, so its numbers compare within one space only.
import { KarstError } from '../base/errors.ts';
import type { Matrix } from '../base/matrix.ts';
import type { Neighbours, SearchOptions } from '../base/neighbours.ts';
import type { Rng } from '../base/rng.ts';
import type { Balls } from './balls.ts';
import type { Measured } from './metric.ts';
import type { PrecisionRecall } from './precision-recall.ts';

/** What samples are held against; made once for many sets of samples (sample-sets.ts). */
export interface SampleReference {
  /** Held-out rows of the data, [heldOut, features]. */
  readonly real: Matrix;
  /** Rows that the model learns from, [training, features]. */
  readonly train: Matrix;
  /** Class of each training row, an index into `names`; -1 where unknown. */
  readonly labels?: { readonly train: Int32Array; readonly names: readonly string[] };
  /** The Gaussians that the data are drawn from: means [modes, columns of a row as it is, not of its features], and one deviation. */
  readonly modes?: { readonly means: Float64Array; readonly sd: number };
  /** Training rows, each once: a row that occurs twice would be its own nearest neighbour. */
  readonly distinctTrain: Matrix;
  readonly realSearches: {
    /** Of each held-out row, to its k-th nearest neighbour among them. */
    readonly balls: Kept<Balls>;
    /** The k distinct training rows nearest to each. */
    readonly nearestTraining: Kept<Neighbours>;
  };
  /** What a reader must know of these rows. */
  readonly notes: readonly string[];
}

export interface SampleSets extends SampleReference {
  /** Samples in the same space, [samples, features]. */
  readonly fake: Matrix;
  /** The samples as they are, where modes are known: features may have left the modes' space. */
  readonly rawFake?: Matrix;
  readonly searches: {
    readonly precisionRecall: Kept<PrecisionRecall>;
    readonly nearestTraining: Kept<Neighbours>;
  };
}

/** A search that several metrics share: done for each k when it is first asked for. */
export type Kept<T> = (k: number, options?: SearchOptions) => T;

/** `rng` draws what needs drawing; the same sets and rng give the same answer. Throws `unsupported` where the sets lack what it measures. */
export type SampleMetric = (sets: SampleSets, rng: Rng, options?: SearchOptions) => Measured;

/** The notes of a measure: of the sets, and its own; none where there is nothing to tell. */
export function told(
  { notes }: Pick<SampleReference, 'notes'>,
  ...own: readonly (string | undefined)[]
): Pick<Measured, 'notes'> {
  const all = [...notes, ...own.filter((note) => note !== undefined)];
  return all.length > 0 ? { notes: all } : {};
}

export function lacking(metric: string, what: string): KarstError {
  return new KarstError('unsupported', `${metric} needs ${what}, and these data have none`);
}

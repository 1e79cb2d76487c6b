// What comes of a run for keeping: the collapse report as a page, and checkpoints side by side.
import type { ParamValue } from '../base/params.ts';
import type { MeasureRecord, VerdictRecord } from './records.ts';

export interface PageRecord {
  /** One HTML file that stands by itself; absent where it was saved. */
  readonly html?: string;
  /** Where it was saved. */
  readonly path?: string;
  readonly measure: MeasureRecord;
}

/** Which way a figure is better; towards a value where both ways from it are worse. */
export type Better = 'more' | 'less' | { readonly towards: number | 'real rows' };

export interface ComparedSide {
  readonly run: string;
  readonly step: number;
  /** The run's title, and its step where one run is there more than once or a step was asked for. */
  readonly title: string;
  readonly model: string;
  readonly dataset: { readonly title: string; readonly fingerprint: string };
  readonly seed: number;
  readonly heldOutRows: number;
  readonly verdict: VerdictRecord;
}

/** One figure of every side, in the order of the sides; null where a side has none. */
export interface ComparedFigure {
  readonly id: string;
  readonly title: string;
  /** `Latent space`, `Samples` … */
  readonly group: string;
  readonly unit: string;
  readonly better?: Better;
  readonly values: readonly (number | null)[];
  /** What real rows get in the samples' place. */
  readonly expected?: readonly (number | null)[];
  /** From the first side; null for the first, and where two values may not be subtracted. */
  readonly differences: readonly (number | null)[];
  /** Whether a side does better than the first by this figure: null where nobody can say. */
  readonly isBetter: readonly (boolean | null)[];
  /** Why values stand beside each other without a difference. */
  readonly apart?: string;
}

export interface ComparisonRecord {
  readonly sides: readonly ComparedSide[];
  /** False where figures of different data stand beside each other: no difference of them means anything. */
  readonly isComparable: boolean;
  /** What keeps the sides from being compared, or what one must know to do so. */
  readonly caveats: readonly string[];
  readonly figures: readonly ComparedFigure[];
  /** Parameters that are not the same in all; null where a side has none of the name. */
  readonly params: readonly { readonly name: string; readonly values: readonly (ParamValue | null)[] }[];
}

export interface ComparisonPage extends ComparisonRecord {
  readonly html?: string;
  readonly path?: string;
}

// A DataMetric is a number about the data alone, to be read before any training: what no model can make up for.
import { KarstError } from '../base/errors.ts';
import type { Matrix } from '../base/matrix.ts';
import type { SearchOptions } from '../base/neighbours.ts';
import type { Rng } from '../base/rng.ts';
import { describeColumns } from './columns.ts';
import type { Measured } from './metric.ts';

export interface DataRows {
  /** As they are, [rows, columns]. */
  readonly rows: Matrix;
  /** The same rows in the space where likeness is judged; as they are where absent. */
  readonly features?: Matrix;
  /** Class of each row, an index into `names`; -1 where unknown. */
  readonly labels?: { readonly of: Int32Array; readonly names: readonly string[] };
  /** Weights of the model that is to learn them. */
  readonly parameters?: number;
}

/** The same rows and rng give the same answer. Throws `unsupported` where the data lack what it measures. */
export type DataMetric = (data: DataRows, rng: Rng, options?: SearchOptions) => Measured;

export function checkRows({ rows, features, labels }: DataRows): void {
  if (rows.rows < 2) throw new KarstError('usage', `data are measured on two rows or more, got ${rows.rows}`);
  for (const [what, count] of [
    ['features', features?.rows],
    ['labels', labels?.of.length],
  ] as const) {
    if (count !== undefined && count !== rows.rows)
      throw new KarstError('internal', `${rows.rows} rows need as many ${what}, got ${count}`);
  }
}

/** The notes of a measure: of the columns, and its own; none where there is nothing to tell. */
export function toldOf(data: DataRows, ...own: readonly (string | undefined)[]): Pick<Measured, 'notes'> {
  const all = [...describeColumns(data.rows), ...own.filter((note) => note !== undefined)];
  return all.length > 0 ? { notes: all } : {};
}

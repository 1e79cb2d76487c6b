// What a judgement on a run needs to know beside its figures.
import type { ParamValues } from '../base/params.ts';

export interface Circumstances {
  readonly model: string;
  /** Every parameter, under dotted names. */
  readonly params: ParamValues;
  readonly rows: 'picture' | 'vector';
  /** What a row is, plural: "pictures". */
  readonly noun: string;
  /** A total KL below this is suspicious: 2 nats for pictures (the reconstruction gains more from a code that is used), 0.5 for other rows. */
  readonly leastKlNats: number;
}

export const circumstancesOf = (model: string, params: ParamValues, rows: Circumstances['rows']): Circumstances => ({
  model,
  params,
  rows,
  noun: rows === 'picture' ? 'pictures' : 'rows',
  leastKlNats: rows === 'picture' ? 2 : 0.5,
});

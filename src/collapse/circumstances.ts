// What a judgement on a run needs to know beside its figures.
import type { ParamValues } from '../base/params.ts';

export interface Circumstances {
  readonly model: string;
  /** Every parameter, under dotted names. */
  readonly params: ParamValues;
  readonly rows: 'picture' | 'vector';
  /** What a row is, plural: "pictures". */
  readonly noun: string;
  /** A total KL below this is suspicious: 2 nats for pictures (the reconstruction gains more from a code that is used), 0.5 for text. */
  readonly leastKlNats: number;
}

/** Of pictures a code should tell 2 nats and more; so should it of other rows until a dataset says that they need less. */
export const circumstancesOf = (model: string, params: ParamValues, rows: Circumstances['rows']): Circumstances => ({
  model,
  params,
  rows,
  noun: rows === 'picture' ? 'pictures' : 'rows',
  leastKlNats: 2,
});

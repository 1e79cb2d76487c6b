// Which rows train and which are held out: drawn once from (seed, number of rows), so every process of a run draws the same. Rows that
// the source itself sets apart (MNIST's t10k beside train) are held out as they are, so that figures compare with published ones.
import { KarstError } from '../base/errors.ts';
import { Rng } from '../base/rng.ts';
import type { Dataset } from './dataset.ts';

export interface Split {
  /** Ascending row numbers; the two together are every row once. */
  readonly train: Int32Array;
  readonly heldOut: Int32Array;
}

export const HELD_OUT_SHARE = 0.2;
/** More held-out rows than this sharpen no figure that Karst shows. */
export const MAX_HELD_OUT = 10_000;

export function splitRows(
  dataset: Pick<Dataset, 'rows' | 'heldOutRows'>,
  seed: number,
  heldOutShare: number = HELD_OUT_SHARE,
  maxHeldOut: number = MAX_HELD_OUT,
): Split {
  if (!(heldOutShare >= 0 && heldOutShare < 1))
    throw new KarstError('usage', `heldOutShare must be at least 0 and below 1, got ${heldOutShare}`);
  const { rows, heldOutRows } = dataset;
  if (heldOutRows && heldOutRows.length > 0 && heldOutRows.length < rows) {
    const apart = new Uint8Array(rows);
    for (const row of heldOutRows) apart[row] = 1;
    return bySide(apart);
  }
  const wanted = Math.min(Math.round(rows * heldOutShare), maxHeldOut);
  const heldOutCount = Math.min(wanted === 0 && heldOutShare > 0 ? 1 : wanted, rows - 1); // one row at least on each side, if there are two
  const apart = new Uint8Array(rows);
  const order = Rng.fromSeed(seed).stream('split').permutation(rows);
  for (let i = 0; i < heldOutCount; i++) apart[order[i] as number] = 1;
  return bySide(apart);
}

function bySide(apart: Uint8Array): Split {
  const heldOutCount = apart.reduce((sum, side) => sum + side, 0);
  const heldOut = new Int32Array(heldOutCount);
  const train = new Int32Array(apart.length - heldOutCount);
  for (let row = 0, h = 0, t = 0; row < apart.length; row++) {
    if (apart[row]) heldOut[h++] = row;
    else train[t++] = row;
  }
  return { train, heldOut };
}

/** At most `count` of `rows`, evenly spaced: rows may lie in the order of their labels. */
export function evenly(rows: Int32Array, count: number): Int32Array {
  if (rows.length <= count) return rows;
  return Int32Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)] as number);
}

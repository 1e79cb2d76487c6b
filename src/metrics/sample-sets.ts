// Held-out rows, training rows and samples made ready to be measured: checked, described, and with the searches that several metrics share, each
// done once. Constant columns add nothing to any distance and are said; columns that repeat another weigh twice, and are said.
import { KarstError } from '../base/errors.ts';
import { takeRows, type Matrix } from '../base/matrix.ts';
import { checkFinite, nearestTo, type SearchOptions } from '../base/neighbours.ts';
import { describeColumns } from './columns.ts';
import { findDuplicates, repeats } from './duplicate-rows.ts';
import { neighbourBalls, precisionRecall } from './precision-recall.ts';
import type { Kept, SampleReference, SampleSets } from './sample-metric.ts';

export function sampleReference(given: Pick<SampleReference, 'real' | 'train' | 'labels' | 'modes'>): SampleReference {
  const { real, train, labels } = given;
  checkSet('held-out rows', real, train.cols);
  checkSet('training rows', train, train.cols);
  if (labels && labels.train.length !== train.rows)
    throw new KarstError('internal', `${train.rows} training rows need as many labels, got ${labels.train.length}`);
  const distinct = findDuplicates(train).distinct;
  const distinctTrain = distinct.length === train.rows ? train : takeRows(train, distinct);
  const notes = [
    repeats('training rows', train.rows - distinct.length, train.rows),
    repeats('held-out rows', real.rows - findDuplicates(real).distinct.length, real.rows),
    ...describeColumns(train),
  ];
  return {
    ...given,
    distinctTrain,
    realSearches: {
      balls: kept((k, options) => neighbourBalls(real, k, options)),
      nearestTraining: kept((k, options) => nearestTo(distinctTrain, real, k, options)),
    },
    notes: notes.filter((note) => note !== undefined),
  };
}

/** `rawFake` only where modes are known. */
export function sampleSets(reference: SampleReference, fake: Matrix, rawFake?: Matrix): SampleSets {
  checkSet('samples', fake, reference.train.cols);
  const { balls } = reference.realSearches;
  return {
    ...reference,
    fake,
    ...(rawFake ? { rawFake } : {}),
    searches: {
      precisionRecall: kept((k, options) => precisionRecall(balls(k, options), fake, k, options)),
      nearestTraining: kept((k, options) => nearestTo(reference.distinctTrain, fake, k, options)),
    },
  };
}

/** 1,000 rows and more are asked of each set by most metrics; with two they are at least defined. */
function checkSet(what: string, rows: Matrix, cols: number): void {
  if (rows.cols !== cols)
    throw new KarstError(
      'usage',
      `samples and data are compared in one space: the training rows have ${cols} columns, the ${what} ${rows.cols}`,
    );
  if (rows.rows < 2) throw new KarstError('usage', `samples are measured beside two rows or more, got ${rows.rows} ${what}`);
  checkFinite(`the ${what}`, rows);
}

function kept<T>(search: (k: number, options: SearchOptions) => T): Kept<T> {
  const found = new Map<number, T>();
  return (k, options = {}) => {
    const before = found.get(k);
    if (before !== undefined) return before;
    const now = search(k, options);
    found.set(k, now);
    return now;
  };
}

// The data themselves are the matter: rows that repeat each other, classes that hardly occur. No model can be more varied than its data.
import { partOf } from '../../base/counted.ts';
import { now, percent, type Cause } from '../cause.ts';
import { augmentData, balance, moreData, withoutDuplicates } from '../cures/for-all.ts';

const DUPLICATES = 0.1;
const FEW_ROWS = 100;
/** Of a class, beside an equal share. */
const RARE = 0.1;

export const poorData: Cause = {
  id: 'poor-data',
  title: 'Poor data',
  summary:
    'Rows repeat each other, or there are few of a kind. A model learns what it is shown: it will repeat what is repeated and leave out what is rare.',
  paper: 'Lee et al. 2022, arXiv:2107.06499 (duplicates)',
  cures: [withoutDuplicates, balance, augmentData, moreData],
  judge(history, { noun }) {
    const data = now(history)?.signs.data;
    if (!data) return undefined;
    const { rows, duplicateShare = 0, classShares } = data;
    const due = classShares ? 1 / classShares.length : 0;
    const rare = classShares?.filter((share) => share < RARE * due).length ?? 0;
    const sentence =
      duplicateShare > DUPLICATES
        ? `${percent(duplicateShare)} of the ${noun} are copies of others`
        : rows < FEW_ROWS
          ? `there are only ${rows} ${noun}`
          : rare > 0
            ? `${partOf(rare, classShares?.length ?? 0, 'class', ['has', 'have'], 'classes')} hardly any ${noun}`
            : undefined;
    if (sentence === undefined) return undefined;
    return {
      state: 'watch',
      sentence,
      signs: [
        {
          text: `${percent(duplicateShare)} of the ${noun} are copies`,
          speaksFor: duplicateShare > DUPLICATES,
          weight: duplicateShare > DUPLICATES ? 3 : 1,
        },
        { text: `there are ${rows} ${noun}`, speaksFor: rows < 1000 },
        ...(classShares
          ? [
              {
                text: `${partOf(rare, classShares.length, 'class', ['has', 'have'], 'classes')} less than a tenth of an equal share`,
                speaksFor: rare > 0,
              },
            ]
          : []),
      ],
    };
  },
};

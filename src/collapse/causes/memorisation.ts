// Samples are training rows over again. C_T compares distances of samples to the training rows with those of held-out rows; replicas lie on one
// training row and on no other.
import { figure, now, percent, type Cause } from '../cause.ts';
import { augmentData, earlierCheckpoint, moreData, narrowerNet } from '../cures/for-all.ts';

const COPYING = -3; // standard normal deviations
/** Shares above those of held-out rows: no draw of a few hundred samples comes so far by chance. */
const REPLICAS = 0.1;
const COPIED = 0.2;

export const memorisation: Cause = {
  id: 'memorisation',
  title: 'Memorised data',
  summary:
    'Samples lie nearer to training rows than new data would. There are few rows for so large a model, and it has seen them often.',
  paper: 'Meehan, Chaudhuri & Dasgupta 2020, arXiv:2004.05675; Alaa et al. 2022, arXiv:2102.08921',
  cures: [earlierCheckpoint, augmentData, narrowerNet, moreData],
  judge(history, { noun }) {
    const memory = now(history)?.signs.memory;
    if (!memory) return undefined;
    const { dataCopying, replicas, copied } = memory;
    const excess = ({ share, expected }: { share: number; expected: number } = { share: 0, expected: 0 }): number =>
      share - expected;
    const isNear = dataCopying !== undefined && dataCopying < COPYING;
    const isReplica = excess(replicas) > REPLICAS;
    const isCopied = excess(copied) > COPIED;
    if ([isNear, isReplica, isCopied].filter(Boolean).length < 2) return undefined; // one class alone moves C_T, too
    return {
      state: 'collapsed',
      sentence: `samples are the training ${noun} over again: ${percent(Math.max(replicas?.share ?? 0, copied?.share ?? 0))} of them lie on one`,
      signs: [
        ...(dataCopying === undefined
          ? []
          : [{ text: `C_T is ${figure(dataCopying)}, where below ${COPYING} is copying`, speaksFor: isNear, weight: 2 }]),
        ...(replicas
          ? [
              {
                text: `${percent(replicas.share)} of the samples lie three times nearer to one row than to any other; of held-out ${noun} ${percent(replicas.expected)}`,
                speaksFor: isReplica,
              },
            ]
          : []),
        ...(copied
          ? [
              {
                text: `${percent(copied.share)} lie nearer to a row than its own neighbour does; of held-out ${noun} ${percent(copied.expected)}`,
                speaksFor: isCopied,
              },
            ]
          : []),
      ],
    };
  },
};

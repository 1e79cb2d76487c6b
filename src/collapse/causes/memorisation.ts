// Samples are training rows over again. C_T compares distances of samples to the training rows with those of held-out rows; replicas lie on one
// training row and on no other.
import { figure, now, percent, type Cause } from '../cause.ts';
import { augmentData, earlierCheckpoint, moreData, narrowerNet } from '../cures/for-all.ts';

const COPYING = -3; // standard normal deviations
const REPLICAS = 0.1;
const COPIED = 0.75; // a half is chance

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
    const { dataCopying, replicaShare = 0, copiedShare } = memory;
    const copies = dataCopying !== undefined && dataCopying < COPYING;
    if (!(copies && (replicaShare > REPLICAS || (copiedShare ?? 0) > COPIED)) && replicaShare < 3 * REPLICAS) return undefined;
    return {
      state: 'collapsed',
      sentence: `samples are the training ${noun} over again: ${percent(Math.max(replicaShare, copiedShare ?? 0))} of them lie on one`,
      signs: [
        {
          text: `${percent(replicaShare)} of the samples lie three times nearer to one row than to any other`,
          speaksFor: replicaShare > REPLICAS,
        },
        ...(copiedShare === undefined
          ? []
          : [
              {
                text: `${percent(copiedShare)} are nearer to a row than its own neighbours; by chance a half`,
                speaksFor: copiedShare > COPIED,
              },
            ]),
        ...(dataCopying === undefined
          ? []
          : [{ text: `C_T is ${figure(dataCopying)}, where below ${COPYING} is copying`, speaksFor: copies, weight: 2 }]),
      ],
    };
  },
};

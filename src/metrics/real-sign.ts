// r_t of Karras et al. (2020): how sure the discriminator is of the rows that it learns from. 0 where it cannot tell, 1 where it takes every one
// for real; above 0.6 it begins to learn them by heart. Beside it the same of held-out rows, which stays behind when it does.
import { member } from '../base/family.ts';
import { meanOf } from './metric.ts';
import { found, middleOf, type TrainingMetric } from './training-metric.ts';

const meanSign = (logits: Float32Array, middle: number): number => meanOf(logits.map((one) => Math.sign(one - middle)));

export const realSign = member({
  id: 'real-sign',
  title: 'Sureness of the discriminator',
  summary: 'how sure it is of training rows; above 0.6 it learns them by heart: augment',
  formula: 'r_t = E[sign(D(x) − m)], x training rows, m the middle logit',
  paper: 'Karras et al. 2020, arXiv 2006.06676',
  params: {},
  make: (): TrainingMetric => (findings) => {
    const judgements = found('real-sign', findings, 'judgements');
    const middle = middleOf(judgements);
    return {
      value: meanSign(judgements.train, middle),
      unit: 'balance',
      expected: 0,
      ...(judgements.heldOut
        ? { beside: [{ title: 'of held-out rows', value: meanSign(judgements.heldOut, middle), unit: 'balance' }] }
        : {}),
      rows: judgements.train.length,
    };
  },
});

// How often the discriminator is right, on training rows and samples in equal parts: ½ at equilibrium, 1 where it overpowers the generator and
// what it teaches grows faint. It can warn, never reassure: of a generator that lost its modes it is 0.7, as of a good one. Beside it, the
// shares of each kind, held-out rows by themselves: what it gets right there it has not learnt by heart.
import { member } from '../base/family.ts';
import { found, middleOf, shareAbove, shareBelow, type TrainingMetric } from './training-metric.ts';

export const discriminatorAccuracy = member({
  id: 'discriminator-accuracy',
  title: 'Accuracy of the discriminator',
  summary: 'how often it tells real from made; above 0.85 watch, above 0.95 it overpowers',
  formula: '½ P(D(x) > m) + ½ P(D(y) < m), x training rows, y samples, m the middle logit',
  paper: 'Goodfellow et al. 2014, arXiv 1406.2661',
  params: {},
  make: (): TrainingMetric => (findings) => {
    const judgements = found('discriminator-accuracy', findings, 'judgements');
    const { train, heldOut, made } = judgements;
    const middle = middleOf(judgements);
    const [ofTrain, ofMade] = [shareAbove(train, middle), shareBelow(made, middle)];
    return {
      value: 0.5 * (ofTrain + ofMade),
      unit: 'share',
      expected: 0.5,
      beside: [
        { title: 'of training rows', value: ofTrain, unit: 'share' },
        { title: 'of samples', value: ofMade, unit: 'share' },
        ...(heldOut ? [{ title: 'of held-out rows', value: shareAbove(heldOut, middle), unit: 'share' } as const] : []),
      ],
      rows: train.length + made.length,
    };
  },
});

// Has the discriminator learnt its rows by heart? Where held-out rows lie on the way from training rows to samples, by its mean logits (Karras et
// al. 2020, r_v): 0 where they look as real as those it learns from, 1 where they look made. Meant only where it tells training rows from
// samples at all; where it does not, there is nothing to compare with.
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import { meanOf } from './metric.ts';
import { found, type TrainingMetric } from './training-metric.ts';

/** Standard errors by which training rows and samples must differ. */
const APART = 3;

const variance = (values: Float32Array): number => {
  const mean = meanOf(values);
  return values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / Math.max(1, values.length - 1);
};

export const discriminatorOverfit = member({
  id: 'discriminator-overfit',
  title: 'Overfitting of the discriminator',
  summary: 'how far held-out rows look made to it; towards 1 it knows its rows by heart: augment, or take more data',
  formula: 'r_v = (E D(x) − E D(v)) / (E D(x) − E D(y)), x training rows, v held-out rows, y samples',
  paper: 'Karras et al. 2020, arXiv 2006.06676',
  params: {},
  make: (): TrainingMetric => (findings) => {
    const { train, heldOut, made } = found('discriminator-overfit', findings, 'judgements');
    if (!heldOut) throw new KarstError('unsupported', 'discriminator-overfit needs rows that are held out, and there are none');
    const [ofTrain, ofHeldOut, ofMade] = [meanOf(train), meanOf(heldOut), meanOf(made)];
    const error = Math.sqrt(variance(train) / train.length + variance(made) / made.length);
    const apart = ofTrain - ofMade;
    if (!(apart > APART * error))
      throw new KarstError('unsupported', 'discriminator-overfit needs a discriminator that tells training rows from samples');
    return {
      value: (ofTrain - ofHeldOut) / apart,
      unit: 'ratio',
      expected: 0,
      beside: [
        { title: 'mean logit of training rows', value: ofTrain, unit: 'logit' },
        { title: 'mean logit of held-out rows', value: ofHeldOut, unit: 'logit' },
        { title: 'mean logit of samples', value: ofMade, unit: 'logit' },
        {
          title: 'standard error',
          value: Math.sqrt(variance(train) / train.length + variance(heldOut) / heldOut.length) / apart,
          unit: 'ratio',
        },
      ],
      rows: train.length + heldOut.length + made.length,
    };
  },
});

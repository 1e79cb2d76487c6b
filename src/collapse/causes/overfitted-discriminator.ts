// The discriminator knows the training rows by heart: held-out rows look made to it. Steered by r_t = E sign D(train) in adaptive augmentation, whose
// target is 0.6, and seen where held-out rows are there to compare with.
import { figure, now, percent, type Cause } from '../cause.ts';
import { moreData } from '../cures/for-all.ts';
import { adaptiveAugmentation, differentiableAugmentation, flatter } from '../cures/for-samples.ts';

const SIGN_HIGH = 0.6;
const OVERFIT_HIGH = 0.5;

export const overfittedDiscriminator: Cause = {
  id: 'overfitted-discriminator',
  title: 'Overfitted discriminator',
  summary:
    'The discriminator has learnt the training rows by heart and takes held-out rows for made ones. There are too few rows for it, and it has seen them too often.',
  paper: 'Karras et al. 2020 (adaptive augmentation), arXiv:2006.06676',
  cures: [differentiableAugmentation, adaptiveAugmentation, flatter, moreData],
  judge(history, { noun }) {
    const training = now(history)?.signs.training;
    const { realSign, overfitShare, discriminatorAccuracy: accuracy } = training ?? {};
    if (overfitShare === undefined || overfitShare < OVERFIT_HIGH || (realSign ?? 1) < SIGN_HIGH / 2) return undefined;
    return {
      state: 'watch',
      sentence: `the discriminator takes held-out ${noun} for made ones: they lie ${percent(Math.min(1, overfitShare))} of the way`,
      signs: [
        {
          text: `held-out ${noun} lie ${percent(Math.min(1, overfitShare))} of the way from real to made`,
          speaksFor: true,
          weight: 2,
        },
        ...(realSign === undefined
          ? []
          : [{ text: `r_t is ${figure(realSign)}, where ${SIGN_HIGH} is the limit`, speaksFor: realSign > SIGN_HIGH }]),
        ...(accuracy === undefined ? [] : [{ text: `it tells ${percent(accuracy)} right`, speaksFor: accuracy > 0.75 }]),
      ],
    };
  },
};

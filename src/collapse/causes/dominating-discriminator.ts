// The discriminator wins: it is right nearly always, its loss tends to 0, and what it teaches the generator grows faint. A loss of 2 ln 2 and an
// accuracy of one half are the equilibrium; 0.7 is normal, with and without mode collapse. One look is not enough: it must last.
import { figure, now, percent, type Cause, type Finding } from '../cause.ts';
import { sampleBounds, sampleLevels } from '../sample-levels.ts';
import { flatter, instanceNoise, relativisticFlat, slowerDiscriminator } from '../cures/for-samples.ts';

const ACCURACY_CRITICAL = 0.95;
/** Of the discriminator's slope at made rows to that at real rows. */
const SLOPE_RATIO = 10;

export const dominatingDiscriminator: Cause = {
  id: 'dominating-discriminator',
  title: 'Dominating discriminator',
  summary:
    'The discriminator tells real from made with ease, so that its slope teaches the generator little. It learns faster than the generator, or real and made rows differ by a trifle that gives them away.',
  paper: 'Arjovsky & Bottou 2017, arXiv:1701.04862; Huang et al. 2024 (R3GAN), arXiv:2501.05441',
  cures: [relativisticFlat, flatter, slowerDiscriminator, instanceNoise],
  judge(history): Finding | undefined {
    const training = now(history)?.signs.training;
    const accuracy = training?.discriminatorAccuracy;
    if (!training || accuracy === undefined) return undefined;
    if (accuracy <= sampleBounds.accuracyHigh) return undefined;
    const { slopeRatio } = training;
    const isSteep = slopeRatio !== undefined && slopeRatio > SLOPE_RATIO;
    const quality = now(history)?.signs.samples;
    if (quality && sampleLevels(quality).isGood && !isSteep) return undefined; // it wins by a trifle that does no harm
    return {
      state: 'watch',
      sentence: `the discriminator tells ${percent(accuracy)} right, so that the generator learns little from it`,
      signs: [
        { text: `the discriminator tells ${percent(accuracy)} right`, speaksFor: accuracy > ACCURACY_CRITICAL, weight: 2 },
        ...(slopeRatio === undefined
          ? []
          : [
              {
                text: `its slope is ${figure(slopeRatio)} times as steep at samples as at the data`,
                speaksFor: isSteep,
              },
            ]),
        {
          text: `it has been so for ${lasting(history)} of the last ${Math.min(5, history.length)} looks`,
          speaksFor: lasting(history) >= 3,
        },
      ],
    };
  },
};

const lasting = (history: Parameters<Cause['judge']>[0]): number =>
  history.slice(-5).filter(({ signs }) => (signs.training?.discriminatorAccuracy ?? 0) > sampleBounds.accuracyHigh).length;

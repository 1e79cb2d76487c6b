// The discriminator wins: it is right nearly always, its loss tends to 0, and what it teaches the generator grows faint. A loss of 2 ln 2 and an
// accuracy of one half are the equilibrium; 0.7 is normal, with and without mode collapse. One look is not enough: it must last.
// It may follow from lost modes instead: of samples that are perfect in a share s of the data and absent from the rest, the best discriminator takes
// all for made, and of real rows all but those of that share for real. It is right in (1 + (1 - s)) / 2 = 1 - s/2 of the cases: 94 % at one mode of eight.
import type { SampleQualityRecord } from '../../protocol/records.ts';
import { figure, now, percent, type Cause, type Finding } from '../cause.ts';
import { sampleBounds, sampleLevels } from '../sample-levels.ts';
import { flatter, instanceNoise, relativisticFlat, slowerDiscriminator } from '../cures/for-samples.ts';

const ACCURACY_CRITICAL = 0.95;
/** Of the discriminator's slope at made rows to that at real rows. */
const SLOPE_RATIO = 10;
/** By which an accuracy of some hundred rows may differ by chance. */
const SWAY = 0.02;

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
    const levels = quality && sampleLevels(quality);
    if (levels?.isGood && !isSteep) return undefined; // it wins by a trifle that does no harm
    const share = quality && levels?.looksReal ? servedShare(quality) : undefined;
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
        ...(share === undefined
          ? []
          : [
              {
                text: `were the samples perfect where they are, in ${percent(share)} of the data, it would tell ${percent(1 - share / 2)} right`,
                speaksFor: accuracy > 1 - share / 2 + SWAY,
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

/** Of the data, with samples. */
const servedShare = ({ modes, coverage, real }: SampleQualityRecord): number =>
  modes ? modes.captured / modes.of : Math.min(1, coverage / real.mean.coverage);

const lasting = (history: Parameters<Cause['judge']>[0]): number =>
  history.slice(-5).filter(({ signs }) => (signs.training?.discriminatorAccuracy ?? 0) > sampleBounds.accuracyHigh).length;

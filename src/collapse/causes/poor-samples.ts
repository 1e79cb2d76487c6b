// Samples do not look like the data: no collapse, the model is young, too small, or learns too fast. Told apart from lost modes, because the
// cures differ.
import { first, now, percent, type Cause } from '../cause.ts';
import { mends } from '../mending.ts';
import { sampleLevels } from '../sample-levels.ts';
import { longer } from '../cures/for-all.ts';
import { calmer, relativisticFlat } from '../cures/for-samples.ts';

/** Every GAN begins with poor samples, and some dip before they settle: a run of fewer looks is short. */
const PATIENCE = 6;

const health: Cause['health'] = ({ samples }) => samples && [samples.precision, samples.coverage];

export const poorSamples: Cause = {
  id: 'poor-samples',
  title: 'Poor samples',
  summary:
    'Samples do not look like the data yet. That is no collapse: training is young, its rates are too high to settle, or the model is too small.',
  paper: 'Kynkäänniemi et al. 2019 (precision), arXiv:1904.06991',
  health,
  patience: PATIENCE,
  cures: [relativisticFlat, calmer, longer],
  judge(history, { noun }) {
    const quality = now(history)?.signs.samples;
    if (!quality) return undefined;
    const { precision, density, real } = quality;
    const { looksReal, isBelow, modes } = sampleLevels(quality);
    const sentence =
      modes?.collapsed !== undefined
        ? undefined
        : modes
          ? (modes.poor ?? (modes.lost === undefined ? modes.off : undefined))
          : first([
              [!looksReal, `only ${percent(precision)} of the samples look like the ${noun}`],
              [
                isBelow('precision'),
                `samples that look like the ${noun} are ${percent(precision)}, where real ones reach ${percent(real.mean.precision)}`,
              ],
            ]);
    if (sentence === undefined) return undefined;
    const looks = history.filter(({ signs }) => signs.samples).length;
    const isYoung = looks < PATIENCE || mends(history, health);
    return {
      state: 'watch',
      sentence,
      ...(isYoung ? { cures: [longer, relativisticFlat, calmer] } : {}),
      signs: [
        ...(quality.modes
          ? [{ text: `${percent(quality.modes.highQuality)} of the samples lie on a mode`, speaksFor: true }]
          : []),
        {
          text: `${percent(precision)} of the samples look like the ${noun}; of real ones ${percent(real.mean.precision)}`,
          speaksFor: precision < real.bar.precision,
        },
        {
          text: `a sample lies among ${density.toFixed(2)} times as many ${noun} as a real one; five deviations below lies ${real.bar.density.toFixed(2)}`,
          speaksFor: density < real.bar.density,
        },
      ],
    };
  },
};

// Part of the data has no sample, or too few: a lost class of ten hardly shows in precision or in the spread, but it does in coverage, and where
// modes are known it shows at once.
import { partOf } from '../../base/counted.ts';
import { first, now, percent, type Cause } from '../cause.ts';
import { sampleLevels } from '../sample-levels.ts';
import { minibatchStddev, packing, relativisticFlat } from '../cures/for-samples.ts';

export const lostModes: Cause = {
  id: 'lost-modes',
  title: 'Lost modes',
  summary:
    'Most of the data has samples, a part has none or too few. The generator gains nothing by serving modes it once left, as long as what it makes passes.',
  paper: 'Naeem et al. 2020 (coverage), arXiv:2002.09797; Richardson & Weiss 2018 (bins), arXiv:1805.12462',
  health: ({ samples }) => samples?.coverage,
  cures: [packing, relativisticFlat, minibatchStddev],
  judge(history, { noun }) {
    const quality = now(history)?.signs.samples;
    if (!quality) return undefined;
    const { coverage, recall, covarianceRatio: spread, real } = quality;
    const { looksReal, isSparse, isBelow, modes } = sampleLevels(quality);
    if (modes?.collapsed !== undefined || modes?.poor !== undefined || (!modes && !looksReal)) return undefined;
    const sentence =
      modes?.lost ??
      first([
        [
          isSparse || isBelow('coverage'),
          `${noun} with a sample near them are ${percent(coverage)}, where real ones reach ${percent(real.mean.coverage)}`,
        ],
        [isBelow('covarianceRatio') || isBelow('recall'), `samples vary less than the ${noun}`],
      ]);
    if (sentence === undefined || (modes && modes.lost === undefined)) return undefined;
    return {
      state: 'watch',
      sentence,
      signs: [
        ...(quality.modes
          ? [
              {
                text: `${partOf(quality.modes.captured, quality.modes.of, 'mode', ['has', 'have'])} samples, ${(quality.modes.reverseKlNats ?? 0).toFixed(2)} nats from evenly`,
                speaksFor: true,
                weight: 3,
              },
            ]
          : []),
        {
          text: `${percent(coverage)} of the ${noun} have a sample near them; five deviations below real ones lies ${percent(real.bar.coverage)}`,
          speaksFor: coverage < real.bar.coverage,
          weight: 2,
        },
        {
          text: `${percent(recall)} of the ${noun} look like samples; the same bar is ${percent(real.bar.recall)}`,
          speaksFor: recall < real.bar.recall,
        },
        {
          text: `samples spread ${spread.toFixed(2)} times as widely as the ${noun}; the same bar is ${real.bar.covarianceRatio.toFixed(2)}`,
          speaksFor: spread < real.bar.covarianceRatio,
        },
      ],
    };
  },
};

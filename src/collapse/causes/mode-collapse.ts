// Mode collapse: the samples that are there look like the data, or do not vary, and much of the data has none. Discriminator statistics do not
// show it. While it is on its way: coverage that has halved since its best.
import { now, percent, first, type Cause, type Finding, type Sign } from '../cause.ts';
import { sampleLevels } from '../sample-levels.ts';
import { minibatchStddev, packing, relativisticFlat, unrolled } from '../cures/for-samples.ts';

const FALLEN = 0.6;
const WORTH = 0.3;

export const modeCollapse: Cause = {
  id: 'mode-collapse',
  title: 'Mode collapse',
  summary:
    'Samples repeat a part of the data and leave the rest out. The discriminator judges samples one by one, so nothing tells the generator that they are all alike.',
  paper: 'Goodfellow 2016, arXiv:1701.00160; Lin et al. 2018 (PacGAN), arXiv:1712.04086',
  health: ({ samples }) => samples?.coverage,
  cures: [relativisticFlat, packing, minibatchStddev, unrolled],
  judge(history, { noun }): Finding | undefined {
    const quality = now(history)?.signs.samples;
    if (!quality) return undefined;
    const { coverage, recall, covarianceRatio: spread, real } = quality;
    const { looksReal, isSparse, isPinched, isNarrow, modes } = sampleLevels(quality);
    const signs: readonly Sign[] = [
      ...(quality.modes
        ? [
            {
              text: `${quality.modes.captured} of ${quality.modes.of} modes have samples`,
              speaksFor: modes?.collapsed !== undefined,
              weight: 3,
            },
          ]
        : []),
      {
        text: `${percent(coverage)} of the ${noun} have a sample near them; of real ones ${percent(real.mean.coverage)}`,
        speaksFor: isSparse,
        weight: 2,
      },
      {
        text: `${percent(recall)} of the ${noun} look like samples; of real ones ${percent(real.mean.recall)}`,
        speaksFor: isPinched,
      },
      { text: `samples spread ${spread.toFixed(2)} times as widely as the ${noun}`, speaksFor: isNarrow },
    ];
    const collapsed =
      modes?.collapsed ??
      first([
        [isNarrow, `samples are too much alike, they spread ${spread.toFixed(2)} times as widely as the ${noun}`],
        [looksReal && isSparse, `the samples look right, but only ${percent(coverage)} of the ${noun} have one near them`],
        [looksReal && isPinched, `the samples look right, but only ${percent(recall)} of the ${noun} look like them`],
      ]);
    if (collapsed !== undefined) return { state: 'collapsed', sentence: collapsed, signs };
    const best = history.reduce((most, { signs: then }) => Math.max(most, then.samples?.coverage ?? 0), 0);
    if (best < WORTH || coverage > FALLEN * best) return undefined;
    return {
      state: 'watch',
      sentence: `samples are losing the ${noun}: ${percent(coverage)} have one near them, which were ${percent(best)}`,
      signs: [
        { text: `coverage has fallen from ${percent(best)} to ${percent(coverage)}`, speaksFor: true, weight: 2 },
        ...signs,
      ],
    };
  },
};

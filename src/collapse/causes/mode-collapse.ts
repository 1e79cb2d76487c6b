// Mode collapse: the samples that are there look like the data, or do not vary, and much of the data has none. Discriminator statistics do not
// show it. While it is on its way: coverage that keeps falling from look to look, or lies far below its best.
import { partOf } from '../../base/counted.ts';
import { now, percent, first, type Cause, type Finding, type Moment, type Sign } from '../cause.ts';
import type { SampleQualityRecord } from '../../protocol/records.ts';
import { losingSamples, type Losing } from '../losing.ts';
import { sampleLevels } from '../sample-levels.ts';
import { minibatchStddev, packing, relativisticFlat, unrolled } from '../cures/for-samples.ts';

const FALLEN = 0.6;
const WORTH = 0.3;
/** Of its best, below which a figure has gone down with coverage. */
const LESS = 0.9;

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
              text: `${partOf(quality.modes.captured, quality.modes.of, 'mode', ['has', 'have'])} samples`,
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
    const losing = losingSamples(history, ({ samples }) => samples?.coverage, WORTH);
    if (losing) return declining(history, losing, noun);
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

/** Every figure beside its own best: long before a bar is met. */
function declining(history: readonly Moment[], { best, latest, looks }: Losing, noun: string): Finding {
  const less = (
    name: string,
    of: (quality: SampleQualityRecord) => number | undefined,
    words: (value: number) => string,
  ): Sign[] => {
    const seen = history.flatMap(({ signs: { samples } }) => (samples ? (of(samples) ?? []) : []));
    const [most, last] = [Math.max(...seen), seen.at(-1)];
    if (last === undefined) return [];
    return [{ text: `${name}: ${words(last)}, at best ${words(most)}`, speaksFor: last < LESS * most }];
  };
  return {
    state: 'watch',
    looks,
    sentence: `samples are losing the ${noun}: ${percent(latest)} have one near them, which were ${percent(best)}`,
    signs: [
      { text: `coverage has fallen from ${percent(best)} to ${percent(latest)}`, speaksFor: true, weight: 3 },
      { text: `the last ${looks} looks lie below the ${looks} before`, speaksFor: true, weight: 2 },
      ...less('modes with samples', ({ modes }) => modes?.captured, String),
      ...less(`${noun} that look like samples`, ({ recall }) => recall, percent),
      ...less(
        `spread beside the ${noun}`,
        ({ covarianceRatio }) => covarianceRatio,
        (value) => value.toFixed(2),
      ),
    ],
  };
}

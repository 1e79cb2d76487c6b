// What the scores of samples amount to. Two lessons are built in: a collapsed GAN's discriminator looks normal (accuracy 0.7, loss 1.2 on the
// ring of eight), so its accuracy can warn but never reassure; and samples stay good while modes drop, so quality and coverage are told apart.
// Low coverage is collapse only where the samples that are there look like the data: else they are merely bad, and more training may help. Bars
// come from the data themselves.
import { partOf } from '../base/counted.ts';
import type { ModesRecord, SampleQualityRecord } from '../protocol/records.ts';
import type { SignsRecord } from '../protocol/signs.ts';
import { first, percent } from './cause.ts';
import type { Circumstances } from './circumstances.ts';

export const sampleBounds = {
  rows: 100, // with fewer, shares move by several hundredths from one draw to the next
  coverageHalf: 0.5, // share of what real rows cover: half of the data and more have no sample
  good: 0.9, // share of what real rows get: above it a difference may be beyond chance, but nobody would see it; a class of ten that is lost lies below
  looksReal: 0.5, // share of real rows' precision: below it, samples miss the data because they are bad
  spreadHalf: 0.5, // of the data's total variance
  recallNone: 0.1, // share of real rows' recall: samples lie so close together that their balls hold hardly any of the data
  modesHalf: 0.5, // share of the modes that as many samples, evenly spread, would land on
  uneven: 0.1, // nats of reverse KL: as when one mode of ten is lost, ln(10 / 9)
  onModes: 0.75, // share of samples on known modes that well-tuned GANs reach on the ring and the grid
  accuracyHigh: 0.85, // the discriminator overpowers: what it teaches the generator grows faint
} as const;

export interface SampleLevels {
  readonly looksReal: boolean;
  /** Samples look like the data as real rows do, or nearly, and nearly all of the data have one near them. */
  readonly isGood: boolean;
  readonly isSparse: boolean;
  readonly isPinched: boolean;
  readonly isNarrow: boolean;
  /** Below the data's own bar, and so far that it can be seen; known modes say more than bars that even a narrow miss of each mode's shape falls below. */
  readonly isBelow: (name: 'precision' | 'recall' | 'coverage' | 'covarianceRatio') => boolean;
  readonly modes: ReturnType<typeof judgeModes> | undefined;
}

export function sampleLevels(quality: SampleQualityRecord): SampleLevels {
  const { precision, recall, coverage, covarianceRatio, rows, real, modes } = quality;
  const isNear = (name: keyof SampleQualityRecord['real']['mean']): boolean =>
    quality[name] >= sampleBounds.good * real.mean[name];
  return {
    isGood: isNear('precision') && isNear('coverage'),
    looksReal: precision >= sampleBounds.looksReal * real.mean.precision,
    isSparse: coverage < sampleBounds.coverageHalf * real.mean.coverage,
    isPinched: recall < sampleBounds.recallNone * real.mean.recall,
    isNarrow: covarianceRatio < sampleBounds.spreadHalf,
    isBelow: (name) => !modes && quality[name] < real.bar[name] && !isNear(name),
    modes: modes && judgeModes(modes, rows),
  };
}

function judgeModes(modes: ModesRecord, rows: number) {
  const { captured, of, highQuality, reverseKlNats = 0 } = modes;
  const good = Math.round(highQuality * rows);
  const isTold = good >= of; // fewer would miss modes by chance
  const evenlyCaptured = of * (1 - (1 - 1 / of) ** good);
  const lost = of - captured;
  // 2 N KL is chi-squared of M - 1 degrees: five deviations above its mean are no accident.
  const byChance = (of - 1 + 5 * Math.sqrt(2 * (of - 1))) / (2 * Math.max(1, good));
  return {
    collapsed: first([
      [isTold && captured <= sampleBounds.modesHalf * evenlyCaptured, `samples lie on only ${captured} of ${of} modes`],
    ]),
    /** Samples miss the modes because they are bad. */
    poor: first([
      [good === 0, `no sample lies on any of the ${of} modes`],
      [!isTold, `only ${percent(highQuality)} of the samples lie on any of the ${of} modes`],
    ]),
    lost: first([
      [isTold && lost > 0, `${partOf(lost, of, 'mode', ['has', 'have'])} no sample`],
      [
        isTold && highQuality >= sampleBounds.onModes && reverseKlNats > Math.max(sampleBounds.uneven, byChance),
        `all ${of} modes have samples, but very unevenly`,
      ],
    ]),
    off: first([
      [
        highQuality < sampleBounds.onModes,
        `all ${of} modes have samples, but only ${percent(highQuality)} of the samples lie on one`,
      ],
    ]),
  };
}

/** The scores in words, whatever they amount to. */
export function sampleReasons(signs: SignsRecord, { noun }: Pick<Circumstances, 'noun'>): readonly string[] {
  if (!signs.samples) return [];
  const { precision, recall, coverage, covarianceRatio: spread, real, modes } = signs.samples;
  const accuracy = signs.training?.discriminatorAccuracy;
  const beside = (share: number, ofReal: number): string => `${percent(share)} (of real ones it would be ${percent(ofReal)})`;
  return [
    ...(modes ? [modesReason(modes)] : []),
    `${noun} with a sample near them: ${beside(coverage, real.mean.coverage)}`,
    `samples that look like the ${noun}: ${beside(precision, real.mean.precision)}`,
    `${noun} that look like samples: ${beside(recall, real.mean.recall)}`,
    `samples spread ${spread.toFixed(2)} times as widely as the ${noun}`,
    ...(accuracy === undefined ? [] : [accuracyReason(accuracy)]),
  ];
}

function accuracyReason(accuracy: number): string {
  const told = `the discriminator tells ${percent(accuracy)} right`;
  return accuracy > sampleBounds.accuracyHigh
    ? `${told}: it overpowers the generator`
    : `${told}, which it does whether modes are lost or not`;
}

function modesReason({ captured, of, highQuality, reverseKlNats }: ModesRecord): string {
  const evenness = reverseKlNats === undefined ? '' : `, ${reverseKlNats.toFixed(2)} nats from evenly`;
  return `${partOf(captured, of, 'mode', ['has', 'have'])} samples${evenness}; ${percent(highQuality)} of the samples lie on a mode`;
}

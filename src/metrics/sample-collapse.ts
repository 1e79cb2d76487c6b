// Have the samples of a generator lost their variety? For models without a bound on log p(x), whose codes say nothing about collapse. Two
// lessons are built in: a collapsed GAN's discriminator looks normal (accuracy 0.7, loss 1.2 on the ring of eight), so its accuracy can warn but
// never reassure; and samples stay good while modes drop, so quality and coverage are told apart. Low coverage is collapse only where the
// samples that are there look like the data: else they are merely bad, and more training may help. Bars come from the data themselves.
import type { ModesRecord, SampleQualityRecord, VerdictRecord } from '../protocol/records.ts';

/** What the verdict is made from. */
export interface SampleEvidence {
  readonly quality: SampleQualityRecord;
  /** Share of real and made rows that the discriminator tells right, 0 … 1, mean over the last few hundred steps. */
  readonly discriminatorAccuracy?: number;
}

export interface SampleVerdictOptions {
  /** What a row is, plural: "pictures". */
  readonly noun?: string;
  /** Epochs trained; before the first one samples that look collapsed may only be young. */
  readonly epoch?: number;
}

const bounds = {
  rows: 100, // with fewer, shares move by several hundredths from one draw to the next
  coverageHalf: 0.5, // share of what real rows cover: half of the data and more have no sample
  looksReal: 0.5, // share of real rows' precision: below it, samples miss the data because they are bad
  spreadHalf: 0.5, // of the data's total variance
  recallNone: 0.1, // share of real rows' recall: samples lie so close together that their balls hold hardly any of the data
  modesHalf: 0.5, // share of the modes that as many samples, evenly spread, would land on
  uneven: 0.1, // nats of reverse KL: as when one mode of ten is lost, ln(10 / 9)
  onModes: 0.75, // share of samples on known modes that well-tuned GANs reach on the ring and the grid
  accuracyHigh: 0.85, // the discriminator overpowers: what it teaches the generator grows faint
} as const;

export function sampleVerdict(evidence: SampleEvidence, options: SampleVerdictOptions = {}): VerdictRecord {
  const { noun = 'rows', epoch = Infinity } = options;
  const { quality, discriminatorAccuracy: accuracy } = evidence;
  const { precision, recall, coverage, covarianceRatio: spread, rows, real, modes } = quality;
  if (rows < bounds.rows || ![precision, recall, coverage, spread].every(Number.isFinite)) {
    const why = rows < bounds.rows ? `only ${rows} samples were compared` : 'the scores are not finite numbers';
    const reasons = [`a verdict needs ${bounds.rows} samples, as many held-out rows, and finite scores`];
    return { state: 'unknown', sentence: `Not known yet: ${why}.`, reasons };
  }
  const beside = (share: number, ofReal: number): string => `${percent(share)} (of real ones it would be ${percent(ofReal)})`;
  const reasons = [
    ...(modes ? [modesReason(modes)] : []),
    `${noun} with a sample near them: ${beside(coverage, real.mean.coverage)}`,
    `samples that look like the ${noun}: ${beside(precision, real.mean.precision)}`,
    `${noun} that look like samples: ${beside(recall, real.mean.recall)}`,
    `samples spread ${spread.toFixed(2)} times as widely as the ${noun}`,
  ];
  const overpowers = accuracy !== undefined && accuracy > bounds.accuracyHigh;
  if (accuracy !== undefined) {
    const told = `the discriminator tells ${percent(accuracy)} right`;
    reasons.push(overpowers ? `${told}: it overpowers the generator` : `${told}, which it does whether modes are lost or not`);
  }

  const looksReal = precision >= bounds.looksReal * real.mean.precision;
  const isSparse = coverage < bounds.coverageHalf * real.mean.coverage;
  const isPinched = recall < bounds.recallNone * real.mean.recall;
  const onModes = modes ? judgeModes(modes, rows) : {};
  const collapsed =
    onModes.collapsed ??
    first([
      [spread < bounds.spreadHalf, `samples are too much alike, they spread ${spread.toFixed(2)} times as widely as the ${noun}`],
      [looksReal && isSparse, `the samples look right, but only ${percent(coverage)} of the ${noun} have one near them`],
      [looksReal && isPinched, `the samples look right, but only ${percent(recall)} of the ${noun} look like them`],
    ]);
  // Known modes say more than bars that even a narrow miss of each mode's shape falls below.
  const isBelow = (name: 'precision' | 'recall' | 'coverage' | 'covarianceRatio'): boolean =>
    !modes && quality[name] < real.bar[name];
  const reached = (share: number, ofReal: number): string => `${percent(share)}, where real ones reach ${percent(ofReal)}`;
  const watch =
    onModes.watch ??
    first([
      [!looksReal, `only ${percent(precision)} of the samples look like the ${noun}`],
      [isSparse || isBelow('coverage'), `${noun} with a sample near them are ${reached(coverage, real.mean.coverage)}`],
      [isBelow('covarianceRatio') || isBelow('recall'), `samples vary less than the ${noun}`],
      [isBelow('precision'), `samples that look like the ${noun} are ${reached(precision, real.mean.precision)}`],
      [overpowers, `the discriminator tells ${percent(accuracy ?? 0)} right, so that the generator learns little from it`],
    ]);

  if ((collapsed ?? watch) && epoch < 1)
    return { state: 'unknown', sentence: 'Too early to say: less than one pass over the data.', reasons };
  if (collapsed) return { state: 'collapsed', sentence: `Collapsed: ${collapsed}.`, reasons };
  if (watch) return { state: 'watch', sentence: `Watch: ${watch}.`, reasons };
  const sentence = modes
    ? `Healthy: all ${modes.of} modes have samples, and ${percent(modes.highQuality)} of the samples lie on one.`
    : `Healthy: ${percent(coverage)} of the ${noun} have a sample near them, and ${percent(precision)} of the samples look like ${noun}.`;
  return { state: 'healthy', sentence, reasons };
}

const first = (findings: readonly (readonly [holds: boolean, sentence: string])[]): string | undefined =>
  findings.find(([holds]) => holds)?.[1];

function judgeModes(
  modes: ModesRecord,
  rows: number,
): { readonly collapsed?: string | undefined; readonly watch?: string | undefined } {
  const { captured, of, highQuality, reverseKlNats = 0 } = modes;
  const good = Math.round(highQuality * rows);
  const isTold = good >= of; // fewer would miss modes by chance
  const evenlyCaptured = of * (1 - (1 - 1 / of) ** good);
  const lost = of - captured;
  // 2 N KL is chi-squared of M - 1 degrees: five deviations above its mean are no accident.
  const byChance = (of - 1 + 5 * Math.sqrt(2 * (of - 1))) / (2 * Math.max(1, good));
  return {
    collapsed: first([
      [isTold && captured <= bounds.modesHalf * evenlyCaptured, `samples lie on only ${captured} of ${of} modes`],
    ]),
    watch: first([
      [good === 0, `no sample lies on any of the ${of} modes`],
      [!isTold, `only ${percent(highQuality)} of the samples lie on any of the ${of} modes`],
      [lost > 0, `${lost} of ${of} modes have no sample`],
      [highQuality < bounds.onModes, `all ${of} modes have samples, but only ${percent(highQuality)} of the samples lie on one`],
      [reverseKlNats > Math.max(bounds.uneven, byChance), `all ${of} modes have samples, but very unevenly`],
    ]),
  };
}

function modesReason({ captured, of, highQuality, reverseKlNats }: ModesRecord): string {
  const evenness = reverseKlNats === undefined ? '' : `, ${reverseKlNats.toFixed(2)} nats from evenly`;
  return `${captured} of ${of} modes have samples${evenness}; ${percent(highQuality)} of the samples lie on a mode`;
}

const percent = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

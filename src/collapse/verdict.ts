// The judgement on a run: every cause is heard, the gravest leads. A model without any of them is healthy; before its first pass over the data one
// that looks collapsed may only be young.
import type { CauseRecord, VerdictRecord } from '../protocol/records.ts';
import { confidenceOf, now, percent, type Cause, type Finding, type Moment } from './cause.ts';
import { causes } from './causes.ts';
import type { Circumstances } from './circumstances.ts';
import { codebookReasons, hasCodebook, healthyCodebook } from './codebook-levels.ts';
import { latentBounds, latentReasons, totalKl, used } from './latent-levels.ts';
import { sampleBounds, sampleReasons } from './sample-levels.ts';

/** `history` ends with the moment that is judged; causes that need no more see that one alone. */
export function verdictOf(history: readonly Moment[], about: Circumstances): VerdictRecord {
  const unknown = unknownYet(now(history));
  const found = unknown?.isFew === false ? [] : findings(history, about);
  if (unknown && found.length === 0)
    return { state: 'unknown', sentence: unknown.sentence, reasons: unknown.reasons, causes: [] };
  const { signs, epoch } = now(history) as Moment;
  const seen = signs.samples ? sampleReasons(signs, about) : signs.latent ? latentWords(signs.latent, about) : [];
  const reasons = unknown?.reasons ?? seen;
  if (found.length > 0 && epoch < 1)
    return { state: 'unknown', sentence: 'Too early to say: less than one pass over the data.', reasons, causes: [] };
  const told = found.map(({ cause, finding }) => recordOf(cause, finding, about));
  const leading = found[0]?.finding;
  if (!leading) return { state: 'healthy', sentence: healthy(signs, about), reasons, causes: [] };
  const word = leading.state === 'collapsed' ? 'Collapsed' : 'Watch';
  return { state: leading.state, sentence: `${word}: ${leading.sentence}.`, reasons, causes: told };
}

/** Causes at work, the gravest first; among equals in the order of the list. */
export function findings(
  history: readonly Moment[],
  about: Circumstances,
): readonly { readonly cause: Cause; readonly finding: Finding }[] {
  const told = history.map(sufficient);
  const found = causes.flatMap((cause) => {
    const finding = cause.judge(told, about);
    return finding ? [{ cause, finding }] : [];
  });
  return [
    ...found.filter(({ finding }) => finding.state === 'collapsed'),
    ...found.filter(({ finding }) => finding.state === 'watch'),
  ];
}

/** Without figures of so few rows that they say nothing. */
function sufficient(moment: Moment): Moment {
  const { samples, latent, ...others } = moment.signs;
  const signs = {
    ...others,
    ...(samples && samples.rows >= sampleBounds.rows ? { samples } : {}),
    ...(latent && latent.rows >= latentBounds.rows ? { latent } : {}),
  };
  return { ...moment, signs };
}

export function recordOf(
  cause: Cause,
  { state, sentence, signs, cures = cause.cures }: Finding,
  about: Circumstances,
): CauseRecord {
  return {
    id: cause.id,
    title: cause.title,
    summary: cause.summary,
    paper: cause.paper,
    state,
    sentence,
    confidence: confidenceOf(signs),
    evidence: signs.map(({ text, speaksFor }) => ({ text, speaksFor })),
    cures: cures.flatMap((cure) => {
      const changes = cure.changes(about);
      if (!changes) return [];
      const { id, title, why, paper, from } = cure;
      return [{ id, title, why, from, changes, ...(paper === undefined ? {} : { paper }) }];
    }),
  };
}

/** `isFew`: of so few rows that they say nothing, though what was seen of the training, the data or copying may still tell. */
type Unknown = Pick<VerdictRecord, 'sentence' | 'reasons'> & { readonly isFew: boolean };

function unknownYet(moment: Moment | undefined): Unknown | undefined {
  const { latent, samples } = moment?.signs ?? {};
  if (samples) {
    const { precision, recall, coverage, covarianceRatio, rows } = samples;
    const isFew = rows < sampleBounds.rows;
    if (!isFew && [precision, recall, coverage, covarianceRatio].every(Number.isFinite)) return undefined;
    const why = isFew ? `only ${rows} samples were compared` : 'the scores are not finite numbers';
    const reasons = [`a verdict needs ${sampleBounds.rows} samples, as many held-out rows, and finite scores`];
    return { sentence: `Not known yet: ${why}.`, reasons, isFew };
  }
  if (!latent) return { sentence: 'Not measured yet.', reasons: [], isFew: false };
  const isFew = latent.rows < latentBounds.rows;
  const figures = [totalKl(latent), latent.mutualInformation.nats, latent.effectiveRank];
  if (!isFew && figures.every(Number.isFinite)) return undefined;
  const why = isFew ? `only ${latent.rows} rows were measured` : 'the measures are not finite numbers';
  const reasons = [`a verdict needs ${latentBounds.rows} rows and finite codes`];
  return { sentence: `Not known yet: ${why}.`, reasons, isFew };
}

const latentWords: typeof latentReasons = (latent, about) =>
  hasCodebook(latent) ? codebookReasons(latent) : latentReasons(latent, about);

function healthy({ latent, samples }: Moment['signs'], { noun }: Circumstances): string {
  if (samples) {
    const { coverage, precision, modes } = samples;
    return modes
      ? `Healthy: all ${modes.of} modes have samples, and ${percent(modes.highQuality)} of the samples lie on one.`
      : `Healthy: ${percent(coverage)} of the ${noun} have a sample near them, and ${percent(precision)} of the samples look like ${noun}.`;
  }
  if (!latent) return 'Healthy.';
  if (hasCodebook(latent)) return healthyCodebook(latent, noun);
  const paid = latent.klPerDimension.filter((one) => one >= latentBounds.carryingNats).length;
  const carrying = Math.min(latent.activeUnits, paid);
  const carry = `${used({ ...latent, activeUnits: carrying })} ${carrying === 1 ? 'carries' : 'carry'} the ${noun}`;
  return carrying >= latentBounds.paddingRatio * latent.effectiveRank
    ? `Healthy: ${carry}, in about ${Math.round(latent.effectiveRank)} directions.`
    : `Healthy: ${carry}.`;
}

// Has the latent space collapsed? A judgement over several measures, because each can be fooled alone: free bits and width keep units
// active (Burda's count) that carry nothing, KL may pay for a mismatch with the prior, effective rank does not see scale. Only mutual
// information cannot be faked, but it is capped at ln N. So: collapsed when the code says next to nothing, or says little while active
// units and effective rank agree; watch when one of them warns. Bounds in `bounds`, each with its reason.
import type { Rng } from '../base/rng.ts';
import type { VerdictRecord } from '../protocol/records.ts';
import { measureActiveUnits } from './active-units.ts';
import { aggregateKlOf } from './aggregate-kl.ts';
import { logDensities } from './aggregate-posterior.ts';
import { effectiveRankOf, spectrum } from './effective-rank.ts';
import { measureKl } from './kl-divergence.ts';
import { checkPosteriors, type Posteriors } from './metric.ts';
import { mutualInformationOf } from './mutual-information.ts';
import { participationRatioOf } from './participation-ratio.ts';

/** What the verdict is made from. All in nats or dimensions. */
export interface Evidence {
  readonly latentSize: number;
  /** Rows that the posteriors were taken of. */
  readonly rows: number;
  readonly klPerDimension: readonly number[];
  readonly activeUnits: number;
  readonly effectiveRank: number;
  readonly participationRatio: number;
  readonly mutualInformation: { readonly nats: number; readonly capNats: number; readonly rows: number };
  /** KL of the aggregate posterior to the prior. */
  readonly aggregateKl: number;
}

export interface VerdictOptions {
  /** What a row is, plural: "pictures". */
  readonly noun?: string;
  /** Epochs trained; before the first one a space that looks collapsed may only be young. */
  readonly epoch?: number;
  /** A total KL below this is suspicious: 2 nats for pictures (the reconstruction gains more from a code that is used), 0.5 for text. */
  readonly leastKlNats?: number;
}

const bounds = {
  rows: 100, // fewer cannot tell 4.6 nats from more
  informationNone: 0.5, // nats: less than the answer to one yes-no question (0.69)
  informationLow: 1,
  informationAtCap: 0.8, // share of the cap above which the estimate only says "at least"
  unitsFew: 0.3, // share of the latent size
  unitsNone: 0.05,
  rankLow: 0.25, // share of the latent size
  rankOne: 1.5, // one direction and some noise
  paddingRatio: 2, // active units for each direction that the codes spread in
  paddingNats: 0.2, // KL an active unit: free bits of 0.1 to 0.15 sit right above their floor
  carryingNats: 0.05, // below this a dimension that still moves tells nothing worth naming
  mismatchNats: 5, // KL that pays for the distance of all codes from the prior, not for information
} as const;

export function gatherEvidence(posteriors: Posteriors, rng: Rng): Evidence {
  checkPosteriors(posteriors);
  const kl = measureKl(posteriors);
  const densities = logDensities(posteriors, rng);
  const information = mutualInformationOf(densities);
  const eigenvalues = spectrum(posteriors);
  return {
    latentSize: posteriors.mean.cols,
    rows: posteriors.mean.rows,
    klPerDimension: Array.from(kl.perDimension ?? []),
    activeUnits: measureActiveUnits(posteriors).value,
    effectiveRank: effectiveRankOf(eigenvalues),
    participationRatio: participationRatioOf(eigenvalues),
    mutualInformation: {
      nats: information.value,
      capNats: information.cap ?? Math.log(information.rows),
      rows: information.rows,
    },
    aggregateKl: aggregateKlOf(densities).value,
  };
}

type Level = 'fine' | 'warning' | 'critical';

export function verdict(evidence: Evidence, options: VerdictOptions = {}): VerdictRecord {
  const { noun = 'rows', epoch = Infinity, leastKlNats = 2 } = options;
  const { latentSize: size, activeUnits: units, effectiveRank: rank } = evidence;
  const { nats, capNats, rows } = evidence.mutualInformation;
  const kl = evidence.klPerDimension.reduce((sum, one) => sum + one, 0);
  if (evidence.rows < bounds.rows || ![kl, nats, rank].every(Number.isFinite)) {
    const why = evidence.rows < bounds.rows ? `only ${evidence.rows} rows were measured` : 'the measures are not finite numbers';
    return {
      state: 'unknown',
      sentence: `Not known yet: ${why}.`,
      reasons: [`a verdict needs ${bounds.rows} rows and finite codes`],
    };
  }
  const isAtCap = nats >= bounds.informationAtCap * capNats;
  const information: Level = nats < bounds.informationNone ? 'critical' : nats < bounds.informationLow ? 'warning' : 'fine';
  const active: Level =
    (units <= 1 && size > 2) || units < bounds.unitsNone * size
      ? 'critical'
      : units < bounds.unitsFew * size
        ? 'warning'
        : 'fine';
  const spread: Level =
    rank <= bounds.rankOne && size > 2
      ? 'critical'
      : rank < bounds.rankLow * size && !isAtCap // a wide space that tells every row apart is only wider than it needs to be
        ? 'warning'
        : 'fine';
  const spent: Level = kl < bounds.informationNone ? 'critical' : kl < leastKlNats ? 'warning' : 'fine';
  const isPadded = units >= bounds.paddingRatio * rank && units > 1 && kl / units < bounds.paddingNats;
  const isMismatched = !isAtCap && kl - nats > bounds.mismatchNats;

  const reasons = [
    `a code says ${format(nats)} nats about its row${isAtCap ? `, as much as ${rows} rows can show (${format(capNats)})` : ` (at most ${format(capNats)} could show among ${rows} rows)`}`,
    `${units} of ${size} dimensions move with the ${noun}`,
    `the codes spread in ${format(rank)} directions`,
    `KL is ${format(kl)} nats in total`,
  ];
  if (isPadded) {
    reasons.push(`each moving dimension is paid only ${format(kl / units)} nats: kept moving, as free bits do, not carrying`);
  } else if (units >= bounds.paddingRatio * rank && isAtCap) {
    reasons.push(`moving dimensions outnumber directions ${format(units / rank)} to 1: the space is wider than it needs to be`);
  }
  if (isMismatched) {
    reasons.push(
      `${format(kl - nats)} nats of KL pay for codes lying off the prior: draws from the prior will fall between them`,
    );
  }

  const isCollapsed = information === 'critical' || (information === 'warning' && active === 'critical' && spread === 'critical');
  const warns = isPadded || isMismatched || [information, active, spread, spent].some((level) => level !== 'fine');
  const used = `${units} of ${size} ${size === 1 ? 'dimension' : 'dimensions'}`;
  if ((isCollapsed || warns) && epoch < 1) {
    return { state: 'unknown', sentence: 'Too early to say: less than one pass over the data.', reasons };
  }
  if (isCollapsed) {
    const sentence =
      units > Math.max(1, bounds.unitsFew * size)
        ? `Collapsed: ${used} move, but together they say next to nothing about the ${noun}.`
        : units === 0
          ? `Collapsed: no dimension carries the ${noun}.`
          : `Collapsed: only ${used} ${units === 1 ? 'moves' : 'move'}, and ${nats < bounds.informationNone ? 'next to nothing' : 'little'} is said about the ${noun}.`;
    return { state: 'collapsed', sentence, reasons };
  }
  if (warns) {
    const sentence = isPadded
      ? `Watch: ${used} move, but together they say only ${format(nats)} nats about the ${noun}.`
      : active !== 'fine'
        ? `Watch: only ${used} ${units === 1 ? 'carries' : 'carry'} the ${noun}.`
        : spread !== 'fine'
          ? `Watch: ${used} move, but only in about ${Math.max(1, Math.round(rank))} ${Math.round(rank) <= 1 ? 'direction' : 'directions'}.`
          : isMismatched
            ? `Watch: ${used} carry the ${noun}, but their codes lie off the prior.`
            : `Watch: ${used} move, but the code says little about the ${noun}.`;
    return { state: 'watch', sentence, reasons };
  }
  const paid = evidence.klPerDimension.filter((one) => one >= bounds.carryingNats).length;
  const carrying = Math.min(units, paid);
  const carry = `${carrying} of ${size} ${size === 1 ? 'dimension' : 'dimensions'} ${carrying === 1 ? 'carries' : 'carry'} the ${noun}`;
  const sentence =
    carrying >= bounds.paddingRatio * rank ? `Healthy: ${carry}, in about ${Math.round(rank)} directions.` : `Healthy: ${carry}.`;
  return { state: 'healthy', sentence, reasons };
}

function format(value: number): string {
  return Math.abs(value) < 9.995 ? value.toFixed(2) : value.toFixed(1);
}

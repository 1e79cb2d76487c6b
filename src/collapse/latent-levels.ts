// What the signs of a latent space amount to, each by itself: the causes weigh them against each other. Free bits and width keep units active
// (Burda's count) that carry nothing, KL may pay for a mismatch with the prior, effective rank does not see scale; only mutual information
// cannot be faked, but it is capped at ln N.
import { counted, partOf } from '../base/counted.ts';
import type { LatentSigns } from '../protocol/signs.ts';
import { figure } from './cause.ts';
import type { Circumstances } from './circumstances.ts';

export const latentBounds = {
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
  holesMost: 0.5, // of draws from the prior: more lie far from all codes than near one
  lifelikeNone: 0.1, // of samples: ever so young or blurred ones pass it, being near the middle of the data
  mismatchNats: 5, // KL that pays for the distance of all codes from the prior, not for information
  gapNone: 0.1, // nats that a row's own code gains over another row's: the decoder hardly looks
} as const;

type Level = 'fine' | 'warning' | 'critical';

export interface LatentLevels {
  readonly kl: number;
  readonly information: Level;
  readonly active: Level;
  readonly spread: Level;
  readonly spent: Level;
  readonly isAtCap: boolean;
  readonly isPadded: boolean;
  /** Nats of KL that pay for codes lying off the prior; at the cap, at least so many. */
  readonly offPrior: number;
  readonly isMismatched: boolean;
  readonly isCollapsed: boolean;
}

export function latentLevels(signs: LatentSigns, { leastKlNats }: Pick<Circumstances, 'leastKlNats'>): LatentLevels {
  const { latentSize: size, activeUnits: units, effectiveRank: rank } = signs;
  const { nats, capNats } = signs.mutualInformation;
  const kl = totalKl(signs);
  // One dimension can do no more than tell all rows apart; at the cap that is all that is known of what the others tell.
  const overpaid = (signs.klNats === undefined ? signs.klPerDimension : []).reduce(
    (sum, one) => sum + Math.max(0, one - capNats),
    0,
  );
  const isAtCap = nats >= latentBounds.informationAtCap * capNats;
  const offPrior = isAtCap ? overpaid : kl - nats;
  const information = level(nats < latentBounds.informationNone, nats < latentBounds.informationLow);
  const active = level((units <= 1 && size > 2) || units < latentBounds.unitsNone * size, units < latentBounds.unitsFew * size);
  // A wide space that tells every row apart is only wider than it needs to be.
  const spread = level(rank <= latentBounds.rankOne && size > 2, rank < latentBounds.rankLow * size && !isAtCap);
  return {
    kl,
    information,
    active,
    spread,
    spent: level(kl < latentBounds.informationNone, kl < leastKlNats),
    isAtCap,
    isPadded: units >= latentBounds.paddingRatio * rank && units > 1 && kl / units < latentBounds.paddingNats,
    offPrior,
    isMismatched: offPrior > latentBounds.mismatchNats,
    isCollapsed: information === 'critical' || (information === 'warning' && active === 'critical' && spread === 'critical'),
  };
}

export const totalKl = ({ klNats, klPerDimension }: LatentSigns): number =>
  klNats ?? klPerDimension.reduce((sum, one) => sum + one, 0);

const level = (isCritical: boolean, warns: boolean): Level => (isCritical ? 'critical' : warns ? 'warning' : 'fine');

/** "3 of 20 dimensions" */
export const used = ({ activeUnits, latentSize }: LatentSigns): string => `${activeUnits} of ${counted(latentSize, 'dimension')}`;

/** "3 of 20 dimensions move", "1 of 20 dimensions moves" */
export const moving = ({ activeUnits, latentSize }: LatentSigns): string =>
  partOf(activeUnits, latentSize, 'dimension', ['moves', 'move']);

/** The figures in words, whatever they amount to. */
export function latentReasons(signs: LatentSigns, about: Pick<Circumstances, 'noun' | 'leastKlNats'>): readonly string[] {
  const { activeUnits: units, effectiveRank: rank } = signs;
  const { nats, capNats, rows } = signs.mutualInformation;
  const { kl, isAtCap, isPadded, isMismatched, offPrior } = latentLevels(signs, about);
  const ofCap = isAtCap
    ? `, as much as ${rows} rows can show (${figure(capNats)})`
    : ` (at most ${figure(capNats)} could show among ${rows} rows)`;
  return [
    `a code says ${figure(nats)} nats about its row${ofCap}`,
    `${moving(signs)} with the ${about.noun}`,
    `the codes spread in ${figure(rank)} directions`,
    `KL is ${figure(kl)} nats in total`,
    ...(isPadded
      ? [`each moving dimension is paid only ${figure(kl / units)} nats: kept moving, as free bits do, not carrying`]
      : units >= latentBounds.paddingRatio * rank && isAtCap
        ? [`moving dimensions outnumber directions ${figure(units / rank)} to 1: the space is wider than it needs to be`]
        : []),
    ...(isMismatched
      ? [`${figure(offPrior)} nats of KL pay for codes lying off the prior: draws from the prior will fall between them`]
      : []),
  ];
}

// The figures of a latent space that a judgement on it is made from, measured together: they share the densities and the spectrum.
import type { Rng } from '../base/rng.ts';
import type { CodebookSigns, LatentSigns } from '../protocol/signs.ts';
import { measureActiveUnits } from './active-units.ts';
import { aggregateKlOf } from './aggregate-kl.ts';
import { AGGREGATE_ROWS, logDensities, type LogDensities } from './aggregate-posterior.ts';
import { codeUseOf } from './code-perplexity.ts';
import { effectiveRankOf, spectrum } from './effective-rank.ts';
import { measureKl } from './kl-divergence.ts';
import { checkPosteriors, evenRows, type ChosenCodes, type Posteriors } from './metric.ts';
import { informationOfCodes, mutualInformationOf } from './mutual-information.ts';
import { participationRatioOf } from './participation-ratio.ts';

/** Rows, evenly taken of those that there are; they bound the time. */
export interface LatentExtent {
  /** Compared with each other, O(rows² · dimensions): their logarithm caps the information. */
  readonly compared: number;
  /** Of which the spectrum is taken, O(rows · dimensions · the fewer of both): they cap the effective rank. */
  readonly spread: number;
}

const WHOLE: LatentExtent = { compared: AGGREGATE_ROWS, spread: Infinity };

/** Less than a second, however wide the space: below 257 dimensions 500 rows are compared, and below 410 of 3,000 rows none is left out. */
export function briefExtent(latentSize: number): LatentExtent {
  const [pairs, products] = [64_000_000, 250_000_000]; // differences and multiplications: a third of a second each
  const ofColumns = Math.floor((2 * products) / latentSize ** 2);
  return {
    compared: Math.min(500, Math.max(100, Math.floor(Math.sqrt(pairs / latentSize)))),
    spread: ofColumns >= latentSize ? ofColumns : Math.floor(Math.sqrt((2 * products) / latentSize)),
  };
}

/**
 * `learnedKl`: KL(q(z|x) || p(z)) in nats, mean over the rows, where the prior p is learnt. What all codes together are away from it then follows from
 * E KL(q(z|x) || p) = I_q(x; z) + KL(q(z) || p) (Hoffman & Johnson 2016).
 */
export function latentSigns(
  posteriors: Posteriors,
  rng: Rng,
  { compared, spread }: LatentExtent = WHOLE,
  learnedKl?: number,
): LatentSigns {
  checkPosteriors(posteriors);
  const { codebook } = posteriors;
  const kl = measureKl(posteriors);
  // Entries of a codebook are counted, all of them, and have a prior of their own; densities are of Gaussians.
  const densities = codebook ? undefined : logDensities(posteriors, rng, compared);
  const information = codebook ? informationOfCodes(codebook) : mutualInformationOf(densities as LogDensities);
  const ownKl = codebook ? kl.value : learnedKl;
  const spreading = evenRows(posteriors, spread);
  const eigenvalues = spectrum(spreading);
  return {
    latentSize: posteriors.mean.cols,
    rows: posteriors.mean.rows,
    klPerDimension: Array.from(kl.perDimension ?? []),
    ...(ownKl === undefined ? {} : { klNats: ownKl }),
    activeUnits: measureActiveUnits(posteriors).value,
    effectiveRank: effectiveRankOf(eigenvalues),
    participationRatio: participationRatioOf(eigenvalues),
    ...(spreading === posteriors ? {} : { spreadRows: spreading.mean.rows }),
    mutualInformation: {
      nats: information.value,
      capNats: information.cap ?? Math.log(information.rows),
      rows: information.rows,
    },
    aggregateKl: ownKl === undefined ? aggregateKlOf(densities as LogDensities).value : ownKl - information.value,
    ...(codebook ? { codebook: signsOfCodes(codebook) } : {}),
  };
}

const signsOfCodes = (codebook: ChosenCodes): CodebookSigns => ({
  codes: codebook.codes,
  ...codeUseOf(codebook),
  ...(codebook.explained === undefined ? {} : { explained: codebook.explained }),
});

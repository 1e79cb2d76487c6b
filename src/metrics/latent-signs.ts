// The figures of a latent space that a judgement on it is made from, measured together: they share the densities and the spectrum.
import type { Rng } from '../base/rng.ts';
import type { LatentSigns } from '../protocol/signs.ts';
import { measureActiveUnits } from './active-units.ts';
import { aggregateKlOf } from './aggregate-kl.ts';
import { AGGREGATE_ROWS, logDensities } from './aggregate-posterior.ts';
import { effectiveRankOf, spectrum } from './effective-rank.ts';
import { measureKl } from './kl-divergence.ts';
import { checkPosteriors, type Posteriors } from './metric.ts';
import { mutualInformationOf } from './mutual-information.ts';
import { participationRatioOf } from './participation-ratio.ts';

/** `mostRows` are compared with each other: they bound the time, O(rows² · dimensions), and cap the information at their logarithm. */
export function latentSigns(posteriors: Posteriors, rng: Rng, mostRows: number = AGGREGATE_ROWS): LatentSigns {
  checkPosteriors(posteriors);
  const kl = measureKl(posteriors);
  const densities = logDensities(posteriors, rng, mostRows);
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

// Correlation of the posterior means of two dimensions (Pearson). The value is the root mean square over all pairs of active dimensions:
// 0 for independent ones, 1 where they repeat each other. Dead dimensions, whose correlation is noise, are left out.
import { counted, partOf } from '../base/counted.ts';
import { member } from '../base/family.ts';
import { ACTIVE_VARIANCE } from './active-units.ts';
import { checkPosteriors, meanCovariance, type Measured, type Metric, type Posteriors } from './metric.ts';

/** [latent, latent]; zero where a dimension does not vary at all, one on the diagonal otherwise. */
export function correlationMatrix(posteriors: Posteriors): Float64Array {
  const { cols } = posteriors.mean;
  const cov = meanCovariance(posteriors);
  const deviations = Float64Array.from({ length: cols }, (_, j) => Math.sqrt(cov[j * cols + j] as number));
  return cov.map((value, at) => {
    const scale = (deviations[Math.floor(at / cols)] as number) * (deviations[at % cols] as number);
    return scale === 0 ? 0 : Math.max(-1, Math.min(1, value / scale));
  });
}

export function measureCorrelation(posteriors: Posteriors): Measured {
  checkPosteriors(posteriors);
  const { rows, cols } = posteriors.mean;
  const cov = meanCovariance(posteriors);
  const correlations = correlationMatrix(posteriors);
  const active = Array.from({ length: cols }, (_, j) => j).filter((j) => (cov[j * cols + j] as number) > ACTIVE_VARIANCE);
  let squares = 0;
  for (const i of active) for (const j of active) if (i !== j) squares += (correlations[i * cols + j] as number) ** 2;
  const pairs = active.length * (active.length - 1);
  const repeated = active.flatMap((i) =>
    active.filter((j) => j > i && isRepeat(correlations[i * cols + j] as number)).map((j) => [i, j]),
  );
  const dead = cols - active.length;
  const notes = [
    ...(dead > 0 ? [`${partOf(dead, cols, 'dimension', ['hardly varies and was', 'hardly vary and were'])} left out`] : []),
    ...repeated.slice(0, MOST_NAMED).map((pair) => `dimensions ${pair.join(' and ')} repeat each other`),
    ...(repeated.length > MOST_NAMED
      ? [`${counted(repeated.length - MOST_NAMED, 'more pair')} of dimensions repeat each other`]
      : []),
  ];
  return {
    value: pairs === 0 ? 0 : Math.sqrt(squares / pairs),
    unit: 'correlation',
    rows,
    ...(notes.length > 0 ? { notes } : {}),
  };
}

const isRepeat = (correlation: number): boolean => Math.abs(correlation) > 0.999;
const MOST_NAMED = 3;

export const correlation = member({
  id: 'correlation',
  title: 'Correlation',
  summary: 'how much the active dimensions repeat each other',
  formula: '√(mean_{i≠j} ρ_ij²) over active dimensions, ρ the correlation of μ_i and μ_j',
  params: {},
  make: (): Metric => measureCorrelation,
});

// Participation ratio of the eigenvalues of Cov(mean): (Σ λ)² / Σ λ², between 1 and the number of dimensions (Bell & Dean 1970). Leans more
// on the large eigenvalues than the effective rank does, and is never above it.
import { member } from '../base/family.ts';
import { spectrum } from './effective-rank.ts';
import { checkPosteriors, type Measured, type Metric, type Posteriors } from './metric.ts';

export function participationRatioOf(eigenvalues: Float64Array): number {
  const total = eigenvalues.reduce((sum, value) => sum + value, 0);
  const squares = eigenvalues.reduce((sum, value) => sum + value * value, 0);
  return squares === 0 ? 0 : (total * total) / squares;
}

export function measureParticipationRatio(posteriors: Posteriors): Measured {
  checkPosteriors(posteriors);
  return { value: participationRatioOf(spectrum(posteriors)), unit: 'dimensions', rows: posteriors.mean.rows };
}

export const participationRatio = member({
  id: 'participation-ratio',
  title: 'Participation ratio',
  summary: 'how many directions the codes spread in, by the largest eigenvalues',
  formula: '(Σ λ)² / Σ λ², λ the eigenvalues of Cov(μ)',
  paper: 'Bell & Dean 1970, Atomic vibrations in vitreous silica',
  params: {},
  make: (): Metric => measureParticipationRatio,
});

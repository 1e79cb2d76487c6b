// Effective rank (Roy & Vetterli 2007) of the posterior means: exp of the entropy of the eigenvalues of Cov(mean), scaled to sum to one.
// k equal eigenvalues give exactly k. Neither free bits nor a wide latent space fools it, but it does not see scale: read it beside KL.
import { symmetricEigenvalues } from '../base/eigen.ts';
import { member } from '../base/family.ts';
import { columnMeans, covariance, matrix } from '../base/matrix.ts';
import { checkPosteriors, meanCovariance, type Measured, type Metric, type Posteriors } from './metric.ts';

/** Eigenvalues of Cov(mean), descending, none negative; zeros beyond as many as there are rows are left out. O(rows · cols · the fewer + fewer³). */
export function spectrum(posteriors: Posteriors): Float64Array {
  const { rows, cols } = posteriors.mean;
  const values =
    rows < cols ? symmetricEigenvalues(centredGram(posteriors), rows) : symmetricEigenvalues(meanCovariance(posteriors), cols);
  return values.map((value) => Math.max(0, value));
}

/** X Xᵀ / (rows - 1) of the centred means X: its eigenvalues are those of Xᵀ X / (rows - 1). */
function centredGram({ mean }: Posteriors): Float64Array {
  const { rows, cols, data } = mean;
  const means = columnMeans(mean);
  const turned = matrix(cols, rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) turned.data[j * rows + i] = (data[i * cols + j] as number) - (means[j] as number);
  }
  const scale = Math.max(1, cols - 1) / Math.max(1, rows - 1);
  return covariance(turned, new Float64Array(rows)).map((value) => value * scale);
}

export function effectiveRankOf(eigenvalues: Float64Array): number {
  const total = eigenvalues.reduce((sum, value) => sum + value, 0);
  if (total === 0) return 0;
  let entropy = 0;
  for (const value of eigenvalues) {
    const share = value / total; // may be too small for a number
    if (share > 0) entropy -= share * Math.log(share);
  }
  return Math.exp(entropy);
}

export function measureEffectiveRank(posteriors: Posteriors): Measured {
  checkPosteriors(posteriors);
  return { value: effectiveRankOf(spectrum(posteriors)), unit: 'dimensions', rows: posteriors.mean.rows };
}

export const effectiveRank = member({
  id: 'effective-rank',
  title: 'Effective rank',
  summary: 'how many directions the codes really spread in, by entropy of the spectrum',
  formula: 'exp(−Σ_i p_i ln p_i), p = λ / Σ λ, λ the eigenvalues of Cov(μ)',
  paper: 'Roy & Vetterli 2007, The effective rank',
  params: {},
  make: (): Metric => measureEffectiveRank,
});

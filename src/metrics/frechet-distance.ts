// Fréchet distance of two sets of features, each taken for a Gaussian (Dowson & Landau 1982; Heusel et al. 2017 with Inception's features, which
// alone are called FID; these are not):   |μ_x - μ_y|² + tr(C_x + C_y - 2 (C_x^½ C_y C_x^½)^½).
// Never below 0, and above it for samples of the data themselves: the fewer the rows and the more the columns, the farther above. So it is read
// beside as many training rows. Sees means and covariances only. O(rows columns² + columns³); singular covariances are no trouble.
import { symmetricEigen, symmetricEigenvalues } from '../base/eigen.ts';
import { member } from '../base/family.ts';
import { columnMeans, covariance, takeRows, type Matrix } from '../base/matrix.ts';
import { told, type SampleMetric } from './sample-metric.ts';

export interface Gaussian {
  readonly mean: Float64Array;
  /** [columns, columns] */
  readonly covariance: Float64Array;
}

export interface FrechetDistance {
  readonly squared: number;
  /** |μ_x - μ_y|², the part that the means have in it. */
  readonly ofMeans: number;
}

export function fitGaussian(rows: Matrix): Gaussian {
  const mean = columnMeans(rows);
  return { mean, covariance: covariance(rows, mean) };
}

export function frechetDistance(x: Gaussian, y: Gaussian): FrechetDistance {
  const n = x.mean.length;
  const ofMeans = x.mean.reduce((sum, mean, j) => sum + (mean - (y.mean[j] as number)) ** 2, 0);
  const root = squareRoot(x.covariance, n);
  const inner = product(product(root, y.covariance, n), root, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) inner[i * n + j] = ((inner[i * n + j] as number) + (inner[j * n + i] as number)) / 2;
  const shared = symmetricEigenvalues(inner, n).reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  let traces = 0;
  for (let j = 0; j < n; j++) traces += (x.covariance[j * n + j] as number) + (y.covariance[j * n + j] as number);
  return { squared: ofMeans + Math.max(0, traces - 2 * shared), ofMeans };
}

/** The symmetric root of a positive semi-definite matrix: V diag(√λ) Vᵀ; what rounding made negative counts as 0. */
function squareRoot(a: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(a, n);
  const scaled = vectors.map((value, at) => value * Math.sqrt(Math.max(0, values[Math.floor(at / n)] as number)));
  const transposed = (m: Float64Array): Float64Array => m.map((_, at) => m[(at % n) * n + Math.floor(at / n)] as number);
  return product(transposed(scaled), vectors, n);
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const weight = a[i * n + k] as number;
      if (weight === 0) continue;
      for (let j = 0; j < n; j++) out[i * n + j] = (out[i * n + j] as number) + weight * (b[k * n + j] as number);
    }
  }
  return out;
}

export const frechet = member({
  id: 'frechet-distance',
  title: 'Fréchet distance of features',
  summary: 'how far the samples’ mean and covariance are from the data’s, in these features',
  formula: '|μ_x − μ_y|² + tr(C_x + C_y − 2 (C_x^½ C_y C_x^½)^½)',
  paper: 'Dowson & Landau 1982; Heusel et al. 2017, arXiv 1706.08500',
  params: {},
  make: (): SampleMetric => (sets, rng) => {
    const { real, fake, train } = sets;
    const ofReal = fitGaussian(real);
    const { squared, ofMeans } = frechetDistance(ofReal, fitGaussian(fake));
    const inTheirPlace = takeRows(train, rng.stream('training').permutation(train.rows).subarray(0, fake.rows));
    const few =
      Math.min(real.rows, fake.rows) <= real.cols ? 'fewer rows than columns: the covariances are not told in full' : undefined;
    return {
      value: squared,
      unit: 'squared distance',
      expected: frechetDistance(ofReal, fitGaussian(inTheirPlace)).squared,
      rows: fake.rows,
      beside: [{ title: 'of the means', value: ofMeans, unit: 'squared distance' }],
      ...told(sets, few),
    };
  },
});

// How many different rows there are, effectively: the Vendi score of the data (vendi-score.ts), with a Gaussian kernel as wide as the median
// distance. Depends on how many rows are taken, so it compares datasets at one count. Beside it the effective rank of their covariance
// (effective-rank.ts): how many directions a code needs at least, if it is linear.
import { symmetricEigenvalues } from '../base/eigen.ts';
import { member } from '../base/family.ts';
import { columnMeans, covariance, takeEvenly } from '../base/matrix.ts';
import { checkRows, toldOf, type DataMetric } from './data-metric.ts';
import { effectiveRankOf } from './effective-rank.ts';
import { gaussianVendi, medianDistance } from './vendi-score.ts';

export const effectiveDiversity = member({
  id: 'effective-diversity',
  title: 'Effective diversity',
  summary: 'how many different rows there are, effectively',
  formula: 'exp(−Σ_i λ_i ln λ_i), λ the eigenvalues of K / n, K_ij = exp(−|x_i − x_j|² / 2 w²), w the median distance',
  paper: 'Friedman & Dieng 2023, arXiv 2210.02410',
  params: { rows: { kind: 'int', default: 1000, min: 2, max: 4000, scale: 'log', help: 'at most so many rows, evenly taken' } },
  make:
    ({ rows: most }): DataMetric =>
    (data, _rng, options) => {
      checkRows(data);
      const taken = takeEvenly(data.features ?? data.rows, most);
      const eigenvalues = symmetricEigenvalues(covariance(taken, columnMeans(taken)), taken.cols);
      return {
        value: gaussianVendi(taken, medianDistance(taken), options),
        unit: 'count',
        cap: taken.rows,
        rows: taken.rows,
        beside: [
          {
            title: 'effective rank of the covariance',
            value: effectiveRankOf(eigenvalues.map((value) => Math.max(0, value))),
            unit: 'dimensions',
          },
        ],
        ...toldOf(data),
      };
    },
});

// Active units (Burda, Grosse & Salakhutdinov 2015, arXiv 1509.00519): dimensions whose posterior mean varies over the data,
// AU = #{ j : Var_x E_q[z_j] > 0.01 }. Not a verdict by itself: free bits and a wide latent space keep dimensions active that carry nothing.
import { member } from '../base/family.ts';
import { columnVariances } from '../base/matrix.ts';
import { checkPosteriors, type Measured, type Metric, type Posteriors } from './metric.ts';

export const ACTIVE_VARIANCE = 0.01;

/** `perDimension` holds the variance of each posterior mean. */
export function measureActiveUnits(posteriors: Posteriors): Measured {
  checkPosteriors(posteriors);
  const { rows } = posteriors.mean;
  const perDimension = columnVariances(posteriors.mean);
  return { value: perDimension.filter((variance) => variance > ACTIVE_VARIANCE).length, unit: 'dimensions', perDimension, rows };
}

export const activeUnits = member({
  id: 'active-units',
  title: 'Active units',
  summary: 'latent dimensions whose posterior mean moves with the data',
  formula: 'AU = #{ j : Var_x E_q[z_j] > 0.01 }',
  paper: 'Burda, Grosse & Salakhutdinov 2015, arXiv 1509.00519',
  params: {},
  make: (): Metric => measureActiveUnits,
});

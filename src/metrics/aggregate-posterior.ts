// Log-densities at draws from the posteriors, one draw z_i ~ q(z|x_i) a row: of its own posterior, of the aggregate q(z) = 1/N Σ_n q(z|x_n)
// over the same rows, and of the prior N(0, I). What mutual information and the aggregate's KL are means of. O(N² D).
import { checkPosteriors, drawPosteriors, evenRows, type Posteriors } from './metric.ts';
import type { Rng } from '../base/rng.ts';

export interface LogDensities {
  /** log q(z_i | x_i), nats. */
  readonly own: Float64Array;
  /** log q(z_i) */
  readonly aggregate: Float64Array;
  /** log p(z_i) */
  readonly prior: Float64Array;
}

export const AGGREGATE_ROWS = 1000; // the estimate is capped at ln N: 6.9 nats

export function logDensities(posteriors: Posteriors, rng: Rng, mostRows: number = AGGREGATE_ROWS): LogDensities {
  checkPosteriors(posteriors);
  const chosen = evenRows(posteriors, mostRows);
  const { mean, logVariance } = chosen;
  const { rows, cols } = mean;
  const z = drawPosteriors(chosen, rng);
  const halfPrecision = Float64Array.from(logVariance.data, (logVar) => 0.5 * Math.exp(-logVar));
  const constants = new Float64Array(rows); // -½ Σ_j (ln 2π + log-variance)
  for (let n = 0; n < rows; n++) {
    let sum = cols * Math.log(2 * Math.PI);
    for (let j = 0; j < cols; j++) sum += logVariance.data[n * cols + j] as number;
    constants[n] = -0.5 * sum;
  }
  const out: LogDensities = { own: new Float64Array(rows), aggregate: new Float64Array(rows), prior: new Float64Array(rows) };
  const densities = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let squares = 0;
    for (let j = 0; j < cols; j++) squares += (z.data[i * cols + j] as number) ** 2;
    out.prior[i] = -0.5 * (squares + cols * Math.log(2 * Math.PI));
    for (let n = 0; n < rows; n++) {
      let sum = 0;
      for (let j = 0; j < cols; j++) {
        const difference = (z.data[i * cols + j] as number) - (mean.data[n * cols + j] as number);
        sum += difference * difference * (halfPrecision[n * cols + j] as number);
      }
      densities[n] = (constants[n] as number) - sum;
    }
    out.own[i] = densities[i] as number;
    out.aggregate[i] = logSum(densities) - Math.log(rows);
  }
  return out;
}

/** ln Σ exp, safe for large magnitudes. */
function logSum(values: Float64Array): number {
  let largest = -Infinity;
  for (const value of values) if (value > largest) largest = value;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}

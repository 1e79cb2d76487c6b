// The aggregate posterior q(z) = 1/N Σ_n q(z|x_n), a mixture of as many Gaussians as rows, and log-densities at draws z_i ~ q(z|x_i), one a row: of
// their own posterior, of the aggregate and of the prior. What mutual information and the aggregate's KL are means of. O(N² D).
import type { Matrix } from '../base/matrix.ts';
import type { Rng } from '../base/rng.ts';
import { checkPosteriors, drawPosteriors, evenRows, standardNormalLogDensity, type Posteriors } from './metric.ts';

export interface LogDensities {
  /** log q(z_i | x_i), nats. */
  readonly own: Float64Array;
  /** log q(z_i) */
  readonly aggregate: Float64Array;
  /** log p(z_i), of the model's prior where it can tell. */
  readonly prior: Float64Array;
  /** Its prior is not N(0, I), and it cannot tell. */
  readonly isPriorUnknown: boolean;
}

export const AGGREGATE_ROWS = 1000; // the estimate is capped at ln N: 6.9 nats

export function logDensities(posteriors: Posteriors, rng: Rng, mostRows: number = AGGREGATE_ROWS): LogDensities {
  checkPosteriors(posteriors);
  const chosen = evenRows(posteriors, mostRows);
  const { prior } = chosen;
  const { rows } = chosen.mean;
  const z = prior?.atCodes?.z ?? drawPosteriors(chosen, rng);
  const out = {
    own: new Float64Array(rows),
    aggregate: new Float64Array(rows),
    prior: prior?.atCodes?.logDensity ?? standardNormalLogDensity(z),
    isPriorUnknown: prior !== undefined && !prior.atCodes,
  };
  const at = componentsOf(chosen);
  for (let i = 0; i < rows; i++) {
    const densities = at(z, i);
    out.own[i] = densities[i] as number;
    out.aggregate[i] = logSum(densities) - Math.log(rows);
  }
  return out;
}

/** log q(z_i) at any codes z [codes, latent]; with `leavesOut`, code i is of row i, and its own posterior does not count. */
export function aggregateAt(posteriors: Posteriors, z: Matrix, leavesOut = false): Float64Array {
  const at = componentsOf(posteriors);
  const { rows } = posteriors.mean;
  return Float64Array.from({ length: z.rows }, (_, i) => {
    const densities = at(z, i);
    if (leavesOut) densities[i] = -Infinity;
    return logSum(densities) - Math.log(leavesOut ? rows - 1 : rows);
  });
}

/** (z, i) → log q(z_i | x_n) of all n, in an array that the next call overwrites. */
function componentsOf({ mean, logVariance }: Posteriors): (z: Matrix, i: number) => Float64Array {
  const { rows, cols } = mean;
  const halfPrecision = Float64Array.from(logVariance.data, (logVar) => 0.5 * Math.exp(-logVar));
  const constants = new Float64Array(rows); // -½ Σ_j (ln 2π + log-variance)
  for (let n = 0; n < rows; n++) {
    let sum = cols * Math.log(2 * Math.PI);
    for (let j = 0; j < cols; j++) sum += logVariance.data[n * cols + j] as number;
    constants[n] = -0.5 * sum;
  }
  const densities = new Float64Array(rows);
  return (z, i) => {
    for (let n = 0; n < rows; n++) {
      let sum = 0;
      for (let j = 0; j < cols; j++) {
        const difference = (z.data[i * cols + j] as number) - (mean.data[n * cols + j] as number);
        sum += difference * difference * (halfPrecision[n * cols + j] as number);
      }
      densities[n] = (constants[n] as number) - sum;
    }
    return densities;
  };
}

/** ln Σ exp, safe for large magnitudes. */
function logSum(values: Float64Array): number {
  let largest = -Infinity;
  for (const value of values) if (value > largest) largest = value;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}

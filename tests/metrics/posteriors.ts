// Posteriors whose measures are known in closed form.
import { matrix } from '../../src/base/matrix.ts';
import type { Rng } from '../../src/base/rng.ts';
import type { Posteriors } from '../../src/metrics/metric.ts';

/** `mean(i, j)` and `variance(j)` for each row and dimension. */
export function posteriorsOf(
  rows: number,
  latent: number,
  mean: (i: number, j: number) => number,
  variance: (j: number) => number,
): Posteriors {
  const made = { mean: matrix(rows, latent), logVariance: matrix(rows, latent) };
  for (let at = 0; at < rows * latent; at++) {
    made.mean.data[at] = mean(Math.floor(at / latent), at % latent);
    made.logVariance.data[at] = Math.log(variance(at % latent));
  }
  return made;
}

/** What a linear VAE with decoder variance 1 learns of data with these covariance eigenvalues (Lucas et al. 2019, beta 1). */
export function linearVae(eigenvalues: readonly number[], rows: number, rng: Rng): Posteriors {
  const kept = eigenvalues.map((value) => Math.max(0, 1 - 1 / value)); // variance of the posterior mean
  return posteriorsOf(
    rows,
    eigenvalues.length,
    (_, j) => Math.sqrt(kept[j] as number) * rng.normal(),
    (j) => 1 - (kept[j] as number),
  );
}

// Holes between the prior and the aggregate posterior: the share of draws from the prior that lie far from all codes, where the decoder was
// never taught. Far is: ln q(z), q(z) = 1/N Σ_n q(z|x_n), below the 1st percentile of what codes themselves have, each without its own row's
// posterior. So a prior that is the aggregate gives 1 %, whatever the number of dimensions. KL(q(z) ‖ p(z)) = E_q[ln q(z) − ln p(z)] hardly
// sees holes: it looks where the codes are, and this where the prior is.
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import { matrix, type Matrix } from '../base/matrix.ts';
import type { Rng } from '../base/rng.ts';
import { aggregateAt, AGGREGATE_ROWS } from './aggregate-posterior.ts';
import { checkPosteriors, drawPosteriors, evenRows, type Metric } from './metric.ts';

/** Of both sides: holes in the prior, codes off it. */
export const holeParams = {
  quantile: { kind: 'float', default: 0.01, min: 0, max: 0.5, help: 'share of its own that would count as far' },
  rows: { kind: 'int', default: AGGREGATE_ROWS, min: 2, max: 20_000, scale: 'log', help: 'codes, and draws from the prior' },
} as const;

/** The value below which `share` of them lie. */
export function quantile(values: Float64Array, share: number): number {
  return values.toSorted()[Math.min(values.length - 1, Math.floor(share * values.length))] as number;
}

/** As many draws from N(0, I). */
export const standardNormalDraws = (count: number, latentSize: number, rng: Rng): Matrix =>
  matrix(count, latentSize, rng.fillNormal(new Float32Array(count * latentSize)));

export const priorHoles = member({
  id: 'prior-holes',
  title: 'Holes in the prior',
  summary: 'share of draws from the prior that lie far from all codes; above 0.1 samples will be off',
  formula: 'P_{z ~ p}(ln q(z) < t), t the α-quantile of ln q_{−i}(z_i), z_i ~ q(z|x_i), q_{−i} = 1/(N − 1) Σ_{n≠i} q(z|x_n)',
  params: holeParams,
  make:
    ({ quantile: share, rows }): Metric =>
    (posteriors, rng) => {
      checkPosteriors(posteriors);
      if (posteriors.codebook)
        throw new KarstError('unsupported', 'prior-holes needs densities of the codes, and entries of a codebook have none');
      const chosen = evenRows(posteriors, rows);
      const codes = chosen.prior?.atCodes?.z ?? drawPosteriors(chosen, rng);
      const draws = chosen.prior?.z ?? standardNormalDraws(rows, codes.cols, rng);
      const bar = quantile(aggregateAt(chosen, codes, true), share);
      const values = Float32Array.from(aggregateAt(chosen, draws), (density) => density - bar);
      return {
        value: values.filter((one) => one < 0).length / values.length,
        unit: 'share',
        expected: share,
        perPoint: [{ of: 'draws', title: 'nats above the bar of ln q(z); below 0 in a hole', values }],
        rows: chosen.mean.rows,
      };
    },
});

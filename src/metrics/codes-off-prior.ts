// The other side of the holes: the share of codes that lie where the prior hardly ever draws, so that samples will never look like their rows.
// Off is: ln p(z) below the 1st percentile of what draws from the prior themselves have. Beside it stands KL(q(z) ‖ p(z)), the mean of
// ln q(z) − ln p(z) at codes, of which these codes are the large part.
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import { checkPosteriors, drawPosteriors, evenRows, standardNormalLogDensity, type Metric } from './metric.ts';
import { holeParams, quantile, standardNormalDraws } from './prior-holes.ts';

export const codesOffPrior = member({
  id: 'codes-off-prior',
  title: 'Codes off the prior',
  summary: 'share of codes where the prior hardly ever draws: their rows will not come up among samples',
  formula: 'P_i(ln p(z_i) < t), z_i ~ q(z|x_i), t the α-quantile of ln p(z), z ~ p',
  params: holeParams,
  make:
    ({ quantile: share, rows }): Metric =>
    (posteriors, rng) => {
      checkPosteriors(posteriors);
      const chosen = evenRows(posteriors, rows);
      const { prior } = chosen;
      if (prior && !(prior.atCodes && prior.logDensity))
        throw new KarstError('unsupported', 'codes-off-prior needs the density of the prior, and this model cannot tell it');
      const ofCodes = prior?.atCodes?.logDensity ?? standardNormalLogDensity(drawPosteriors(chosen, rng));
      const ofDraws = prior?.logDensity ?? standardNormalLogDensity(standardNormalDraws(rows, chosen.mean.cols, rng));
      const bar = quantile(ofDraws, share);
      const values = Float32Array.from(ofCodes, (density) => density - bar);
      return {
        value: values.filter((one) => one < 0).length / values.length,
        unit: 'share',
        expected: share,
        perPoint: [{ of: 'heldOut', title: 'nats above the bar of ln p(z); below 0 off the prior', values }],
        rows: chosen.mean.rows,
      };
    },
});

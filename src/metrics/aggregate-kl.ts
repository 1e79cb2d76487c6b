// KL from the aggregate posterior to the prior (Hoffman & Johnson 2016; "marginal KL"): KL(q(z) ‖ p(z)) = E[log q(z) - log p(z)], z drawn
// from the posteriors. Large (above 3 to 5 nats) means that draws from the prior fall into holes. Biased upwards by as much as the mutual
// information is cut by its cap. Of a codebook's entries it is what they cost less what they tell, E[−Σ ln P(e)] − H(e): slots that repeat each
// other, and frequencies that have changed since the prior counted them.
import { member } from '../base/family.ts';
import type { Rng } from '../base/rng.ts';
import { AGGREGATE_ROWS, logDensities, type LogDensities } from './aggregate-posterior.ts';
import { jointEntropy } from './code-perplexity.ts';
import { measureKl } from './kl-divergence.ts';
import { evenRows, type Measured, type Metric, type Posteriors } from './metric.ts';

export function aggregateKlOf({ aggregate, prior, isPriorUnknown }: LogDensities): Measured {
  let sum = 0;
  for (let i = 0; i < aggregate.length; i++) sum += (aggregate[i] as number) - (prior[i] as number);
  return {
    value: sum / aggregate.length,
    unit: 'nats',
    rows: aggregate.length,
    ...(isPriorUnknown ? { notes: ['measured from N(0, I), which is not the prior of this model'] } : {}),
  };
}

export function measureAggregateKl(posteriors: Posteriors, rng: Rng, mostRows: number = AGGREGATE_ROWS): Measured {
  const chosen = evenRows(posteriors, mostRows);
  if (!chosen.codebook) return aggregateKlOf(logDensities(posteriors, rng, mostRows));
  return { value: measureKl(chosen).value - jointEntropy(chosen.codebook), unit: 'nats', rows: chosen.mean.rows };
}

export const aggregateKl = member({
  id: 'aggregate-kl',
  title: 'KL of the aggregate posterior',
  summary: 'how far the codes together are from the prior; large means holes between them',
  formula: 'KL(q(z) ‖ p(z)) = E[ln q(z) − ln p(z)], q(z) = 1/N Σ_n q(z|x_n)',
  paper: 'Hoffman & Johnson 2016, ELBO surgery',
  params: {
    rows: { kind: 'int', default: AGGREGATE_ROWS, min: 2, max: 20_000, scale: 'log', help: 'rows compared with each other' },
  },
  make:
    ({ rows }): Metric =>
    (posteriors, rng) =>
      measureAggregateKl(posteriors, rng, rows),
});

// Mutual information of data and code under the encoder (Hoffman & Johnson 2016): I_q(x; z) = E[log q(z|x) - log q(z)], both terms at the
// same draw of z. (With the analytic entropy in the first term the noise no longer cancels, and a collapsed model shows -0.2 nats.)
// Never above ln N, N the rows in the aggregate: the cap is part of the answer. A row's entries of a codebook hang on the row alone: I(x; e) = H(e).
import { member } from '../base/family.ts';
import type { Rng } from '../base/rng.ts';
import { AGGREGATE_ROWS, logDensities, type LogDensities } from './aggregate-posterior.ts';
import { jointEntropy } from './code-perplexity.ts';
import { evenRows, type ChosenCodes, type Measured, type Metric, type Posteriors } from './metric.ts';

export function mutualInformationOf({ own, aggregate }: LogDensities): Measured {
  let sum = 0;
  for (let i = 0; i < own.length; i++) sum += (own[i] as number) - (aggregate[i] as number);
  return { value: sum / own.length, unit: 'nats', cap: Math.log(own.length), rows: own.length };
}

export function informationOfCodes(codebook: ChosenCodes): Measured {
  const rows = codebook.chosen.length / codebook.slots;
  return { value: jointEntropy(codebook), unit: 'nats', cap: Math.log(rows), rows };
}

export function measureMutualInformation(posteriors: Posteriors, rng: Rng, mostRows: number = AGGREGATE_ROWS): Measured {
  const { codebook } = evenRows(posteriors, mostRows);
  return codebook ? informationOfCodes(codebook) : mutualInformationOf(logDensities(posteriors, rng, mostRows));
}

export const mutualInformation = member({
  id: 'mutual-information',
  title: 'Mutual information',
  summary: 'nats that a code says about its row; at most ln of the rows measured',
  formula: 'I_q(x; z) = E[ln q(z|x) − ln q(z)]',
  paper: 'Hoffman & Johnson 2016, ELBO surgery',
  params: {
    rows: { kind: 'int', default: AGGREGATE_ROWS, min: 2, max: 20_000, scale: 'log', help: 'rows compared with each other' },
  },
  make:
    ({ rows }): Metric =>
    (posteriors, rng) =>
      measureMutualInformation(posteriors, rng, rows),
});

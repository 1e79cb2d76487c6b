// KL from posterior to standard normal prior (Kingma & Welling 2013), mean over rows: KL_j = ½ (mu_j² + sigma_j² - ln sigma_j² - 1) nats,
// total = Σ_j KL_j. Large does not mean used: it is I_q(x; z) + KL(q(z) ‖ p(z)) (Hoffman & Johnson 2016). Of a codebook's entries it is −Σ ln P(e),
// what they cost under the frequencies of their slots.
import { member } from '../base/family.ts';
import { checkPosteriors, type Measured, type Metric, type Posteriors } from './metric.ts';

export function measureKl(posteriors: Posteriors): Measured {
  checkPosteriors(posteriors);
  const { mean, logVariance, codebook } = posteriors;
  const perDimension = new Float64Array(mean.cols);
  for (let at = 0; at < mean.data.length; at++) {
    const mu = mean.data[at] as number;
    const logVar = logVariance.data[at] as number;
    // expm1 keeps the small KL of a dead dimension, where variance and log-variance all but cancel
    const nats = codebook ? (codebook.nats[at] as number) : 0.5 * (mu * mu + Math.expm1(logVar) - logVar);
    perDimension[at % mean.cols] = (perDimension[at % mean.cols] as number) + nats;
  }
  for (let j = 0; j < mean.cols; j++) perDimension[j] = (perDimension[j] as number) / mean.rows;
  return { value: perDimension.reduce((sum, kl) => sum + kl, 0), unit: 'nats', perDimension, rows: mean.rows };
}

export const klDivergence = member({
  id: 'kl',
  title: 'KL',
  summary: 'nats a row that the code spends, in total and by dimension',
  formula: 'KL = mean_x Σ_j ½ (μ_j² + σ_j² − ln σ_j² − 1)',
  paper: 'Kingma & Welling 2013, arXiv 1312.6114',
  params: {},
  make: (): Metric => measureKl,
});

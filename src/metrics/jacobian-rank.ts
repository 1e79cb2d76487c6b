// In how many directions the decoder moves what it draws: the effective rank (Roy & Vetterli 2007) of J = ∂g/∂z, exp of the entropy of its
// singular values, meant over draws from the prior. k equal singular values give exactly k. Does not see scale: a decoder that hardly moves
// may move evenly.
import { member } from '../base/family.ts';
import { notesOf, pullbackIn, type DecoderMetric } from './decoder-metric.ts';
import { effectiveRankOf } from './effective-rank.ts';
import { meanOf } from './metric.ts';

export const jacobianRank = member({
  id: 'jacobian-rank',
  title: 'Rank of the decoder',
  summary: 'directions in which the decoder moves what it draws',
  formula: 'mean_z exp(−Σ_i p_i ln p_i), p = s / Σ s, s the singular values of J = ∂g/∂z, z ~ p(z)',
  paper: 'Roy & Vetterli 2007, The effective rank',
  params: {},
  make: (): DecoderMetric => (findings) => {
    const pullback = pullbackIn('jacobian-rank', findings);
    const { points, rank, eigenvalues } = pullback;
    const values = Float32Array.from({ length: points }, (_, i) =>
      effectiveRankOf(eigenvalues.subarray(i * rank, (i + 1) * rank).map(Math.sqrt)),
    );
    return {
      value: meanOf(values),
      unit: 'dimensions',
      cap: rank,
      perPoint: [{ of: 'draws', title: 'directions in which what is drawn moves', values }],
      rows: points,
      ...notesOf(pullback),
    };
  },
});

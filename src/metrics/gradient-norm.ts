// How large gradients are, over all weights together, and of each player beside it, before any clipping. Above 100 is trouble in a GAN; a
// generator's below a thousandth of what it was early on has stopped learning. They compare within one run.
import { member } from '../base/family.ts';
import { found, type TrainingMetric } from './training-metric.ts';

export const gradientNorm = member({
  id: 'gradient-norm',
  title: 'Gradient norms',
  summary: 'how large the gradients of all players are; compare within a run',
  formula: '√(Σ_p |∇_p L_p|²), p the players, L_p what each minimises, without penalties on slopes',
  params: {},
  make: (): TrainingMetric => (findings) => {
    const norms = Object.entries(found('gradient-norm', findings, 'gradientNorms'));
    return {
      value: Math.hypot(...norms.map(([, norm]) => norm)),
      unit: 'slope',
      beside: norms.map(([player, norm]) => ({ title: `of the ${player}`, value: norm, unit: 'slope' })),
      rows: findings.rows ?? 0,
    };
  },
});

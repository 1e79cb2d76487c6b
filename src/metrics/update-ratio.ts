// How far the last step moved the weights, beside how large they are: about 1e-3 in training that goes well (Karpathy's rule of thumb); 1e-1 tears
// weights up, 1e-6 leaves them where they are. The value is of the player that moves most.
import { member } from '../base/family.ts';
import { found, type TrainingMetric } from './training-metric.ts';

export const updateRatio = member({
  id: 'update-ratio',
  title: 'Steps beside weights',
  summary: 'how far a step moves the weights, beside their size; near 0.001 as a rule',
  formula: 'max_p rms(Δw) / rms(w), Δw Adam’s last step of player p, over all of its weights',
  paper: 'Kingma & Ba 2015, arXiv 1412.6980',
  params: {},
  make: (): TrainingMetric => (findings) => {
    const updates = found('update-ratio', findings, 'updates');
    const largest = updates.map(({ player, byWeight }) => {
      const [name, ratio] = Object.entries(byWeight).reduce((most, one) => (one[1] > most[1] ? one : most), ['', 0]);
      return { title: `of the ${player}, most in ${name}`, value: ratio, unit: 'ratio' } as const;
    });
    return {
      value: Math.max(...updates.map(({ ratio }) => ratio)),
      unit: 'ratio',
      beside: [
        ...updates.map(({ player, ratio }) => ({ title: `of the ${player}`, value: ratio, unit: 'ratio' }) as const),
        ...largest,
      ],
      rows: 0,
    };
  },
});

// How unevenly the decoder stretches space: ln of the condition number of M = JᵀJ (Odena et al. 2018), the median over draws from the prior.
// 0 where all directions count alike; generators that hold it down lose fewer classes. ε keeps it finite: at the cap a dimension is dead.
import { member } from '../base/family.ts';
import { epsilon, notesOf, pullbackIn, type DecoderMetric } from './decoder-metric.ts';

export const conditionNumber = member({
  id: 'condition-number',
  title: 'Condition of the decoder',
  summary: 'how unevenly the decoder listens to directions; high beside other seeds goes with lost classes',
  formula: 'median_z ln((λ_max + ε) / (λ_min + ε)), λ the eigenvalues of JᵀJ, z ~ p(z)',
  paper: 'Odena et al. 2018, arXiv 1802.08768',
  params: { epsilon },
  make:
    ({ epsilon: added }): DecoderMetric =>
    (findings) => {
      const pullback = pullbackIn('condition-number', findings);
      const { points, rank, eigenvalues } = pullback;
      let largest = 0;
      const values = Float32Array.from({ length: points }, (_, i) => {
        const [most, least] = [eigenvalues[i * rank] as number, eigenvalues[(i + 1) * rank - 1] as number];
        largest = Math.max(largest, most);
        return Math.log((most + added) / (least + added));
      });
      return {
        value: median(values),
        unit: 'nats',
        cap: Math.log((largest + added) / added),
        perPoint: [{ of: 'draws', title: 'ln of the condition number', values }],
        rows: points,
        ...notesOf(pullback),
      };
    },
});

function median(values: Float32Array): number {
  const sorted = values.toSorted();
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2;
}

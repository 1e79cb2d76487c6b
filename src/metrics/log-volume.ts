// How much the decoder stretches space at draws from the prior: ½ ln det(JᵀJ + εI), over the singular values that J can have. As a map it
// shows where classes border on each other (ridges) and where nothing changes (basins). It falls when dimensions die: by ½ ln(λ / ε) for each, and by
// ln 1.25 = 0.22 nats a dimension where lengths shrink by a fifth. A log may be of either sign or 0: a share of it says nothing, only differences do.
// Units follow those of the rows, so it compares between checkpoints, not between datasets.
import { member } from '../base/family.ts';
import { epsilon, notesOf, pullbackIn, type DecoderMetric } from './decoder-metric.ts';
import { meanOf } from './metric.ts';
import type { Pullback } from './pullback.ts';

/** At each point, nats. */
export function logVolumes({ points, rank, eigenvalues }: Pullback, added: number): Float32Array {
  return Float32Array.from({ length: points }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < rank; j++) sum += Math.log((eigenvalues[i * rank + j] as number) + added);
    return 0.5 * sum;
  });
}

export const logVolume = member({
  id: 'log-volume',
  title: 'Log-volume',
  summary:
    'how much the decoder stretches space; 0.22 nats less a dimension are a fifth of all lengths lost, in a few checkpoints a sign of geometric collapse',
  formula: 'mean_z ½ ln det(JᵀJ + ε I), J = ∂g/∂z, z ~ p(z)',
  paper: 'Arvanitidis, Hansen & Hauberg 2018, arXiv 1710.11379',
  params: { epsilon },
  make:
    ({ epsilon: added }): DecoderMetric =>
    (findings) => {
      const pullback = pullbackIn('log-volume', findings);
      const values = logVolumes(pullback, added);
      return {
        value: meanOf(values),
        unit: 'nats',
        perPoint: [{ of: 'draws', title: 'ln of the volume that a unit of latent volume becomes, nats', values }],
        rows: pullback.points,
        ...notesOf(pullback),
      };
    },
});

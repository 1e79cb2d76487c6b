// To how many dimensions the decoder listens: the root mean square of |∂g/∂z_j| over draws from the prior, for each j; below a hundredth of
// the largest a dimension is ignored. The decoder's side of active units: a code that moves may move nothing, and a dimension that the
// encoder leaves alone may still be heard.
import { member } from '../base/family.ts';
import { notesOf, pullbackIn, type DecoderMetric } from './decoder-metric.ts';
import type { Pullback } from './pullback.ts';

/** Root mean square over the points of |∂g/∂z_j|, by dimension. */
export function sensitivities({ points, latentSize, slopes }: Pullback): Float64Array {
  const squares = new Float64Array(latentSize);
  slopes.forEach((slope, at) => (squares[at % latentSize] = (squares[at % latentSize] as number) + slope * slope));
  return squares.map((sum) => Math.sqrt(sum / points));
}

export const decoderSensitivity = member({
  id: 'decoder-sensitivity',
  title: 'Dimensions heard',
  summary: 'latent dimensions that change what is drawn; fewer than half is a watch',
  formula: '#{ j : s_j ≥ c max_i s_i }, s_j = √(mean_z |∂g/∂z_j|²), z ~ p(z)',
  params: {
    least: {
      kind: 'float',
      default: 0.01,
      min: 0,
      max: 1,
      help: 'part of the largest slope below which a dimension counts as ignored',
    },
  },
  make:
    ({ least }): DecoderMetric =>
    (findings) => {
      const pullback = pullbackIn('decoder-sensitivity', findings);
      const perDimension = sensitivities(pullback);
      const largest = perDimension.reduce((most, one) => Math.max(most, one), 0);
      return {
        value: perDimension.filter((one) => one > 0 && one >= least * largest).length,
        unit: 'dimensions',
        cap: pullback.latentSize,
        perDimension,
        beside: [{ title: 'largest slope', value: largest, unit: 'slope' }],
        rows: pullback.points,
        ...notesOf(pullback),
      };
    },
});

// Where the decoder draws the same whichever way one walks: the share of draws from the prior at which |J|, over all dimensions together, is
// below a tenth of its root mean square. Karst country: the map shows where they lie. A decoder that ignores all codes is one sinkhole.
import { member } from '../base/family.ts';
import { notesOf, pullbackIn, type DecoderMetric } from './decoder-metric.ts';
import { meanOf } from './metric.ts';
import type { Pullback } from './pullback.ts';

/** |J| at each point, √ of the sum of squares of all slopes. */
export function totalSlopes({ points, latentSize, slopes }: Pullback): Float64Array {
  return Float64Array.from({ length: points }, (_, i) => Math.hypot(...slopes.subarray(i * latentSize, (i + 1) * latentSize)));
}

export const sinkholes = member({
  id: 'sinkholes',
  title: 'Sinkholes',
  summary: 'share of the space where what is drawn hardly changes, whichever way one walks',
  formula: 'P_z(|J| < c √(mean |J|²)), |J|² = Σ_jk (∂g_k/∂z_j)², z ~ p(z)',
  params: {
    below: { kind: 'float', default: 0.1, min: 0, max: 1, help: 'part of the usual slope below which a place is a sinkhole' },
  },
  make:
    ({ below }): DecoderMetric =>
    (findings) => {
      const pullback = pullbackIn('sinkholes', findings);
      const found = totalSlopes(pullback);
      const usual = Math.sqrt(meanOf(found.map((one) => one * one)));
      const { notes = [] } = notesOf(pullback);
      const all = [...notes, ...(usual === 0 ? ['the decoder draws the same whatever the code'] : [])];
      return {
        value: usual === 0 ? 1 : meanOf(found.map((one) => Number(one < below * usual))),
        unit: 'share',
        perPoint: [{ of: 'draws', title: 'how fast what is drawn changes', values: Float32Array.from(found) }],
        beside: [{ title: 'usual slope', value: usual, unit: 'slope' }],
        rows: pullback.points,
        ...(all.length > 0 ? { notes: all } : {}),
      };
    },
});

// Which of the known modes of a mixture of narrow Gaussians samples land on (Srivastava et al. 2017, VEEGAN; Lin et al. 2018, PacGAN). A sample
// is of high quality within 3 sd of the nearest mode; a mode is captured by one such sample; with p_m the share of them on mode m,
//   reverse KL = Σ_m p_m ln(M p_m), 0 where all modes get their due, ln M where one gets all.
// Samples of the mixture itself: 1 - exp(-4.5) = 98.9 % of high quality in two dimensions, and a reverse KL of about (M - 1) / 2N.
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import type { Matrix } from '../base/matrix.ts';
import { lacking, told, type SampleMetric } from './sample-metric.ts';

export interface Modes {
  /** [modes, dimensions] */
  readonly means: Float64Array;
  /** Of every mode, in every direction. */
  readonly sd: number;
}

export interface ModeCoverage {
  readonly captured: number;
  readonly of: number;
  /** Share of the samples, 0 … 1. */
  readonly highQuality: number;
  /** NaN where no sample is on a mode. */
  readonly reverseKlNats: number;
  /** High-quality samples on each mode. */
  readonly counts: Int32Array;
  /** The mode that each sample is on, -1 where it is on none. */
  readonly modeOf: Int32Array;
}

const WITHIN_SD = 3;

export function modeCoverage(samples: Matrix, { means, sd }: Modes): ModeCoverage {
  const { rows, cols, data } = samples;
  const of = means.length / cols;
  if (!Number.isInteger(of) || of === 0)
    throw new KarstError('usage', `modes must have the samples' ${cols} dimensions, got ${means.length} values in all`);
  const counts = new Int32Array(of);
  const modeOf = new Int32Array(rows).fill(-1);
  for (let i = 0; i < rows; i++) {
    let [nearest, least] = [0, Infinity];
    for (let m = 0; m < of; m++) {
      let square = 0;
      for (let j = 0; j < cols; j++) square += ((data[i * cols + j] as number) - (means[m * cols + j] as number)) ** 2;
      if (square < least) [nearest, least] = [m, square];
    }
    if (!(Math.sqrt(least) < WITHIN_SD * sd)) continue;
    counts[nearest] = (counts[nearest] as number) + 1;
    modeOf[i] = nearest;
  }
  const good = counts.reduce((sum, count) => sum + count, 0);
  let reverseKlNats = good > 0 ? 0 : NaN;
  for (const count of counts) if (count > 0) reverseKlNats += (count / good) * Math.log((of * count) / good);
  return { captured: counts.filter((count) => count > 0).length, of, highQuality: good / rows, reverseKlNats, counts, modeOf };
}

export const modesCovered = member({
  id: 'mode-coverage',
  title: 'Modes covered',
  summary: 'known modes that have a sample of high quality, within three deviations',
  formula: '#{ m : ∃ j with |y_j − μ_m| < 3 sd, μ_m the nearest mode }',
  paper: 'Srivastava et al. 2017, arXiv 1705.07761; Lin et al. 2018, arXiv 1712.04086',
  params: {},
  make: (): SampleMetric => (sets) => {
    const { modes, rawFake } = sets;
    if (!modes || !rawFake) throw lacking('mode coverage', 'known modes, and samples in their space');
    const { captured, of, highQuality, reverseKlNats, modeOf } = modeCoverage(rawFake, modes);
    return {
      value: captured,
      unit: 'count',
      cap: of,
      expected: of,
      rows: rawFake.rows,
      beside: [
        { title: 'samples of high quality', value: highQuality, unit: 'share' },
        ...(captured > 0 ? [{ title: 'KL from equal shares', value: reverseKlNats, unit: 'nats' } as const] : []),
      ],
      perPoint: [{ of: 'samples', title: 'mode of a sample, −1 of one that is on none', values: Float32Array.from(modeOf) }],
      ...told(sets),
    };
  },
});

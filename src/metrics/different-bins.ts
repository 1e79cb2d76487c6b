// Number of statistically different bins (Richardson & Weiss 2018). k-means cuts the training rows into bins; a bin is different where the samples'
// share of it and the training rows' are not one share by a two-proportion test,
//   z = (p - q) / √( r (1 - r) (1/n + 1/m) ),   r = (n p + m q) / (n + m),
// at level α. Of rows of the data themselves α of the bins are expected to be; a lost class empties several. Beside it the Jensen-Shannon
// divergence of the shares, nats. Which bins is in `perPoint`: below zero where samples are missing.
import { counted } from '../base/counted.ts';
import { member } from '../base/family.ts';
import type { Rng } from '../base/rng.ts';
import type { Matrix } from '../base/matrix.ts';
import type { SearchOptions } from '../base/neighbours.ts';
import { kMeans, nearestCentre } from './k-means.ts';
import { normalTail } from './normal-tail.ts';
import { told, type SampleMetric } from './sample-metric.ts';

export interface DifferentBins {
  readonly different: number;
  readonly bins: number;
  readonly divergenceNats: number;
  /** Of each bin: above zero where samples are too many. */
  readonly z: Float64Array;
  /** The bin of each row. */
  readonly ofTrain: Int32Array;
  readonly ofFake: Int32Array;
}

export function differentBins(
  train: Matrix,
  fake: Matrix,
  bins: number,
  alpha: number,
  rng: Rng,
  options?: SearchOptions,
): DifferentBins {
  const { centres, of: ofTrain } = kMeans(train, bins, rng, options);
  const ofFake = nearestCentre(centres, fake, options);
  const share = (of: Int32Array): Float64Array => {
    const shares = new Float64Array(centres.rows);
    for (const bin of of) shares[bin] = (shares[bin] as number) + 1 / of.length;
    return shares;
  };
  const [p, q] = [share(ofFake), share(ofTrain)];
  const [n, m] = [ofFake.length, ofTrain.length];
  const z = p.map((inFake, bin) => {
    const inTrain = q[bin] as number;
    const pooled = (n * inFake + m * inTrain) / (n + m);
    const error = Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
    return error > 0 ? (inFake - inTrain) / error : 0;
  });
  let divergenceNats = 0;
  p.forEach((inFake, bin) => {
    const inTrain = q[bin] as number;
    for (const one of [inFake, inTrain]) if (one > 0) divergenceNats += 0.5 * one * Math.log((2 * one) / (inFake + inTrain));
  });
  return { different: z.filter((one) => normalTail(one) < alpha).length, bins: centres.rows, divergenceNats, z, ofTrain, ofFake };
}

/** Rows that a bin should have on average, so that its share is a normal's. */
const ROWS_A_BIN = 20;

export const numberOfDifferentBins = member({
  id: 'different-bins',
  title: 'Statistically different bins',
  summary: 'regions of the data where samples are too few or too many; sees one lost class',
  formula: 'NDB = #{ b : P(|N(0,1)| > |z_b|) < α }, z_b = (p_b − q_b) / √(r_b (1 − r_b) (1/n + 1/m))',
  paper: 'Richardson & Weiss 2018, arXiv 1805.12462',
  params: {
    bins: {
      kind: 'int',
      default: 100,
      min: 2,
      max: 1000,
      scale: 'log',
      help: 'bins, fewer where a bin would have fewer than 20 rows',
    },
    alpha: { kind: 'float', default: 0.05, min: 1e-6, max: 0.5, scale: 'log', help: 'level of the test' },
  },
  make:
    ({ bins: asked, alpha }): SampleMetric =>
    (sets, rng, options) => {
      const { train, fake } = sets;
      const most = Math.max(2, Math.floor(Math.min(train.rows, fake.rows) / ROWS_A_BIN));
      const found = differentBins(train, fake, Math.min(asked, most), alpha, rng.stream('bins'), options);
      const zOf = (of: Int32Array): Float32Array => Float32Array.from(of, (bin) => found.z[bin] as number);
      const fewer =
        found.bins < asked
          ? `${counted(found.bins, 'bin')}, not ${asked}: ${most < asked ? 'there are too few rows for more' : 'there are no more distinct rows'}`
          : undefined;
      return {
        value: found.different,
        unit: 'bins',
        cap: found.bins,
        expected: alpha * found.bins,
        rows: fake.rows,
        beside: [{ title: 'Jensen-Shannon divergence of the shares', value: found.divergenceNats, unit: 'nats' }],
        perPoint: [
          { of: 'training', title: 'z of the row’s bin, below 0 where samples are missing', values: zOf(found.ofTrain) },
          { of: 'samples', title: 'z of the sample’s bin, above 0 where samples are too many', values: zOf(found.ofFake) },
        ],
        ...told(sets, fewer),
      };
    },
});

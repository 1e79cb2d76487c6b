// Rotating modes: at each moment samples lie on few modes, but on others the next time. Pooled over the last moments they cover far more than
// each does. The moving average of the weights, smaller rates and beta1 = 0 stop the circling; other cures of mode collapse do as well.
import { now, percent, type Cause } from '../cause.ts';
import { calmer, flatter, packing, relativisticFlat } from '../cures/for-samples.ts';

/** Moments that are pooled. */
const POOLED = 6;
const FEWEST = 4;
/** A bin is served where it gets this part of its due. */
const SERVED = 0.25;
/** How many times the bins of one moment the pooled ones are. */
const TURNING = 1.5;
/** Part of the bins above which one moment covers too much to be called collapsed. */
const MOST = 0.7;

export const rotatingModes: Cause = {
  id: 'rotating-modes',
  title: 'Rotating modes',
  summary:
    'Samples serve a few modes at a time and others the next: generator and discriminator chase each other in a circle. Momentum and large rates keep it going.',
  paper: 'Metz et al. 2017, arXiv:1611.02163; Mescheder, Geiger & Nowozin 2018, arXiv:1801.04406',
  cures: [calmer, flatter, relativisticFlat, packing],
  judge(history) {
    const seen = history.slice(-POOLED).flatMap(({ signs: { samples } }) => (samples?.binShares ? [samples] : []));
    const real = now(history)?.signs.samples?.realBinShares;
    if (seen.length < FEWEST || !real || !now(history)?.signs.samples?.binShares) return undefined;
    const servedOf = (shares: readonly number[]): readonly boolean[] =>
      shares.map((share, bin) => share >= SERVED * (real[bin] as number));
    const served = seen.map(({ binShares }) => servedOf(binShares ?? []));
    const count = (bins: readonly boolean[]): number => bins.filter(Boolean).length;
    const each = served.reduce((sum, bins) => sum + count(bins), 0) / served.length;
    const pooled = count(real.map((_, bin) => served.some((bins) => bins[bin])));
    const known = real.filter((share) => share > 0).length;
    if (each > MOST * known || pooled < TURNING * Math.max(1, each)) return undefined;
    return {
      state: 'collapsed',
      sentence: `samples lie in ${each.toFixed(1)} of ${known} parts of the data at a time, in ${pooled} over the last ${seen.length} looks`,
      signs: [
        { text: `each look finds ${percent(each / known)} of the parts of the data served`, speaksFor: true },
        { text: `together they find ${percent(pooled / known)}`, speaksFor: true, weight: 2 },
        {
          text: `the first and the last of them share ${count((served[0] as readonly boolean[]).map((bin, i) => bin && ((served.at(-1) as readonly boolean[])[i] ?? false)))} parts`,
          speaksFor:
            count((served[0] as readonly boolean[]).map((bin, i) => bin && ((served.at(-1) as readonly boolean[])[i] ?? false))) <
            each / 2,
        },
      ],
    };
  },
};

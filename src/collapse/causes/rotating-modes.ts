// Rotating modes: at each moment samples lie on few modes, but on others the next time. Pooled over the last moments they cover far more than
// each does. The moving average of the weights, smaller rates and beta1 = 0 stop the circling; other cures of mode collapse do as well.
import { counted } from '../../base/counted.ts';
import { now, percent, type Cause } from '../cause.ts';
import { calmer, flatter, packing, relativisticFlat } from '../cures/for-samples.ts';

/** Moments that are pooled. */
const POOLED = 6;
const FEWEST = 4;
/** A bin is served where it gets this part of its due. */
const SERVED = 0.25;
/** How many times the bins of one moment the pooled ones are. */
const TURNING = 1.5;
/** And how many more, at least: one bin comes and goes by chance. */
const MORE = 2;
/** Part of the bins above which one moment covers too much to be called collapsed. */
const MOST = 0.7;

export const rotatingModes: Cause = {
  id: 'rotating-modes',
  title: 'Rotating modes',
  summary:
    'Samples serve a few modes at a time and others the next: generator and discriminator chase each other in a circle. Momentum and large rates keep it going.',
  paper: 'Metz et al. 2017, arXiv:1611.02163; Mescheder, Geiger & Nowozin 2018, arXiv:1801.04406',
  health: ({ samples }) => samples?.coverage,
  cures: [calmer, flatter, relativisticFlat, packing],
  judge(history) {
    const seen = history.slice(-POOLED).flatMap(({ signs }) => signs.samples?.bins ?? []);
    const last = now(history)?.signs.samples?.bins;
    if (!last || seen.length < FEWEST) return undefined;
    const served = seen.map(({ samples }) => samples.map((share, bin) => share >= SERVED * (last.real[bin] as number)));
    const count = (bins: readonly boolean[]): number => bins.filter(Boolean).length;
    const each = served.reduce((sum, bins) => sum + count(bins), 0) / served.length;
    const [earliest, latest] = [served[0] as readonly boolean[], served.at(-1) as readonly boolean[]];
    const pooled = count(latest.map((_, bin) => served.some((bins) => bins[bin])));
    const shared = count(earliest.map((isServed, bin) => isServed && (latest[bin] as boolean)));
    const known = last.real.filter((share) => share > 0).length;
    // One that still gains parts has more of them now than it had on the average: that is growing, not turning.
    const most = Math.max(1, each, count(latest));
    if (most > MOST * known || pooled < Math.max(TURNING * most, most + MORE)) return undefined;
    return {
      state: 'collapsed',
      sentence: `samples lie in ${each.toFixed(1)} of ${known} parts of the data at a time, in ${pooled} over the last ${seen.length} looks`,
      signs: [
        { text: `each look finds ${percent(each / known)} of the parts of the data served`, speaksFor: true },
        { text: `together they find ${percent(pooled / known)}`, speaksFor: true, weight: 2 },
        { text: `the first and the last of them share ${counted(shared, 'part')}`, speaksFor: shared < each / 2 },
      ],
    };
  },
};

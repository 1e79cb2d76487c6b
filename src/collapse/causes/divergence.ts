// Training blows up: a NaN made it go back, or the loss has grown far beyond what it was at its best. Where the decoder has read no code since, that
// is why the codes are gone.
import { counted } from '../../base/counted.ts';
import { figure, now, type Cause, type Moment } from '../cause.ts';
import { clipped, slower } from '../cures/for-all.ts';
import { numberOf } from '../cure.ts';
import { latentBounds } from '../latent-levels.ts';
import { lossKnobs } from '../same-loss.ts';

/** How many times the spread of its best third the loss may rise. */
const RISEN = 10;
const FEWEST = 6;
/** Looks at the decoder, and errors above nothing, that tell that it has read a code. */
const FEW_GAPS = 3;
const CERTAIN = 4;

export const divergence: Cause = {
  id: 'divergence',
  title: 'Divergence',
  summary:
    'Steps have become too large: the loss grows instead of falling, or is no number any more. The learning rate is too high for this model, or a row of the data is extreme.',
  paper: 'Goodfellow, Bengio & Courville 2016, Deep Learning, section 8.2.4',
  cures: [slower, clipped],
  judge(history, { params }) {
    const training = now(history)?.signs.training;
    if (!training) return undefined;
    const rollbacks = training.rollbacks ?? 0;
    const inForce = lossKnobs(history.findLast(({ knobs }) => knobs)?.knobs);
    // Where a knob of it is turned, by hand or by a schedule, the loss is another one.
    const alike = history.filter(({ knobs }) => lossKnobs(knobs) === inForce);
    // A rate that is set moves the price of the KL at each step, and the loss with it.
    const part = numberOf(params, 'minimumRate.nats') > 0 ? 'reconstruction' : 'loss';
    const losses = alike.flatMap(({ signs }) => signs.training?.losses?.[part] ?? []);
    const sorted = [...losses].sort((a, b) => a - b);
    const [least, third] = [sorted[0] ?? 0, sorted[Math.floor(sorted.length / 3)] ?? 0];
    const latest = losses.at(-1) ?? 0;
    const spread = Math.max(third - least, 0.01 * Math.abs(least), 1e-9);
    const isRising =
      losses.length >= FEWEST &&
      latest - least > RISEN * spread &&
      losses.slice(-3).every((one, i, last) => i === 0 || one >= (last[i - 1] as number));
    if (rollbacks === 0 && !isRising) return undefined;
    return {
      state: rollbacks > 0 && isBroken(history) ? 'collapsed' : 'watch',
      sentence: isRising
        ? `the loss grows: ${figure(latest)}, which was ${figure(least)} at its best`
        : `training went back ${counted(rollbacks, 'time')} because a figure was no number`,
      signs: [
        { text: `training went back ${counted(rollbacks, 'time')}`, speaksFor: rollbacks > 0 },
        ...(isBroken(history) ? [{ text: 'the decoder has read no code at any look', speaksFor: rollbacks > 0 }] : []),
        { text: `the loss is ${figure(latest)}, at its best it was ${figure(least)}`, speaksFor: isRising },
      ],
    };
  },
};

/** Steps so large that they made no numbers leave units dead: whatever else the codes show then, this is why. */
function isBroken(history: readonly Moment[]): boolean {
  const gaps = history.flatMap(({ epoch, signs }) => (epoch >= 1 ? (signs.decoder?.shuffledGap ?? []) : []));
  return gaps.length >= FEW_GAPS && gaps.every(({ nats, errorNats }) => nats - CERTAIN * errorNats < latentBounds.gapNone);
}

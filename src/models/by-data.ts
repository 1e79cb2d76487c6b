// What `auto` stands for: choices that follow from the shape of a row.
import { sampleSize, type SampleShape } from '../datasets/dataset.ts';

/** Grey pictures of at most this many pixels go to the dense net, which sees ten times as many of them in a second. */
const DENSE_PIXELS = 32 * 32;

/**
 * A learnt sigma starts at this part of the data's spread. A direction is used only where its variance exceeds sigma² (Lucas et al. 2019):
 * at the full spread every direction of standardised data looks like noise, and the codes die before sigma falls.
 */
export const START_SIGMA = 1 / 3;

export const autoNet = (sample: SampleShape): string =>
  sample.kind === 'picture' && (sample.channels > 1 || sampleSize(sample) > DENSE_PIXELS) ? 'conv' : 'dense';

export const autoLikelihood = (sample: SampleShape): string =>
  sample.kind === 'picture' && sample.channels === 1 ? 'bernoulli' : 'gaussian';

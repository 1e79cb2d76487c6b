// Is a run losing what it had? Long before little is left, a figure of which more is better keeps falling from look to look. Judged by the run
// itself, beside its own best: codes of the same rows hardly sway, so that three falls running are a course; of samples, the last three looks
// must lie below the three before by twice the error of that difference. Both rest on three looks, so nobody has to wait for three more.
import type { Moment } from './cause.ts';
import type { LatentSigns, SignsRecord } from '../protocol/signs.ts';
import { moments } from './spread.ts';

export interface Losing {
  readonly best: number;
  readonly latest: number;
  /** Looks running that show it. */
  readonly looks: number;
}

type Figure = (signs: SignsRecord) => number | undefined;

const LOOKS = 3;
/** Of the best, above which it may sway. */
const SWAY = 0.95;
/** Of the best, gone: less is a trade between what codes say and what they cost. */
const LOST_CODES = 0.1;
/** Of the best three looks running: samples of a healthy GAN come and go by some hundredths. */
const LOST_SAMPLES = 0.12;
/** Differences of means that are no accident, in their errors. */
const ERRORS = 2;

/**
 * A tenth of the best away after three falls running, or lower from look to look in three that have all lost a twentieth; nothing where the best
 * was not `worth` having.
 */
export function losingCodes(
  history: readonly Moment[],
  worth: number,
  figure: (latent: LatentSigns) => number | undefined = ({ mutualInformation }) => mutualInformation.nats,
): Losing | undefined {
  const rows = history.at(-1)?.signs.latent?.mutualInformation.rows;
  // More rows show more: only looks at as many compare.
  const seen = valuesOf(history, ({ latent }) =>
    latent?.mutualInformation.rows === rows ? latent && figure(latent) : undefined,
  );
  const best = Math.max(0, ...seen);
  const last = seen.slice(-LOOKS - 1);
  const latest = last.at(-1) ?? NaN;
  const fewest = last.slice(1);
  const falls = last.length > LOOKS && (isFalling(last) || (isFalling(fewest) && fewest.every((one) => one <= SWAY * best)));
  return falls && best >= worth && latest <= (1 - LOST_CODES) * best ? { best, latest, looks: LOOKS } : undefined;
}

/** The last three looks lie below the three before, or each below the look before it, and an eighth below the best three. */
export function losingSamples(history: readonly Moment[], figure: Figure, worth: number): Losing | undefined {
  const seen = valuesOf(history, figure);
  if (seen.length < 2 * LOOKS) return undefined;
  const [before, after] = [moments(seen.slice(-2 * LOOKS, -LOOKS)), moments(seen.slice(-LOOKS))];
  const best = Math.max(...seen.slice(0, 1 - LOOKS).map((_, at) => moments(seen.slice(at, at + LOOKS)).mean));
  const isLower = before.mean - after.mean > ERRORS * Math.sqrt((before.variance + after.variance) / LOOKS);
  const falls = isLower || isFalling(seen.slice(-LOOKS - 1)); // a steep fall spreads the three itself
  return falls && best >= worth && after.mean <= (1 - LOST_SAMPLES) * best
    ? { best, latest: after.mean, looks: LOOKS }
    : undefined;
}

const isFalling = (some: readonly number[]): boolean => some.every((one, i) => i === 0 || one < (some[i - 1] as number));

const valuesOf = (history: readonly Moment[], figure: Figure): readonly number[] =>
  history.flatMap(({ signs }) => figure(signs) ?? []);

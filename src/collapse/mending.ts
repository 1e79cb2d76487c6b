// Whether what a cause makes worse gets better from look to look: a young model then, rather than an ill one.
import type { Cause, Moment } from './cause.ts';
import { moments } from './spread.ts';

/** Rise, beside what was there, that is more than swaying. */
const MENDING = 0.02;
/** Looks that are compared, a half of them with the other. */
const LOOKS = 6;

/** From each look to the next. */
function rises(seen: readonly number[]): boolean {
  const [earliest = NaN, ...later] = seen;
  const goesUp = later.every((one, i) => one > (seen[i] as number));
  return later.length > 0 && goesUp && (later.at(-1) as number) - earliest > MENDING * Math.abs(earliest);
}

/** The last three looks lie above the three before by twice the error of that difference: of samples, one look sways. */
function hasRisen(seen: readonly number[]): boolean {
  if (seen.length < LOOKS) return false;
  const [before, after] = [moments(seen.slice(0, LOOKS / 2)), moments(seen.slice(LOOKS / 2))];
  const rise = after.mean - before.mean;
  return rise > MENDING * Math.abs(before.mean) && rise > 2 * Math.sqrt((before.variance + after.variance) / (LOOKS / 2));
}

/** By `health`, more of which is better. */
export function mends(history: readonly Moment[], health: Cause['health']): boolean {
  const looks = history.slice(-LOOKS).flatMap(({ signs }) => {
    const seen = health?.(signs);
    return seen === undefined ? [] : [typeof seen === 'number' ? [seen] : seen];
  });
  const isDrawn = history.at(-1)?.signs.samples !== undefined; // codes of the same rows hardly sway
  return (looks[0] ?? []).some((_, which) => {
    const course = looks.map((look) => look[which] as number);
    return rises(course.slice(-LOOKS / 2)) || (isDrawn && hasRisen(course));
  });
}

// Which checkpoints to keep, and with them the codes of their steps: the newest few for going on after damage, every one at a round step
// if asked, and of the rest a few spread over the run for its history. They are spread evenly over the square root of the steps: a
// landscape forms early, so the beginning has more of them than the end. The newest is always kept.

export interface Retention {
  /** The newest that are kept in any case, at least 1. */
  readonly last: number;
  /** Checkpoints at multiples of this many steps are kept for ever; 0 for none. */
  readonly everySteps: number;
  /** How many of the older ones are kept, spread over the run; the first ever saved is one of them. */
  readonly spread: number;
}

export const defaultRetention: Retention = { last: 3, everySteps: 0, spread: 12 };

/** The steps to keep of `steps` (ascending). */
export function retained(steps: readonly number[], retention: Retention = defaultRetention): readonly number[] {
  const { last, everySteps, spread } = retention;
  const newest = steps.slice(-Math.max(1, last));
  const older = steps.slice(0, steps.length - newest.length);
  const round = everySteps > 0 ? older.filter((step) => step % everySteps === 0) : [];
  const rest = older.filter((step) => !round.includes(step));
  while (rest.length > Math.max(0, spread)) {
    // Drop the one whose neighbours are closest together; the first stays as long as any does.
    let drop = rest.length - 1;
    let smallest = Infinity;
    for (let i = 1; i < rest.length; i++) {
      const next = rest[i + 1] ?? newest[0] ?? Infinity;
      const gap = Math.sqrt(next) - Math.sqrt(rest[i - 1] as number);
      if (gap < smallest) [smallest, drop] = [gap, i];
    }
    rest.splice(drop, 1);
  }
  return [...round, ...rest, ...newest].sort((a, b) => a - b);
}

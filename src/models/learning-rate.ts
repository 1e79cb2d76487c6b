// The learning rate of an iteration: a linear warm-up, then constant, then falling to next to nothing along half a cosine (Loshchilov &
// Hutter 2017; with a constant stretch before it, the warm-up-stable-decay schedule of Hu et al. 2024, arXiv:2404.06395).

export interface RateSchedule {
  /** Steps to rise over; 0 for none. */
  readonly warmUp: number;
  /** The step at which the cosine reaches its end; 0 keeps the rate constant. */
  readonly decay: number;
  /** Part of the steps up to `decay` that pass before the cosine begins, 0 … 1. */
  readonly hold: number;
}

/** What is left of the rate at the end of the cosine. */
const LAST = 0.02;

/** The factor on the learning rate at iteration `step`, 0 … 1. */
export function rateFactor({ warmUp, decay, hold }: RateSchedule, step: number): number {
  const rising = warmUp > 0 ? Math.min(1, (step + 1) / warmUp) : 1;
  if (decay <= 0) return rising;
  const begin = Math.max(warmUp, hold * decay);
  const done = Math.min(1, Math.max(0, step - begin) / Math.max(1, decay - begin));
  return rising * (LAST + (1 - LAST) * 0.5 * (1 + Math.cos(Math.PI * done)));
}

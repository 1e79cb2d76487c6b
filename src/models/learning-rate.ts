// The learning rate of an iteration: a linear warm-up, then constant or falling to nothing along half a cosine (Loshchilov & Hutter 2017).

export interface RateSchedule {
  /** Steps to rise over; 0 for none. */
  readonly warmUp: number;
  /** The step at which the cosine reaches its end; 0 keeps the rate constant. */
  readonly decay: number;
}

/** What is left of the rate at the end of the cosine. */
const LAST = 0.02;

/** The factor on the learning rate at iteration `step`, 0 … 1. */
export function rateFactor({ warmUp, decay }: RateSchedule, step: number): number {
  const rising = warmUp > 0 ? Math.min(1, (step + 1) / warmUp) : 1;
  if (decay <= 0) return rising;
  const done = Math.min(1, Math.max(0, step - warmUp) / Math.max(1, decay - warmUp));
  return rising * (LAST + (1 - LAST) * 0.5 * (1 + Math.cos(Math.PI * done)));
}

// When something that is done now and then is due: every so many steps, or so many seconds apart while it stays below a share of the
// time. Only what is looked at is paced by the clock, never what is learnt.

export interface PaceOptions {
  /** Steps apart; 0 for pacing by the clock. */
  readonly steps: number;
  readonly seconds: number;
  /** At most this part of the time is spent on it. */
  readonly share: number;
  /** The share at first; it falls by a fifth each time until it is `share`. */
  readonly shareAtFirst?: number;
  /** Steps at which it is due in any case, unless more than half of the time would go there. */
  readonly early?: readonly number[];
  /** What it is expected to take before it was first done. */
  readonly expectedMs?: number;
  readonly nowMs: number;
}

export class Pace {
  readonly #options: PaceOptions;
  #lastMs: number;
  #costMs = 0;
  #times = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#lastMs = options.nowMs;
    this.#costMs = options.expectedMs ?? 0;
  }

  /** Better known now, though it has not been done yet. */
  expect(costMs: number): void {
    if (this.#times === 0) this.#costMs = costMs;
  }

  isDue(step: number, nowMs: number): boolean {
    const { steps, seconds, share, shareAtFirst = share, early } = this.#options;
    if (steps > 0) return step % steps === 0;
    const sinceMs = nowMs - this.#lastMs;
    if (early?.includes(step)) return sinceMs >= this.#costMs;
    const shareNow = Math.max(share, shareAtFirst * 0.8 ** this.#times);
    return sinceMs >= Math.max(seconds * 1000, this.#costMs / shareNow);
  }

  /** It was done: it began at `startMs` and ended at `endMs`. */
  done(startMs: number, endMs: number): void {
    this.#lastMs = endMs;
    this.#costMs = endMs - startMs;
    this.#times++;
  }
}

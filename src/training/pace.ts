// When something that is done now and then is due: every so many steps, or so many seconds apart while it stays below a share of the
// time. Only what is looked at is paced by the clock, never what is learnt.

export interface PaceOptions {
  /** Steps apart; 0 for pacing by the clock. */
  readonly steps: number;
  readonly seconds: number;
  /** At most this part of the time is spent on it. */
  readonly share: number;
  readonly nowMs: number;
}

export class Pace {
  readonly #options: PaceOptions;
  #lastMs: number;
  #costMs = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#lastMs = options.nowMs;
  }

  isDue(step: number, nowMs: number): boolean {
    const { steps, seconds, share } = this.#options;
    if (steps > 0) return step % steps === 0;
    return nowMs - this.#lastMs >= Math.max(seconds * 1000, this.#costMs / share);
  }

  /** It was done: it began at `startMs` and ended at `endMs`. */
  done(startMs: number, endMs: number): void {
    this.#lastMs = endMs;
    this.#costMs = endMs - startMs;
  }
}

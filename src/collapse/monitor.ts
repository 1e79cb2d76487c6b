// Watches a run while it trains and raises a warning once for each cause. A cause must be found in several looks running before it is told
// (smoothing), and be away for as many before it counts as gone (hysteresis); after that it rests for some looks (cool-down), so that a run that
// sways about a bound does not cry at every turn. The look that tells is the third, so a collapse is told while it is young; a finding that rests
// on several looks by itself, as that of a decline does, is not waited for again. What still mends from look to look is no finding yet: every
// model begins without codes and with poor samples.
import type { CauseRecord } from '../protocol/records.ts';
import type { DataSigns } from '../protocol/signs.ts';
import { carrying, confidenceOf, type Moment } from './cause.ts';
import type { Circumstances } from './circumstances.ts';
import { mends } from './mending.ts';
import { findings, recordOf } from './verdict.ts';

export interface MonitorOptions {
  /** Looks running that must find a cause, or miss it. */
  readonly patience?: number;
  /** Looks after a cause has gone before it is told again. */
  readonly coolDown?: number;
  /** Looks that are kept; the best figures so far outlive them. */
  readonly kept?: number;
  /** What is known of the data before the first look. */
  readonly data?: DataSigns;
}

export interface Warning {
  readonly step: number;
  /** The step of the first look that found it. */
  readonly since: number;
  readonly cause: CauseRecord;
}

/** Nobody is called while more speaks against a cause than for it. */
const LEAST_SURE = 0.5;

interface Watched {
  found: number;
  missed: number;
  since: number;
  isRaised: boolean;
  rest: number;
}

export class Monitor {
  readonly #about: Circumstances;
  readonly #patience: number;
  readonly #coolDown: number;
  readonly #kept: number;
  readonly #watched = new Map<string, Watched>();
  #history: Moment[] = [];
  #rollbacks = 0;
  /** What is known before the first look. */
  readonly #before: Pick<Moment, 'signs'>;

  constructor(about: Circumstances, { patience = 3, coolDown = 8, kept = 200, data }: MonitorOptions = {}) {
    this.#about = about;
    this.#before = { signs: data ? { data } : {} };
    this.#patience = patience;
    this.#coolDown = coolDown;
    this.#kept = kept;
  }

  get history(): readonly Moment[] {
    return this.#history;
  }

  /** Warnings that this look raises. Nothing is told before the first pass over the data. */
  look(seen: Moment): readonly Warning[] {
    const moment = this.#counted(carrying(this.#history.at(-1) ?? this.#before, seen));
    this.#history = [...this.#thinned(), moment];
    if (moment.epoch < 1) return [];
    const found = findings(this.#history, this.#about).filter(
      ({ cause, finding }) => !mends(this.#history, cause.health) && confidenceOf(finding.signs) >= LEAST_SURE,
    );
    const raised: Warning[] = [];
    for (const { cause, finding } of found) {
      const watched = this.#of(cause.id, moment.step);
      const { looks = 1 } = finding;
      if (watched.found === 0) watched.since = this.#history.at(-looks)?.step ?? moment.step;
      watched.found = Math.max(watched.found + 1, looks);
      watched.missed = 0;
      const patience = Math.max(this.#patience, cause.patience ?? 0);
      if (watched.isRaised || watched.rest > 0 || watched.found < patience) continue;
      watched.isRaised = true;
      raised.push({ step: moment.step, since: watched.since, cause: recordOf(cause, finding, this.#about) });
    }
    for (const [id, watched] of this.#watched) {
      if (watched.rest > 0) watched.rest--;
      if (found.some(({ cause }) => cause.id === id)) continue;
      watched.missed++;
      if (watched.missed < this.#patience) continue;
      watched.found = 0;
      if (watched.isRaised) watched.rest = this.#coolDown;
      watched.isRaised = false;
    }
    return raised;
  }

  /** Training went back: what was seen beyond `step` did not happen. */
  rewind(step: number): void {
    this.#rollbacks++;
    this.#history = this.#history.filter((moment) => moment.step <= step);
    this.#watched.clear();
  }

  /** With how often training went back, where no measurement told. */
  #counted(moment: Moment): Moment {
    const { training } = moment.signs;
    if (this.#rollbacks === 0 || training?.rollbacks !== undefined) return moment;
    return { ...moment, signs: { ...moment.signs, training: { ...training, rollbacks: this.#rollbacks } } };
  }

  #of(id: string, step: number): Watched {
    const watched = this.#watched.get(id) ?? { found: 0, missed: 0, since: step, isRaised: false, rest: 0 };
    this.#watched.set(id, watched);
    return watched;
  }

  /** Every second of the older half goes when there are too many, so that early peaks stay in sight. */
  #thinned(): readonly Moment[] {
    if (this.#history.length < this.#kept) return this.#history;
    const half = Math.floor(this.#history.length / 2);
    return [...this.#history.slice(0, half).filter((_, i) => i % 2 === 0), ...this.#history.slice(half)];
  }
}

// The reports of the run looked at: its curves, the information in each latent dimension, its knobs. Reports come in by event and are joined
// with those asked for at the start; a report of a step already known replaces it (a run resumed from an earlier checkpoint repeats steps).
import type { EngineEvents } from '../../src/protocol/engine-api.ts';
import type { MeasureRecord, ReportRecord, RunRecord } from '../../src/protocol/records.ts';
import type { Connection } from '../connection/connection.svelte.ts';
import { Call } from './call.svelte.ts';
import type { Library } from './library.svelte.ts';

export class Training {
  reports = $state.raw<readonly ReportRecord[]>([]);
  measure = $state.raw<MeasureRecord | undefined>();
  readonly latest = $derived(this.reports.at(-1));
  /** The newest report that says how much each dimension carries. */
  readonly latestPerDimension = $derived(this.reports.findLast(({ klPerDimension }) => klPerDimension !== undefined));
  /** Whether what the model reports of held-out rows is a bound on log p(x); taken for granted until it has reported some. */
  readonly hasBound = $derived(this.reports.every(({ heldOut }) => heldOut === undefined || heldOut.elbo !== undefined));
  readonly loading = new Call('read');
  readonly measuring = new Call('read');
  readonly turning = new Call();
  /** The cure tried last, and on which run; what came of it stands there, whichever run is looked at meanwhile. */
  trying = $state.raw<{ readonly run: string; readonly cure: string; readonly call: Call } | undefined>();

  readonly #connection: Connection;
  readonly #library: Library;
  #early: ReportRecord[] = [];

  constructor(connection: Connection, library: Library) {
    this.#connection = connection;
    this.#library = library;
    library.onSelected(() => {
      this.reports = [];
      this.measure = undefined;
      this.measuring.clear();
      this.turning.clear();
      void this.load();
    });
    connection.onConnected(() => void this.load());
    connection.onEvent((name, event) => {
      if (name !== 'reported') return;
      const { run, reports } = event as EngineEvents['reported'];
      if (run !== library.selectedId) return;
      if (this.loading.running) this.#early.push(...reports);
      else this.reports = joined(this.reports, reports);
    });
  }

  async load(): Promise<void> {
    const run = this.#library.selectedId;
    this.#early = [];
    if (run === undefined) return this.loading.clear();
    const reports = await this.loading.run((options) => this.#connection.client.reports({ run }, options));
    if (reports) this.reports = joined(reports, this.#early);
  }

  /** The full set of figures over the held-out rows; takes a while. */
  async measureInFull(): Promise<void> {
    const run = this.#library.selectedId;
    if (run === undefined) return;
    this.measure = await this.measuring.run((options) => this.#connection.client.measure({ run }, options));
  }

  /** Applies a cure: the run stays as it is, and a branch of it that trains with the cure comes back. It is opened, unless one has turned to
   * another run since. */
  async tryCure(run: string, cure: string): Promise<RunRecord | undefined> {
    const call = new Call();
    this.trying = { run, cure, call };
    const branch = await call.run((options) => this.#connection.client.cure({ run, cure }, options));
    if (branch && this.#library.selectedId === run) this.#library.adopt(branch);
    return branch;
  }

  /** Turns knobs of the running trainer. True when it took them. */
  async turn(values: Readonly<Record<string, number>>): Promise<boolean> {
    const run = this.#library.selectedId;
    if (run === undefined) return false;
    return (await this.turning.run(() => this.#connection.client.setKnobs({ run, values }))) !== undefined;
  }
}

/** Newer reports appended; where steps overlap the newer ones win. */
export function joined(older: readonly ReportRecord[], newer: readonly ReportRecord[]): readonly ReportRecord[] {
  const first = newer[0];
  if (!first) return older;
  let kept = older.length;
  while (kept > 0 && (older[kept - 1] as ReportRecord).step >= first.step) kept--;
  return [...older.slice(0, kept), ...newer];
}

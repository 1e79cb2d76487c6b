// Two checkpoints side by side, of one run or of two: what is chosen, what came of it, and the page of it.
import type { ComparisonPage } from '../../src/protocol/reports.ts';
import type { RunRecord } from '../../src/protocol/records.ts';
import type { Connection } from '../connection/connection.svelte.ts';
import { Call } from './call.svelte.ts';
import { download } from '../controls/download.ts';

export interface ComparedCheckpoint {
  readonly run: string;
  readonly step: number;
}

export class Comparison {
  isOpen = $state(false);
  sides = $state.raw<readonly [ComparedCheckpoint, ComparedCheckpoint] | undefined>();
  found = $state.raw<ComparisonPage | undefined>();
  saved = $state.raw<string | undefined>();
  readonly comparing = new Call();
  readonly saving = new Call();
  readonly #connection: Connection;
  readonly #library: { readonly runs: readonly RunRecord[] };
  readonly #isInBrowser: boolean;

  constructor(connection: Connection, library: { readonly runs: readonly RunRecord[] }, isInBrowser: boolean) {
    this.#connection = connection;
    this.#library = library;
    this.#isInBrowser = isInBrowser;
  }

  /** Runs that have a checkpoint to look at. */
  get runs(): readonly RunRecord[] {
    return this.#library.runs.filter(({ checkpoints }) => checkpoints.length > 0);
  }

  /** Nothing is compared with itself. */
  get isSame(): boolean {
    const [from, to] = this.sides ?? [];
    return from !== undefined && from.run === to?.run && from.step === to.step;
  }

  /** Beside its parent where it is a branch, another run of the same data, or its own first checkpoint. */
  open(run: RunRecord): void {
    const newest = (one: RunRecord): ComparedCheckpoint => ({ run: one.id, step: one.checkpoints.at(-1) ?? 0 });
    const others = this.runs.filter(({ id }) => id !== run.id);
    const parent = others.find(({ id }) => id === run.branchOf?.run);
    const beside = parent ?? others.find(({ dataset }) => dataset.fingerprint === run.dataset.fingerprint);
    this.choose([beside ? newest(beside) : { run: run.id, step: run.checkpoints[0] ?? 0 }, newest(run)]);
    this.isOpen = true;
  }

  choose(sides: readonly [ComparedCheckpoint, ComparedCheckpoint]): void {
    this.comparing.clear();
    this.saving.clear();
    [this.sides, this.found, this.saved] = [sides, undefined, undefined];
  }

  async compare(): Promise<void> {
    const { sides } = this;
    if (!sides) return;
    this.found = undefined;
    const found = await this.comparing.run((options) => this.#connection.client.compare({ of: [...sides] }, options));
    if (found) this.found = found;
  }

  /** As a page: among the exports of the first run, or downloaded in a browser. */
  async save(): Promise<void> {
    const { sides } = this;
    if (!sides) return;
    const asked = { of: [...sides], page: true, save: !this.#isInBrowser };
    const made = await this.saving.run((options) => this.#connection.client.compare(asked, options));
    if (!made) return;
    if (made.html === undefined) this.saved = made.path;
    else {
      this.saved = 'comparison.html';
      download(this.saved, new Blob([made.html], { type: 'text/html' }));
    }
  }

  close(): void {
    this.comparing.clear();
    this.saving.clear();
    this.isOpen = false;
  }
}

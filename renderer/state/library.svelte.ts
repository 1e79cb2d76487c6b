// The library: every run and dataset the engine knows, and which run is looked at. The engine's records are the truth; nothing is guessed
// ahead of its answer.
import type { EngineEvents } from '../../src/protocol/engine-api.ts';
import type { DatasetRecord, DeviceRecord, FamilyRecord, InspectionRecord, RunRecord } from '../../src/protocol/records.ts';
import type { Connection } from '../connection/connection.svelte.ts';
import { Call } from './call.svelte.ts';
import { membersOf } from './form-fields.ts';
import { recall, remember } from './remembered.ts';
import { isRunning } from './words.ts';

export interface Removed {
  readonly title: string;
  readonly trashed: string;
}

export class Library {
  runs = $state.raw<readonly RunRecord[]>([]);
  datasets = $state.raw<readonly DatasetRecord[]>([]);
  families = $state.raw<readonly FamilyRecord[]>([]);
  devices = $state.raw<readonly DeviceRecord[]>([]);
  isLoaded = $state(false);
  selectedId = $state<string | undefined>();
  readonly selected = $derived(this.runs.find(({ id }) => id === this.selectedId));
  /** What the rows of the run looked at are; unknown until it has decoded some, where its dataset is not open. */
  readonly sampleKind = $derived(this.selected?.thumbnails?.kind ?? this.datasetOf(this.selected)?.thumbnails.kind);
  /** The run removed last, while it can be brought back. */
  removed = $state.raw<Removed | undefined>();

  readonly loading = new Call('read');
  readonly measuringDevices = new Call('read');
  readonly opening = new Call();
  readonly restoring = new Call();
  /** Pause, resume, rename and remove of the run with this id. */
  acting = $state.raw<{ readonly run: string; readonly call: Call } | undefined>();

  readonly #connection: Connection;
  readonly #selectedListeners = new Set<(run: string | undefined) => void>();

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.onConnected(() => void this.load());
    connection.onEvent((name, event) => this.#told(name, event));
  }

  onSelected(listener: (run: string | undefined) => void): void {
    this.#selectedListeners.add(listener);
  }

  async load(): Promise<void> {
    const { client } = this.#connection;
    const loaded = await this.loading.run((options) =>
      Promise.all([client.runs({}, options), client.datasets({}, options), client.families({}, options)]),
    );
    if (!loaded) return;
    [this.runs, this.datasets, this.families] = [newestFirst(loaded[0]), loaded[1], loaded[2]];
    this.isLoaded = true;
    const wanted = this.selectedId ?? recall<string>('run', (value) => typeof value === 'string');
    const choice = this.runs.find(({ id }) => id === wanted) ?? this.runs.find(isRunning) ?? this.runs[0];
    this.select(choice?.id);
  }

  select(id: string | undefined): void {
    if (id === this.selectedId) return;
    this.selectedId = id;
    if (id !== undefined) remember('run', id);
    for (const listener of this.#selectedListeners) listener(id);
  }

  /** What the run was trained on, where the library has it open. */
  datasetOf(run: RunRecord | undefined): DatasetRecord | undefined {
    return this.datasets.find(({ id }) => id === run?.dataset.id);
  }

  /** What a family's member is called; its id where it is not known here. */
  titleOf(family: string, id: string): string {
    return membersOf(this.families, family).find((member) => member.id === id)?.title ?? id;
  }

  /** Measured once, when first asked for: it takes about a second for each device. */
  async measureDevices(): Promise<void> {
    if (this.devices.length > 0 || this.measuringDevices.running) return;
    this.devices = (await this.measuringDevices.run((options) => this.#connection.client.doctor({}, options))) ?? [];
  }

  async openDataset(path: string): Promise<DatasetRecord | undefined> {
    const opened = await this.opening.run((options) => this.#connection.client.openDataset({ path }, options));
    if (opened) this.datasets = [...this.datasets.filter(({ id }) => id !== opened.id), opened];
    return opened;
  }

  /** Opens data; a picture may be a sample grid that Karst made, which then is returned with how it was made. */
  async openPath(path: string): Promise<InspectionRecord | DatasetRecord | undefined> {
    if (!/\.png$/i.test(path)) return await this.openDataset(path);
    const found = await this.opening.run((options) => this.#connection.client.inspect({ path }, options));
    return found?.kind === 'dataset' ? await this.openDataset(path) : found;
  }

  async pause(run: string): Promise<void> {
    this.#put(await this.#act(run, () => this.#connection.client.pauseRun({ run })));
  }

  async resume(run: string, more: { steps?: number; seconds?: number } = {}): Promise<void> {
    this.#put(await this.#act(run, () => this.#connection.client.resumeRun({ run, ...more })));
  }

  async rename(run: string, title: string): Promise<void> {
    this.#put(await this.#act(run, () => this.#connection.client.renameRun({ run, title })));
  }

  async remove(run: RunRecord): Promise<void> {
    const done = await this.#act(run.id, () => this.#connection.client.removeRun({ run: run.id }));
    if (!done) return;
    this.removed = { title: run.title, trashed: done.trashed };
    this.#drop(run.id);
  }

  async undoRemove(): Promise<void> {
    const { removed } = this;
    if (!removed) return;
    const back = await this.restoring.run(() => this.#connection.client.restoreRun({ trashed: removed.trashed }));
    if (!back) return;
    this.removed = undefined;
    this.#put(back);
    this.select(back.id);
  }

  /** A run that was just started: shown at once, before its first event. */
  adopt(run: RunRecord): void {
    this.#put(run);
    this.select(run.id);
  }

  #act<T>(run: string, work: () => Promise<T>): Promise<T | undefined> {
    const call = new Call();
    this.acting = { run, call };
    return call.run(work);
  }

  #put(run: RunRecord | undefined): void {
    if (!run) return;
    const known = this.runs.some(({ id }) => id === run.id);
    this.runs = known ? this.runs.map((old) => (old.id === run.id ? run : old)) : newestFirst([run, ...this.runs]);
    if (this.selectedId === undefined) this.select(run.id);
  }

  #drop(run: string): void {
    const at = this.runs.findIndex(({ id }) => id === run);
    if (at < 0) return;
    this.runs = this.runs.filter(({ id }) => id !== run);
    if (this.selectedId === run) this.select((this.runs[at] ?? this.runs[at - 1])?.id);
  }

  #told(name: keyof EngineEvents, event: EngineEvents[keyof EngineEvents]): void {
    if (name === 'runChanged') this.#put(event as RunRecord);
    else if (name === 'runRemoved') this.#drop((event as EngineEvents['runRemoved']).run);
    else if (name === 'datasetsChanged') this.datasets = event as readonly DatasetRecord[];
  }
}

const newestFirst = (runs: readonly RunRecord[]): RunRecord[] => [...runs].sort((a, b) => b.createdAt.localeCompare(a.createdAt));

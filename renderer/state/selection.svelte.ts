// The rows drawn around on the map, by lasso or rectangle, from the keys or the panel. They are known by their row in the dataset, so that a
// selection outlives a new layout.
import type { ReconstructionsRecord, SamplesRecord } from '../../src/protocol/records.ts';
import type { Connection } from '../connection/connection.svelte.ts';
import { Call } from './call.svelte.ts';
import { visibleMask } from './colouring.ts';
import type { LandscapeState } from './landscape.svelte.ts';
import type { Library } from './library.svelte.ts';
import { rowsCsv } from './rows-csv.ts';

export type Tool = 'navigate' | 'lasso' | 'rectangle';
/** What points drawn around do to the selection: take its place, join it, or leave it. */
export type Selecting = 'anew' | 'add' | 'remove';

/** Rows of one label among the selected, -1 without. */
interface SelectedClass {
  readonly label: number;
  readonly name: string;
  readonly count: number;
}
/** Something fetched for rows, and the selection that it was fetched for. */
interface Of<Rows> {
  readonly record: Rows;
  readonly rows: Int32Array;
}

const NO_ROWS = new Int32Array(0);
/** Pictures shown beside the count. */
const FIRST = 12;
/** How long a selection stands before its first pictures are asked for. */
const FIRST_MS = 250;
/** Rows that are decoded at most, spread evenly over the selection. */
const MOST_DECODED = 60;

export class Selection {
  /** What a drag on the map does: turn or move it, or draw around points. */
  tool = $state<Tool>('navigate');
  /** Row ids, ascending. */
  rows = $state.raw<Int32Array<ArrayBuffer>>(NO_ROWS);
  /** The map draws these alone. */
  isAlone = $state(false);
  first = $state.raw<Of<SamplesRecord> | undefined>();
  decoded = $state.raw<Of<ReconstructionsRecord> | undefined>();
  readonly picturing = new Call('read');
  readonly decoding = new Call('read');

  /** Where the rows are on the map that is shown. */
  readonly indices = $derived.by(() => {
    const found: number[] = [];
    for (const row of this.rows) {
      const index = this.#landscape.indexOf(row);
      if (index !== undefined) found.push(index);
    }
    return found;
  });
  /** What the map draws, [count]: neither hidden labels nor, where asked, rows that are not selected; undefined: all. */
  readonly mask = $derived.by((): Uint8Array | undefined => {
    const { map, hidden } = this.#landscape;
    const visible = map && visibleMask(map, hidden);
    if (!map || !this.isAlone || this.indices.length === 0) return visible;
    const mask = new Uint8Array(map.count);
    for (const index of this.indices) mask[index] = visible?.[index] ?? 1;
    return mask;
  });
  /** The selected rows by label, the most frequent first; none where the data have no labels. */
  readonly classes = $derived.by((): SelectedClass[] => {
    const { map } = this.#landscape;
    if (!map?.labels) return [];
    const counts = new Map<number, number>();
    for (const index of this.indices) {
      const label = Math.max(-1, map.labels[index] ?? -1);
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    const nameOf = (label: number): string => (label < 0 ? 'no label' : (map.labelNames?.[label] ?? String(label)));
    return [...counts]
      .sort(([p, many], [q, more]) => more - many || p - q)
      .map(([label, count]) => ({ label, name: nameOf(label), count }));
  });
  /** Fetched for the selection as it is now. */
  readonly firstNow = $derived.by(() => (this.first?.rows === this.rows ? this.first.record : undefined));
  readonly decodedNow = $derived.by(() => (this.decoded?.rows === this.rows ? this.decoded.record : undefined));

  readonly #connection: Connection;
  readonly #library: Library;
  readonly #landscape: LandscapeState;
  #firstTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: Connection, library: Library, landscape: LandscapeState) {
    this.#connection = connection;
    this.#library = library;
    this.#landscape = landscape;
    library.onSelected(() => {
      this.clear();
      this.tool = 'navigate';
    });
    connection.onConnected(() => this.#wantFirst());
  }

  /** Takes up a tool, or lays it down. */
  toggle(tool: Exclude<Tool, 'navigate'>): void {
    this.tool = this.tool === tool ? 'navigate' : tool;
  }

  select(indices: ArrayLike<number>, how: Selecting = 'anew'): void {
    const { map } = this.#landscape;
    if (!map) return;
    const rows = new Set(how === 'anew' ? [] : this.rows);
    for (const index of Array.from(indices)) {
      const row = map.rowIds[index];
      if (row === undefined) continue;
      if (how === 'remove') rows.delete(row);
      else rows.add(row);
    }
    this.#take(rows);
  }

  /** The point joins the selection, or leaves it. */
  toggleRow(index: number): void {
    this.select([index], this.rows.includes(this.#landscape.map?.rowIds[index] ?? -1) ? 'remove' : 'add');
  }

  /** Every point that the map draws. */
  selectAll(): void {
    const { mask } = this;
    const all = Array.from({ length: this.#landscape.map?.count ?? 0 }, (_, index) => index);
    this.select(mask ? all.filter((index) => mask[index] !== 0) : all);
  }

  /** Of the selected rows those of one label. */
  keepClass(label: number): void {
    const labels = this.#landscape.map?.labels;
    this.select(this.indices.filter((index) => Math.max(-1, labels?.[index] ?? -1) === label));
  }

  clear(): void {
    this.#take(new Set());
  }

  csv(): string {
    const { map } = this.#landscape;
    return map ? rowsCsv(map, this.indices) : '';
  }

  /** Decodes the rows, or some of them where they are many. */
  async decode(): Promise<void> {
    const { rows } = this;
    const { map } = this.#landscape;
    const run = this.#library.selectedId;
    if (run === undefined || !map || rows.length === 0) return;
    const count = Math.min(rows.length, MOST_DECODED);
    const rowIds = Int32Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)] as number);
    this.#landscape.clearPicks();
    const asked = { run, step: map.step, rowIds, codes: map.codes ?? ('mean' as const), seed: map.seed };
    const record = await this.decoding.run((options) => this.#connection.client.reconstruct(asked, options));
    if (record) this.decoded = { record, rows };
  }

  #take(rows: ReadonlySet<number>): void {
    this.rows = rows.size === 0 ? NO_ROWS : Int32Array.from(rows).sort();
    if (rows.size === 0) this.isAlone = false;
    this.picturing.clear();
    this.decoding.clear();
    this.#wantFirst();
  }

  #wantFirst(): void {
    clearTimeout(this.#firstTimer);
    if (this.rows.length > 0 && !this.firstNow) this.#firstTimer = setTimeout(() => void this.#fetchFirst(), FIRST_MS);
  }

  async #fetchFirst(): Promise<void> {
    const { rows } = this;
    const run = this.#library.selectedId;
    if (run === undefined || rows.length === 0) return;
    const asked = { run, rowIds: rows.slice(0, FIRST) };
    const record = await this.picturing.run((options) => this.#connection.client.originals(asked, options));
    if (record) this.first = { record, rows };
  }
}

// What the landscape shows of the run looked at: a map of its codes, how it is coloured, which points are hovered and picked. Points are
// known by their row in the dataset, so that picks survive a new layout.
import type { EngineEvents } from '../../src/protocol/engine-api.ts';
import type { MapRecord, PointRecord, RunRecord, SamplesRecord } from '../../src/protocol/records.ts';
import type { Connection } from '../connection/connection.svelte.ts';
import { Call } from './call.svelte.ts';
import type { Colouring } from './colouring.ts';
import type { Library } from './library.svelte.ts';
import { recall, remember } from './remembered.ts';

/** Milliseconds the pointer rests on a point before its pictures are asked for. */
const HOVER_MS = 35;
/** How long a live map may lag behind a new checkpoint before the page asks for it. */
const MAP_LAG_MS = 4000;
/** And how long after a report the first map is asked for. */
const FIRST_MAP_MS = 700;
const MOST_CACHED = 256;
/** The layout that is there at once. */
const QUICK = 'pca';
/** Originals asked for at most, spread evenly over the rows: pictures to draw at points that are near, vectors to draw others among. */
const MOST_ORIGINALS = { pictures: 2000, vectors: 400 };

export type Codes = 'mean' | 'sample';
type Samples<Kind> = Extract<SamplesRecord, { kind: Kind }>;
export interface Pictures {
  readonly samples: Samples<'pictures'>;
  readonly rowIds: Int32Array;
}

export interface Hovered {
  readonly index: number;
  readonly rowId: number;
  readonly x: number;
  readonly y: number;
}

/** A place on the map where no point is: what the decoder makes of it. */
export interface Probe {
  /** Map units, [dims]. */
  readonly position: Float32Array;
  readonly samples?: SamplesRecord;
  /** How far the data are, in usual distances between neighbours. */
  readonly residual?: number;
}

export class LandscapeState {
  map = $state.raw<MapRecord | undefined>();
  method = $state('pca');
  dims = $state<2 | 3>(3);
  /** What stands for a row: the mean of its posterior, or one draw from it. */
  codes = $state<Codes>('mean');
  colouring = $state<Colouring>('label');
  /** Labels that are not drawn. */
  hidden = $state.raw<ReadonlySet<number>>(new Set());
  hovered = $state.raw<Hovered | undefined>();
  hoveredPoint = $state.raw<PointRecord | undefined>();
  /** Rows picked by click: A, then B. */
  a = $state<number | undefined>();
  b = $state<number | undefined>();
  /** Originals for the points that are near enough to show them. */
  pictures = $state.raw<Pictures | undefined>();
  showPictures = $state(false);
  /** Rows of the data, where they are vectors. */
  among = $state.raw<Samples<'vectors'> | undefined>();
  /** Names of labels on the map, where they keep together. */
  showNames = $state(true);
  probe = $state.raw<Probe | undefined>();
  readonly probing = new Call('read');
  /** A layout that takes its time; a quick one is shown meanwhile. */
  readonly laying = new Call('read');
  readonly loading = new Call('read');
  readonly picturing = new Call('read');
  readonly hovering = new Call('read');

  readonly #connection: Connection;
  readonly #library: Library;
  readonly #picked = new Set<() => void>();
  readonly #mapped = new Set<() => void>();
  readonly #cache = new Map<string, PointRecord>();
  #index: { readonly rowIds: Int32Array; readonly byRow: Map<number, number> } | undefined;
  #hoverTimer: ReturnType<typeof setTimeout> | undefined;
  #lagTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: Connection, library: Library) {
    this.#connection = connection;
    this.#library = library;
    const method = recall<string>('method', (value) => value === 'pca' || value === 'umap');
    const dims = recall<2 | 3>('dims', (value) => value === 2 || value === 3);
    if (method) this.method = method;
    if (dims) this.dims = dims;
    library.onSelected(() => this.#open());
    connection.onConnected(() => void this.load());
    connection.onEvent((name, event) => {
      if (name === 'mapUpdated') this.#take(event as MapRecord);
      else if (name === 'runChanged') this.#runChanged(event as RunRecord);
      else if (name === 'reported' && (event as EngineEvents['reported']).run === library.selectedId) this.#cache.clear();
    });
  }

  onPicked(listener: () => void): void {
    this.#picked.add(listener);
  }

  /** Called when another map is shown: a newer step, another layout. */
  onMapped(listener: () => void): void {
    this.#mapped.add(listener);
  }

  async load(): Promise<void> {
    const run = this.#library.selectedId;
    if (run === undefined) return this.loading.clear();
    const { method, dims, codes } = this;
    const asked = { run, method, dims, codes };
    const map = await this.loading.run((options) => this.#connection.client.map(asked, options));
    if (!map) return;
    this.#take(map);
    if (!map.provisional) return this.laying.clear();
    const better = await this.laying.run((options) => this.#connection.client.map({ ...asked, wait: true }, options));
    if (better) this.#take(better);
  }

  /** Ends the layout that is under way; the quick one stays, under its own name. */
  giveUpLayout(): void {
    this.laying.cancel();
    this.show({ method: QUICK });
  }

  /** Decodes a place on the map. */
  async decodeAt(place: ArrayLike<number>): Promise<void> {
    const { map } = this;
    if (!map || map.provisional) return;
    const position = Float32Array.from(place);
    this.probe = { position };
    const { run, step, method, seed } = map;
    const asked = { run, step, method, codes: map.codes ?? ('mean' as const), seed, position };
    const decoded = await this.probing.run((options) => this.#connection.client.decodeAt(asked, options));
    if (decoded && this.probe?.position === position)
      this.probe = { position, samples: decoded.samples, residual: decoded.residual };
  }

  /** The map that places and paths are asked on: the one shown, or on its way. */
  get asked(): { readonly map: string; readonly dims: 2 | 3; readonly codes: Codes } {
    const { method: map, dims, codes } = this;
    return { map, dims, codes };
  }

  clearProbe(): void {
    this.probing.clear();
    this.probe = undefined;
  }

  show(choice: { readonly method?: string; readonly dims?: 2 | 3; readonly codes?: Codes }): void {
    this.method = choice.method ?? this.method;
    this.dims = choice.dims ?? this.dims;
    this.codes = choice.codes ?? this.codes;
    this.laying.clear();
    this.clearProbe();
    remember('method', this.method);
    remember('dims', this.dims);
    void this.load();
  }

  toggleLabel(label: number): void {
    const hidden = new Set(this.hidden);
    if (!hidden.delete(label)) hidden.add(label);
    this.hidden = hidden;
  }

  /** Shows this label alone; all of them when it is alone already. */
  onlyLabel(label: number, labels: readonly number[]): void {
    const others = labels.filter((other) => other !== label);
    const isAlone = !this.hidden.has(label) && others.every((other) => this.hidden.has(other));
    this.hidden = new Set(isAlone ? [] : others);
  }

  hover(index: number | undefined, x = 0, y = 0): void {
    const rowId = index === undefined ? undefined : this.map?.rowIds[index];
    clearTimeout(this.#hoverTimer);
    if (index === undefined || rowId === undefined) {
      this.hovered = undefined;
      this.hoveredPoint = undefined;
      this.hovering.clear();
      return;
    }
    if (this.hovered?.rowId !== rowId) this.hoveredPoint = this.#cache.get(this.#key(rowId));
    this.hovered = { index, rowId, x, y };
    if (!this.hoveredPoint) this.#hoverTimer = setTimeout(() => void this.#fetchHovered(rowId), HOVER_MS);
  }

  /** One click chooses A; the next, on another point, B; the one after begins again. */
  pick(index: number | undefined): void {
    const rowId = index === undefined ? undefined : this.map?.rowIds[index];
    if (rowId === undefined) return;
    if (this.a !== undefined && this.b === undefined && rowId !== this.a) this.b = rowId;
    else [this.a, this.b] = [rowId, undefined];
    this.clearProbe();
    for (const listener of this.#picked) listener();
  }

  /** A row chosen elsewhere: a neighbour in the bench, a row of the table. */
  choose(a: number | undefined, b?: number): void {
    [this.a, this.b] = [a, b];
    for (const listener of this.#picked) listener();
  }

  clearPicks(): void {
    this.choose(undefined);
  }

  indexOf(rowId: number | undefined): number | undefined {
    if (rowId === undefined || !this.map) return undefined;
    if (this.#index?.rowIds !== this.map.rowIds) {
      const byRow = new Map<number, number>();
      this.map.rowIds.forEach((row, index) => byRow.set(row, index));
      this.#index = { rowIds: this.map.rowIds, byRow };
    }
    return this.#index?.byRow.get(rowId);
  }

  /** The label of a point by its name; undefined where it has none. */
  labelOf(index: number | undefined): string | undefined {
    const label = index === undefined ? undefined : this.map?.labels?.[index];
    return label === undefined || label < 0 ? undefined : (this.map?.labelNames?.[label] ?? String(label));
  }

  #open(): void {
    this.#stopLag();
    this.map = undefined;
    this.pictures = undefined;
    this.among = undefined;
    this.picturing.clear();
    this.laying.clear();
    this.clearProbe();
    this.hidden = new Set();
    this.#cache.clear();
    this.hover(undefined);
    this.clearPicks();
    void this.load();
  }

  #take(map: MapRecord): void {
    const isAsked =
      map.run === this.#library.selectedId &&
      map.method === this.method &&
      map.dims === this.dims &&
      (map.codes ?? 'mean') === this.codes;
    const isOlder = this.map !== undefined && isSameLayout(this.map, map) && map.step < this.map.step;
    if (!isAsked || isOlder) return;
    this.#stopLag();
    this.loading.error = undefined;
    // Another layout puts other codes at the place.
    if (this.map?.positions !== map.positions) this.clearProbe();
    this.map = map;
    if (this.a !== undefined && this.indexOf(this.a) === undefined) this.clearPicks();
    this.#followHovered();
    for (const listener of this.#mapped) listener();
    this.#wantOriginals();
  }

  /** The row that is pointed out stays so on another map, and is asked for anew. */
  #followHovered(): void {
    if (!this.hovered) return;
    const index = this.indexOf(this.hovered.rowId);
    if (index === undefined) return this.hover(undefined);
    this.hovered = { ...this.hovered, index };
    void this.#fetchHovered(this.hovered.rowId);
  }

  /** Maps follow the training by event. Should one not come, or the first codes just be there, the page asks. */
  #runChanged(run: RunRecord): void {
    if (run.id !== this.#library.selectedId) return;
    this.#wantOriginals();
    if (this.#lagTimer !== undefined) return;
    const hasMore = this.map ? (run.checkpoints.at(-1) ?? 0) > this.map.step : run.step > 0;
    if (!hasMore) return;
    this.#lagTimer = setTimeout(
      () => {
        this.#lagTimer = undefined;
        if (!this.loading.running) void this.load();
      },
      this.map ? MAP_LAG_MS : FIRST_MAP_MS,
    );
  }

  #stopLag(): void {
    clearTimeout(this.#lagTimer);
    this.#lagTimer = undefined;
  }

  #key(rowId: number): string {
    return `${this.#library.selectedId} ${rowId}`;
  }

  togglePictures(): void {
    this.showPictures = !this.showPictures;
    this.#wantOriginals();
  }

  #wantOriginals(): void {
    const kind = this.#library.sampleKind;
    if (!this.map || !kind || this.picturing.running) return;
    const isWanted = kind === 'pictures' ? this.showPictures && !this.pictures : !this.among;
    if (isWanted) void this.#fetchOriginals(this.map, MOST_ORIGINALS[kind]);
  }

  async #fetchOriginals({ run, count, rowIds: all }: MapRecord, most: number): Promise<void> {
    const every = Math.max(1, Math.ceil(count / most));
    const rowIds = all.filter((_, index) => index % every === 0);
    const samples = await this.picturing.run((options) => this.#connection.client.originals({ run, rowIds }, options));
    if (run !== this.#library.selectedId) return;
    if (samples?.kind === 'pictures') this.pictures = { samples, rowIds };
    else this.among = samples;
  }

  async #fetchHovered(rowId: number): Promise<void> {
    const run = this.#library.selectedId;
    if (run === undefined) return;
    const point = await this.hovering.run((options) => this.#connection.client.point({ run, rowId }, options));
    if (!point) return;
    this.#cache.set(this.#key(rowId), point);
    if (this.#cache.size > MOST_CACHED) this.#cache.delete(this.#cache.keys().next().value as string);
    if (this.hovered?.rowId === rowId) this.hoveredPoint = point;
  }
}

const isSameLayout = (one: MapRecord, other: MapRecord): boolean =>
  one.run === other.run && one.method === other.method && one.dims === other.dims && one.codes === other.codes;

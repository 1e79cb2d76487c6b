// The bench: one picked point gives its neighbours and a strip for each informative dimension; two give the path between them.
import type {
  MapRecord,
  NeighboursRecord,
  PathRecord,
  PlacedRecord,
  PointRecord,
  SamplesRecord,
} from '../../src/protocol/records.ts';
import type { Connection } from '../connection/connection.svelte.ts';
import { Call } from './call.svelte.ts';
import type { LandscapeState } from './landscape.svelte.ts';
import type { Library } from './library.svelte.ts';

export interface TraversalRecord {
  readonly dimensions: readonly number[];
  readonly klPerDimension: readonly number[];
  readonly values: readonly number[];
  readonly samples: SamplesRecord;
}

/** A row found by search, and the map on which its place was asked for. */
export interface Placed {
  readonly record: PlacedRecord;
  readonly map: MapRecord | undefined;
}

export const FRAME_COUNTS = [5, 8, 12, 16] as const;
const NEIGHBOURS = 12;
const STRIPS = 6;
const STRIP_FRAMES = 9;
/** A path follows a training's maps, but not each of them. */
const FOLLOW_MS = 2500;

export class Bench {
  point = $state.raw<PointRecord | undefined>();
  neighbours = $state.raw<NeighboursRecord | undefined>();
  traversal = $state.raw<TraversalRecord | undefined>();
  path = $state.raw<PathRecord | undefined>();
  placed = $state.raw<Placed | undefined>();
  method = $state('slerp');
  frames = $state<number>(8);
  /** The frame of the path that is looked at, shown larger on the map. */
  current = $state<number | undefined>();

  readonly pointing = new Call('read');
  readonly finding = new Call('read');
  readonly placing = new Call();
  readonly traversing = new Call('read');
  readonly walking = new Call('read');

  /** Where the row was found, on the map that is shown; nowhere once another layout is. */
  readonly foundAt = $derived.by(() => {
    const { map } = this.#landscape;
    const { position } = this.placed?.record ?? {};
    return position && map && this.placed?.map?.positions === map.positions && position.length === map.dims
      ? position
      : undefined;
  });

  readonly #connection: Connection;
  readonly #library: Library;
  readonly #landscape: LandscapeState;
  #following: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: Connection, library: Library, landscape: LandscapeState) {
    this.#connection = connection;
    this.#library = library;
    this.#landscape = landscape;
    landscape.onPicked(() => this.load());
    landscape.onMapped(() => {
      if (landscape.b === undefined || this.#following) return;
      this.#following = setTimeout(() => {
        this.#following = undefined;
        if (landscape.b !== undefined) this.load();
      }, FOLLOW_MS);
    });
    connection.onConnected(() => this.load());
  }

  /** Asks for what the picks call for. */
  load(): void {
    const { a, b } = this.#landscape;
    const run = this.#library.selectedId;
    if (run === undefined || a === undefined) return this.#empty();
    if (this.point?.rowId !== a) {
      this.point = undefined;
      this.neighbours = undefined;
      this.traversal = undefined;
      this.placed = undefined;
      this.placing.clear();
    }
    void this.#loadPoint(run, a);
    if (b === undefined) {
      this.path = undefined;
      this.walking.clear();
      void this.#loadAround(run, a);
    } else void this.#walk(run, a, b);
  }

  walkAgain(choice: { readonly method?: string; readonly frames?: number }): void {
    this.method = choice.method ?? this.method;
    this.frames = choice.frames ?? this.frames;
    this.load();
  }

  /** Searches for the code that the model draws the picked row from best, which the encoder may miss. */
  async place(): Promise<void> {
    const { a, map } = this.#landscape;
    const run = this.#library.selectedId;
    if (run === undefined || a === undefined) return;
    const asked = { run, rowId: a, ...this.#landscape.asked };
    const record = await this.placing.run((options) => this.#connection.client.place(asked, options));
    if (record && this.#landscape.a === a) this.placed = { record, map };
  }

  #empty(): void {
    for (const call of [this.pointing, this.finding, this.placing, this.traversing, this.walking]) call.clear();
    this.placed = undefined;
    [this.point, this.neighbours, this.traversal, this.path] = [undefined, undefined, undefined, undefined];
    this.current = undefined;
  }

  async #loadPoint(run: string, rowId: number): Promise<void> {
    const point = await this.pointing.run((options) => this.#connection.client.point({ run, rowId }, options));
    if (point) this.point = point;
  }

  async #loadAround(run: string, rowId: number): Promise<void> {
    const { client } = this.#connection;
    await Promise.all([
      this.finding
        .run((options) => client.neighbours({ run, rowId, k: NEIGHBOURS }, options))
        .then((found) => found && (this.neighbours = found)),
      this.traversing
        .run((options) => client.traverse({ run, rowId, top: STRIPS, count: STRIP_FRAMES }, options))
        .then((found) => found && (this.traversal = found)),
    ]);
  }

  async #walk(run: string, from: number, to: number): Promise<void> {
    const { method, frames } = this;
    const asked = { run, from, to, method, count: frames, ...this.#landscape.asked };
    const path = await this.walking.run((options) => this.#connection.client.interpolate(asked, options));
    if (!path) return;
    this.path = path;
    if (this.current !== undefined && this.current >= path.count) this.current = undefined;
  }
}

// The survey of the run looked at, on the map that is shown: asked for when a person opens it, or by itself where the verdict is grave, and
// never while the run trains, whose map is another one by the time it is done.
import type { MapRecord } from '../../src/protocol/records.ts';
import type { SurveyRecord } from '../../src/protocol/survey.ts';
import type { Connection } from '../connection/connection.svelte.ts';
import { Call } from './call.svelte.ts';
import type { LandscapeState } from './landscape.svelte.ts';
import type { Library } from './library.svelte.ts';
import { recall, remember } from './remembered.ts';
import { isOf, usualLayers, type LayerId } from './survey-layers.ts';
import { isRunning } from './words.ts';

export class Survey {
  found = $state.raw<SurveyRecord | undefined>();
  /** What a person switched on, or off, of this run. */
  chosen = $state.raw<ReadonlyMap<LayerId, boolean>>(new Map());
  readonly call = new Call('read');
  /** Opened or closed by a person. */
  #wanted = $state<boolean | undefined>();
  /** The map that the last call is of. */
  #asked: MapRecord | undefined;

  readonly #connection: Connection;
  readonly #library: Library;
  readonly #landscape: LandscapeState;

  constructor(connection: Connection, library: Library, landscape: LandscapeState) {
    this.#connection = connection;
    this.#library = library;
    this.#landscape = landscape;
    this.#wanted = recall<boolean>('survey', (value) => typeof value === 'boolean');
    library.onSelected(() => {
      this.found = undefined;
      this.#asked = undefined;
      this.chosen = new Map();
      this.call.clear();
    });
    landscape.onMapped(() => void this.load());
    connection.onEvent((name) => {
      if (name === 'runChanged') void this.load(); // a verdict, or the end of training
    });
  }

  get isOpen(): boolean {
    return this.#wanted ?? this.#library.selected?.verdict.state === 'collapsed';
  }

  /** Of the map that is shown. */
  get shown(): SurveyRecord | undefined {
    const { found } = this;
    return this.isOpen && isOf(found, this.#landscape.map) ? found : undefined;
  }

  /** Of the verdict, the gravest first. */
  get causes(): readonly string[] {
    return this.#library.selected?.verdict.causes.map(({ id }) => id) ?? [];
  }

  get on(): ReadonlySet<LayerId> {
    const usual = usualLayers(this.causes[0]);
    const on = new Set<LayerId>(usual);
    for (const [layer, isOn] of this.chosen) if (isOn) on.add(layer);
      else on.delete(layer); // prettier-ignore
    return on;
  }

  toggle(layer: LayerId): void {
    this.chosen = new Map([...this.chosen, [layer, !this.on.has(layer)]]);
  }

  open(isOpen: boolean): void {
    this.#wanted = isOpen;
    remember('survey', isOpen);
    if (isOpen) void this.load();
    else this.call.clear();
  }

  async load(): Promise<void> {
    const { map } = this.#landscape;
    if (!this.isOpen || !map || map.provisional || isRunning(this.#library.selected) || map === this.#asked) return;
    this.#asked = map;
    const { run, step, method, dims, seed } = map;
    const asked = { run, step, map: method, dims, codes: map.codes ?? ('mean' as const), seed };
    const found = await this.call.run((options) => this.#connection.client.survey(asked, options));
    if (found) this.found = found;
    else if (this.#asked === map) this.#asked = undefined;
  }
}

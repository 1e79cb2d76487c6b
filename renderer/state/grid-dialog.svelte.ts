// The sample-grid dialog: every change of a setting makes a new preview, the last one asked for wins; saving makes the same grid again with
// `save`, so that the file and the preview cannot differ.
import type { z } from 'zod';
import type { gridKinds, gridRequest, GridTheme, gridViews } from '../../src/protocol/engine-api.ts';
import type { GridRecord } from '../../src/protocol/records.ts';
import type { Connection } from '../connection/connection.svelte.ts';
import { Call } from './call.svelte.ts';

export type GridKind = (typeof gridKinds)[number];
export type GridView = (typeof gridViews)[number];
export type GridWeights = 'average' | 'raw';
/** Kinds of grid that start from rows, and so may start from a selection's. */
const OF_ROWS: readonly GridKind[] = ['reconstruction', 'traversal', 'interpolation', 'corners'];
const PREVIEW_MS = 200;

export class GridDialog {
  isOpen = $state(false);
  run = $state<string | undefined>();
  kind = $state<GridKind>('prior');
  rows = $state(8);
  cols = $state(8);
  seed = $state(1);
  scale = $state(2);
  /** Of draws from the prior; asked for only where they are what is shown. */
  temperature = $state(1);
  truncation = $state<number | undefined>();
  weights = $state<GridWeights>('average');
  view = $state<GridView>('cells');
  /** Light or dark as the page is, until a person chooses. */
  chosenTheme = $state<GridTheme | undefined>();
  readonly theme = $derived.by((): GridTheme => this.chosenTheme ?? (this.#look.dark ? 'dark' : 'light'));
  /** Rows drawn around on the map alone, where the kind starts from rows. */
  ofSelection = $state(false);
  readonly canBeOfSelection = $derived.by(() => this.#selection.rows.length > 0 && OF_ROWS.includes(this.kind));
  preview = $state.raw<GridRecord | undefined>();
  saved = $state.raw<string | undefined>();
  readonly previewing = new Call('read');
  readonly saving = new Call();
  readonly #connection: Connection;
  readonly #look: { readonly dark: boolean };
  readonly #selection: { readonly rows: Int32Array<ArrayBuffer> };
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: Connection, look: { readonly dark: boolean }, selection: { readonly rows: Int32Array<ArrayBuffer> }) {
    this.#connection = connection;
    this.#look = look;
    this.#selection = selection;
    connection.onConnected(() => this.isOpen && this.refresh());
  }

  /** `kind`: of a grid of the rows drawn around. */
  open(run: string, kind?: GridKind): void {
    if (run !== this.run) {
      this.preview = undefined;
      // What another run may not have.
      [this.weights, this.view] = ['average', 'cells'];
    }
    this.run = run;
    this.ofSelection = kind !== undefined;
    this.kind = kind ?? this.kind;
    this.isOpen = true;
    this.saved = undefined;
    this.refresh(0);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.previewing.clear();
    this.saving.clear();
    this.isOpen = false;
  }

  refresh(waitMs = PREVIEW_MS): void {
    this.saved = undefined;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#makePreview(), waitMs);
  }

  async save(out?: string): Promise<void> {
    const asked = this.#asked();
    if (!asked) return;
    const where = out === undefined ? { save: true } : { out };
    const made = await this.saving.run((options) => this.#connection.client.grid({ ...asked, ...where }, options));
    if (!made) return;
    this.preview = made;
    this.saved = made.path;
  }

  #asked(): z.input<typeof gridRequest> | undefined {
    const { run, kind, rows, cols, seed, scale, weights, view, theme, temperature, truncation } = this;
    if (run === undefined) return undefined;
    const draws = kind === 'prior' ? { temperature, ...(truncation === undefined ? {} : { truncation }) } : {};
    const among = this.ofSelection && this.canBeOfSelection ? { among: this.#selection.rows } : {};
    return { run, kind, rows, cols, seed, scale, weights, view, theme, ...draws, ...among };
  }

  async #makePreview(): Promise<void> {
    const asked = this.#asked();
    if (!asked) return;
    const made = await this.previewing.run((options) => this.#connection.client.grid(asked, options));
    if (made) this.preview = made;
  }
}

// What training was warned of, with the checkpoints that show it drawn from the same codes: fetched for the run whose verdict is looked at.
import type { GridTheme } from '../../src/protocol/engine-api.ts';
import type { RunRecord, WarningRecord } from '../../src/protocol/records.ts';
import type { Connection } from '../connection/connection.svelte.ts';
import { Call } from './call.svelte.ts';

export interface Drawn {
  readonly step: number;
  readonly when: string;
  /** Of a PNG. */
  readonly url: string;
  readonly isPixels: boolean;
  /** All samples in one square, not a sheet of cells. */
  readonly isSquare: boolean;
}

export class Warned {
  readonly loading = new Call('read');
  readonly drawing = new Call('read');
  /** Newest first. */
  #warnings = $state.raw<{ readonly run: string; readonly warnings: readonly WarningRecord[] } | undefined>();
  #drawn = $state.raw<{ readonly key: string; readonly moments: readonly Drawn[] } | undefined>();
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The newest warning of `cause`. */
  of(run: string, cause: string): WarningRecord | undefined {
    return this.#warnings?.run === run ? this.#warnings.warnings.find((one) => one.cause.id === cause) : undefined;
  }

  momentsOf(run: string, warning: WarningRecord, theme: GridTheme): readonly Drawn[] {
    return this.#drawn?.key === keyOf(run, warning, theme) ? this.#drawn.moments : [];
  }

  async load({ id }: RunRecord): Promise<void> {
    const warnings = await this.loading.run((options) => this.#connection.client.warnings({ run: id }, options));
    if (warnings) this.#warnings = { run: id, warnings };
  }

  async draw({ id, thumbnails }: RunRecord, warning: WarningRecord, theme: GridTheme): Promise<void> {
    const key = keyOf(id, warning, theme);
    if (this.#drawn?.key === key) return;
    const isPlane = thumbnails?.kind === 'vectors' && thumbnails.size === 2;
    const sheet = isPlane ? ({ rows: 16, cols: 16, view: 'together' } as const) : { rows: 2, cols: 6 };
    const { before, after } = warning;
    const steps = [
      ...(before === undefined ? [] : [{ step: before, when: 'before it was seen' }]),
      ...(after === undefined ? [] : [{ step: after, when: after < warning.step ? 'since it was seen' : 'when it was told' }]),
    ];
    const moments = await this.drawing.run(async (options) => {
      const made: Drawn[] = [];
      for (const { step, when } of steps) {
        const { png } = await this.#connection.client.grid({ run: id, step, kind: 'prior', theme, ...sheet }, options);
        const url = URL.createObjectURL(new Blob([new Uint8Array(png)], { type: 'image/png' }));
        made.push({ step, when, url, isPixels: thumbnails?.kind === 'pictures', isSquare: isPlane });
      }
      return made;
    });
    if (!moments) return;
    for (const { url } of this.#drawn?.moments ?? []) URL.revokeObjectURL(url);
    this.#drawn = { key, moments };
  }
}

const keyOf = (run: string, { step, before, after }: WarningRecord, theme: GridTheme): string =>
  [run, step, before, after, theme].join(' ');

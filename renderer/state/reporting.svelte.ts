// The collapse report of a run as a page: saved among the run's exports where the engine is on this machine, downloaded in a browser.
import { download } from '../controls/download.ts';
import type { Connection } from '../connection/connection.svelte.ts';
import { Call } from './call.svelte.ts';

export class Reporting {
  /** Of which run, and where its page went. */
  saved = $state.raw<{ readonly run: string; readonly path: string } | undefined>();
  /** The run that is being reported on, or was last. */
  run = $state.raw<string | undefined>();
  readonly saving = new Call();
  readonly #connection: Connection;
  readonly #isInBrowser: boolean;

  constructor(connection: Connection, isInBrowser: boolean) {
    this.#connection = connection;
    this.#isInBrowser = isInBrowser;
  }

  async save(run: string): Promise<void> {
    this.run = run;
    this.saved = undefined;
    const made = await this.saving.run((options) => this.#connection.client.report({ run, save: !this.#isInBrowser }, options));
    if (!made) return;
    const { path, html, measure } = made;
    if (html === undefined) this.saved = { run, path: path ?? '' };
    else {
      const name = `${run.split(/[\\/]/).at(-1) ?? 'run'}-report-step-${measure.step}.html`;
      download(name, new Blob([html], { type: 'text/html' }));
      this.saved = { run, path: name };
    }
  }
}

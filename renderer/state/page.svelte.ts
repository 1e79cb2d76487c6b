// Everything the page knows, put together once. Components get it from the context.
import { getContext, setContext } from 'svelte';
import type { EngineEvents } from '../../src/protocol/engine-api.ts';
import type { PageHost } from '../../src/protocol/page-host.ts';
import { Connection, type Dial } from '../connection/connection.svelte.ts';
import { Theme } from '../look/theme.svelte.ts';
import { Bench } from './bench.svelte.ts';
import { Comparison } from './comparison.svelte.ts';
import { GridDialog } from './grid-dialog.svelte.ts';
import { LandscapeState } from './landscape.svelte.ts';
import { Layout } from './layout.svelte.ts';
import { Library } from './library.svelte.ts';
import { Notices } from './notices.svelte.ts';
import { Reporting } from './reporting.svelte.ts';
import { RunForm } from './run-form.svelte.ts';
import { Selection } from './selection.svelte.ts';
import { Survey } from './survey.svelte.ts';
import { Training } from './training.svelte.ts';
import { Warned } from './warned.svelte.ts';

export class Page {
  readonly connection: Connection;
  readonly library: Library;
  readonly training: Training;
  readonly landscape: LandscapeState;
  readonly survey: Survey;
  readonly bench: Bench;
  readonly selection: Selection;
  readonly grid: GridDialog;
  readonly runForm: RunForm;
  readonly reporting: Reporting;
  readonly comparison: Comparison;
  readonly warned: Warned;
  readonly notices = new Notices();
  readonly layout = new Layout();
  readonly theme = new Theme();
  readonly host: PageHost | undefined;

  constructor(dial: Dial, host: PageHost | undefined) {
    this.host = host;
    this.connection = new Connection(dial);
    this.library = new Library(this.connection);
    this.training = new Training(this.connection, this.library);
    this.landscape = new LandscapeState(this.connection, this.library);
    this.survey = new Survey(this.connection, this.library, this.landscape);
    this.bench = new Bench(this.connection, this.library, this.landscape);
    this.selection = new Selection(this.connection, this.library, this.landscape);
    this.grid = new GridDialog(this.connection, this.theme, this.selection);
    this.runForm = new RunForm(this.connection, this.library);
    this.reporting = new Reporting(this.connection, host === undefined);
    this.comparison = new Comparison(this.connection, this.library, host === undefined);
    this.warned = new Warned(this.connection);
    this.connection.onEvent((name, event) => {
      if (name === 'noticed') this.notices.add(event as EngineEvents['noticed']);
    });
  }
}

const key = Symbol('page');
export const providePage = (page: Page): Page => setContext(key, page);
export const usePage = (): Page => getContext<Page>(key);

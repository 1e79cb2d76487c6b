// The pictures of a report: draws from the prior, always the same ones, and rows beside their reconstructions; in paper and in ink.
import { KarstError } from '../base/errors.ts';
import type { EngineApi, GridRequest } from '../protocol/engine-api.ts';
import type { CallOptions } from '../protocol/methods.ts';
import type { Picture } from '../report/page.ts';
import { count } from '../report/words.ts';
import type { RunDescription } from '../runs/run-folder.ts';

/** Pixels that a sheet of pictures may take on the page: they are shown as many times larger as fit. */
const SHOWN_WIDTH = 480;
/** Plots are drawn finer than they are shown. */
const FINE = 2;

export interface Asked {
  readonly run: string;
  readonly step: number;
  readonly description: RunDescription;
}

type MakeGrid = EngineApi['grid'];
type Sheet = Pick<GridRequest, 'kind' | 'rows' | 'cols'> & Partial<Pick<GridRequest, 'view'>>;

export async function priorPicture(asked: Asked, make: MakeGrid, options: CallOptions): Promise<Picture> {
  return await drawn(asked, 'New samples', { rows: 6, cols: 8 }, make, options);
}

/** Few draws, the same ones at every step, to be set side by side. */
export async function momentPicture(asked: Asked, title: string, make: MakeGrid, options: CallOptions): Promise<Picture> {
  return await drawn(asked, title, { rows: 2, cols: 6 }, make, options);
}

async function drawn(
  asked: Asked,
  title: string,
  cells: Pick<Sheet, 'rows' | 'cols'>,
  make: MakeGrid,
  options: CallOptions,
): Promise<Picture> {
  const { sample } = asked.description.dataset;
  const isPlane = sample.kind === 'vector' && sample.size === 2;
  const sheet: Sheet = { kind: 'prior', ...(isPlane ? { rows: 16, cols: 16, view: 'together' } : cells) };
  const over = isPlane ? ', over rows of the data' : '';
  const alt = `${sheet.rows * sheet.cols} new samples from the prior at step ${count(asked.step)}${over}`;
  return await picture(asked, sheet, { title: `${title}${over}`, alt }, make, options);
}

export async function reconstructionPicture(asked: Asked, make: MakeGrid, options: CallOptions): Promise<Picture> {
  const words = {
    title: 'Originals, each beside its reconstruction',
    alt: `24 rows of the data, each beside what the model draws from its code at step ${count(asked.step)}`,
  };
  return await picture(asked, { kind: 'reconstruction', rows: 6, cols: 8 }, words, make, options);
}

async function picture(
  { run, step, description }: Asked,
  sheet: Sheet,
  words: Pick<Picture, 'title' | 'alt'>,
  make: MakeGrid,
  options: CallOptions,
): Promise<Picture> {
  const isPixels = description.dataset.sample.kind === 'picture';
  const scale = isPixels ? 1 : FINE;
  const drawn = (theme: GridRequest['theme']) =>
    make(
      { run, step, view: 'cells', seed: 0, temperature: 1, weights: 'average', save: false, ...sheet, scale, theme },
      options.signal ? { signal: options.signal } : {},
    );
  const [light, dark] = [await drawn('light'), await drawn('dark')];
  if (light.width !== dark.width) throw new KarstError('internal', 'a sheet has one size in both themes');
  const shown = isPixels ? Math.max(1, Math.floor(SHOWN_WIDTH / light.width)) : 1 / FINE;
  return {
    ...words,
    light: light.png,
    dark: dark.png,
    width: light.width * shown,
    height: light.height * shown,
    isPixels,
  };
}

// Reports and comparisons of checkpoints: measured, their pictures drawn, written as one page each.
import { KarstError } from '../base/errors.ts';
import type { EngineApi } from '../protocol/engine-api.ts';
import type { CallOptions } from '../protocol/methods.ts';
import type { FamilyRecord, MeasureRecord, WarningRecord } from '../protocol/records.ts';
import { compare, type Side } from '../report/comparison.ts';
import { comparisonPage } from '../report/comparison-page.ts';
import type { RunFacts } from '../report/facts-section.ts';
import type { Picture } from '../report/page.ts';
import { runPage } from '../report/run-page.ts';
import type { Happening } from '../report/training-charts.ts';
import type { Warned } from '../report/warning-section.ts';
import { count, counted } from '../report/words.ts';
import type { RunDescription, RunEvent, RunFolder } from '../runs/run-folder.ts';
import { models } from './catalogue.ts';
import type { EngineHost } from './engine-host.ts';
import { modelFingerprint, runFingerprint } from './grid-provenance.ts';
import type { Measures } from './measures.ts';
import { repetitionOf } from './repetition.ts';
import { momentPicture, priorPicture, reconstructionPicture, type Asked } from './report-pictures.ts';
import { warningsOf } from './warnings.ts';

export interface ReportsNeeds {
  readonly host: EngineHost;
  readonly open: (run: string) => Promise<RunFolder>;
  readonly folderOf: (run: string) => string;
  readonly measures: Measures;
  readonly grid: EngineApi['grid'];
  readonly families: () => readonly FamilyRecord[];
  /** Files may be written into the library only. */
  readonly isConfined: boolean;
}

export interface Reports {
  make: EngineApi['report'];
  compare: EngineApi['compare'];
}

interface Where {
  readonly out?: string | undefined;
  readonly save: boolean;
}

export function openReports({ host, open, folderOf, measures, grid, families, isConfined }: ReportsNeeds): Reports {
  const karst = host.versions['karst'];

  function checkOut({ out }: Where): void {
    if (out === undefined) return;
    if (isConfined) throw new KarstError('refused', 'from here reports are saved in their run only: leave the path out');
    if (!/\.html?$/i.test(out)) throw new KarstError('usage', `a report is written as .html, got ${JSON.stringify(out)}`);
  }

  /** At the path that was asked for, or in the run's exports; the text itself where nobody wants it kept. */
  async function kept(
    text: string,
    { out, save }: Where,
    run: string,
    name: string,
  ): Promise<{ html: string } | { path: string }> {
    if (out === undefined && !save) return { html: text };
    const path = out === undefined ? `${folderOf(run)}/exports/${name}` : host.resolvePath(out);
    await host.writeFile(path, new TextEncoder().encode(text));
    return { path };
  }

  async function factsOf(measure: MeasureRecord, description: RunDescription, folder: RunFolder): Promise<RunFacts> {
    const { title, createdAt, dataset, model, preset, seed, device, versions, stop } = description;
    const lastStep = (await folder.reports()).at(-1)?.step ?? measure.step;
    const { changed, command, notes } = repetitionOf(description, await folder.events(), lastStep);
    return {
      run: measure.run,
      title,
      createdAt,
      dataset,
      model: models.get(model).title,
      changed,
      ...(preset === undefined ? {} : { preset }),
      seed,
      device: device.title,
      versions,
      trained: `${counted(lastStep, 'step')}, ${stopWords(stop)}`,
      fingerprint: runFingerprint(description),
      weights: modelFingerprint(await folder.loadCheckpoint(measure.step)),
      command,
      commandNotes: notes,
    };
  }

  /** The first warning of each cause up to the step that is reported on, in the order in which they came. */
  async function shown(warnings: readonly WarningRecord[], asked: Asked, options: CallOptions): Promise<readonly Warned[]> {
    const firsts = new Map(warnings.filter(({ step }) => step <= asked.step).map((warning) => [warning.cause.id, warning]));
    const told = new Map<string, { told: Warned['told'][number][]; pictures: Picture[] }>();
    for (const { step, text, before, after } of [...firsts.values()].reverse()) {
      const moments = `${before} ${after}`;
      const shared = told.get(moments);
      if (shared) {
        shared.told.push({ step, text });
        continue;
      }
      const drawAt = (at: number, when: string) =>
        momentPicture({ ...asked, step: at }, `Step ${count(at)}, ${when}`, grid, options);
      const pictures = [
        ...(before === undefined ? [] : [await drawAt(before, 'before it was seen')]),
        ...(after === undefined || after > asked.step ? [] : [await drawAt(after, 'when it was told')]),
      ];
      told.set(moments, { told: [{ step, text }], pictures });
    }
    return [...told.values()];
  }

  return {
    async make({ run, step, importanceSamples, again, ...where }, options) {
      checkOut(where);
      const folder = await open(run);
      const measure = await measures.measure(run, { step, importanceSamples, again }, options);
      const description = await folder.describe();
      options.onProgress?.({ text: 'drawing samples' });
      const asked = { run, step: measure.step, description };
      const pictures = [await priorPicture(asked, grid, options), await reconstructionPicture(asked, grid, options)];
      const html = runPage({
        measure,
        facts: await factsOf(measure, description, folder),
        course: { reports: await folder.reports(), happenings: happeningsOf(await folder.events()), step: measure.step },
        pictures,
        warned: await shown(await warningsOf(folder), asked, options),
        families: families(),
        fonts: await host.pageFonts(),
      });
      return { ...(await kept(html, where, run, `report-step-${padded(measure.step)}.html`)), measure };
    },

    async compare({ of, page, ...where }, options) {
      checkOut(where);
      const sides: Side[] = [];
      const pictures: (readonly Picture[])[] = [];
      for (const [i, { run, step }] of of.entries()) {
        const description = await (await open(run)).describe();
        const measure = await measures.measure(run, { step }, partOf(options, i, of.length, description.title));
        const { title, dataset, seed, params } = description;
        sides.push({ measure, title, dataset, seed, params });
        if (page) pictures.push([await priorPicture({ run, step: measure.step, description }, grid, options)]);
      }
      const comparison = compare(sides, families());
      if (!page) return comparison;
      const html = comparisonPage(comparison, pictures, karst, await host.pageFonts());
      return { ...comparison, ...(await kept(html, where, (of[0] as { run: string }).run, comparisonName(sides))) };
    },
  };
}

const padded = (step: number): string => String(step).padStart(6, '0');

/** `comparison-first-step-000500-second-step-002000.html`, of the last parts of the runs' names. */
function comparisonName(sides: readonly Side[]): string {
  const names = sides.map(({ measure: { run, step } }) => {
    const last = run.split(/[\\/]/).findLast((part) => part !== '') ?? 'run';
    return `${last.slice(0, 40).replaceAll(' ', '-')}-step-${padded(step)}`;
  });
  return `comparison-${names.slice(0, 3).join('-')}.html`;
}

/** Progress of one of several measurements, with the name of its run. */
function partOf({ signal, onProgress }: CallOptions, i: number, of: number, title: string): CallOptions {
  return {
    ...(signal ? { signal } : {}),
    onProgress: ({ fraction, text }) =>
      onProgress?.({ ...(fraction === undefined ? {} : { fraction: (i + fraction) / of }), text: `${title}: ${text}` }),
  };
}

function stopWords({ steps, epochs, seconds }: RunDescription['stop']): string {
  if (steps !== undefined) return `asked to stop at ${counted(steps, 'step')}`;
  if (epochs !== undefined) return `asked to stop after ${counted(epochs, 'epoch')}`;
  return seconds === undefined ? 'asked to go on until stopped' : `asked to stop after ${counted(seconds, 'second')}`;
}

/** Warnings, and what was changed on the way: by a person, by a cure, by going back. */
const happeningsOf = (events: readonly RunEvent[]): Happening[] =>
  events.flatMap(({ kind, step, text, values }): Happening[] => {
    if (kind === 'warned') return [{ step, kind, text }];
    if (kind !== 'knobsChanged' && kind !== 'intervened' && kind !== 'rolledBack') return [];
    const set = kind === 'knobsChanged' && values ? Object.entries(values).map(([name, value]) => `${name} = ${value}`) : [];
    return [{ step, kind: 'changed', text: set.length > 0 ? `Set ${set.join(', ')}.` : text }];
  });

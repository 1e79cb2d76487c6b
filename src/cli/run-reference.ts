// How a run is named on the command line: a folder where there is one (or where `train` shall make one), else a run of the library.
import { existsSync } from 'node:fs';
import path from 'node:path';

export const runOptions = {
  run: { kind: 'text', value: 'DIR', help: 'the run’s folder; a name without a slash is one of the library' },
} as const;

export function runReference(given: string): string {
  return /[\\/]/.test(given) || given === '.' || existsSync(path.join(given, 'run.json')) ? path.resolve(given) : given;
}

/** `first@500`: a checkpoint of a run. A run's name holds no @; a folder may. */
export function checkpointReference(given: string): { readonly run: string; readonly step?: number } {
  const [, run, step] = /^(.+)@(\d{1,15})$/.exec(given) ?? [];
  if (run === undefined || existsSync(path.join(given, 'run.json'))) return { run: runReference(given) };
  return { run: runReference(run), step: Number(step) };
}

/** Where a page is written: the file that was named, or the run's exports. */
export const placeOf = (html: string): { readonly save: boolean; readonly out?: string } =>
  html === '' ? { save: true } : { save: false, out: html };

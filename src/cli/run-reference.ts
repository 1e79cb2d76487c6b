// How a run is named on the command line: a folder where there is one (or where `train` shall make one), else a run of the library.
import { existsSync } from 'node:fs';
import path from 'node:path';

export const runOptions = {
  run: { kind: 'text', value: 'DIR', help: 'the run’s folder; a name without a slash is one of the library' },
} as const;

export function runReference(given: string): string {
  return /[\\/]/.test(given) || given === '.' || existsSync(path.join(given, 'run.json')) ? path.resolve(given) : given;
}

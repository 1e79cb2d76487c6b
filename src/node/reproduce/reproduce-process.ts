// One run of a table: trains the job that its parent sends, measures it and answers with the figures.
import process from 'node:process';
import type { Picture } from '../../engine/png.ts';
import { measureJob } from './measure-job.ts';
import type { Figures, Job } from './table.ts';

export type Answer =
  { readonly figures: Figures; readonly seconds: number; readonly growth?: Picture } | { readonly error: string };

process.once('message', (job) => {
  void measureJob(job as Job)
    .catch((thrown: unknown): Answer => ({ error: thrown instanceof Error ? thrown.message : String(thrown) }))
    .then((answer) => process.send?.(answer, undefined, {}, () => process.exit(0)));
});

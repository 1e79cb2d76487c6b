// One run of a table: trains the job, or the known case, that its parent sends, measures it and answers with what came out.
import process from 'node:process';
import type { Picture } from '../../engine/png.ts';
import { runCase, type CaseResult, type KnownCase } from './known-case.ts';
import { measureJob } from './measure-job.ts';
import type { Figures, Job } from './table.ts';

export type Failed = { readonly error: string };
export type Answer = { readonly figures: Figures; readonly seconds: number; readonly growth?: Picture } | Failed;

const isCase = (asked: Job | KnownCase): asked is KnownCase => 'truth' in asked;

process.once('message', (message) => {
  const asked = message as Job | KnownCase;
  void (isCase(asked) ? runCase(asked) : measureJob(asked))
    .catch((thrown: unknown): Failed => ({ error: thrown instanceof Error ? thrown.message : String(thrown) }))
    .then((answer: CaseResult | Answer) => process.send?.(answer, undefined, {}, () => process.exit(0)));
});

// One run of a table: trains the job, the known case or the recovery that its parent sends, measures it and answers with what came out.
import process from 'node:process';
import type { Picture } from '../../engine/png.ts';
import { runCase, type CaseResult, type KnownCase } from './known-case.ts';
import { measureJob } from './measure-job.ts';
import { recover, type Recovery, type RecoveryCase } from './recovery.ts';
import type { Figures, Job } from './table.ts';

export type Failed = { readonly error: string };
export type Answer = { readonly figures: Figures; readonly seconds: number; readonly growth?: Picture } | Failed;

type Asked = Job | KnownCase | RecoveryCase;

function answer(asked: Asked): Promise<Answer | CaseResult | Recovery> {
  if ('truth' in asked) return runCase(asked);
  return 'cause' in asked ? recover(asked) : measureJob(asked);
}

process.once('message', (message) => {
  void answer(message as Asked)
    .catch((thrown: unknown): Failed => ({ error: thrown instanceof Error ? thrown.message : String(thrown) }))
    .then((told) => process.send?.(told, undefined, {}, () => process.exit(0)));
});

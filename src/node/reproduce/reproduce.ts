// Trains the rows of a table in processes of one thread each, as many at once as there are cores, and tells every run as it ends.
import os from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { fork, type ChildProcess } from 'node:child_process';
import { throwIfCancelled } from '../../base/errors.ts';
import type { Picture } from '../../engine/png.ts';
import { workerUrl } from '../entries.ts';
import type { CaseResult, KnownCase } from './known-case.ts';
import type { Recovery, RecoveryCase } from './recovery.ts';
import type { Answer, Failed } from './reproduce-process.ts';
import type { Figures, Job, Row, RowResult, Table } from './table.ts';

export interface ReproduceOptions {
  readonly onRun?: (told: {
    readonly row: Row;
    readonly seed: number;
    readonly text: string;
    readonly done: number;
    readonly of: number;
    /** Samples over time, where the row wants them and this is its first seed. */
    readonly growth?: Picture;
  }) => void;
  readonly signal?: AbortSignal;
  /** Runs at once; as many as there are cores unless said. */
  readonly processes?: number;
}

interface Task {
  readonly row: number;
  readonly run: number;
  readonly job: Job;
}

export async function reproduce(
  table: Table,
  { onRun, signal, processes }: ReproduceOptions = {},
): Promise<readonly RowResult[]> {
  const tasks: Task[] = table.rows.flatMap(({ job, seeds, growth }, row) =>
    seeds.map((seed, run) => ({ row, run, job: { ...job, seed, ...(growth && run === 0 ? { drawAt: growth.at } : {}) } })),
  );
  // The longest first: at the end no core is left alone with one of them.
  tasks.sort((a, b) => rowsTaken(b.job) - rowsTaken(a.job));
  const answers = table.rows.map(({ seeds }) => new Array<Answer | undefined>(seeds.length));
  const entry = fileURLToPath(await workerUrl('reproduce-process'));
  let next = 0;
  let done = 0;

  async function work(): Promise<void> {
    for (;;) {
      throwIfCancelled(signal);
      const task = tasks[next++];
      if (!task) return;
      const answer = await inProcess<Answer>(entry, task.job, signal);
      (answers[task.row] as Answer[])[task.run] = answer;
      done++;
      const row = table.rows[task.row] as Row;
      const text =
        'error' in answer ? `failed: ${answer.error}` : `${Math.round(answer.seconds)} s, ${figureWords(table, answer.figures)}`;
      const growth = 'error' in answer || !answer.growth ? {} : { growth: answer.growth };
      onRun?.({ row, seed: task.job.seed, text, done, of: tasks.length, ...growth });
    }
  }

  await Promise.all(Array.from({ length: Math.min(tasks.length, processes ?? os.availableParallelism()) }, work));
  return table.rows.map((row, i) => {
    const runs = (answers[i] as Answer[]).map((answer) => ('error' in answer ? { error: answer.error } : answer.figures));
    const seconds = (answers[i] as Answer[]).reduce((sum, answer) => sum + ('error' in answer ? 0 : answer.seconds), 0);
    return { row, runs, seconds: seconds / row.seeds.length };
  });
}

/** A case, and what came of it. */
export interface ToldOf<Case, Result> {
  readonly known: Case;
  readonly result: Result | Failed;
}

interface CasesOptions<Case, Result> {
  readonly onCase?: (told: ToldOf<Case, Result>, done: number) => void;
  readonly signal?: AbortSignal;
}

export const runCases = (cases: readonly KnownCase[], options: CasesOptions<KnownCase, CaseResult> = {}) =>
  eachInProcess(cases, options);

export const runRecoveries = (cases: readonly RecoveryCase[], options: CasesOptions<RecoveryCase, Recovery> = {}) =>
  eachInProcess(cases, options);

/** Runs every case in a process of its own, as many at once as there are cores. */
async function eachInProcess<Case extends KnownCase | RecoveryCase, Result>(
  cases: readonly Case[],
  { onCase, signal }: CasesOptions<Case, Result>,
): Promise<readonly ToldOf<Case, Result>[]> {
  const entry = fileURLToPath(await workerUrl('reproduce-process'));
  const told: ToldOf<Case, Result>[] = [];
  let [next, done] = [0, 0];
  async function work(): Promise<void> {
    for (;;) {
      throwIfCancelled(signal);
      const at = next++;
      const known = cases[at];
      if (!known) return;
      told[at] = { known, result: await inProcess<Result>(entry, known, signal) };
      onCase?.(told[at], ++done);
    }
  }
  await Promise.all(Array.from({ length: Math.min(cases.length, os.availableParallelism()) }, work));
  return told;
}

const rowsTaken = ({ steps = 0, set }: Job): number => steps * Number(set['train.batchSize'] ?? 1);

const figureWords = ({ columns }: Table, figures: Figures): string =>
  columns
    .flatMap(({ figure, title, digits }) =>
      figures[figure] === undefined ? [] : [`${title} ${figures[figure].toFixed(digits)}`],
    )
    .join(', ');

/** A process a run: what a run leaves behind is gone with it, and one that dies takes only its own row along. */
function inProcess<Answered>(
  entry: string,
  job: Job | KnownCase | RecoveryCase,
  signal: AbortSignal | undefined,
): Promise<Answered | Failed> {
  return new Promise((resolve) => {
    const child: ChildProcess = fork(entry, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let complaints = '';
    child.stderr?.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-2000)));
    const stop = (): void => void child.kill('SIGKILL');
    signal?.addEventListener('abort', stop, { once: true });
    const settle = (answer: Answered | Failed): void => {
      signal?.removeEventListener('abort', stop);
      resolve(answer);
    };
    child.once('message', (answer) => settle(answer as Answered));
    child.once('error', (error) => settle({ error: error.message }));
    child.once('exit', (code, how) =>
      settle({ error: `ended by ${how ?? `exit code ${String(code)}`}: ${complaints.trim().split('\n').at(-1) ?? ''}` }),
    );
    child.send(job);
  });
}

/** Of this machine, for the reader of a table. */
export const machine = (): string => {
  const [cpu] = os.cpus();
  return `${os.availableParallelism()} cores (${cpu?.model.trim() ?? 'unknown'}), Node ${process.versions.node}`;
};

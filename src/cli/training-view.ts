// Follows a training to its end in a terminal. Ctrl-C pauses it: a checkpoint is saved, and the way to go on is told.
import path from 'node:path';
import type { EngineClient, EngineEvents } from '../protocol/engine-api.ts';
import type { CallOptions } from '../protocol/methods.ts';
import type { ReportRecord, RunRecord } from '../protocol/records.ts';
import { KarstError } from '../base/errors.ts';
import type { Session } from './engine-session.ts';
import { reportLine } from './report-line.ts';
import type { Terminal } from './terminal.ts';

export async function followTraining(
  { engine, client }: Session,
  terminal: Terminal,
  start: (client: EngineClient, options: CallOptions) => Promise<RunRecord>,
): Promise<number> {
  const { signal } = terminal.interrupt;
  let run: RunRecord | undefined;
  let last: ReportRecord | undefined;
  let tellEnded: (ended: RunRecord) => void = () => {};
  const over = new Promise<RunRecord>((resolve) => (tellEnded = resolve));
  engine.subscribe((name, event) => {
    if (name === 'reported') {
      last = (event as { reports: readonly ReportRecord[] }).reports.at(-1);
      if (last) terminal.progress({ ...shareOf(run, last), text: reportLine(last) });
    } else if (name === 'noticed') {
      const { level, text, run: of } = event as EngineEvents['noticed'];
      terminal.note(text);
      if (level === 'error' && run?.status === 'paused' && of === run.id) tellEnded(run); // the branch that it was paused for did not come
    } else if (name === 'runChanged') {
      const changed = event as RunRecord;
      if (run && changed.id !== run.id && changed.branchOf?.run !== run.id) return; // left behind by the autopilot
      run = changed;
      const isOver = changed.status !== 'starting' && changed.status !== 'training' && changed.status !== 'pausing';
      const goesOn = changed.status === 'paused' && changed.params['train.autopilot'] === true && !signal.aborted;
      if (isOver && !goesOn) tellEnded(changed);
    }
  });

  run = await start(client, { signal, onProgress: (progress) => terminal.progress(progress) });
  const begun = run.id;
  const pause = (): void => {
    const { id } = run ?? { id: begun };
    terminal.note('Saving a checkpoint; Ctrl-C again ends at once.');
    client.pauseRun({ run: id }).then(tellEnded, async () => tellEnded(await client.run({ run: id }))); // it ended by itself meanwhile
  };
  if (signal.aborted) pause();
  else signal.addEventListener('abort', pause, { once: true });

  const ended = await over;
  const shown = nameOf(ended.id);
  if (ended.status === 'finished') {
    terminal.result(ended, () => `${shown}: finished${last ? `, ${reportLine(last)}` : ` at step ${ended.step}`}`);
    return 0;
  }
  if (ended.status === 'paused' && signal.aborted) {
    terminal.result(ended, () => `${shown}: paused at step ${ended.step}`);
    terminal.note(`Go on with: karst resume ${quoted(shown)}`);
    return 130;
  }
  throw new KarstError(
    ended.error?.code ?? 'internal',
    `${shown} is ${ended.status} at step ${ended.step}${ended.error ? `: ${ended.error.message}` : ''}; go on with: karst resume ${quoted(shown)}`,
  );
}

/** How far it is, where a stop is known. */
function shareOf(run: RunRecord | undefined, { step, elapsedSeconds }: ReportRecord): { fraction?: number } {
  if (run?.steps !== undefined) return { fraction: Math.min(1, step / run.steps) };
  if (run?.seconds !== undefined) return { fraction: Math.min(1, elapsedSeconds / run.seconds) };
  return {};
}

/** A path as short as it can be from here. */
function nameOf(id: string): string {
  if (!path.isAbsolute(id)) return id;
  const relative = path.relative('.', id);
  return relative.startsWith('..') || relative === '' ? id : relative.includes(path.sep) ? relative : `.${path.sep}${relative}`;
}

const quoted = (text: string): string => (/^[\w./+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

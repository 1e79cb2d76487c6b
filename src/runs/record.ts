// Saves what training yields in the run's folder and passes it on. A reader of the folder sees every event that came out of here.
import { KarstError, toErrorRecord } from '../base/errors.ts';
import type { Warning } from '../collapse/monitor.ts';
import type { KnobChange, TrainingEvent } from '../training/contract.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { RunEvent, RunFolder } from './run-folder.ts';

export interface RecordOptions {
  /** The time, for events.jsonl. */
  readonly now: () => Date;
}

/**
 * Where an interrupted or paused run goes on, with what came after its newest checkpoint: knob changes, and rollbacks to it, whose halved
 * rates no checkpoint holds yet. Needs the run's lock.
 */
export async function prepareResume(
  run: RunFolder,
  { now }: RecordOptions,
): Promise<{ from: Checkpoint; replay: readonly KnobChange[] }> {
  const saved = await run.loadCheckpoint();
  const { step } = saved.position;
  let replay: KnobChange[] = [];
  let { rollbacks } = saved.position;
  for (const { kind, step: at, values = {} } of await run.events()) {
    if (at < step) continue;
    if (kind === 'rolledBack') {
      // Its values are all the knobs in force, changes included that were made beyond the step it went back to.
      rollbacks++;
      replay = [...replay.filter((change) => change.step < at), { step: at, values }];
    } else if (kind === 'knobsChanged') replay.push({ step: at, values });
  }
  for (const text of await rewound(run, step)) await run.appendEvent({ at: now().toISOString(), step, kind: 'warned', text });
  return { from: { ...saved, position: { ...saved.position, rollbacks } }, replay };
}

/** Takes the run back to `step`, and says in sentences what was damaged beyond it. */
async function rewound(run: RunFolder, step: number): Promise<readonly string[]> {
  const aside = await run.rewind(step);
  return aside.map((one) => `The checkpoint of step ${one.step} is damaged and was set aside as ${one.path}: ${one.fault}`);
}

/** Runs `training` to its end, saving as it goes. A failure is recorded before it is thrown on. Needs the run's lock. */
export async function* record(
  run: RunFolder,
  training: AsyncGenerator<TrainingEvent, void, undefined>,
  { now }: RecordOptions,
): AsyncGenerator<TrainingEvent, void, undefined> {
  let step = 0;
  const note = (kind: RunEvent['kind'], text: string, values?: RunEvent['values'], error?: RunEvent['error']): Promise<void> =>
    run.appendEvent({ at: now().toISOString(), step, kind, text, ...(values ? { values } : {}), ...(error ? { error } : {}) });
  try {
    for await (const event of training) {
      switch (event.kind) {
        case 'started':
          step = event.step;
          await note(event.isResumed ? 'resumed' : 'started', event.isResumed ? `Resumed at step ${step}.` : 'Started.');
          break;
        case 'reported':
          step = event.report.step;
          await run.appendReport(event.report);
          break;
        case 'warned':
          await run.appendEvent({
            at: now().toISOString(),
            step,
            kind: 'warned',
            text: warningText(event.warning),
            cause: event.warning.cause,
            since: event.warning.since,
          });
          break;
        case 'measured':
          await run.saveMeasure(event.look);
          break;
        case 'latentsEncoded':
          await run.saveLatents(event.sample);
          break;
        case 'checkpointed':
          step = event.checkpoint.position.step;
          await run.saveCheckpoint(event.checkpoint);
          break;
        case 'knobsChanged':
          step = event.step;
          if (!event.isReplayed) await note('knobsChanged', `Changed ${Object.keys(event.values).join(', ')}.`, event.values);
          break;
        case 'rolledBack':
          step = event.toStep;
          for (const text of await rewound(run, step)) await note('warned', text);
          await note(
            'rolledBack',
            `At step ${event.fromStep} ${event.found}: back to step ${event.toStep}, learning rate halved (${event.count} of 3).`,
            event.knobs,
          );
          break;
        case 'ended':
          step = event.step;
          await note(event.reason, event.reason === 'finished' ? `Finished at step ${step}.` : `Paused at step ${step}.`);
          break;
      }
      yield event;
    }
  } catch (thrown) {
    const { code, message, facts } = toErrorRecord(thrown);
    try {
      await note('failed', message, undefined, { code, ...(facts ? { facts } : {}) });
    } catch (alsoThrown) {
      // A full disk cannot hold the note either; what was thrown first says it all.
      if (!(alsoThrown instanceof KarstError && alsoThrown.code === 'disk')) throw alsoThrown;
    }
    throw thrown;
  }
}

/** One sentence for a person: "Posterior collapse, 80 % sure, since step 400: only 1 of 20 dimensions moves …". */
export const warningText = ({ since, cause: { title, confidence, sentence } }: Warning): string =>
  `${title} (${Math.round(100 * confidence)} % sure), seen since step ${since}: ${sentence}.`;

// Saves what training yields in the run's folder and passes it on. A reader of the folder sees every event that came out of here.
import { KarstError } from '../base/errors.ts';
import type { KnobChange, TrainingEvent } from '../training/train.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { RunEvent, RunFolder } from './run-folder.ts';

export interface RecordOptions {
  /** The time, for events.jsonl. */
  readonly now: () => Date;
}

/** Where an interrupted or paused run goes on, with the knob changes that came after its newest checkpoint. Needs the run's lock. */
export async function prepareResume(run: RunFolder): Promise<{ from: Checkpoint; replay: readonly KnobChange[] }> {
  const from = await run.loadCheckpoint();
  const { step } = from.position;
  const events = await run.events();
  const resumes = events.map((event) => event.kind).lastIndexOf('rolledBack');
  const replay = events
    .slice(resumes + 1)
    .filter((event) => event.kind === 'knobsChanged' && event.step >= step && event.values)
    .map((event) => ({ step: event.step, values: event.values ?? {} }));
  await run.rewind(step);
  return { from, replay };
}

/** Runs `training` to its end, saving as it goes. A failure is recorded before it is thrown on. Needs the run's lock. */
export async function* record(
  run: RunFolder,
  training: AsyncGenerator<TrainingEvent, void, undefined>,
  { now }: RecordOptions,
): AsyncGenerator<TrainingEvent, void, undefined> {
  let step = 0;
  const note = (kind: RunEvent['kind'], text: string, values?: RunEvent['values']): Promise<void> =>
    run.appendEvent({ at: now().toISOString(), step, kind, text, ...(values ? { values } : {}) });
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
          await run.rewind(step);
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
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    try {
      await note('failed', text);
    } catch (alsoThrown) {
      // A full disk cannot hold the note either; what was thrown first says it all.
      if (!(alsoThrown instanceof KarstError && alsoThrown.code === 'disk')) throw alsoThrown;
    }
    throw thrown;
  }
}

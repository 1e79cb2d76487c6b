// What a page is told about a run, read from its folder and, where it trains here, from its trainer.
import { errorCodes, type ErrorRecord } from '../base/errors.ts';
import type { RunRecord, RunStatus, SamplesRecord, VerdictRecord } from '../protocol/records.ts';
import type { RunEvent, RunFolder } from '../runs/run-folder.ts';
import type { Training } from './trainings.ts';

export interface RunAside {
  readonly training?: Training | undefined;
  readonly verdict: VerdictRecord;
  readonly thumbnails?: SamplesRecord | undefined;
}

export async function runRecord(id: string, folder: RunFolder, aside: RunAside): Promise<RunRecord> {
  const [description, checkpoints, reports, events, isLocked] = await Promise.all([
    folder.describe(),
    folder.checkpoints(),
    folder.reports(),
    folder.events(),
    folder.isTraining(),
  ]);
  const { training, verdict, thumbnails } = aside;
  const last = training?.lastReport ?? reports.at(-1);
  const status = training?.status ?? (isLocked ? 'training' : statusAfter(events));
  const failure = status === 'failed' ? events.findLast((event) => event.kind === 'failed') : undefined;
  const isBusy = status === 'training' || status === 'pausing';
  return {
    id,
    title: description.title,
    status,
    dataset: { id: description.dataset.id, title: description.dataset.title, fingerprint: description.dataset.fingerprint },
    model: description.model,
    params: description.params,
    latentSize: description.latentSize,
    seed: description.seed,
    ...(description.branchOf ? { branchOf: description.branchOf } : {}),
    device: description.device.id,
    step: Math.max(last?.step ?? 0, isBusy ? 0 : (checkpoints.at(-1) ?? 0)),
    ...stopsOf(description.stop, last?.step, last?.epoch),
    elapsedSeconds: last?.elapsedSeconds ?? 0,
    ...(last ? { imagesPerSecond: last.imagesPerSecond } : {}),
    createdAt: description.createdAt,
    checkpoints,
    verdict,
    ...(failure ? { error: failureOf(failure) } : {}),
    ...(thumbnails ? { thumbnails } : {}),
  };
}

/** What ended the run; a code that this version does not know counts as a fault of Karst. */
function failureOf({ text, error }: RunEvent): ErrorRecord {
  const code = errorCodes.find((one) => one === error?.code) ?? 'internal';
  return { code, message: text, ...(error?.facts ? { facts: error.facts } : {}) };
}

/** A run that nobody trains ended as its last event says; one that says nothing of an end was interrupted. */
function statusAfter(events: readonly RunEvent[]): RunStatus {
  for (const { kind } of [...events].reverse()) {
    if (kind === 'finished' || kind === 'paused' || kind === 'failed') return kind;
    if (kind === 'started' || kind === 'resumed') break;
  }
  return 'interrupted';
}

/** Epochs are told as the steps that they come to, once a report has shown how many steps an epoch has. */
function stopsOf(
  stop: { readonly steps?: number; readonly epochs?: number; readonly seconds?: number },
  step: number | undefined,
  epoch: number | undefined,
): { steps?: number; seconds?: number } {
  const fromEpochs = stop.epochs !== undefined && step && epoch ? Math.ceil((stop.epochs * step) / epoch) : undefined;
  const steps = stop.steps ?? fromEpochs;
  return { ...(steps !== undefined ? { steps } : {}), ...(stop.seconds !== undefined ? { seconds: stop.seconds } : {}) };
}

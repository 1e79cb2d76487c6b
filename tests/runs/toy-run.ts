// A small run from nothing to its end over any FilePort, begun or taken up where it stopped: what a trainer process does.
import type { FilePort } from '../../src/runs/file-port.ts';
import { prepareResume, record } from '../../src/runs/record.ts';
import { createRun, openRun, type RunDescription, type RunFolder, type RunFolderOptions } from '../../src/runs/run-folder.ts';
import type { TrainingEvent } from '../../src/training/contract.ts';
import { train } from '../../src/training/train.ts';
import type { Device } from '../../src/tracing/device.ts';
import type { Model } from '../../src/models/model.ts';
import { bars, range, toyModel } from '../training/toy.ts';

export const toyData = bars(60, 4);
export const makeToyModel = (): Model =>
  toyModel(toyData, { 'net.width': 8, 'net.depth': 1, 'model.latentSize': 2, 'model.learningRate': 0.01 });

export const description: RunDescription = {
  format: 'karst-run-1',
  id: 'toy',
  title: 'Toy',
  createdAt: '2026-01-02T03:04:05.000Z',
  dataset: { id: 'toy', params: {}, title: 'Toy', fingerprint: 'toy', rows: toyData.rows, sample: toyData.sample },
  model: 'vae',
  params: makeToyModel().params,
  latentSize: 2,
  seed: 1,
  device: { id: 'wasm', title: 'wasm' },
  stop: { steps: 40 },
  versions: { karst: '0' },
};

export interface ToyRunOptions {
  readonly steps: number;
  readonly checkpointEvery?: number;
  readonly folder?: RunFolderOptions;
  readonly onEvent?: (event: TrainingEvent) => void;
  readonly model?: Model;
}

export async function toyRun(files: FilePort, device: Device, options: ToyRunOptions): Promise<RunFolder> {
  const isThere = (await files.facts('run.json')) !== undefined;
  const run = isThere ? await openRun(files, options.folder) : await createRun(files, description, options.folder);
  const lock = await run.lock();
  try {
    const resume = (await run.checkpoints()).length > 0 ? await prepareResume(run, { now: () => new Date() }) : undefined;
    if (!resume) await run.rewind(-1); // killed before the first checkpoint
    const training = train({
      model: options.model ?? makeToyModel(),
      dataset: toyData,
      trainRows: range(0, 50),
      heldOutRows: range(50, 60),
      device,
      seed: 1,
      stop: { steps: options.steps },
      params: { batchSize: 10, reportEvery: 2, evaluateEvery: 4, checkpointEvery: options.checkpointEvery ?? 5, latentRows: 6 },
      ...resume,
    });
    for await (const event of record(run, training, { now: () => new Date() })) options.onEvent?.(event);
  } finally {
    await lock.release();
  }
  return run;
}

// The monitor inside the loop: a VAE whose beta is far too high is told of, once, in events.jsonl as well; a healthy one is not.
import { describe, expect, it } from 'vitest';
import { splitRows } from '../../src/datasets/split.ts';
import { shapes } from '../../src/datasets/shapes.ts';
import { makeModel } from '../../src/engine/catalogue.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import type { ReportRecord } from '../../src/protocol/records.ts';
import { train, type TrainingEvent } from '../../src/training/train.ts';

async function events(beta: number, more: { reports?: readonly ReportRecord[] } = {}): Promise<readonly TrainingEvent[]> {
  const dataset = shapes.make({ rows: 1000, seed: 3 });
  const set = { 'model.net': 'dense', 'net.width': 64, 'model.beta': beta, 'model.latentSize': 8 };
  const split = splitRows(dataset, 1, 0.2);
  const device = await openOnnxDevice({ threads: 1 });
  const told: TrainingEvent[] = [];
  try {
    const setup = {
      model: makeModel('vae', set, dataset.sample),
      dataset,
      trainRows: split.train,
      heldOutRows: split.heldOut,
      device,
      seed: 1,
      params: { batchSize: 50, evaluateEvery: 20, latentRows: 400 },
      stop: { steps: 200 },
      ...more,
    };
    for await (const event of train(setup)) told.push(event);
  } finally {
    await device.dispose();
  }
  return told;
}

const warnings = (told: readonly TrainingEvent[]) => told.flatMap((event) => (event.kind === 'warned' ? [event.warning] : []));

describe('training', () => {
  it('warns of codes that say nothing when three looks running agree, and only once', async () => {
    const told = await events(400);
    const collapse = warnings(told).filter(({ cause }) => cause.id === 'posterior-collapse');
    expect(collapse).toHaveLength(1);
    const [{ step, since, cause } = { step: 0, since: 0, cause: undefined }] = collapse;
    expect(step - since).toBeGreaterThanOrEqual(40); // three looks that found it
    expect(step).toBeLessThanOrEqual(160);
    expect(cause?.state).toBe('collapsed');
    expect(cause?.cures[0]).toMatchObject({ id: 'lower-beta', changes: { 'model.beta': 1 } });
    // A second session that is given the first one's reports has been told already.
    const reports = told.flatMap((event) => (event.kind === 'reported' ? [event.report] : []));
    expect(warnings(await events(400, { reports })).filter(({ cause: again }) => again.id === 'posterior-collapse')).toEqual([]);
  });

  it('does not warn of a healthy run', async () => {
    expect(warnings(await events(1)).map(({ cause }) => cause.id)).toEqual([]);
  });
});

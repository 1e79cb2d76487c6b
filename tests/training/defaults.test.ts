// The defaults must not let the codes of two-dimensional data die before sigma has found its place.
import { describe, expect, it } from 'vitest';
import { splitRows } from '../../src/datasets/split.ts';
import { datasets, makeModel } from '../../src/engine/catalogue.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import type { ReportRecord } from '../../src/protocol/records.ts';
import { train } from '../../src/training/train.ts';

describe('the default VAE', () => {
  it.each(['ring', 'grid'])('uses both dimensions on the %s of Gaussians', async (id) => {
    const dataset = datasets.make(id, { rows: 4000 });
    const { train: trainRows, heldOut: heldOutRows } = splitRows(dataset, 1);
    const model = makeModel('vae', {}, dataset.sample);
    const device = await openOnnxDevice({ provider: 'cpu', threads: 1 });
    const params = { reportEvery: 200, evaluateEvery: 1_000_000, latentRows: 0, checkpointEvery: 1_000_000 };
    let last: ReportRecord | undefined;
    for await (const event of train({ model, dataset, trainRows, heldOutRows, device, seed: 1, params, stop: { steps: 400 } })) {
      if (event.kind === 'reported') last = event.report;
    }
    await device.dispose();
    expect(last?.heldOut?.kl).toBeGreaterThan(1);
    expect(last?.klPerDimension?.every((nats) => nats > 0.3)).toBe(true);
  });
});

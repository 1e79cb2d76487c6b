// Reports that are paced by the clock, on a clock of the test's own: a step takes 100 ms, a checkpoint a second and a half.
import { afterEach, expect, it, vi } from 'vitest';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import type { Device } from '../../src/tracing/device.ts';
import { train } from '../../src/training/train.ts';
import { bars, range, toyModel } from './toy.ts';

afterEach(() => void vi.restoreAllMocks());

it('averages each report over a second of steps at least, whatever else took the time before', async () => {
  const dataset = bars(300);
  const model = toyModel(dataset, { 'net.width': 16, 'net.depth': 1, 'model.latentSize': 3 });
  let clockMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => clockMs);
  const device = await openOnnxDevice({ provider: 'cpu', threads: 1 });
  const timed: Device = {
    ...{ id: device.id, kind: device.kind, title: device.title },
    createState: (specs, values) => device.createState(specs, values),
    dispose: () => device.dispose(),
    load: async (program, state) => {
      const executable = await device.load(program, state);
      const run: typeof executable.run = (inputs) => {
        clockMs += 100;
        return executable.run(inputs);
      };
      return { program, compileMs: 0, run, dispose: () => executable.dispose() };
    },
  };
  const steps: number[] = [];
  try {
    for await (const event of train({
      dataset,
      model,
      device: timed,
      trainRows: range(0, 250),
      heldOutRows: range(250, 300),
      seed: 3,
      params: { batchSize: 32, latentRows: 40 },
      stop: { steps: 400 },
    })) {
      if (event.kind === 'reported') steps.push(event.report.step);
      if (event.kind === 'checkpointed') clockMs += 1500; // it is written
    }
  } finally {
    await device.dispose();
  }
  const apart = steps.flatMap((step, i) => (step > 30 && step < 400 ? [step - (steps[i - 1] as number)] : []));
  expect(apart.length).toBeGreaterThan(10);
  expect(Math.min(...apart)).toBeGreaterThanOrEqual(10);
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KarstError } from '../../src/base/errors.ts';
import type { ParamValues } from '../../src/base/params.ts';
import type { Model } from '../../src/models/model.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { openWasmDevice } from '../../src/node/devices/wasm.ts';
import type { Checkpoint } from '../../src/runs/checkpoint.ts';
import type { TrainingEvent, TrainingSetup } from '../../src/training/contract.ts';
import { train } from '../../src/training/train.ts';
import type { Device } from '../../src/tracing/device.ts';
import { bars, range, toyModel } from './toy.ts';

const dataset = bars(300);
const base = {
  dataset,
  trainRows: range(0, 250),
  heldOutRows: range(250, 300),
  seed: 3,
  params: { batchSize: 32, reportEvery: 5, evaluateEvery: 10, checkpointEvery: 10, latentRows: 40 },
} as const;
const small: ParamValues = { 'net.width': 16, 'net.depth': 1, 'model.latentSize': 3 };

async function collect(setup: TrainingSetup, onEvent?: (event: TrainingEvent) => void): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  for await (const event of train(setup)) {
    events.push(event);
    onEvent?.(event);
  }
  return events;
}

const checkpointsOf = (events: readonly TrainingEvent[]): Checkpoint[] =>
  events.flatMap((event) => (event.kind === 'checkpointed' ? [event.checkpoint] : []));
const lastCheckpoint = (events: readonly TrainingEvent[]): Checkpoint => checkpointsOf(events).at(-1) as Checkpoint;
const reportsOf = (events: readonly TrainingEvent[]): Extract<TrainingEvent, { kind: 'reported' }>['report'][] =>
  events.flatMap((event) => (event.kind === 'reported' ? [event.report] : []));

const devices: readonly (readonly [string, () => Promise<Device>])[] = [
  ['wasm', openWasmDevice],
  ['onnx-cpu', () => openOnnxDevice({ provider: 'cpu', threads: 1 })],
];

describe.each(devices)('training on %s', (_, open) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });
  afterAll(() => device.dispose());

  it('gives the same bits for the same seed, and others for another', async () => {
    const model = toyModel(dataset, small);
    const one = lastCheckpoint(await collect({ ...base, model, device, stop: { steps: 25 } }));
    const two = lastCheckpoint(await collect({ ...base, model: toyModel(dataset, small), device, stop: { steps: 25 } }));
    const other = lastCheckpoint(await collect({ ...base, model, device, seed: 4, stop: { steps: 25 } }));
    expect(one.position.step).toBe(25);
    expect(two.values).toEqual(one.values);
    expect(other.values['encoder.0.kernel']).not.toEqual(one.values['encoder.0.kernel']);
  });

  it('resumed from any checkpoint ends in the bits of the uninterrupted run', async () => {
    const model = toyModel(dataset, { ...small, 'model.annealing': 'cyclic', 'model.annealingSteps': 20, 'model.decay': 25 });
    const whole = await collect({ ...base, model, device, stop: { steps: 25 } });
    for (const from of checkpointsOf(whole).slice(0, -1)) {
      const rest = await collect({ ...base, model, device, stop: { steps: 25 }, from });
      expect(lastCheckpoint(rest).values).toEqual(lastCheckpoint(whole).values);
      expect(reportsOf(rest).at(-1)?.heldOut).toEqual(reportsOf(whole).at(-1)?.heldOut);
    }
  });

  it('pauses at a signal with a checkpoint, and goes on to the same bits', async () => {
    const model = toyModel(dataset, small);
    const whole = await collect({ ...base, model, device, stop: { steps: 25 } });
    const pause = new AbortController();
    const first = await collect({ ...base, model, device, stop: { steps: 25 }, signal: pause.signal }, (event) => {
      if (event.kind === 'reported' && event.report.step === 15) pause.abort();
    });
    expect(first.at(-1)).toMatchObject({ kind: 'ended', reason: 'paused' });
    const from = lastCheckpoint(first);
    expect(from.position.step).toBe(15);
    expect(lastCheckpoint(await collect({ ...base, model, device, stop: { steps: 25 }, from })).values).toEqual(
      lastCheckpoint(whole).values,
    );
  });

  it('replays knob changes that came after the checkpoint it resumes from', async () => {
    const model = toyModel(dataset, small);
    const changes = new Map<number, ParamValues>([[13, { beta: 3 }]]);
    let asked = 0;
    const whole = await collect({ ...base, model, device, stop: { steps: 25 }, takeKnobs: () => changes.get(asked++) });
    expect(whole.find((event) => event.kind === 'knobsChanged')).toMatchObject({
      step: 13,
      values: { beta: 3 },
      isReplayed: false,
    });
    const from = checkpointsOf(whole).find(({ position }) => position.step === 10) as Checkpoint;
    const replay = [{ step: 13, values: { beta: 3 } }];
    const rest = await collect({ ...base, model, device, stop: { steps: 25 }, from, replay });
    expect(lastCheckpoint(rest).values).toEqual(lastCheckpoint(whole).values);
    expect(lastCheckpoint(rest).position.knobs['beta']).toBe(3);
  });
});

describe('the training loop', () => {
  let device: Device;
  beforeAll(async () => {
    device = await openWasmDevice();
  });
  afterAll(() => device.dispose());

  it('reports at its steps, with losses that are means and schedules that are in force', async () => {
    const model = toyModel(dataset, {
      ...small,
      'model.annealing': 'linear',
      'model.annealingSteps': 40,
      'model.learningRate': 0.01,
      'model.warmUp': 4,
    });
    const events = await collect({ ...base, model, device, stop: { epochs: 4 } });
    const reports = reportsOf(events);
    expect(reports.map((report) => report.step)).toEqual([0, 5, 10, 15, 20, 25, 30, 32]); // 32 × 32 rows = 4.1 epochs
    expect(reports.at(-1)?.epoch).toBeCloseTo((32 * 32) / 250, 9);
    expect(reports[1]?.knobs['beta']).toBeCloseTo(4 / 40, 6); // iteration 4 was the last
    expect(reports[1]?.knobs['learningRate']).toBeCloseTo(1e-2, 8);
    for (const report of reports.slice(1)) {
      const { loss, reconstruction, kl } = report.losses as { loss: number; reconstruction: number; kl: number };
      expect(kl).toBeCloseTo(
        (report.klPerDimension as number[]).reduce((a, b) => a + b),
        4,
      );
      expect(loss).toBeGreaterThan(reconstruction);
    }
    const [first, last] = [reports[0]?.heldOut, reports.at(-1)?.heldOut];
    expect(first?.rows).toBe(50);
    expect(last?.elbo).toBeGreaterThan((first?.elbo ?? 0) + 5);
    expect(last?.elbo).toBeCloseTo(-(last?.reconstruction ?? 0) - (last?.kl ?? 0), 9);
    const samples = events.flatMap((event) => (event.kind === 'latentsEncoded' ? [event.sample] : []));
    expect(samples.map((sample) => sample.step)).toEqual([0, 10, 20, 30, 32]);
    expect(new Set(samples.map((sample) => sample.rowIds.join())).size).toBe(1);
    expect(samples[0]?.labels).toEqual(samples[0]?.rowIds.map((row) => row % 3));
  });

  it('refuses unknown knobs and values out of range', async () => {
    const model = toyModel(dataset, small);
    const with_ = (values: ParamValues): Promise<unknown> =>
      collect({ ...base, model, device, stop: { steps: 2 }, takeKnobs: () => values });
    await expect(with_({ gamma: 1 })).rejects.toThrow('unknown knob gamma; known: learningRate, beta, freeBits');
    await expect(with_({ beta: -1 })).rejects.toThrow('knob beta must be between 0 and 1000');
  });

  it('rolls back to the last good checkpoint when a loss is NaN, halves the rate and goes on', async () => {
    const events = await collect({ ...base, model: poisoned(12, 1), device, stop: { steps: 25 } });
    expect(events.find((event) => event.kind === 'rolledBack')).toMatchObject({
      fromStep: 13,
      toStep: 10,
      count: 1,
      knobs: { learningRate: 5e-4, beta: 1 },
    });
    const end = lastCheckpoint(events);
    expect(end.position).toMatchObject({ step: 25, rollbacks: 1, knobs: { learningRate: 5e-4 } });
    for (const values of Object.values(end.values)) expect(values.every((value) => Number.isFinite(value))).toBe(true);
  });

  it('does not replay a learning rate over the one that a rollback halved', async () => {
    const model = poisoned(12, 1);
    const start = lastCheckpoint(await collect({ ...base, model: toyModel(dataset, small), device, stop: { steps: 10 } }));
    const replay = [{ step: 11, values: { learningRate: 4e-3 } }];
    const events = await collect({ ...base, model, device, stop: { steps: 25 }, from: start, replay });
    expect(events.filter((event) => event.kind === 'knobsChanged')).toHaveLength(1);
    expect(lastCheckpoint(events).position).toMatchObject({ rollbacks: 1, knobs: { learningRate: 2e-3 } });
  });

  it('stops with an explanation when the NaN comes a fourth time', async () => {
    const seen: TrainingEvent[] = [];
    const run = collect({ ...base, model: poisoned(12, Infinity), device, stop: { steps: 25 } }, (event) => seen.push(event));
    await expect(run).rejects.toThrow(KarstError);
    await expect(run).rejects.toThrow(/diverged at step 13: .* is NaN, after 3 rollbacks .*\(now 0\.000125\)/);
    expect(seen.filter((event) => event.kind === 'rolledBack')).toHaveLength(3);
    expect(lastCheckpoint(seen).position.step).toBe(10);
  });

  /** The toy model with NaN for noise at iteration `step`, `times` times. */
  function poisoned(step: number, times: number): Model {
    const model = toyModel(dataset, small);
    let left = times;
    // The loop assembles iteration `step` while the one before runs; after a rollback it does so again.
    return {
      ...model,
      training: (batch) =>
        model.training(batch).map((part) => ({
          ...part,
          inputs: (index, rng, knobs) => {
            const inputs = part.inputs(index, rng, knobs);
            if (index !== step || left <= 0) return inputs;
            left--;
            return { ...inputs, eps: new Float32Array(inputs['eps']?.length ?? 0).fill(NaN) };
          },
        })),
    };
  }
});

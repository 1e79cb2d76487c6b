// The check of a combination: it trains 50 steps without a NaN, resumes to the same bits, and exports a grid and an ONNX decoder that a
// plain ONNX Runtime session runs to the same samples. A test file for each kind of data runs it over the table.
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../src/engine/decoder.ts';
import type { ComputeHost, EngineHost } from '../../src/engine/engine-host.ts';
import { openGrids } from '../../src/engine/grids.ts';
import { readPng } from '../../src/engine/png.ts';
import { createTrainer } from '../../src/engine/trainer.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { decoderMethods } from '../../src/protocol/decoder-api.ts';
import { gridRequest, trainRequest } from '../../src/protocol/engine-api.ts';
import { localClient } from '../../src/protocol/rpc.ts';
import type { TrainerEvents } from '../../src/protocol/trainer-api.ts';
import { openRun } from '../../src/runs/run-folder.ts';
import { MemoryFiles } from '../runs/memory-files.ts';
import { combinations, data, type Combination } from './table.ts';

interface Session {
  run(feeds: Record<string, unknown>): Promise<Record<string, { data: Float32Array }>>;
}
interface Ort {
  readonly InferenceSession: { create(model: Uint8Array): Promise<Session> };
  readonly Tensor: new (type: string, data: Float32Array, dims: readonly number[]) => unknown;
}
const ort = createRequire(import.meta.url)('onnxruntime-node') as Ort;

const STEPS = 50;
const BATCH = 8;

function hostOf({ data: name }: Combination, folders: Map<string, MemoryFiles>): ComputeHost {
  return {
    files: (folder) => folders.get(folder) ?? (folders.set(folder, new MemoryFiles()).get(folder) as MemoryFiles),
    openDataset: () => Promise.resolve({ dataset: (data[name] as (typeof data)[string]).dataset, refused: [] }),
    openDevice: () => openOnnxDevice({ provider: 'cpu', threads: 1 }),
    now: () => new Date(0),
    versions: { karst: '0' },
  };
}

/** Trains, or goes on, in `folder`; throws what the trainer tells of a failure. */
async function trained(host: ComputeHost, begin: (api: ReturnType<typeof createTrainer>['api']) => Promise<null>): Promise<void> {
  const trainer = createTrainer(host);
  let failure: string | undefined;
  trainer.subscribe((name, event) => {
    if (name === 'ended') failure = (event as TrainerEvents['ended']).error?.message;
    if (name === 'warned') failure ??= (event as TrainerEvents['warned']).text;
  });
  await begin(trainer.api);
  await trainer.ended;
  if (failure !== undefined) throw new Error(failure);
}

/** Declares a test for each combination on the kind of data `name`. */
export function checkCombinations(name: string): void {
  const all = combinations.filter((one) => one.data === name);
  describe(`every combination on ${name}`, () => {
    it.each(all.map((one) => [`${one.model}, ${one.title}`, one] as const))('%s', async (_, combination) => {
      await check(combination);
    });
  });
}

async function check(combination: Combination): Promise<void> {
  const folders = new Map<string, MemoryFiles>();
  const host = hostOf(combination, folders);
  const request = (steps: number): ReturnType<typeof trainRequest.parse> =>
    trainRequest.parse({
      dataset: 'toy',
      model: combination.model,
      seed: 7,
      device: 'onnx-cpu',
      steps,
      set: {
        ...combination.set,
        'train.batchSize': BATCH,
        'train.heldOut': 0.4,
        'train.latentRows': 10,
        'train.reportEvery': 25,
        'train.evaluateEvery': 25,
        'train.checkpointEvery': 25,
      },
    });
  await trained(host, (api) => api.begin({ folder: 'whole', id: 'whole', request: request(STEPS) }, {}));
  await trained(host, (api) => api.begin({ folder: 'halves', id: 'halves', request: request(STEPS / 2) }, {}));
  await trained(host, (api) => api.resume({ folder: 'halves', steps: STEPS / 2, set: {} }, {}));
  const [whole, halves] = [await openRun(host.files('whole')), await openRun(host.files('halves'))];
  const [end, resumed] = [await whole.loadCheckpoint(STEPS), await halves.loadCheckpoint(STEPS)];
  expect(Object.keys(end.values).length).toBeGreaterThan(4);
  for (const [name, values] of Object.entries(end.values)) {
    expect(Buffer.from(values.buffer).equals(Buffer.from((resumed.values[name] as typeof values).buffer)), name).toBe(true);
    expect(
      values.every((value) => Number.isFinite(value)),
      name,
    ).toBe(true);
  }

  const decoder = createDecoder(host);
  const client = localClient(decoderMethods, decoder.api);
  const grids = openGrids({
    host: host as EngineHost,
    open: () => Promise.resolve(whole),
    folderOf: (run) => run,
    decoder: () => Promise.resolve(client),
    isConfined: true,
  });
  const grid = await grids.make(gridRequest.parse({ run: 'whole', kind: 'prior', rows: 2, cols: 3, seed: 1 }), {});
  const { width, height } = readPng('grid.png', grid.png);
  expect([width, height]).toEqual([grid.width, grid.height]);

  const { latentSize } = grid.provenance;
  const { bytes } = await client.exportModel({ folder: 'whole', what: 'decoder' });
  const session = await ort.InferenceSession.create(bytes);
  const z = Float32Array.from({ length: latentSize }, (_, j) => Math.sin(j + 1));
  const { x } = await session.run({ z: new ort.Tensor('float32', z, [1, latentSize]) });
  const { samples } = await client.decode({ folder: 'whole', latents: z });
  const isPicture = samples.kind === 'pictures';
  const values = (x as { data: Float32Array }).data;
  expect(values.length).toBe(samples.data.length);
  samples.data.forEach((shown, i) => {
    const value = values[i] as number;
    const expected = isPicture ? 255 * Math.min(1, Math.max(0, value)) : value;
    expect(Math.abs(shown - expected)).toBeLessThan(isPicture ? 0.51 : 1e-3 * Math.max(1, Math.abs(value)));
  });
  await decoder.close();
}

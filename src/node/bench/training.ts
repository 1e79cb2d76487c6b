// Throughput of the training step on the benchmark's models, beside PyTorch's on the same machine, run in turn: medians of timed windows,
// best thread setting of each, as ratios. PyTorch takes part where /usr/bin/python3 has it: in the VAEs by a reference program beside the
// checkout, where there is one, in the GAN by one that is kept here.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { throwIfCancelled } from '../../base/errors.ts';
import type { ParamValues } from '../../base/params.ts';
import { Rng } from '../../base/rng.ts';
import type { Dataset, SampleShape } from '../../datasets/dataset.ts';
import { makeModel } from '../../engine/catalogue.ts';
import type { Model } from '../../models/model.ts';
import type { Device } from '../../tracing/device.ts';
import { openOnnxDevice } from '../devices/onnx.ts';
import { openWasmDevice } from '../devices/wasm.ts';
import { withPublishedWasm } from './published-wasm.ts';
import { torchDcgan } from './torch-dcgan.ts';

export interface TrainingWorkload {
  readonly id: string;
  readonly title: string;
  readonly batch: number;
  readonly model: 'vae' | 'gan';
  readonly sample: SampleShape;
  readonly set: ParamValues;
  /** How many of the model's programs count: a GAN's third, which gives real rows codes, PyTorch's does not have. */
  readonly parts: number;
  /** What plain products take, two for a multiply-add; of VAEs, multiply-adds of one forward pass times 6 (forward, two products backward). */
  readonly flopsPerImage: number;
  /** PyTorch's side, where it is kept here. */
  readonly torch?: string;
}

const picture = (side: number): SampleShape => ({ kind: 'picture', height: side, width: side, channels: 1 });
const common = { 'model.likelihood': 'bernoulli', 'likelihood.binarise': 'none' };

export const trainingWorkloads: readonly TrainingWorkload[] = [
  {
    id: 'mlp-vae',
    title: '784-400-20 VAE, batch 128',
    batch: 128,
    model: 'vae',
    parts: 1,
    sample: picture(28),
    set: { ...common, 'model.net': 'dense', 'net.width': 400, 'net.depth': 1, 'model.latentSize': 20 },
    flopsPerImage: 6 * (784 * 400 + 400 * 40 + 20 * 400 + 400 * 784),
  },
  {
    id: 'conv-vae',
    title: '1×32×32 conv VAE (32-64-128), batch 64',
    batch: 64,
    model: 'vae',
    parts: 1,
    sample: picture(32),
    set: { ...common, 'model.net': 'conv', 'net.channels': 32, 'model.latentSize': 32 },
    // 4 × 4 kernels down (32, 64, 128 channels) and the same up, plus the two dense layers at 4 × 4 × 128.
    flopsPerImage: 6 * (2 * 16 * (256 * 32 + 64 * 32 * 64 + 16 * 64 * 128) + 2048 * 64 + 32 * 2048),
  },
  {
    id: 'dcgan',
    title: '1×28×28 DCGAN (64-128), batch 64',
    batch: 64,
    model: 'gan',
    parts: 2,
    sample: picture(28),
    set: {
      'model.net': 'conv',
      'net.channels': 64,
      'net.levels': 2,
      'net.activation': 'leaky-relu',
      'model.latentSize': 64,
      'model.loss': 'non-saturating',
    },
    // 4 × 4 kernels of 64 and 128 channels each way: the inner one is passed seven times in the discriminator's step and five times in
    // the generator's, the outer one two times less, for want of slopes in pictures, and the generator's dense layer three times.
    flopsPerImage: 2 * (12 * 16 * 49 * 64 * 128 + 10 * 16 * 196 * 64 + 3 * 64 * 6272),
    torch: torchDcgan,
  },
];

export interface Measured {
  readonly engine: string;
  readonly workload: string;
  readonly threads: number;
  readonly imagesPerSecond: number;
  readonly min: number;
  readonly max: number;
  readonly compileMs?: number;
}

/** A fifth of the pixels on, as in the reference program. */
function rowsOf(workload: TrainingWorkload, rng: Rng): Dataset {
  const { sample } = workload;
  const size = sample.kind === 'picture' ? sample.height * sample.width : sample.size;
  const values = rng.fillUniform(new Float32Array(workload.batch * size)).map((x) => (x > 0.8 ? 1 : 0));
  return {
    id: workload.id,
    title: workload.title,
    sample,
    rows: workload.batch,
    fingerprint: workload.id,
    notes: [],
    copyRow: (index, out, offset) => out.set(values.subarray(index * size, (index + 1) * size), offset),
  };
}

/** One model's step on one device: `repeats` windows of at least `windowMs`, noise drawing included. */
async function measure(
  device: Device,
  threads: number,
  workload: TrainingWorkload,
  windowMs: number,
  repeats: number,
): Promise<Measured> {
  const rng = Rng.fromSeed(1);
  const model: Model = makeModel(workload.model, workload.set, workload.sample);
  const dataset = rowsOf(workload, rng.stream('rows'));
  const rows = Int32Array.from({ length: workload.batch }, (_, i) => i);
  const x = new Float32Array(workload.batch * sizeOfSample(workload.sample));
  for (let i = 0; i < workload.batch; i++) dataset.copyRow(i, x, i * sizeOfSample(workload.sample));
  const state = await device.createState(model.state, model.initialise(rng.stream('start'), { dataset, rows }));
  const parts = await Promise.all(
    model
      .training(workload.batch)
      .slice(0, workload.parts)
      .map(async (part) => ({ part, executable: await device.load(part.program, state) })),
  );
  const knobs = Object.fromEntries(Object.entries(model.knobs).map(([name, knob]) => [name, knob.default]));
  let step = 0;
  const once = async (): Promise<void> => {
    for (const { part, executable } of parts) {
      const drawn = part.inputs(step, rng.stream(part.program.name, step), knobs);
      await executable.run('x' in part.program.inputs ? { x, ...drawn } : drawn); // a generator sees no rows
    }
    step++;
  };
  for (let i = 0; i < 5; i++) await once();
  const rates: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = performance.now();
    let steps = 0;
    while (performance.now() - start < windowMs) {
      await once();
      steps++;
    }
    rates.push((1000 * steps * workload.batch) / (performance.now() - start));
  }
  for (const { executable } of parts) executable.dispose();
  state.dispose();
  const compileMs = Math.round(parts.reduce((sum, { executable }) => sum + executable.compileMs, 0));
  return { engine: device.title, workload: workload.id, threads, ...summary(rates), compileMs };
}

const sizeOfSample = (sample: SampleShape): number =>
  sample.kind === 'picture' ? sample.height * sample.width * sample.channels : sample.size;

function summary(rates: readonly number[]): { imagesPerSecond: number; min: number; max: number } {
  const sorted = rates.toSorted((a, b) => a - b);
  const [min, middle, max] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)].map((rate) => Math.round(rate ?? 0));
  return { imagesPerSecond: middle ?? 0, min: min ?? 0, max: max ?? 0 };
}

/** PyTorch's own figure, from a program given as arguments of python; undefined where it cannot run. */
function measureTorch(
  python: string,
  program: readonly string[],
  threads: number,
  signal?: AbortSignal,
): Promise<Measured | undefined> {
  // A matrix library beside PyTorch's own threads would start as many as there are cores, whatever PyTorch is told.
  const env = { ...process.env, OPENBLAS_NUM_THREADS: String(threads) };
  return new Promise((resolve) => {
    execFile(python, program, { signal, env }, (error, stdout) => {
      if (error) return resolve(undefined);
      resolve(JSON.parse(stdout) as Measured);
    });
  });
}

export interface TrainingBench {
  readonly measured: readonly Measured[];
  /** Best thread setting of each. */
  readonly ratios: readonly {
    readonly workload: string;
    readonly toTorch?: number;
    /** To Karst's own wasm device, which has kernels that tfjs lacks. */
    readonly toWasm?: number;
    /** To tfjs's wasm backend as published. */
    readonly toPublishedWasm?: number;
  }[];
}

export interface BenchOptions {
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Folder of the reference program `torch_baseline.py`. */
  readonly baselines?: string;
  /** The Python that may have PyTorch. */
  readonly python?: string;
  readonly windowMs?: number;
  readonly repeats?: number;
}

export async function benchTraining(options: BenchOptions = {}): Promise<TrainingBench> {
  const { onLine = () => undefined, signal, windowMs = 2000, repeats = 5, python = '/usr/bin/python3' } = options;
  const baseline = path.join(options.baselines ?? '../shared/bench', 'torch_baseline.py');
  const torchProgram = (workload: TrainingWorkload, threads: number): string[] | undefined => {
    if (!existsSync(python)) return undefined;
    const asked = ['--threads', String(threads), '--repeats', String(repeats)];
    if (workload.torch) return ['-c', workload.torch, ...asked, '--window', String(windowMs / 1000)];
    return existsSync(baseline) ? [baseline, ...asked, '--workload', workload.id] : undefined;
  };
  const cores = os.availableParallelism();
  const threadSettings = [...new Set([1, cores])];
  const measured: Measured[] = [];
  const add = (one: Measured): void => {
    measured.push(one);
    const compile = one.compileMs === undefined ? '' : `, compiled in ${one.compileMs} ms`;
    const spread = `${one.min.toFixed(0)} … ${one.max.toFixed(0)}`;
    onLine(
      `${one.workload.padEnd(9)} ${one.engine.padEnd(36)} ${one.threads} thr ${one.imagesPerSecond.toFixed(0).padStart(7)} images/s (${spread})${compile}`,
    );
  };

  for (const workload of trainingWorkloads) {
    for (const threads of threadSettings) {
      throwIfCancelled(signal);
      const device = await openOnnxDevice({ provider: 'cpu', threads });
      add(await measure(device, threads, workload, windowMs, repeats));
      await device.dispose();
      const program = torchProgram(workload, threads);
      if (program) {
        const torch = await measureTorch(python, program, threads, signal);
        if (torch) add(torch);
        else onLine(`PyTorch could not run ${workload.id} (Debian: apt-get install python3-torch)`);
      }
    }
  }
  const [dense] = trainingWorkloads;
  if (dense) {
    throwIfCancelled(signal);
    // First: opening our own device adds its kernels to the published backend. Only this workload's gradients are all published.
    add(await withPublishedWasm((published) => measure(published, 1, dense, windowMs, repeats)));
    throwIfCancelled(signal);
    const wasm = await openWasmDevice();
    add(await measure(wasm, 1, dense, windowMs, repeats));
    await wasm.dispose();
  }

  const best = (workload: string, engine: RegExp): number | undefined => {
    const rates = measured
      .filter((one) => one.workload === workload && engine.test(one.engine))
      .map((one) => one.imagesPerSecond);
    return rates.length > 0 ? Math.max(...rates) : undefined;
  };
  const ratios = trainingWorkloads.map(({ id, flopsPerImage }) => {
    const ours = best(id, /^ONNX/) ?? 0;
    const torch = best(id, /^torch/);
    const wasm = best(id, /WebAssembly/);
    const published = best(id, /^published/);
    const parts = [`${((ours * flopsPerImage) / 1e9).toFixed(0)} GFLOP/s`];
    if (torch) parts.push(`${(ours / torch).toFixed(2)} × PyTorch`);
    if (published) parts.push(`${(ours / published).toFixed(1)} × tfjs's wasm backend as published`);
    if (wasm) parts.push(`${(ours / wasm).toFixed(1)} × Karst's wasm device`);
    onLine(`${id}: ${parts.join(', ')}`);
    return {
      workload: id,
      ...(torch ? { toTorch: ours / torch } : {}),
      ...(wasm ? { toWasm: ours / wasm } : {}),
      ...(published ? { toPublishedWasm: ours / published } : {}),
    };
  });
  return { measured, ratios };
}

// Throughput of the training step beside PyTorch's on the same machine, run in turn: medians of timed windows, best thread setting of each, as
// ratios, and beside the machine's own matrix products. After that what each choice and cure costs beside the plain model.
import os from 'node:os';
import * as tf from '@tensorflow/tfjs';
import { throwIfCancelled } from '../../base/errors.ts';
import type { Device } from '../../tracing/device.ts';
import { float32 } from '../../tracing/program.ts';
import { openOnnxDevice } from '../devices/onnx.ts';
import { openWasmDevice } from '../devices/wasm.ts';
import { costOf, median, type Cost } from './cost-factors.ts';
import { withPublishedWasm } from './published-wasm.ts';
import { findTorch, measureTorch, PYTHONS } from './torch.ts';
import { openStep } from './training-step.ts';
import { chosenRows, type TrainingWorkload } from './training-workloads.ts';

export interface Measured {
  readonly engine: string;
  readonly workload: string;
  readonly threads: number;
  readonly imagesPerSecond: number;
  readonly min: number;
  readonly max: number;
  readonly compileMs?: number;
  /** Of the matrix library beside PyTorch's own. */
  readonly matrixThreads?: number;
}

export interface Ratio {
  readonly workload: string;
  readonly toTorch?: number;
  /** To Karst's own wasm device, which has kernels that tfjs lacks. */
  readonly toWasm?: number;
  /** To tfjs's wasm backend as published. */
  readonly toPublishedWasm?: number;
}

export interface TrainingBench {
  readonly measured: readonly Measured[];
  /** What a product of 1024 × 1024 matrices reaches, by threads. */
  readonly productGflops: Readonly<Record<number, number>>;
  /** Best thread setting of each. */
  readonly ratios: readonly Ratio[];
  readonly costs: readonly Cost[];
}

export interface BenchOptions {
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Rows by name or group, comma-separated; all unless told. */
  readonly only?: string;
  /** Pythons that may have PyTorch; the first that does is taken. */
  readonly pythons?: readonly string[];
  readonly windowMs?: number;
  readonly repeats?: number;
}

interface Timing {
  readonly windowMs: number;
  readonly repeats: number;
}

async function measure(device: Device, threads: number, workload: TrainingWorkload, timing: Timing): Promise<Measured> {
  const step = await openStep(device, workload);
  for (let i = 0; i < 5; i++) await step.run();
  const rates: number[] = [];
  for (let i = 0; i < timing.repeats; i++) rates.push((1000 * workload.batch) / (await step.time(timing.windowMs)));
  step.dispose();
  const [imagesPerSecond, min, max] = [median(rates), Math.min(...rates), Math.max(...rates)].map(Math.round) as [
    number,
    number,
    number,
  ];
  return { engine: device.title, workload: workload.id, threads, imagesPerSecond, min, max, compileMs: step.compileMs };
}

/** The best of ten products of two 1024 × 1024 matrices, in 10⁹ operations a second: what a step's products could reach. */
async function measureProducts(device: Device): Promise<number> {
  const side = 1024;
  const program = {
    name: 'product',
    state: {},
    inputs: { a: float32(side, side), b: float32(side, side) },
    body: (_: unknown, t: Readonly<Record<string, tf.Tensor>>) => ({
      // One number comes back, so that copying the result does not count.
      outputs: { y: tf.slice(tf.matMul(t['a'] as tf.Tensor2D, t['b'] as tf.Tensor2D), [0, 0], [1, 1]) },
    }),
  };
  const state = await device.createState({}, {});
  const executable = await device.load(program, state);
  const [a, b] = [new Float32Array(side * side).fill(0.5), new Float32Array(side * side).fill(0.25)];
  let leastMs = Infinity;
  for (let i = 0; i < 10; i++) {
    const started = performance.now();
    await executable.run({ a, b });
    leastMs = Math.min(leastMs, performance.now() - started);
  }
  executable.dispose();
  state.dispose();
  return (2 * side ** 3) / leastMs / 1e6;
}

export async function benchTraining(options: BenchOptions = {}): Promise<TrainingBench> {
  const { onLine = () => undefined, signal, windowMs = 2000, repeats = 5, pythons = PYTHONS } = options;
  const { workloads, costs: costRows } = chosenRows(options.only);
  const timing = { windowMs, repeats };
  const cores = os.availableParallelism();
  const threadSettings = [...new Set([1, cores])];
  const measured: Measured[] = [];
  const add = (one: Measured): void => {
    measured.push(one);
    const compile = one.compileMs === undefined ? '' : `, compiled in ${one.compileMs} ms`;
    const matrix =
      one.matrixThreads !== undefined && one.matrixThreads !== one.threads ? `, ${one.matrixThreads} for matrices` : '';
    const rate = `${one.imagesPerSecond.toFixed(0).padStart(7)} images/s (${one.min.toFixed(0)} … ${one.max.toFixed(0)})`;
    onLine(`${one.workload.padEnd(9)} ${one.engine.padEnd(36)} ${one.threads} thr ${rate}${compile}${matrix}`);
  };

  const productGflops: Record<number, number> = {};
  for (const threads of threadSettings) {
    const device = await openOnnxDevice({ provider: 'cpu', threads });
    productGflops[threads] = await measureProducts(device);
    await device.dispose();
    onLine(`products of 1024 × 1024 matrices, ${threads} thr: ${productGflops[threads].toFixed(0)} GFLOP/s`);
  }
  const torch = workloads.length > 0 ? await findTorch(pythons, signal) : undefined;
  if (workloads.length > 0)
    onLine(
      torch
        ? `PyTorch ${torch.version} of ${torch.python}`
        : `no PyTorch in ${pythons.join(', ')}: name a Python that has it with --python (Debian: apt-get install python3-torch libopenblas0-pthread)`,
    );
  for (const workload of workloads) {
    for (const threads of threadSettings) {
      throwIfCancelled(signal);
      const device = await openOnnxDevice({ provider: 'cpu', threads });
      add(await measure(device, threads, workload, timing));
      await device.dispose();
      for (const matrixThreads of torch ? new Set([1, threads]) : []) {
        throwIfCancelled(signal);
        const asked = { model: workload.torch, threads, matrixThreads, ...timing };
        add({ ...(await measureTorch(torch?.python ?? '', asked, signal)), workload: workload.id, matrixThreads });
      }
    }
  }
  const dense = workloads.find(({ id }) => id === 'mlp-vae');
  if (dense) {
    throwIfCancelled(signal);
    // First: opening our own device adds its kernels to the published backend. Only this workload's gradients are all published.
    add(await withPublishedWasm((published) => measure(published, 1, dense, timing)));
    throwIfCancelled(signal);
    const wasm = await openWasmDevice();
    add(await measure(wasm, 1, dense, timing));
    await wasm.dispose();
  }

  const best = (workload: string, engine: RegExp): Measured | undefined =>
    measured
      .filter((one) => one.workload === workload && engine.test(one.engine))
      .toSorted((a, b) => b.imagesPerSecond - a.imagesPerSecond)[0];
  const ratios = workloads.map(({ id, title, flopsPerImage }): Ratio => {
    const ours = best(id, /^ONNX/) as Measured;
    const to = (engine: RegExp): number | undefined => {
      const other = best(id, engine);
      return other && ours.imagesPerSecond / other.imagesPerSecond;
    };
    const [toTorch, toWasm, toPublishedWasm] = [to(/^torch/), to(/WebAssembly/), to(/^published/)];
    const gflops = (ours.imagesPerSecond * flopsPerImage) / 1e9;
    const share = (100 * gflops) / (productGflops[ours.threads] as number);
    const parts = [`${gflops.toFixed(0)} GFLOP/s, ${share.toFixed(0)} % of the products alone`];
    if (toTorch) parts.push(`${toTorch.toFixed(2)} × PyTorch`);
    if (toPublishedWasm) parts.push(`${toPublishedWasm.toFixed(1)} × tfjs's wasm backend as published`);
    if (toWasm) parts.push(`${toWasm.toFixed(1)} × Karst's wasm device`);
    onLine(`${title}: ${parts.join(', ')}`);
    return {
      workload: id,
      ...(toTorch ? { toTorch } : {}),
      ...(toWasm ? { toWasm } : {}),
      ...(toPublishedWasm ? { toPublishedWasm } : {}),
    };
  });

  const costs: Cost[] = [];
  for (const row of costRows) {
    const device = await openOnnxDevice({ provider: 'cpu', threads: cores });
    const cost = await costOf(device, row, { windowMs: windowMs / 4, repeats, signal });
    await device.dispose();
    costs.push(cost);
    const [ms, factor, products] = [cost.ms.toFixed(1).padStart(6), cost.factor.toFixed(2), cost.productsFactor.toFixed(2)];
    onLine(
      `${cost.plain.padEnd(7)} with ${cost.title.padEnd(40)} ${ms} ms, ${factor} × the plain step (${products} × its products), compiled in ${cost.compileMs} ms`,
    );
  }
  return { measured, productGflops, ratios, costs };
}

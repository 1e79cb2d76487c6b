// Does memory stay flat while training? The dense reference step, small batches, sampled as it goes; the slope of the second half says.
import { throwIfCancelled } from '../../base/errors.ts';
import { openOnnxDevice } from '../devices/onnx.ts';
import { referenceProgram } from '../devices/reference-program.ts';

export interface MemoryBench {
  readonly steps: number;
  readonly samples: readonly { readonly step: number; readonly rssMiB: number; readonly heapMiB: number }[];
  /** Least squares over the second half of the samples, KiB of resident memory for 1,000 steps. */
  readonly slopeKiB: number;
  readonly isFlat: boolean;
}

/** Less growth than this is the collector breathing: at this rate a million steps would take 100 MiB. */
const FLAT_KIB = 100;

export interface MemoryOptions {
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly steps?: number;
}

export async function benchMemory({ onLine, signal, steps = 10_000 }: MemoryOptions = {}): Promise<MemoryBench> {
  const { program, initial, inputs } = referenceProgram({ data: 784, hidden: 400, latent: 20, batch: 16 });
  const device = await openOnnxDevice({ provider: 'cpu', threads: 1 });
  const state = await device.createState(program.state, initial);
  const executable = await device.load(program, state);
  const samples: MemoryBench['samples'][number][] = [];
  const every = Math.max(1, Math.floor(steps / 20));
  const collect = (globalThis as { gc?: () => void }).gc;
  for (let step = 1; step <= steps; step++) {
    await executable.run(inputs(step));
    if (step % every !== 0) continue;
    throwIfCancelled(signal);
    await new Promise((resolve) => setImmediate(resolve)); // finalisers run between turns of the event loop
    collect?.();
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    samples.push({ step, rssMiB: rss / 2 ** 20, heapMiB: (heapUsed + arrayBuffers) / 2 ** 20 });
    const last = samples.at(-1);
    onLine?.(`step ${step}: ${last?.rssMiB.toFixed(1)} MiB resident, ${last?.heapMiB.toFixed(1)} MiB of it JavaScript's`);
  }
  executable.dispose();
  state.dispose();
  await device.dispose();

  const half = samples.slice(samples.length >> 1);
  const meanStep = half.reduce((sum, { step }) => sum + step, 0) / half.length;
  const meanRss = half.reduce((sum, { rssMiB }) => sum + rssMiB, 0) / half.length;
  const covariance = half.reduce((sum, { step, rssMiB }) => sum + (step - meanStep) * (rssMiB - meanRss), 0);
  const variance = half.reduce((sum, { step }) => sum + (step - meanStep) ** 2, 0);
  const slopeKiB = variance > 0 ? (covariance / variance) * 1000 * 1024 : 0;
  const isFlat = slopeKiB < FLAT_KIB;
  onLine?.(`${isFlat ? 'flat' : 'GROWING'}: ${slopeKiB.toFixed(0)} KiB for 1,000 steps over the second half of ${steps} steps`);
  return { steps, samples, slopeKiB, isFlat };
}

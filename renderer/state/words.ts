// Runs, devices and settings as a person reads them; numbers and names as reports write them, too.
import type { DeviceRecord, GridProvenance, RunRecord, RunStatus } from '../../src/protocol/records.ts';
import { count, counted, figure } from '../../src/report/words.ts';

export { count, counted, dimensionName, figure, fixed, title } from '../../src/report/words.ts';

/** A setting as a person would type it: no more digits than it has, thousands grouped. */
export function setting(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return (value < 0 ? '−' : '') + count(Math.abs(value));
  return figure(value)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const joined = (large: string, small: number, unit: string): string => (small === 0 ? large : `${large} ${small} ${unit}`);
  if (whole < 3600) return joined(`${Math.floor(whole / 60)} min`, whole % 60, 's');
  return joined(`${Math.floor(whole / 3600)} h`, Math.floor((whole % 3600) / 60), 'min');
}

/** What a sentence says first: “Healthy: 12 of 16 dimensions carry the pictures, in about 5 directions.” ends at its first comma. */
export const gist = (sentence: string): string => sentence.replace(/, .*$|\.$/s, '');

const statusWords: Readonly<Record<RunStatus, string>> = {
  starting: 'Starting',
  training: 'Training',
  pausing: 'Pausing',
  paused: 'Paused',
  finished: 'Finished',
  interrupted: 'Interrupted',
  failed: 'Failed',
};
export const statusWord = (status: RunStatus): string => statusWords[status];

export const isRunning = (run: RunRecord | undefined): boolean =>
  run?.status === 'starting' || run?.status === 'training' || run?.status === 'pausing';

const runtimes: Readonly<Record<string, string>> = {
  'onnx-cpu': 'ONNX Runtime',
  'onnx-cuda': 'ONNX Runtime, CUDA',
  'onnx-directml': 'ONNX Runtime, DirectML',
  'onnx-coreml': 'ONNX Runtime, Core ML',
  'onnx-webgpu': 'ONNX Runtime, WebGPU',
  'tensorflow-gpu': 'TensorFlow, CUDA',
  tensorflow: 'TensorFlow',
  wasm: 'TensorFlow.js, WebAssembly',
  cpu: 'TensorFlow.js',
};
/** How a device is called: as its record says where it has been measured (the version is for the picker), else by its runtime. */
export function deviceTitle(id: string, devices: readonly DeviceRecord[]): string {
  const device = devices.find((one) => one.id === id);
  return device ? device.title.replace(/ \d+(\.\d+)+/, '') : (runtimes[id] ?? id);
}

/** “step 4,180 of 10,000”, “step 4,180, 12 s of 60 s”, “4,180 steps in 1 min”. */
export function progressWords(run: RunRecord): string {
  if (run.status === 'finished') return `${counted(run.step, 'step')} in ${duration(run.elapsedSeconds)}`;
  const step = `step ${count(run.step)}`;
  if (run.steps !== undefined) return `${step} of ${count(run.steps)}`;
  if (run.seconds !== undefined)
    return `${step}, ${duration(Math.min(run.elapsedSeconds, run.seconds))} of ${duration(run.seconds)}`;
  return step;
}

/** 0 … 1, or undefined where the end is not known. */
export function progressFraction(run: RunRecord): number | undefined {
  if (run.steps) return Math.min(1, run.step / run.steps);
  if (run.seconds) return Math.min(1, run.elapsedSeconds / run.seconds);
  return undefined;
}

/** How a sample grid was made, as its own picture tells. */
export const gridWords = (made: GridProvenance): string =>
  `A sample grid: ${made.kind}, ${made.rows} × ${made.cols} cells of run “${made.run}” at step ${count(made.step)}, seed ${made.seed}, ` +
  `made by Karst ${made.karst}. Its PNG holds everything to make the same pixels again.`;

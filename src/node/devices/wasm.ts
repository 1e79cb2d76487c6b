// tfjs's WebAssembly backend as a device of last resort: it runs everywhere, on one thread.
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import type { Device } from '../../tracing/device.ts';
import { openEagerDevice } from '../../tracing/eager-device.ts';
import { registerTrainingKernels } from './wasm-kernels.ts';

let ready: Promise<void> | undefined;

async function prepare(): Promise<void> {
  const require = createRequire(import.meta.url);
  const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths: typeof setWasmPaths };
  // Loading the package makes it tfjs's first choice, and one that cannot be used before it has started: whoever called tfjs next, with
  // no backend chosen, would fail. So it is withdrawn at once and registered again when it is ready, as nobody's first choice.
  const start = tf.findBackendFactory('wasm');
  tf.removeBackend('wasm');
  // The threaded build starts workers from blobs, which a strict content policy forbids, and Node has none.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  const backend = await start();
  tf.registerBackend('wasm', () => backend, 0);
  registerTrainingKernels();
}

export async function openWasmDevice(): Promise<Device> {
  await (ready ??= prepare());
  return openEagerDevice({ id: 'wasm', backend: 'wasm', title: `TensorFlow.js ${tf.version_core}, WebAssembly, 1 thread` });
}

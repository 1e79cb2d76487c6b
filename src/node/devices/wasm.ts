// tfjs's WebAssembly backend as a device of last resort: it runs everywhere, on one thread.
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import * as wasm from '@tensorflow/tfjs-backend-wasm';
import type { Device } from '../../tracing/device.ts';
import { openEagerDevice } from '../../tracing/eager-device.ts';
import { registerTrainingKernels } from './wasm-kernels.ts';

/** The folder that holds tfjs's three .wasm files. */
function wasmFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
}

export async function openWasmDevice(): Promise<Device> {
  if (!Object.hasOwn(tf.engine().registry, 'wasm')) {
    // The threaded build starts workers from blobs, which a strict content policy forbids, and Node has none.
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    wasm.setWasmPaths(wasmFolder() + sep);
    registerTrainingKernels();
  }
  return openEagerDevice({ id: 'wasm', backend: 'wasm', title: `TensorFlow.js ${tf.version_core}, WebAssembly, 1 thread` });
}

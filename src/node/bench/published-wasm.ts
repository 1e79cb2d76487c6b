// tfjs's WebAssembly backend as published, without Karst's kernels: the yardstick that the CPU device's floor is stated against. It must be
// measured before `openWasmDevice`, which registers those kernels for the whole process; the backend's own factory is put back afterwards.
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { KarstError } from '../../base/errors.ts';
import type { Device } from '../../tracing/device.ts';
import { openEagerDevice } from '../../tracing/eager-device.ts';
import { ADAM_UPDATE } from '../../tracing/adam-update.ts';

export async function withPublishedWasm<Result>(use: (device: Device) => Promise<Result>): Promise<Result> {
  if (tf.getKernel(ADAM_UPDATE, 'wasm') as tf.KernelConfig | undefined) {
    throw new KarstError(
      'usage',
      'the published wasm backend can only be measured before Karst’s own wasm device is opened in this process: measure it in a fresh one',
    );
  }
  const require = createRequire(import.meta.url);
  const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths: typeof setWasmPaths };
  const start = tf.findBackendFactory('wasm');
  tf.removeBackend('wasm');
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  const backend = await start();
  tf.registerBackend('wasm', () => backend, 0);
  try {
    const title = `published tfjs ${tf.version_core} wasm, 1 thread`;
    const opened = await openEagerDevice({ id: 'wasm', backend: 'wasm', title });
    try {
      return await use(opened);
    } finally {
      await opened.dispose();
    }
  } finally {
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', start, 0);
  }
}

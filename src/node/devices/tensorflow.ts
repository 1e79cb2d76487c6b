// TensorFlow's own library under tfjs, through the packages @tensorflow/tfjs-node-gpu and @tensorflow/tfjs-node. Their entry point looks
// for the native addon only where its install script would have put it, so their parts are loaded one by one here, with an addon from
// Karst's engine folder or from the package. TensorFlow lives once in a process: the first load decides between GPU and CPU.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { KarstError } from '../../base/errors.ts';
import type { Device } from '../../tracing/device.ts';
import { openEagerDevice } from '../../tracing/eager-device.ts';
import { ADDON_FILE, engineFolder, karstHome, readManifest, verifyEngine } from './engine-folder.ts';

/** The part of the addon that is asked here; the backend uses the rest. */
export interface TensorflowBinding {
  isUsingGpuDevice(): boolean;
  readonly TF_Version: string;
}

export type TensorflowId = 'tensorflow-gpu' | 'tensorflow';

export interface TensorflowOptions {
  readonly home?: string;
  /** In place of the native addon. */
  readonly binding?: TensorflowBinding;
}

interface Loaded {
  readonly id: TensorflowId;
  readonly usesGpu: boolean;
  readonly title: string;
}

const packages: Readonly<Record<TensorflowId, string>> = {
  'tensorflow-gpu': '@tensorflow/tfjs-node-gpu',
  tensorflow: '@tensorflow/tfjs-node',
};
const INSTALL = 'run `karst devices install tensorflow-gpu`';
const require = createRequire(import.meta.url);

let loaded: Loaded | undefined;

/** tfjs-node 4.22 calls two functions that Node 23 removed; they are looked up when an operator runs. */
export function restoreRemovedUtilities(): void {
  const utilities = util as unknown as Record<string, unknown>;
  utilities['isNullOrUndefined'] ??= (value: unknown): boolean => value === null || value === undefined;
  utilities['isArray'] ??= Array.isArray;
}

/** What TensorFlow reads from the environment while it is loaded; whatever the user has set stays. */
function prepareEnvironment(id: TensorflowId): void {
  const settings: Record<string, string> = {
    TF_FORCE_GPU_ALLOW_GROWTH: 'true', // or else it takes the whole GPU at once
    TF_CPP_MIN_LOG_LEVEL: '1',
    CUDA_CACHE_MAXSIZE: '4294967296', // newer GPUs translate every kernel on first use: keep them all
    ...(id === 'tensorflow' ? { CUDA_VISIBLE_DEVICES: '-1' } : {}),
  };
  for (const [name, value] of Object.entries(settings)) process.env[name] ??= value;
}

function packageFolder(name: string): string | undefined {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** The folder that holds lib/napi-v8 and deps/lib: Karst's own, checked against its manifest, else the package's. */
async function findLibrary(id: TensorflowId, home: string, folder: string): Promise<string> {
  const own = engineFolder(home);
  const manifest = await readManifest(own);
  if (manifest) {
    await verifyEngine(own, manifest);
    return own;
  }
  if (existsSync(join(folder, ADDON_FILE))) return folder;
  throw new KarstError('device', `${id}: TensorFlow's library is neither in ${own} nor in ${folder}; ${INSTALL}`);
}

function loadBinding(id: TensorflowId, library: string): TensorflowBinding {
  if (process.platform === 'win32') {
    // The addon needs tensorflow.dll beside it or on the path.
    process.env['PATH'] = [join(library, 'deps', 'lib'), process.env['PATH']].join(delimiter);
  }
  try {
    return require(join(library, ADDON_FILE)) as TensorflowBinding;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new KarstError('device', `${id}: TensorFlow's library in ${library} cannot be loaded: ${reason}`, {}, cause);
  }
}

async function load(id: TensorflowId, options: TensorflowOptions): Promise<Loaded> {
  // The CPU device also runs from the GPU package, whose library has both.
  const names = id === 'tensorflow' ? [packages.tensorflow, packages['tensorflow-gpu']] : [packages['tensorflow-gpu']];
  const name = names.find((one) => packageFolder(one) !== undefined);
  const folder = name === undefined ? undefined : packageFolder(name);
  if (name === undefined || folder === undefined) {
    throw new KarstError(
      'device',
      `${id}: the package ${names.join(' or ')} is not installed; run \`npm install ${names.join(' or ')}\``,
    );
  }
  restoreRemovedUtilities();
  prepareEnvironment(id);
  const binding = options.binding ?? loadBinding(id, await findLibrary(id, options.home ?? karstHome(), folder));
  require(`${name}/dist/register_all_kernels`);
  const { NodeJSKernelBackend } = require(`${name}/dist/nodejs_kernel_backend`) as {
    NodeJSKernelBackend: new (binding: TensorflowBinding, packageName: string) => tf.KernelBackend;
  };
  const backend = new NodeJSKernelBackend(binding, name);
  tf.registerBackend('tensorflow', () => backend, 0);
  const usesGpu = binding.isUsingGpuDevice();
  return { id, usesGpu, title: `TensorFlow ${binding.TF_Version}, ${usesGpu ? 'CUDA GPU' : 'CPU'}` };
}

export async function openTensorflowDevice(id: TensorflowId, options: TensorflowOptions = {}): Promise<Device> {
  if (id === 'tensorflow-gpu' && !(['linux', 'win32'].includes(process.platform) && process.arch === 'x64')) {
    throw new KarstError(
      'unsupported',
      `${id} runs on Linux and Windows on x64, this is ${process.platform} on ${process.arch}; take onnx-webgpu or onnx-coreml`,
    );
  }
  loaded ??= await load(id, options);
  if (id === 'tensorflow-gpu' && !loaded.usesGpu) {
    throw new KarstError(
      'device',
      `${id}: TensorFlow was loaded but found no CUDA GPU it can use. It needs an NVIDIA driver 450 or newer, CUDA 11.2 and cuDNN 8.1 ` +
        `(libcudart.so.11.0, libcublas.so.11, libcudnn.so.8 on the library path)`,
    );
  }
  if (id === 'tensorflow' && loaded.usesGpu) {
    throw new KarstError(
      'device',
      `${id}: this process has loaded TensorFlow for the GPU already; use tensorflow-gpu or another process`,
    );
  }
  return openEagerDevice({ id, backend: 'tensorflow', title: loaded.title });
}

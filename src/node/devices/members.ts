// THE list of devices: what each is, where it can run, how it is opened, and what to do where it does not work. Everything heavy is
// imported when a device is opened.
import { KarstError } from '../../base/errors.ts';
import type { Device } from '../../tracing/device.ts';
import type { OnnxProvider } from './onnx.ts';

export interface OpenOptions {
  readonly threads?: number;
  readonly home?: string;
}

export interface DeviceMember {
  readonly id: string;
  readonly title: string;
  readonly kind: 'compiled' | 'eager';
  /** `platform` or `platform-arch`; everywhere where absent. */
  readonly platforms?: readonly string[];
  /** True where the number of threads can be chosen. */
  readonly threaded?: boolean;
  /** Never chosen by itself. */
  readonly onlyForTests?: boolean;
  readonly advice: string;
  readonly open: (options: OpenOptions) => Promise<Device>;
}

async function openOnnx(provider: OnnxProvider, threads?: number): Promise<Device> {
  const { openOnnxDevice } = await import('./onnx.ts');
  return openOnnxDevice({ provider, ...(threads === undefined ? {} : { threads }) });
}

async function openTensorflow(id: 'tensorflow-gpu' | 'tensorflow', home?: string): Promise<Device> {
  const { openTensorflowDevice } = await import('./tensorflow.ts');
  return openTensorflowDevice(id, home === undefined ? {} : { home });
}

export const deviceMembers: readonly DeviceMember[] = [
  {
    id: 'onnx-cpu',
    title: 'ONNX Runtime, processor',
    kind: 'compiled',
    platforms: ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'],
    threaded: true,
    advice: 'Reinstall with `npm ci`, so that onnxruntime-node brings its library along; until then wasm serves.',
    open: ({ threads }) => openOnnx('cpu', threads),
  },
  {
    id: 'onnx-cuda',
    title: 'ONNX Runtime, NVIDIA CUDA',
    kind: 'compiled',
    platforms: ['linux-x64', 'win32-x64'],
    advice:
      'Needs an NVIDIA GPU, CUDA 12 with cuDNN 9, and ONNX Runtime’s CUDA provider: `npm rebuild onnxruntime-node` with a network fetches it.',
    open: () => openOnnx('cuda'),
  },
  {
    id: 'onnx-directml',
    title: 'ONNX Runtime, DirectML',
    kind: 'compiled',
    platforms: ['win32'],
    advice: 'Needs Windows 10 1903 or newer and a GPU driver with DirectX 12.',
    open: () => openOnnx('directml'),
  },
  {
    id: 'onnx-coreml',
    title: 'ONNX Runtime, Core ML',
    kind: 'compiled',
    platforms: ['darwin'],
    advice: 'Needs macOS 12 or newer on Apple silicon.',
    open: () => openOnnx('coreml'),
  },
  {
    id: 'onnx-webgpu',
    title: 'ONNX Runtime, WebGPU',
    kind: 'compiled',
    platforms: ['linux-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64'],
    advice: 'Needs a GPU with a driver for Vulkan (Linux: libvulkan1 and the vendor’s driver), Metal or DirectX 12.',
    open: () => openOnnx('webgpu'),
  },
  {
    id: 'tensorflow-gpu',
    title: 'TensorFlow, NVIDIA CUDA',
    kind: 'eager',
    platforms: ['linux-x64', 'win32-x64'],
    advice: 'Run `karst devices install tensorflow-gpu`; it needs an NVIDIA GPU, driver 450 or newer, CUDA 11.2 and cuDNN 8.1.',
    open: ({ home }) => openTensorflow('tensorflow-gpu', home),
  },
  {
    id: 'tensorflow',
    title: 'TensorFlow, processor',
    kind: 'eager',
    platforms: ['linux-x64', 'win32-x64', 'darwin-x64'],
    advice:
      'Run `npm install @tensorflow/tfjs-node@4.22.0`, or `karst devices install tensorflow-gpu`, whose library serves both.',
    open: ({ home }) => openTensorflow('tensorflow', home),
  },
  {
    id: 'wasm',
    title: 'TensorFlow.js, WebAssembly',
    kind: 'eager',
    advice: 'Reinstall with `npm ci`: it needs nothing from the machine.',
    open: async () => (await import('./wasm.ts')).openWasmDevice(),
  },
  {
    id: 'cpu',
    title: 'TensorFlow.js, plain JavaScript (for tests)',
    kind: 'eager',
    onlyForTests: true,
    advice: 'Reinstall with `npm ci`: it needs nothing from the machine.',
    open: async () => {
      const { openEagerDevice } = await import('../../tracing/eager-device.ts');
      return openEagerDevice({ id: 'cpu', backend: 'cpu', title: 'TensorFlow.js, plain JavaScript' });
    },
  },
];

export function deviceMember(id: string): DeviceMember {
  const found = deviceMembers.find((one) => one.id === id);
  if (found) return found;
  const known = deviceMembers.map((one) => one.id).join(', ');
  throw new KarstError('usage', `unknown device "${id}"; known: ${known}`);
}

/** Whether the device exists at all on this kind of machine. */
export function runsOn({ platforms }: DeviceMember, platform: string = process.platform, arch: string = process.arch): boolean {
  return platforms === undefined || platforms.includes(platform) || platforms.includes(`${platform}-${arch}`);
}

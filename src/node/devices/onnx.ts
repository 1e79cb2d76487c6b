// Compiled devices: a program is traced once, written as an ONNX model and run by ONNX Runtime, on the CPU or by one of its providers for
// GPUs. The runtime's synchronous session is called directly: its public one only defers the same call, and outputs can be given space
// beforehand. On the CPU Adam runs beside the graph, in place (passes/adam.ts).
import { createRequire } from 'node:module';
import os from 'node:os';
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Binding } from 'onnxruntime-node/dist/binding.js';
import { KarstError } from '../../base/errors.ts';
import type { Device, DeviceState, Executable } from '../../tracing/device.ts';
import { writeOnnx } from '../../tracing/onnx-writer.ts';
import { expandAdam, hoistAdam } from '../../tracing/passes/adam.ts';
import { fuseBias } from '../../tracing/passes/bias.ts';
import type { Arrays, Program, Specs } from '../../tracing/program.ts';
import { trace } from '../../tracing/trace.ts';
import { OnnxExecutable } from './onnx-executable.ts';
import { StateMemory } from './state-memory.ts';

const onnxProviders = ['cpu', 'cuda', 'directml', 'coreml', 'webgpu'] as const;
export type OnnxProvider = (typeof onnxProviders)[number];
/** ONNX Runtime's own names. */
const PROVIDER_NAME: Readonly<Record<OnnxProvider, string>> = {
  cpu: 'cpu',
  cuda: 'cuda',
  directml: 'dml',
  coreml: 'coreml',
  webgpu: 'webgpu',
};

export interface OnnxOptions {
  readonly provider?: OnnxProvider;
  /** Threads inside one operator; the machine's cores, at most eight, unless told. */
  readonly threads?: number;
  /**
   * Threads wait for work by spinning: a little quicker on an idle machine, but on a busy one (a person works on it, another run trains)
   * a step was found to take up to twice as long. Off unless told.
   */
  readonly spinning?: boolean;
  /** How convolutions are written; as products with patches on the CPU and as ONNX's operators elsewhere, unless told. */
  readonly convolutions?: 'patches' | 'onnx';
  /** Writes the runtime's profile of every session to files that begin so. */
  readonly profilePrefix?: string;
}

interface Runtime {
  readonly binding: {
    readonly InferenceSession: Binding.InferenceSessionConstructor;
    listSupportedBackends(): Binding.SupportedBackend[];
  };
  readonly Tensor: typeof OrtTensor;
  readonly version: string;
}

let runtime: Runtime | undefined;

/** Loads ONNX Runtime; throws where it has no library for this machine. */
function loadRuntime(): Runtime {
  if (runtime) return runtime;
  const require = createRequire(import.meta.url);
  try {
    const { binding, initOrt } = require('onnxruntime-node/dist/binding.js') as {
      binding: Runtime['binding'];
      initOrt: () => void;
    };
    const { Tensor } = require('onnxruntime-node') as { Tensor: typeof OrtTensor };
    const { version } = require('onnxruntime-node/package.json') as { version: string };
    initOrt();
    runtime = { binding, Tensor, version };
    return runtime;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new KarstError(
      'device',
      `ONNX Runtime cannot be loaded on ${process.platform} ${process.arch}: ${reason}. Take another device, for example wasm`,
      {},
      thrown,
    );
  }
}

/** Providers that this build of ONNX Runtime carries; whether they work here only a try can tell. */
function bundledOnnxProviders(): OnnxProvider[] {
  const names = new Set(
    loadRuntime()
      .binding.listSupportedBackends()
      .map((one) => one.name),
  );
  return onnxProviders.filter((provider) => names.has(PROVIDER_NAME[provider]));
}

export async function openOnnxDevice(options: OnnxOptions = {}): Promise<Device> {
  const provider = options.provider ?? 'cpu';
  const loaded = loadRuntime();
  const bundled = bundledOnnxProviders();
  if (!bundled.includes(provider))
    throw new KarstError('device', `ONNX Runtime has no provider ${provider} here; it has ${bundled.join(', ')}`);
  return new OnnxDevice(loaded, provider, options);
}

class OnnxDevice implements Device {
  readonly id: string;
  readonly kind = 'compiled';
  readonly title: string;
  readonly provider: OnnxProvider;
  readonly #runtime: Runtime;
  readonly #options: OnnxOptions;
  readonly #threads: number;
  readonly #open = new Set<OnnxExecutable>();

  constructor(loaded: Runtime, provider: OnnxProvider, options: OnnxOptions) {
    this.#runtime = loaded;
    this.provider = provider;
    this.#options = options;
    this.#threads = options.threads ?? Math.min(8, os.availableParallelism());
    this.id = `onnx-${provider}`;
    const how = provider === 'cpu' ? `${this.#threads} ${this.#threads === 1 ? 'thread' : 'threads'}` : provider;
    this.title = `ONNX Runtime ${loaded.version}, ${how}`;
  }

  async createState(specs: Specs, values: Arrays): Promise<DeviceState> {
    return new StateMemory(specs, values);
  }

  async load(program: Program, state: DeviceState): Promise<Executable> {
    if (!(state instanceof StateMemory))
      throw new KarstError('usage', `program ${program.name} was given state of another kind of device than ${this.id}`);
    const started = performance.now();
    for (const [name, spec] of Object.entries(program.state)) {
      const held = state.specs[name];
      if (!held || held.dtype !== spec.dtype || held.shape.join() !== spec.shape.join())
        throw new KarstError(
          'usage',
          `program ${program.name} needs state ${name} as ${spec.dtype} [${spec.shape.join()}]; the device holds ${held ? `${held.dtype} [${held.shape.join()}]` : 'none of that name'}`,
        );
    }
    const onCpu = this.provider === 'cpu';
    const traced = trace(program, { convolutions: this.#options.convolutions ?? (onCpu ? 'patches' : 'onnx') });
    const { graph: lowered, updates } = onCpu ? hoistAdam(traced) : { graph: expandAdam(traced), updates: [] };
    const graph = fuseBias(lowered);
    const model = writeOnnx(graph);
    const session = new this.#runtime.binding.InferenceSession();
    const { profilePrefix } = this.#options;
    try {
      session.loadModel(model.bytes.buffer, 0, model.bytes.length, {
        executionProviders: [PROVIDER_NAME[this.provider]],
        intraOpNumThreads: this.#threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        enableCpuMemArena: true,
        enableMemPattern: true,
        logSeverityLevel: 3,
        extra: { session: { intra_op: { allow_spinning: (this.#options.spinning ?? false) ? '1' : '0' } } },
        ...(profilePrefix ? { enableProfiling: true, profileFilePrefix: `${profilePrefix}-${program.name}` } : {}),
      });
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new KarstError(
        'device',
        `${this.id} refused the compiled program ${program.name}: ${reason}`,
        { program: program.name },
        thrown,
      );
    }
    const executable = new OnnxExecutable(
      program,
      session,
      this.#runtime.Tensor,
      state,
      {
        inputs: graph.inputs.map((port, i) => ({ ...port, onnx: model.inputs[i] })),
        outputs: graph.outputs.map((port, i) => ({ ...port, onnx: model.outputs[i] as string })),
        updates,
      },
      () => {
        if (profilePrefix) session.endProfiling();
        session.dispose();
        this.#open.delete(executable);
      },
      performance.now() - started,
    );
    this.#open.add(executable);
    return executable;
  }

  async dispose(): Promise<void> {
    for (const executable of [...this.#open]) executable.dispose();
  }
}

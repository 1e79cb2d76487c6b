// Compiled devices: a program is traced once, written as an ONNX model and run by ONNX Runtime, on the CPU or by one of its providers for
// GPUs. The runtime's synchronous session is called directly: its public one only defers the same call, and outputs can be given space
// beforehand. On the CPU Adam runs beside the graph, in place (passes/adam.ts). On WebGPU state stays in the GPU's memory; the other GPU
// providers copy it with every step, since the runtime's binding for Node knows no buffers but WebGPU's.
import os from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';
import { KarstError } from '../../base/errors.ts';
import type { Device, DeviceState, Executable } from '../../tracing/device.ts';
import { writeOnnx, type OnnxModel } from '../../tracing/onnx-writer.ts';
import { expandAdam, hoistAdam } from '../../tracing/passes/adam.ts';
import { fuseBias } from '../../tracing/passes/bias.ts';
import type { Arrays, Program, Specs } from '../../tracing/program.ts';
import type { Convolutions } from '../../tracing/operators.ts';
import { trace } from '../../tracing/trace.ts';
import { BufferExecutable, StateBuffers } from './onnx-buffers.ts';
import { OnnxExecutable } from './onnx-executable.ts';
import { loadRuntime, type OpenSession, type Runtime } from './onnx-session.ts';
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
  /** How convolutions are written; in the cheapest way on the CPU and as ONNX's operators elsewhere, unless told. */
  readonly convolutions?: Convolutions;
  /** Writes the runtime's profile of every session to files that begin so. */
  readonly profilePrefix?: string;
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
  readonly #open = new Set<Executable>();
  /** Whether state stays in the GPU's memory. */
  readonly #keepsBuffers: boolean;

  constructor(loaded: Runtime, provider: OnnxProvider, options: OnnxOptions) {
    this.#runtime = loaded;
    this.provider = provider;
    this.#options = options;
    this.#threads = options.threads ?? Math.min(8, os.availableParallelism());
    this.#keepsBuffers = provider === 'webgpu';
    this.id = `onnx-${provider}`;
    const how = provider === 'cpu' ? `${this.#threads} ${this.#threads === 1 ? 'thread' : 'threads'}` : provider;
    this.title = `ONNX Runtime ${loaded.version}, ${how}`;
  }

  async createState(specs: Specs, values: Arrays): Promise<DeviceState> {
    return this.#keepsBuffers
      ? new StateBuffers(this.#runtime, this.#openSession, specs, values)
      : new StateMemory(specs, values);
  }

  async load(program: Program, state: DeviceState): Promise<Executable> {
    if (!(state instanceof (this.#keepsBuffers ? StateBuffers : StateMemory)))
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
    const traced = trace(program, { convolutions: this.#options.convolutions ?? (onCpu ? 'cheapest' : 'onnx') });
    const { graph: lowered, updates } = onCpu ? hoistAdam(traced) : { graph: expandAdam(traced), updates: [] };
    const graph = fuseBias(lowered);
    const model = writeOnnx(graph);
    const stays = graph.outputs.flatMap((port, i) => (port.kind === 'state' ? [model.outputs[i] as string] : []));
    const session = this.#openSession(program.name, model, this.#keepsBuffers ? stays : []);
    const plan = {
      inputs: graph.inputs.map((port, i) => ({ ...port, onnx: model.inputs[i] })),
      outputs: graph.outputs.map((port, i) => ({ ...port, onnx: model.outputs[i] as string })),
      updates,
    };
    const close = (): void => {
      if (this.#options.profilePrefix) session.endProfiling();
      session.dispose();
      this.#open.delete(executable);
    };
    const compileMs = performance.now() - started;
    const executable: Executable =
      state instanceof StateBuffers
        ? new BufferExecutable(this.#runtime, program, session, state, plan, close, compileMs)
        : new OnnxExecutable(this.#runtime, program, session, state, plan, close, compileMs);
    this.#open.add(executable);
    return executable;
  }

  readonly #openSession: OpenSession = (name: string, model: OnnxModel, onDevice: readonly string[] = []) => {
    const session = new this.#runtime.binding.InferenceSession();
    const { profilePrefix, spinning = false } = this.#options;
    const located = model.outputs.map((output) => [output, onDevice.includes(output) ? 'gpu-buffer' : 'cpu'] as const);
    const options: InferenceSession.SessionOptions = {
      executionProviders: [PROVIDER_NAME[this.provider]],
      intraOpNumThreads: this.#threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      enableCpuMemArena: true,
      enableMemPattern: true,
      logSeverityLevel: 3,
      extra: { session: { intra_op: { allow_spinning: spinning ? '1' : '0' } } },
      ...(onDevice.length > 0 ? { preferredOutputLocation: Object.fromEntries(located) } : {}),
      ...(profilePrefix ? { enableProfiling: true, profileFilePrefix: `${profilePrefix}-${name}` } : {}),
    };
    try {
      session.loadModel(model.bytes.buffer, 0, model.bytes.length, options);
      return session;
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new KarstError('device', `${this.id} refused the compiled program ${name}: ${reason}`, { program: name }, thrown);
    }
  };

  async dispose(): Promise<void> {
    for (const executable of [...this.#open]) executable.dispose();
  }
}

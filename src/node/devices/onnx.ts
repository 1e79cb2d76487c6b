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
import { expandAdam, hoistAdam, type HostUpdate } from '../../tracing/passes/adam.ts';
import { fuseBias } from '../../tracing/passes/bias.ts';
import { sizeOf, type Arrays, type Program, type Specs, type TensorValues } from '../../tracing/program.ts';
import { trace } from '../../tracing/trace.ts';
import { StateMemory } from './state-memory.ts';

export const onnxProviders = ['cpu', 'cuda', 'directml', 'coreml', 'webgpu'] as const;
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
    const { binding, initOrt } = require('onnxruntime-node/dist/binding.js') as { binding: Runtime['binding']; initOrt: () => void };
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
export function bundledOnnxProviders(): OnnxProvider[] {
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

interface Place {
  readonly name: string;
  readonly kind: 'state' | 'call';
  readonly value: { readonly shape: readonly number[]; readonly type: string };
}

interface Plan {
  readonly inputs: readonly (Place & { readonly onnx: string | undefined })[];
  readonly outputs: readonly (Place & { readonly onnx: string })[];
  readonly updates: readonly HostUpdate[];
}

const arrayOf = (type: string): typeof Float32Array | typeof Int32Array | typeof Uint8Array =>
  type === 'float32' ? Float32Array : type === 'int32' ? Int32Array : Uint8Array;

class OnnxExecutable implements Executable {
  readonly program: Program;
  readonly compileMs: number;
  readonly #session: Binding.InferenceSession;
  readonly #Tensor: typeof OrtTensor;
  readonly #state: StateMemory;
  readonly #plan: Plan;
  readonly #close: () => void;
  /** Indices of outputs that are gradients, fetched into scratch space. */
  readonly #gradients: readonly number[];
  /** Indices of outputs that the program's caller gets. */
  readonly #answers: readonly number[];
  #scratch: readonly number[] = [];
  #stateFeeds: Record<string, OrtTensor> = {};
  #fixedFetches: Record<string, OrtTensor> = {};
  #generation: ArrayBuffer | undefined;
  #closed = false;

  constructor(
    program: Program,
    session: Binding.InferenceSession,
    Tensor: typeof OrtTensor,
    state: StateMemory,
    plan: Plan,
    close: () => void,
    compileMs: number,
  ) {
    this.program = program;
    this.#session = session;
    this.#Tensor = Tensor;
    this.#state = state;
    this.#plan = plan;
    this.#close = close;
    this.compileMs = compileMs;
    this.#gradients = [...new Set(plan.updates.map((update) => update.gradient))];
    const forUpdates = new Set(
      plan.updates.flatMap((one) => [one.gradient, one.rate, one.correction1, one.correction2, one.scale]),
    );
    this.#answers = [...plan.outputs.keys()].filter((i) => plan.outputs[i]?.kind === 'call' && !forUpdates.has(i));
    this.#reserve();
  }

  #tensor(place: Place, data: TensorValues): OrtTensor {
    return new this.#Tensor(place.value.type as 'float32', data as Float32Array, place.value.shape);
  }

  /** Tensors over the state's memory, made again whenever that has grown. */
  #reserve(): void {
    this.#scratch = this.#state.scratch(this.#gradients.map((i) => sizeOf((this.#plan.outputs[i] as Place).value.shape)));
    if (this.#generation === this.#state.generation) return;
    this.#stateFeeds = {};
    for (const port of this.#plan.inputs)
      if (port.kind === 'state' && port.onnx) this.#stateFeeds[port.onnx] = this.#tensor(port, this.#state.view(port.name));
    this.#fixedFetches = {};
    this.#gradients.forEach((index, i) => {
      const port = this.#plan.outputs[index] as Plan['outputs'][number];
      const space = this.#state.at(this.#scratch[i] as number, { shape: port.value.shape, dtype: 'float32' });
      this.#fixedFetches[port.onnx] = this.#tensor(port, space);
    });
    this.#generation = this.#state.generation;
  }

  async run(inputs: Arrays): Promise<Arrays> {
    if (this.#closed) throw new KarstError('internal', `program ${this.program.name} was run after it was disposed`);
    const feeds: Record<string, OrtTensor> = {};
    this.#check(inputs);
    this.#reserve();
    Object.assign(feeds, this.#stateFeeds);
    for (const port of this.#plan.inputs)
      if (port.kind === 'call' && port.onnx) feeds[port.onnx] = this.#tensor(port, inputs[port.name] as TensorValues);
    const fetches: Record<string, OrtTensor> = { ...this.#fixedFetches };
    const filled = this.#plan.outputs.map((port) => {
      const fixed = fetches[port.onnx];
      if (fixed) return fixed.data as TensorValues;
      const made = new (arrayOf(port.value.type))(sizeOf(port.value.shape));
      fetches[port.onnx] = this.#tensor(port, made);
      return made;
    });
    try {
      this.#session.run(feeds, fetches, {});
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new KarstError(
        'device',
        `program ${this.program.name} failed while it ran: ${reason}`,
        { program: this.program.name },
        thrown,
      );
    }
    this.#update(filled);
    this.#plan.outputs.forEach((port, i) => {
      if (port.kind === 'state') this.#state.view(port.name).set(filled[i] as TensorValues);
    });
    return Object.fromEntries(this.#answers.map((i) => [(this.#plan.outputs[i] as Place).name, filled[i] as TensorValues]));
  }

  #check(inputs: Arrays): void {
    const { name, inputs: specs } = this.program;
    for (const given of Object.keys(inputs))
      if (!specs[given])
        throw new KarstError('usage', `program ${name} has no input ${given}; known: ${Object.keys(specs).join(', ') || 'none'}`);
    for (const [input, spec] of Object.entries(specs)) {
      const given = inputs[input];
      const size = sizeOf(spec.shape);
      const expected = arrayOf(spec.dtype).name;
      if (!given) throw new KarstError('usage', `program ${name} needs input ${input}: ${size} values in a ${expected}`);
      if (given.constructor.name !== expected || given.length !== size)
        throw new KarstError(
          'usage',
          `input ${input} of program ${name} must be ${size} values in a ${expected} (shape [${spec.shape.join()}]), got ${given.length} in a ${given.constructor.name}`,
        );
    }
  }

  #update(filled: readonly TensorValues[]): void {
    const state = this.#state;
    const scalar = (index: number): number => (filled[index] as TensorValues)[0] as number;
    for (const one of this.#plan.updates) {
      const scale = one.scale === undefined ? 1 : scalar(one.scale);
      const rate = scalar(one.rate);
      state.adam(
        state.offset(one.parameter),
        this.#scratch[this.#gradients.indexOf(one.gradient)] as number,
        state.offset(one.m),
        state.offset(one.v),
        one.size,
        one.beta1,
        (1 - one.beta1) * scale,
        one.beta2,
        (1 - one.beta2) * scale * scale,
        rate / scalar(one.correction1),
        1 / Math.sqrt(scalar(one.correction2)),
        one.epsilon,
        1 - rate * one.decay,
      );
    }
  }

  dispose(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#close();
  }
}

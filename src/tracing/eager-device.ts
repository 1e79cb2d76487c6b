// A Device that runs a Program kernel by kernel on any registered tfjs backend. State lives as tensors between calls; one call runs the
// body inside tf.tidy, swaps in the state that changed and reads the outputs. Nothing between the choice of the backend and its
// restoration waits, so other users of tfjs in the same process never see a foreign backend active. Typed arrays are copied on the way
// in and out: some backends keep a reference to what they are given and hand out what they hold. A little over the usual length, since
// state, program and device guard one another's lifetimes here.
import * as tf from '@tensorflow/tfjs';
import { KarstError } from '../base/errors.ts';
import type { Device, DeviceState, Executable } from './device.ts';
import { repairGradients } from './gradients/repair-gradients.ts';
import {
  sizeOf,
  type Arrays,
  type DType,
  type Program,
  type Specs,
  type Tensors,
  type TensorSpec,
  type TensorValues,
} from './program.ts';

export interface EagerOptions {
  readonly id: string;
  /** The name under which the tfjs backend is registered. */
  readonly backend: string;
  readonly title: string;
  /** Called last, when the device is disposed. */
  readonly dispose?: () => void | Promise<void>;
}

const arrayNames: Readonly<Record<DType, string>> = { float32: 'Float32Array', int32: 'Int32Array', bool: 'Uint8Array' };

const describe = (spec: { readonly shape: readonly number[]; readonly dtype: string }): string =>
  `${spec.dtype} [${spec.shape.join(', ')}]`;

const sameSpec = (tensor: { readonly shape: readonly number[]; readonly dtype: string }, spec: TensorSpec): boolean =>
  tensor.dtype === spec.dtype &&
  tensor.shape.length === spec.shape.length &&
  spec.shape.every((side, axis) => side === tensor.shape[axis]);

/** Throws unless `values` names exactly `specs` (or only some of them, where `partial`), each of the right type and length. */
function checkArrays(where: string, specs: Specs, values: Arrays, partial: boolean): void {
  const known = Object.keys(specs).join(', ') || 'none';
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(specs, name)) throw new KarstError('usage', `${where}: unknown tensor "${name}"; known: ${known}`);
  }
  for (const [name, spec] of Object.entries(specs)) {
    const given = Object.hasOwn(values, name) ? values[name] : undefined;
    if (given === undefined) {
      if (partial) continue;
      throw new KarstError('usage', `${where}: "${name}" is missing; needed: ${known}`);
    }
    const size = sizeOf(spec.shape);
    const type = Object.prototype.toString.call(given).slice(8, -1);
    if (type !== arrayNames[spec.dtype] || given.length !== size) {
      const expected = `${arrayNames[spec.dtype]} of ${size} for ${describe(spec)}`;
      throw new KarstError('usage', `${where}: "${name}" must be a ${expected}, got a ${type} of ${given.length}`);
    }
  }
}

const upload = (values: TensorValues, spec: TensorSpec): tf.Tensor => tf.tensor(values.slice(), [...spec.shape], spec.dtype);

async function download(tensor: tf.Tensor): Promise<TensorValues> {
  const values: TensorValues = await tensor.data();
  return values.slice();
}

class EagerState implements DeviceState {
  readonly specs: Specs;
  /** Undefined once disposed. */
  tensors: Map<string, tf.Tensor> | undefined = new Map();
  readonly #device: EagerDevice;

  constructor(device: EagerDevice, specs: Specs) {
    this.#device = device;
    this.specs = specs;
  }

  of(device: EagerDevice): boolean {
    return this.#device === device;
  }

  live(): Map<string, tf.Tensor> {
    if (!this.tensors) throw new KarstError('usage', 'this state was disposed; create a new one');
    return this.tensors;
  }

  /** Replaces tensors, disposing the old ones. */
  replace(entries: Iterable<readonly [string, tf.Tensor]>): void {
    const tensors = this.live();
    for (const [name, tensor] of entries) {
      tensors.get(name)?.dispose();
      tensors.set(name, tensor);
    }
  }

  read(names: readonly string[] = Object.keys(this.specs)): Promise<Arrays> {
    return this.#device.enqueue(async () => {
      const tensors = this.live();
      const read: Record<string, TensorValues> = {};
      for (const name of names) {
        const tensor = tensors.get(name);
        if (!tensor) {
          throw new KarstError('usage', `state has no tensor "${name}"; known: ${Object.keys(this.specs).join(', ') || 'none'}`);
        }
        read[name] = await download(tensor);
      }
      return read;
    });
  }

  write(values: Arrays): Promise<void> {
    return this.#device.enqueue(() => {
      this.live();
      checkArrays('state', this.specs, values, true);
      this.#device.onBackend(() => {
        this.replace(
          Object.entries(values).map(([name, given]) => [name, upload(given, this.specs[name] as TensorSpec)] as const),
        );
      });
    });
  }

  dispose(): void {
    this.tensors?.forEach((tensor) => {
      tensor.dispose();
    });
    this.tensors = undefined;
    this.#device.states.delete(this);
  }
}

class EagerExecutable implements Executable {
  readonly program: Program;
  /** An eager device has nothing to compile. */
  readonly compileMs = 0;
  readonly #device: EagerDevice;
  readonly #state: EagerState;
  #disposed = false;

  constructor(device: EagerDevice, program: Program, state: EagerState) {
    this.#device = device;
    this.program = program;
    this.#state = state;
  }

  run(inputs: Arrays): Promise<Arrays> {
    return this.#device.enqueue(async () => {
      if (this.#disposed) throw new KarstError('usage', `${this.program.name} was disposed; load it again`);
      checkArrays(`inputs of ${this.program.name}`, this.program.inputs, inputs, false);
      const outputs = this.#device.onBackend(() => this.#step(inputs));
      try {
        const read: Record<string, TensorValues> = {};
        for (const [name, tensor] of Object.entries(outputs)) read[name] = await download(tensor);
        return read;
      } finally {
        tf.dispose(Object.values(outputs));
      }
    });
  }

  /** Runs the body, swaps the changed state in and returns the outputs, which the caller disposes. */
  #step(inputs: Arrays): Tensors {
    const { program } = this;
    const tensors = this.#state.live();
    const made = tf.tidy(() => {
      const state = Object.fromEntries(Object.keys(program.state).map((name) => [name, tensors.get(name) as tf.Tensor]));
      const given = Object.entries(program.inputs).map(
        ([name, spec]) => [name, upload(inputs[name] as TensorValues, spec)] as const,
      );
      const result = this.#body(state, Object.fromEntries(given));
      checkState(program, result.state ?? {});
      // A tensor that is returned twice, or is the state it came from, is held twice: each holder needs its own.
      const held = new Set<tf.Tensor>(tensors.values());
      const own = ([name, tensor]: [string, tf.Tensor]): [string, tf.Tensor] => {
        const mine = held.has(tensor) ? tensor.clone() : tensor;
        held.add(mine);
        return [name, tf.keep(mine)];
      };
      const next = Object.entries(result.state ?? {}).filter(([name, tensor]) => tensor !== state[name]);
      return { state: Object.fromEntries(next.map(own)), outputs: Object.fromEntries(Object.entries(result.outputs).map(own)) };
    });
    this.#state.replace(Object.entries(made.state));
    return made.outputs;
  }

  /** tfjs's own words for a kernel that a backend lacks say neither whose program it was nor what to do. */
  #body(state: Tensors, inputs: Tensors): ReturnType<Program['body']> {
    try {
      return this.program.body(state, inputs);
    } catch (thrown) {
      const kernel = thrown instanceof Error ? /kernel '(\w+)'/i.exec(thrown.message)?.[1] : undefined;
      if (kernel === undefined) throw thrown;
      const lacking = `${this.program.name}: the device ${this.#device.id} lacks the kernel ${kernel}`;
      const advice = 'take another device (karst doctor lists them), or leave out the choice or cure that needs it';
      throw new KarstError('unsupported', `${lacking}; ${advice}`, { kernel, device: this.#device.id }, thrown);
    }
  }

  dispose(): void {
    this.#disposed = true;
  }
}

function checkState(program: Program, state: Tensors): void {
  for (const [name, tensor] of Object.entries(state)) {
    const spec = Object.hasOwn(program.state, name) ? program.state[name] : undefined;
    if (!spec) {
      const known = Object.keys(program.state).join(', ') || 'none';
      throw new KarstError('internal', `${program.name} returned state "${name}", which it did not declare; declared: ${known}`);
    }
    if (!sameSpec(tensor, spec)) {
      throw new KarstError(
        'internal',
        `${program.name} returned state "${name}" as ${describe(tensor)}, declared ${describe(spec)}`,
      );
    }
  }
}

class EagerDevice implements Device {
  readonly id: string;
  readonly kind = 'eager';
  readonly title: string;
  readonly states = new Set<EagerState>();
  readonly #options: EagerOptions;
  #queue: Promise<unknown> = Promise.resolve();
  #disposed = false;

  constructor(options: EagerOptions) {
    this.id = options.id;
    this.title = options.title;
    this.#options = options;
  }

  /** Calls on one device do not overlap: each waits for the one before it, whether that succeeded or not. */
  enqueue<Result>(task: () => Result | Promise<Result>): Promise<Result> {
    const result = this.#queue.then(() => {
      if (this.#disposed) throw new KarstError('usage', `the device ${this.id} was disposed; open it again`);
      return task();
    });
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Runs `task`, which must not wait, with this device's backend active. `setBackend` takes effect at once for an initialised one. */
  onBackend<Result>(task: () => Result): Result {
    const previous = tf.getBackend() as string | null | undefined;
    if (previous === this.#options.backend) return task();
    void tf.setBackend(this.#options.backend);
    try {
      return task();
    } finally {
      if (previous) void tf.setBackend(previous);
    }
  }

  createState(specs: Specs, values: Arrays): Promise<DeviceState> {
    return this.enqueue(() => {
      checkArrays('state', specs, values, false);
      const state = new EagerState(this, specs);
      this.onBackend(() => {
        state.replace(Object.entries(specs).map(([name, spec]) => [name, upload(values[name] as TensorValues, spec)] as const));
      });
      this.states.add(state);
      return state;
    });
  }

  load(program: Program, state: DeviceState): Promise<Executable> {
    return this.enqueue(() => {
      if (!(state instanceof EagerState && state.of(this))) {
        throw new KarstError(
          'usage',
          `${program.name}: the state was made by another device; make it with this device's createState`,
        );
      }
      state.live();
      for (const [name, spec] of Object.entries(program.state)) {
        const held = Object.hasOwn(state.specs, name) ? state.specs[name] : undefined;
        if (!held || !sameSpec(held, spec)) {
          const found = held ? describe(held) : 'nothing of that name';
          throw new KarstError('usage', `${program.name} needs state "${name}" as ${describe(spec)}; the state has ${found}`);
        }
      }
      return new EagerExecutable(this, program, state);
    });
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    await this.enqueue(() => {
      this.#disposed = true;
      for (const state of [...this.states]) state.dispose();
    });
    await this.#options.dispose?.();
  }
}

/** Opens a device on a registered tfjs backend, initialising the backend without making it the active one. */
export async function openEagerDevice(options: EagerOptions): Promise<Device> {
  const { backend } = options;
  const engine = tf.engine();
  repairGradients();
  tf.enableProdMode(); // or else tfjs prints an advertisement for its Node binding
  if (!Object.hasOwn(engine.registry, backend)) {
    const factory = tf.findBackendFactory(backend) as ReturnType<typeof tf.findBackendFactory> | null;
    if (!factory) {
      const known = engine.backendNames().join(', ') || 'none';
      throw new KarstError('device', `${options.id}: tfjs has no backend "${backend}"; registered: ${known}`);
    }
    try {
      engine.registry[backend] ??= await factory();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new KarstError('device', `${options.id}: the tfjs backend "${backend}" did not start: ${reason}`, {}, cause);
    }
  }
  return new EagerDevice(options);
}

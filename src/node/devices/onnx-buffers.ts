// State that lives in a WebGPU device's own memory: a step reads it there and puts its successor there, so that weights and moments cross
// the bus only when somebody asks to see or overwrite them. ONNX Runtime's binding cannot fetch such a tensor by itself (1.30 ends the
// process instead), so a program that does nothing carries tensors up and down.
import * as tf from '@tensorflow/tfjs';
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Binding } from 'onnxruntime-node/dist/binding.js';
import { KarstError } from '../../base/errors.ts';
import type { DeviceState, Executable } from '../../tracing/device.ts';
import { writeOnnx, type OnnxModel } from '../../tracing/onnx-writer.ts';
import { sizeOf, type Arrays, type Program, type Specs, type TensorValues } from '../../tracing/program.ts';
import { trace } from '../../tracing/trace.ts';
import { arrayOf, checkInputs, runSession, tensorOver, type OpenSession, type Plan, type Runtime } from './onnx-session.ts';

export class StateBuffers implements DeviceState {
  readonly specs: Specs;
  readonly #runtime: Runtime;
  readonly #model: OnnxModel;
  readonly #open: OpenSession;
  /** Sessions that carry, opened when first needed. */
  #up: Binding.InferenceSession | undefined;
  #down: Binding.InferenceSession | undefined;
  readonly #held = new Map<string, OrtTensor>();
  #disposed = false;

  constructor(runtime: Runtime, open: OpenSession, specs: Specs, values: Arrays) {
    this.specs = specs;
    this.#runtime = runtime;
    const names = Object.keys(specs);
    for (const name of names)
      if (!values[name])
        throw new KarstError('usage', `state ${name} has no first value; expected one for each of ${names.join(', ')}`);
    const carry: Program = {
      name: 'carry',
      state: specs,
      inputs: {},
      body: (state) => ({ outputs: Object.fromEntries(names.map((name) => [name, tf.clone(state[name] as tf.Tensor)])) }),
    };
    this.#model = writeOnnx(trace(carry));
    this.#open = open;
    this.#put(values);
  }

  /** The tensor in the device's memory. */
  held(name: string): OrtTensor {
    if (this.#disposed) throw new KarstError('internal', 'the state of a device was used after it was disposed');
    const tensor = this.#held.get(name);
    if (!tensor) throw new KarstError('usage', `no state is named ${name}; known: ${Object.keys(this.specs).join(', ')}`);
    return tensor;
  }

  /** Takes a tensor over; the one before it is gone. */
  replace(name: string, tensor: OrtTensor): void {
    this.#held.get(name)?.dispose();
    this.#held.set(name, tensor);
  }

  #put(values: Arrays): void {
    const names = Object.keys(this.specs);
    for (const [name, given] of Object.entries(values)) {
      const spec = this.specs[name];
      if (!spec) throw new KarstError('usage', `no state is named ${name}; known: ${names.join(', ')}`);
      const kind = arrayOf(spec.dtype).name;
      if (given.constructor.name !== kind || given.length !== sizeOf(spec.shape))
        throw new KarstError(
          'usage',
          `state ${name} must be ${sizeOf(spec.shape)} values in a ${kind}, got ${given.length} in a ${given.constructor.name}`,
        );
    }
    if (names.length === 0) return;
    const feeds = names.map((name, i): [string, OrtTensor] => {
      const given = values[name];
      const { shape, dtype } = this.specs[name] as Specs[string];
      const tensor = given ? tensorOver(this.#runtime, { value: { shape, type: dtype } }, given) : this.held(name);
      return [this.#model.inputs[i] as string, tensor];
    });
    this.#up ??= this.#open('carry', this.#model, this.#model.outputs);
    const made = runSession('carry', this.#up, Object.fromEntries(feeds), this.#fetches(names));
    names.forEach((name, i) => this.replace(name, made[this.#model.outputs[i] as string] as OrtTensor));
  }

  #fetches(names: readonly string[]): Record<string, null> {
    const all = Object.keys(this.specs);
    return Object.fromEntries(names.map((name) => [this.#model.outputs[all.indexOf(name)] as string, null]));
  }

  async read(names: readonly string[] = Object.keys(this.specs)): Promise<Arrays> {
    const all = Object.keys(this.specs);
    const feeds = Object.fromEntries(all.map((name, i) => [this.#model.inputs[i] as string, this.held(name)]));
    for (const name of names) this.held(name); // names an unknown one
    if (names.length === 0) return {};
    this.#down ??= this.#open('carry', this.#model);
    const made = runSession('carry', this.#down, feeds, this.#fetches(names));
    return Object.fromEntries(
      names.map((name) => [name, (made[this.#model.outputs[all.indexOf(name)] as string] as OrtTensor).data as TensorValues]),
    );
  }

  async write(values: Arrays): Promise<void> {
    this.#put(values);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const tensor of this.#held.values()) tensor.dispose();
    this.#held.clear();
    this.#up?.dispose();
    this.#down?.dispose();
  }
}

export class BufferExecutable implements Executable {
  readonly program: Program;
  readonly compileMs: number;
  readonly #runtime: Runtime;
  readonly #session: Binding.InferenceSession;
  readonly #state: StateBuffers;
  readonly #plan: Plan;
  readonly #close: () => void;
  #closed = false;

  constructor(
    runtime: Runtime,
    program: Program,
    session: Binding.InferenceSession,
    state: StateBuffers,
    plan: Plan,
    close: () => void,
    compileMs: number,
  ) {
    this.program = program;
    this.compileMs = compileMs;
    this.#runtime = runtime;
    this.#session = session;
    this.#state = state;
    this.#plan = plan;
    this.#close = close;
  }

  async run(inputs: Arrays): Promise<Arrays> {
    if (this.#closed) throw new KarstError('internal', `program ${this.program.name} was run after it was disposed`);
    checkInputs(this.program, inputs);
    const feeds: Record<string, OrtTensor> = {};
    for (const port of this.#plan.inputs) {
      if (port.onnx === undefined) continue;
      feeds[port.onnx] =
        port.kind === 'state' ? this.#state.held(port.name) : tensorOver(this.#runtime, port, inputs[port.name] as TensorValues);
    }
    const fetches = Object.fromEntries(this.#plan.outputs.map((port) => [port.onnx, null]));
    const made = runSession(this.program.name, this.#session, feeds, fetches);
    const answers: Record<string, TensorValues> = {};
    for (const port of this.#plan.outputs) {
      const tensor = made[port.onnx] as OrtTensor;
      if (port.kind === 'state') this.#state.replace(port.name, tensor);
      else answers[port.name] = tensor.data as TensorValues;
    }
    return answers;
  }

  dispose(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#close();
  }
}

// One loaded program on an ONNX device whose state lies in the host's memory. A call feeds the state as it lies in memory, fetches gradients into scratch space beside it, and
// then lets Adam's kernel change the state in place; state that changes otherwise is copied back.
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Binding } from 'onnxruntime-node/dist/binding.js';
import { KarstError } from '../../base/errors.ts';
import type { Executable } from '../../tracing/device.ts';
import { sizeOf, type Arrays, type Program, type TensorValues } from '../../tracing/program.ts';
import { arrayOf, checkInputs, runSession, tensorOver, type Place, type Plan, type Runtime } from './onnx-session.ts';
import type { StateMemory } from './state-memory.ts';

export class OnnxExecutable implements Executable {
  readonly program: Program;
  readonly compileMs: number;
  readonly #session: Binding.InferenceSession;
  readonly #runtime: Runtime;
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
    runtime: Runtime,
    program: Program,
    session: Binding.InferenceSession,
    state: StateMemory,
    plan: Plan,
    close: () => void,
    compileMs: number,
  ) {
    this.program = program;
    this.#session = session;
    this.#runtime = runtime;
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
    return tensorOver(this.#runtime, place, data);
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
    checkInputs(this.program, inputs);
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
    runSession(this.program.name, this.#session, feeds, fetches);
    this.#update(filled);
    this.#plan.outputs.forEach((port, i) => {
      if (port.kind === 'state') this.#state.view(port.name).set(filled[i] as TensorValues);
    });
    return Object.fromEntries(this.#answers.map((i) => [(this.#plan.outputs[i] as Place).name, filled[i] as TensorValues]));
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

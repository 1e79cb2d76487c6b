// One loaded program on an ONNX device. A call feeds the state as it lies in memory, fetches gradients into scratch space beside it, and
// then lets Adam's kernel change the state in place; state that changes otherwise is copied back.
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Binding } from 'onnxruntime-node/dist/binding.js';
import { KarstError } from '../../base/errors.ts';
import type { Executable } from '../../tracing/device.ts';
import type { HostUpdate } from '../../tracing/passes/adam.ts';
import { sizeOf, type Arrays, type Program, type TensorValues } from '../../tracing/program.ts';
import type { StateMemory } from './state-memory.ts';

interface Place {
  readonly name: string;
  readonly kind: 'state' | 'call';
  readonly value: { readonly shape: readonly number[]; readonly type: string };
}

/** Which of a model's inputs and outputs are what. */
export interface Plan {
  readonly inputs: readonly (Place & { readonly onnx: string | undefined })[];
  readonly outputs: readonly (Place & { readonly onnx: string })[];
  readonly updates: readonly HostUpdate[];
}

const arrayOf = (type: string): typeof Float32Array | typeof Int32Array | typeof Uint8Array =>
  type === 'float32' ? Float32Array : type === 'int32' ? Int32Array : Uint8Array;

export class OnnxExecutable implements Executable {
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

// A TensorFlow.js backend whose kernels compute nothing: each records what it would have computed in the graph of the program that is
// being traced. What is written to it (tf.scalar, tf.zeros, a captured tensor) becomes a constant.
import * as tf from '@tensorflow/tfjs';
import { KarstError } from '../base/errors.ts';
import type { ConstantData, Shape, Value, ValueType } from './graph.ts';
import type { Operators } from './operators.ts';

export const TRACING = 'tracing';

interface Entry {
  /** Known numbers; they outlive a trace, as captured tensors do. */
  readonly values?: tf.BackendValues;
  /** The value in the graph being traced. */
  traced?: { readonly operators: Operators; readonly value: Value };
  readonly shape: Shape;
  readonly dtype: tf.DataType;
  refCount: number;
}

export class TracingBackend extends tf.KernelBackend {
  readonly #storage: tf.DataStorage<Entry>;
  #operators: Operators | undefined;

  constructor() {
    super();
    this.#storage = new tf.DataStorage<Entry>(this, tf.engine());
  }

  get operators(): Operators {
    if (!this.#operators) throw new KarstError('internal', 'a tensor of the tracing backend was used outside a trace');
    return this.#operators;
  }

  startTrace(operators: Operators): void {
    if (this.#operators)
      throw new KarstError(
        'internal',
        `program ${operators.graph.name} cannot be traced while ${this.#operators.graph.name} is being traced`,
      );
    this.#operators = operators;
  }

  finishTrace(): void {
    this.#operators = undefined;
  }

  /** A handle for `value` that tfjs can pass around. */
  adopt(value: Value): tf.TensorInfo {
    if (value.type === 'int64') throw new KarstError('internal', 'an int64 value cannot leave the graph');
    const dataId = {};
    const entry: Entry = { traced: { operators: this.operators, value }, shape: value.shape, dtype: value.type, refCount: 1 };
    this.#storage.set(dataId, entry);
    return { dataId, shape: [...value.shape], dtype: value.type };
  }

  /** The graph's value behind a tensor. tfjs may hold one value under several shapes; the tensor's own shape counts. */
  valueBehind(info: tf.TensorInfo): Value {
    const entry = this.#storage.get(info.dataId);
    const operators = this.operators;
    if (entry.traced?.operators === operators) return operators.reshape(entry.traced.value, info.shape);
    if (!entry.values)
      throw new KarstError('usage', `program ${operators.graph.name} uses a tensor that belongs to the trace of another program`);
    const type = info.dtype;
    if (type !== 'float32' && type !== 'int32' && type !== 'bool')
      throw new KarstError('unsupported', `program ${operators.graph.name} uses a ${type} tensor; known: float32, int32, bool`);
    const value = operators.graph.constant(type, [...info.shape], toConstant(entry.values, type));
    entry.traced = { operators, value };
    return value;
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.#storage.set(dataId, { values, shape, dtype, refCount: 1 });
    return dataId;
  }

  override move(dataId: object, values: tf.BackendValues, shape: number[], dtype: tf.DataType, refCount: number): void {
    this.#storage.set(dataId, { values, shape, dtype, refCount });
  }

  override readSync(dataId: object): tf.BackendValues {
    const entry = this.#storage.get(dataId);
    if (entry.values) return entry.values;
    const name = entry.traced?.operators.graph.name ?? '';
    throw new KarstError(
      'usage',
      `program ${name} reads a value back while it is being traced; a program is a pure function of its tensors and cannot look at them`,
    );
  }

  override async read(dataId: object): Promise<tf.BackendValues> {
    return this.readSync(dataId);
  }

  override refCount(dataId: object): number {
    return this.#storage.has(dataId) ? this.#storage.get(dataId).refCount : 0;
  }

  override incRef(dataId: object): void {
    this.#storage.get(dataId).refCount++;
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.#storage.has(dataId)) return true;
    const entry = this.#storage.get(dataId);
    entry.refCount--;
    if (!force && entry.refCount > 0) return false;
    return this.#storage.delete(dataId);
  }

  override numDataIds(): number {
    return this.#storage.numDataIds();
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7; // what tfjs's own 32-bit backends answer
  }

  override dispose(): void {
    this.#operators = undefined;
  }
}

function toConstant(values: tf.BackendValues | undefined, type: ValueType): ConstantData {
  if (values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array) {
    const right = type === 'float32' ? values instanceof Float32Array : type === 'int32' ? values instanceof Int32Array : true;
    if (right) return values;
    return type === 'float32' ? Float32Array.from(values) : type === 'int32' ? Int32Array.from(values) : Uint8Array.from(values);
  }
  throw new KarstError('unsupported', 'text cannot be traced');
}

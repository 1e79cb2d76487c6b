// The recorded graph: values (with shape and type; some hold constants) and the nodes that compute them, in the vocabulary of ONNX, plus
// the few operators of the domain `karst` that a later pass writes in terms of ONNX ones. A node equal to an earlier one is that node
// (hash-consing), so common subexpressions never arise.
import { KarstError } from '../base/errors.ts';
import { sizeOf } from './program.ts';

/** int64 exists only inside a graph, where ONNX asks for shapes and axes. */
export type ValueType = 'float32' | 'int32' | 'bool' | 'int64';
export type ConstantData = Float32Array | Int32Array | Uint8Array | BigInt64Array;
export type Shape = readonly number[];

export interface Value {
  readonly id: number;
  readonly shape: Shape;
  readonly type: ValueType;
  /** Where it comes from: a node, or none for inputs and constants. */
  readonly node?: Node;
  /** Known before the run. */
  readonly data?: ConstantData;
  /** The one number that every element of a constant equals, where that is so. */
  readonly splat?: number;
}

export type Attribute =
  { readonly int: number } | { readonly float: number } | { readonly ints: readonly number[] } | { readonly text: string };
export type Attributes = Readonly<Record<string, Attribute>>;
export type Domain = '' | 'com.microsoft' | 'karst';

export interface Node {
  readonly op: string;
  readonly domain: Domain;
  /** undefined where an optional input is left out. */
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

export interface Port {
  readonly name: string;
  /** State lives on the device between calls; the rest comes and goes with each. */
  readonly kind: 'state' | 'call';
  readonly value: Value;
}

export interface Signature {
  readonly shape: Shape;
  readonly type: ValueType;
}

export class Graph {
  readonly name: string;
  readonly inputs: Port[] = [];
  readonly outputs: Port[] = [];
  readonly nodes: Node[] = [];
  #nextId = 0;
  readonly #known = new Map<string, readonly Value[]>();

  constructor(name: string) {
    this.name = name;
  }

  input(name: string, kind: Port['kind'], signature: Signature): Value {
    const value: Value = { id: this.#nextId++, shape: signature.shape, type: signature.type };
    this.inputs.push({ name, kind, value });
    return value;
  }

  output(name: string, kind: Port['kind'], value: Value): void {
    this.outputs.push({ name, kind, value });
  }

  constant(type: ValueType, shape: Shape, data: ConstantData): Value {
    if (data.length !== sizeOf(shape))
      throw new KarstError('internal', `a constant of shape [${shape.join()}] came with ${data.length} values`);
    const splat = splatOf(data);
    const key = `constant ${type} [${shape.join()}] ${splat === undefined ? fingerprint(data) : splatKey(splat)}`;
    const held = this.#known.get(key)?.find((one) => sameBits(one.data as ConstantData, data));
    if (held) return held;
    const value: Value = { id: this.#nextId++, shape, type, data, ...(splat === undefined ? {} : { splat }) };
    this.#known.set(key, [...(this.#known.get(key) ?? []), value]);
    return value;
  }

  /** Adds a node, or finds the one that computes the same. */
  add(
    op: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly Signature[],
    attributes: Attributes = {},
    domain: Domain = '',
  ): readonly Value[] {
    // Nothing to compute: an empty result is known.
    if (outputs.every((one) => sizeOf(one.shape) === 0))
      return outputs.map(({ shape, type }) => this.constant(type, shape, emptyOf(type)));
    const shapes = outputs.map((one) => `${one.type}[${one.shape.join()}]`).join(' ');
    const key = `${domain}:${op} ${inputs.map((one) => one?.id ?? '-').join()} ${JSON.stringify(attributes)} ${shapes}`;
    const held = this.#known.get(key);
    if (held) return held;
    const node: Node & { outputs: Value[] } = { op, domain, inputs, outputs: [], attributes };
    for (const { shape, type } of outputs) node.outputs.push({ id: this.#nextId++, shape, type, node });
    this.nodes.push(node);
    this.#known.set(key, node.outputs);
    return node.outputs;
  }

  /** One output, the common case. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    shape: Shape,
    type: ValueType,
    attributes: Attributes = {},
    domain: Domain = '',
  ): Value {
    return this.add(op, inputs, [{ shape, type }], attributes, domain)[0] as Value;
  }
}

function emptyOf(type: ValueType): ConstantData {
  if (type === 'int64') return new BigInt64Array(0);
  return type === 'float32' ? new Float32Array(0) : type === 'int32' ? new Int32Array(0) : new Uint8Array(0);
}

const wordsOf = (data: ConstantData): Uint8Array | Int32Array =>
  data.byteLength % 4 === 0 && data.byteOffset % 4 === 0
    ? new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** FNV-1a over the constant's words: a first sieve, the bits decide. */
function fingerprint(data: ConstantData): number {
  let hash = 0x811c9dc5;
  for (const word of wordsOf(data)) hash = Math.imul(hash ^ word, 0x01000193);
  return hash >>> 0;
}

function sameBits(a: ConstantData, b: ConstantData): boolean {
  if (a === b) return true;
  const [left, right] = [wordsOf(a), wordsOf(b)];
  if (left.length !== right.length || left.BYTES_PER_ELEMENT !== right.BYTES_PER_ELEMENT)
    return a.every((value, i) => Object.is(value, b[i]));
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}

const splatKey = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

function splatOf(data: ConstantData): number | undefined {
  if (data.length === 0) return undefined;
  const first = Number(data[0]);
  for (let i = 1; i < data.length; i++) if (!Object.is(Number(data[i]), first)) return undefined;
  return first;
}

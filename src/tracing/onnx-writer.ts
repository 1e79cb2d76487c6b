// A graph as an ONNX ModelProto (github.com/onnx/onnx, onnx.proto): IR version 8, operator set 18, plus ONNX Runtime's own operators
// (com.microsoft 1) where the graph holds any. Shapes are fixed. Numbers are stored little-endian, as every host of Karst keeps them.
import { KarstError } from '../base/errors.ts';
import { Message } from './protobuf.ts';
import type { Attribute, Graph, Node, Port, Value, ValueType } from './graph.ts';

const IR_VERSION = 8;
const OPSET = 18;

const ELEMENT: Readonly<Record<ValueType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9 };
/** Constants with one value and more elements than this are written as a shape and a number. */
const SPLAT_LIMIT = 256;

export interface OnnxModel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The model's names for the graph's inputs and outputs, in the graph's order; inputs that nothing reads are left out (undefined). */
  readonly inputs: readonly (string | undefined)[];
  readonly outputs: readonly string[];
}

export interface WriteOptions {
  /** Values baked in as weights: they stop being inputs. By port name. */
  readonly weights?: Readonly<Record<string, Float32Array | Int32Array | Uint8Array>>;
}

export function writeOnnx(graph: Graph, options: WriteOptions = {}): OnnxModel {
  const nodes = liveNodes(graph);
  const names = new Names();
  const proto = new Message();
  const weights = options.weights ?? {};
  const used = new Set<Value>(graph.outputs.map((port) => port.value));
  for (const node of nodes) for (const input of node.inputs) if (input) used.add(input);

  const inputs = graph.inputs.map((port) => {
    if (!used.has(port.value)) return undefined;
    const name = names.fresh(port.name);
    names.set(port.value, name);
    return name;
  });
  const outputs = graph.outputs.map((port) => names.fresh(port.name));
  // An output that nothing computes here, or that another name has taken already, is a copy.
  const copies: [Value, string][] = [];
  graph.outputs.forEach(({ value }, i) => {
    const name = outputs[i] as string;
    if (value.node && !names.get(value)) names.set(value, name);
    else copies.push([value, name]);
  });

  const constants = new Set<Value>();
  for (const value of used) if (value.data) constants.add(value);
  for (const value of constants) names.set(value, names.fresh(`constant_${value.id}`));
  for (const value of constants) {
    if (value.splat === undefined || value.data === undefined || value.data.length <= SPLAT_LIMIT || value.type === 'bool')
      continue;
    proto.message(1, splatNode(value, names));
    const shape = BigInt64Array.from(value.shape, (side) => BigInt(side));
    proto.message(5, tensor(`${names.get(value)}_shape`, 'int64', [value.shape.length], shape));
  }
  for (const node of nodes) proto.message(1, nodeProto(node, names));
  for (const [value, name] of copies)
    proto.message(
      1,
      new Message()
        .string(1, names.get(value) as string)
        .string(2, name)
        .string(3, `${name}_copy`)
        .string(4, 'Identity'),
    );
  proto.string(2, graph.name);
  for (const value of constants) {
    if (value.splat !== undefined && value.data && value.data.length > SPLAT_LIMIT && value.type !== 'bool') continue;
    proto.message(5, tensor(names.get(value) as string, value.type, value.shape, value.data as ArrayBufferView));
  }
  graph.inputs.forEach((port, i) => {
    const name = inputs[i];
    if (name === undefined) return;
    const weight = weights[port.name];
    if (weight) proto.message(5, tensor(name, port.value.type, port.value.shape, weight));
    else proto.message(11, valueInfo(name, port.value));
  });
  graph.outputs.forEach((port, i) => proto.message(12, valueInfo(outputs[i] as string, port.value)));

  const model = new Message().int(1, IR_VERSION).string(2, 'Karst').message(7, proto);
  model.message(8, new Message().string(1, '').int(2, OPSET));
  if (nodes.some((node) => node.domain === 'com.microsoft')) model.message(8, new Message().string(1, 'com.microsoft').int(2, 1));
  return {
    bytes: model.finish(),
    inputs: inputs.map((name, i) => (weights[(graph.inputs[i] as Port).name] ? undefined : name)),
    outputs,
  };
}

/** Nodes that an output needs, in an order in which they can run. */
export function liveNodes(graph: Graph): readonly Node[] {
  const live = new Set<Node>();
  const visit = (value: Value | undefined): void => {
    const pending = value?.node ? [value.node] : [];
    for (let node = pending.pop(); node; node = pending.pop()) {
      if (live.has(node)) continue;
      live.add(node);
      for (const input of node.inputs) if (input?.node) pending.push(input.node);
    }
  };
  for (const port of graph.outputs) visit(port.value);
  return graph.nodes.filter((node) => live.has(node)); // recorded in an order that runs
}

class Names {
  readonly #names = new Map<Value, string>();
  readonly #taken = new Set<string>();

  fresh(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.#taken.has(name); i++) name = `${wanted}_${i}`;
    this.#taken.add(name);
    return name;
  }

  set(value: Value, name: string): void {
    this.#names.set(value, name);
  }

  get(value: Value): string | undefined {
    return this.#names.get(value);
  }

  of(value: Value, op: string): string {
    const held = this.#names.get(value);
    if (held) return held;
    const name = this.fresh(`${op}_${value.id}`);
    this.#names.set(value, name);
    return name;
  }
}

function nodeProto(node: Node, names: Names): Message {
  if (node.domain === 'karst') throw new KarstError('internal', `operator karst.${node.op} was not lowered before writing`);
  const proto = new Message();
  for (const input of node.inputs) proto.string(1, input ? names.of(input, input.node?.op ?? 'value') : '');
  const outputs = node.outputs.map((value) => names.of(value, node.op));
  for (const name of outputs) proto.string(2, name);
  proto.string(3, `${node.op}/${outputs[0]}`).string(4, node.op);
  for (const [name, attribute] of Object.entries(node.attributes)) proto.message(5, attributeProto(name, attribute));
  if (node.domain) proto.string(7, node.domain);
  return proto;
}

function attributeProto(name: string, attribute: Attribute): Message {
  const proto = new Message().string(1, name);
  if ('int' in attribute) return proto.int(3, attribute.int).int(20, 2);
  if ('float' in attribute) return proto.float(2, attribute.float).int(20, 1);
  if ('text' in attribute) return proto.string(4, attribute.text).int(20, 3);
  for (const value of attribute.ints) proto.int(8, value);
  return proto.int(20, 7);
}

function splatNode(value: Value, names: Names): Message {
  const name = names.get(value) as string;
  const one = (value.data as Float32Array).subarray(0, 1);
  const attribute = new Message()
    .string(1, 'value')
    .message(5, tensor('', value.type, [1], one))
    .int(20, 4);
  return new Message()
    .string(1, `${name}_shape`)
    .string(2, name)
    .string(3, name)
    .string(4, 'ConstantOfShape')
    .message(5, attribute);
}

function tensor(name: string, type: ValueType, shape: readonly number[], data: ArrayBufferView): Message {
  const proto = new Message();
  for (const side of shape) proto.int(1, side);
  return proto
    .int(2, ELEMENT[type])
    .string(8, name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function valueInfo(name: string, value: Value): Message {
  const shape = new Message();
  for (const side of value.shape) shape.message(1, new Message().int(1, side));
  const tensorType = new Message().int(1, ELEMENT[value.type]).message(2, shape);
  return new Message().string(1, name).message(2, new Message().message(1, tensorType));
}

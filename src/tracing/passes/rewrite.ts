// Builds a graph anew, node by node in running order, leaving out what no output needs. A pass says what replaces a node; a node that it
// leaves alone is copied. Recording again takes the operators' shortcuts again.
import { Graph, type Node, type Value } from '../graph.ts';
import { liveNodes } from '../onnx-writer.ts';
import { Operators } from '../operators.ts';

/** `inputs` are the node's, already in the new graph, as `of` gives them; the answer stands for the node's outputs, in order. */
export type Replace = (
  node: Node,
  inputs: readonly (Value | undefined)[],
  o: Operators,
  of: (old: Value) => Value,
) => readonly (Value | undefined)[] | undefined;

export interface Rewritten {
  readonly graph: Graph;
  readonly operators: Operators;
  /** The value in the new graph that stands for one of the old. */
  of(old: Value): Value;
}

/** Inputs keep their order; outputs are left to the pass where `outputs` is false. */
export function rewrite(old: Graph, replace: Replace, outputs = true): Rewritten {
  const graph = new Graph(old.name);
  const operators = new Operators(graph, 'patches');
  const images = new Map<Value, Value>();
  const of = (value: Value): Value => {
    const held = images.get(value);
    if (held) return held;
    if (!value.data) throw new Error(`value ${value.id} of ${old.name} is used before it is computed`);
    const made = graph.constant(value.type, value.shape, value.data);
    images.set(value, made);
    return made;
  };
  for (const port of old.inputs) images.set(port.value, graph.input(port.name, port.kind, port.value));
  for (const node of liveNodes(old)) {
    const inputs = node.inputs.map((input) => input && of(input));
    const made = replace(node, inputs, operators, of) ?? graph.add(node.op, inputs, node.outputs, node.attributes, node.domain);
    node.outputs.forEach((output, i) => {
      const image = made[i];
      if (image) images.set(output, image);
    });
  }
  if (outputs) for (const port of old.outputs) graph.output(port.name, port.kind, of(port.value));
  return { graph, operators, of };
}

// What becomes of AdamUpdate nodes: where the host can update state in place, they leave the graph, which then puts out gradients
// instead of new weights and moments; everywhere else they are written out in ONNX's operators.
import type { Graph, Node, Value } from '../graph.ts';
import { ADAM_UPDATE } from '../adam-update.ts';
import { ADAM_INPUTS } from '../kernels/optimiser.ts';
import type { Operators } from '../operators.ts';
import { rewrite } from './rewrite.ts';

/** One tensor's update, to be done by the host after the graph has run. */
export interface HostUpdate {
  /** Names of state tensors, changed in place. */
  readonly parameter: string;
  readonly m: string;
  readonly v: string;
  readonly size: number;
  /** Where the new graph puts out what the update needs: indices into its outputs. */
  readonly gradient: number;
  readonly rate: number;
  readonly correction1: number;
  readonly correction2: number;
  readonly scale: number | undefined;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly decay: number;
}

const constantOf = (node: Node, name: string): number => {
  const attribute = node.attributes[name];
  return attribute && 'float' in attribute ? attribute.float : 0;
};

/** AdamUpdate in ONNX's operators: parameter, m and v. */
function expanded(o: Operators, node: Node, inputs: readonly (Value | undefined)[]): Value[] {
  const [parameter, gradient, m, v, rate, correction1, correction2, scale] = inputs as [
    Value,
    Value,
    Value,
    Value,
    Value,
    Value,
    Value,
    Value | undefined, // prettier-ignore
  ];
  const [beta1, beta2, epsilon, decay] = ['beta1', 'beta2', 'epsilon', 'decay'].map((name) => constantOf(node, name)) as [
    number,
    number,
    number,
    number, // prettier-ignore
  ];
  const blend = (old: Value, fresh: Value, beta: number): Value =>
    o.binary('Add', o.binary('Mul', old, o.scalar(beta)), o.binary('Mul', fresh, o.scalar(1 - beta)));
  const g = scale ? o.binary('Mul', gradient, scale) : gradient;
  const newM = blend(m, g, beta1);
  const newV = blend(v, o.binary('Mul', g, g), beta2);
  const root = o.binary('Add', o.unary('Sqrt', o.binary('Div', newV, correction2)), o.scalar(epsilon));
  const step = o.binary('Div', o.binary('Mul', newM, o.binary('Div', rate, correction1)), root);
  const keep = o.binary('Sub', o.scalar(1), o.binary('Mul', rate, o.scalar(decay)));
  const shrunk = decay === 0 ? parameter : o.binary('Mul', parameter, keep);
  return [o.binary('Sub', shrunk, step), newM, newV];
}

export function expandAdam(graph: Graph): Graph {
  return rewrite(graph, (node, inputs, o) => (node.op === ADAM_UPDATE ? expanded(o, node, inputs) : undefined)).graph;
}

/** Takes out every update that only replaces the state it read; the rest is written out. */
export function hoistAdam(graph: Graph): { readonly graph: Graph; readonly updates: readonly HostUpdate[] } {
  const stateNames = new Map(graph.inputs.filter((port) => port.kind === 'state').map((port) => [port.value, port.name]));
  const uses = new Map<Value, number>();
  const count = (value: Value | undefined): void => void (value && uses.set(value, (uses.get(value) ?? 0) + 1));
  for (const node of graph.nodes) node.inputs.forEach(count);
  for (const port of graph.outputs) count(port.value);
  const replaces = (output: Value | undefined, name: string): boolean =>
    uses.get(output as Value) === 1 &&
    graph.outputs.some((port) => port.kind === 'state' && port.name === name && port.value === output);

  const hoisted = new Map<Node, readonly string[]>();
  for (const node of graph.nodes) {
    if (node.op !== ADAM_UPDATE) continue;
    const names = [0, 2, 3].map((i) => stateNames.get(node.inputs[i] as Value));
    if (names.every((name, i) => name !== undefined && replaces(node.outputs[i], name))) hoisted.set(node, names as string[]);
  }
  const gone = new Set([...hoisted.keys()].flatMap((node) => node.outputs));
  const rewritten = rewrite(
    graph,
    (node, inputs, o) => (node.op !== ADAM_UPDATE ? undefined : hoisted.has(node) ? [] : expanded(o, node, inputs)),
    false,
  );
  for (const port of graph.outputs)
    if (!gone.has(port.value)) rewritten.graph.output(port.name, port.kind, rewritten.of(port.value));

  const places = new Map<Value, number>();
  const putOut = (name: string, value: Value): number => {
    const image = rewritten.of(value);
    const held = places.get(image);
    if (held !== undefined) return held;
    places.set(image, rewritten.graph.outputs.length);
    rewritten.graph.output(name, 'call', image);
    return rewritten.graph.outputs.length - 1;
  };
  const updates = [...hoisted].map(([node, names]): HostUpdate => {
    const [parameter, m, v] = names as [string, string, string];
    const at = (input: (typeof ADAM_INPUTS)[number]): number =>
      putOut(`${input === 'gradient' ? parameter : 'adam'}.${input}`, node.inputs[ADAM_INPUTS.indexOf(input)] as Value);
    const scale = node.inputs[ADAM_INPUTS.length];
    return {
      parameter,
      m,
      v,
      size: (node.inputs[0] as Value).shape.reduce((product, side) => product * side, 1),
      gradient: at('gradient'),
      rate: at('rate'),
      correction1: at('correction1'),
      correction2: at('correction2'),
      scale: scale && putOut('adam.scale', scale),
      beta1: constantOf(node, 'beta1'),
      beta2: constantOf(node, 'beta2'),
      epsilon: constantOf(node, 'epsilon'),
      decay: constantOf(node, 'decay'),
    };
  });
  return { graph: rewritten.graph, updates };
}

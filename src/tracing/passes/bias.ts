// A row added to a matrix product becomes the product's third operand (Gemm computes A B + C), reshapes of the product looked through:
// one pass over the result less.
import type { Graph, Node, Value } from '../graph.ts';
import { liveNodes } from '../onnx-writer.ts';
import { rewrite } from './rewrite.ts';

interface Product {
  readonly gemm: Node;
  readonly bias: Value;
}

export function fuseBias(graph: Graph): Graph {
  const nodes = liveNodes(graph);
  const uses = new Map<Value, number>();
  const count = (value: Value | undefined): void => void (value && uses.set(value, (uses.get(value) ?? 0) + 1));
  for (const node of nodes) node.inputs.forEach(count);
  for (const port of graph.outputs) count(port.value);

  /** The Gemm behind a value that only this sum uses. */
  const gemmBehind = (value: Value): Node | undefined => {
    if (uses.get(value) !== 1 || !value.node) return undefined;
    if (value.node.op === 'Reshape') {
      const inner = value.node.inputs[0] as Value;
      return inner.shape.at(-1) === value.shape.at(-1) ? gemmBehind(inner) : undefined;
    }
    return value.node.op === 'Gemm' && value.node.inputs.length === 2 ? value.node : undefined;
  };
  const productIn = (node: Node): Product | undefined => {
    if (node.op !== 'Add') return undefined;
    const [a, b] = node.inputs as [Value, Value];
    for (const [sum, bias] of [
      [a, b],
      [b, a],
    ] as const) {
      const width = sum.shape.at(-1);
      if (bias.shape.length !== 1 || bias.shape[0] !== width || sum.shape.length < 2) continue;
      const gemm = gemmBehind(sum);
      if (gemm) return { gemm, bias };
    }
    return undefined;
  };

  const fused = new Map<Node, Product>();
  for (const node of nodes) {
    const product = productIn(node);
    if (product) fused.set(node, product);
  }
  if (fused.size === 0) return graph;
  const rewritten = rewrite(graph, (node, _inputs, o, of) => {
    const product = fused.get(node);
    if (!product) return undefined;
    const { gemm, bias } = product;
    const [output] = gemm.outputs as [Value];
    const operands = [of(gemm.inputs[0] as Value), of(gemm.inputs[1] as Value), of(bias)];
    const sum = o.graph.node('Gemm', operands, output.shape, output.type, gemm.attributes);
    return [o.reshape(sum, (node.outputs[0] as Value).shape)];
  });
  return rewritten.graph;
}

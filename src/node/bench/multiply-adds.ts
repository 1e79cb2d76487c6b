// How many multiply-adds the matrix products of a program take as it is compiled: what a step must cost at least, and, of a choice beside the
// plain model, how much more it should cost where products are what takes the time.
import type { Node } from '../../tracing/graph.ts';
import { liveNodes } from '../../tracing/onnx-writer.ts';
import { sizeOf, type Program } from '../../tracing/program.ts';
import { trace } from '../../tracing/trace.ts';

/** Gemm, MatMul: each element of the result is a sum along the side that the factors share. */
function multiplyAddsOf(node: Node): number {
  if (node.op !== 'Gemm' && node.op !== 'MatMul' && node.op !== 'FusedMatMul') return 0;
  const [left, result] = [node.inputs[0]?.shape ?? [], node.outputs[0]?.shape ?? []];
  const turn = node.attributes['transA'];
  const isTurned = turn !== undefined && 'int' in turn && turn.int === 1;
  return sizeOf(result) * (left.at(isTurned ? -2 : -1) ?? 1);
}

export const multiplyAdds = (program: Program): number =>
  liveNodes(trace(program)).reduce((sum, node) => sum + multiplyAddsOf(node), 0);

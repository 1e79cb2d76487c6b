// Products of matrices. tfjs brings every product to [batch, rows, columns]; a batch of one is a plain matrix again.
import type { Value } from '../graph.ts';
import { broadcastShape, type Operators } from '../operators.ts';
import { activate } from './activation.ts';
import { mapKernel, need } from './kernel.ts';

interface Flags {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

function matMul(o: Operators, a: Value, b: Value, { transposeA = false, transposeB = false }: Flags): Value {
  const rank = Math.max(a.shape.length, b.shape.length);
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const rows = a.shape.at(transposeA ? -1 : -2) as number;
  const inner = a.shape.at(transposeA ? -2 : -1) as number;
  const other = b.shape.at(transposeB ? -1 : -2) as number;
  if (inner !== other) throw new Error(`matrices of inner sides ${inner} and ${other} cannot be multiplied`);
  const columns = b.shape.at(transposeB ? -2 : -1) as number;
  const batch = broadcastShape(batchA, batchB);
  const shape = [...batch, rows, columns];
  if (inner === 0) return o.splat(0, shape, a.type);
  const flat = (x: Value): Value => o.reshape(x, x.shape.slice(-2));
  if (a.type === 'float32' && batch.every((side) => side === 1))
    return o.reshape(o.gemm(flat(a), flat(b), transposeA, transposeB), shape);
  // One right-hand matrix for all: the batch is only more rows.
  if (a.type === 'float32' && !transposeA && batchB.every((side) => side === 1)) {
    const tall = o.reshape(a, [batchA.reduce((product, side) => product * side, rows), inner]);
    return o.reshape(o.gemm(tall, flat(b), false, transposeB), shape);
  }
  const turned = (x: Value): Value => {
    const last = x.shape.length - 1;
    return o.transpose(x, [...x.shape.keys()].slice(0, -2).concat(last, last - 1));
  };
  const left = transposeA ? turned(a) : a;
  const right = transposeB ? turned(b) : b;
  return o.reshape(o.graph.node('MatMul', [left, right], shape.slice(-rank), a.type), shape);
}

/** The end of tfjs's fused kernels: bias, then activation. */
export function finish(
  o: Operators,
  product: Value,
  inputs: Readonly<Record<string, Value>>,
  attrs: { readonly activation?: string; readonly leakyreluAlpha?: number },
): Value {
  const bias = inputs['bias'];
  const sum = bias ? o.binary('Add', product, bias) : product;
  return activate(o, sum, attrs.activation ?? 'linear', inputs['preluActivationWeights'], attrs.leakyreluAlpha ?? 0.2);
}

export function mapMatrixProducts(): void {
  mapKernel<Flags>('BatchMatMul', ({ o, inputs, attrs }) => matMul(o, need(inputs, 'a'), need(inputs, 'b'), attrs));
  mapKernel<Flags & { activation: string; leakyreluAlpha: number }>('_FusedMatMul', ({ o, inputs, attrs }) =>
    finish(o, matMul(o, need(inputs, 'a'), need(inputs, 'b'), attrs), inputs, attrs),
  );
}

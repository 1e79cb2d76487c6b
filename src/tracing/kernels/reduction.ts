// Reductions over axes, and running sums and products along one.
import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../program.ts';
import type { Value } from '../graph.ts';
import type { Operators } from '../operators.ts';
import { mapKernel, need } from './kernel.ts';

interface Axes {
  readonly axis?: number | number[];
  readonly reductionIndices?: number | number[];
  readonly keepDims?: boolean;
}

/** What a reduction over nothing gives. */
const EMPTY: Readonly<Record<string, number>> = {
  ReduceSum: 0,
  ReduceProd: 1,
  ReduceMean: NaN,
  ReduceMax: -Infinity,
  ReduceMin: Infinity,
};

function reduce(o: Operators, op: string, x: Value, attrs: Axes): Value {
  const axes = tf.util.parseAxisParam((attrs.axis ?? attrs.reductionIndices) as number | number[], [...x.shape]);
  const keepDims = attrs.keepDims ?? false;
  if (sizeOf(x.shape) > 0) return o.reduce(op, x, axes, keepDims);
  const kept = x.shape.map((side, axis) => (axes.includes(axis) ? 1 : side));
  const shape = keepDims ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
  return o.splat(x.type === 'float32' ? (EMPTY[op] as number) : op === 'ReduceProd' ? 1 : 0, shape, x.type);
}

/** Truth values reduced as the integers 0 and 1. */
function reduceTruth(o: Operators, op: string, x: Value, attrs: Axes): Value {
  if (sizeOf(x.shape) === 0)
    return o.cast(reduce(o, op === 'ReduceMin' ? 'ReduceProd' : 'ReduceSum', o.cast(x, 'int32'), attrs), 'bool');
  return o.cast(reduce(o, op, o.cast(x, 'int32'), attrs), 'bool');
}

function argument(o: Operators, op: string, x: Value, axis: number): Value {
  const along = axis < 0 ? axis + x.shape.length : axis;
  const shape = x.shape.filter((_, other) => other !== along);
  const attributes = { axis: { int: along }, keepdims: { int: 0 } };
  const numbers = x.type === 'bool' ? o.cast(x, 'int32') : x;
  return o.cast(o.graph.node(op, [numbers], shape, 'int64', attributes), 'int32');
}

interface Running {
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

function cumsum(o: Operators, x: Value, { axis, exclusive, reverse }: Running): Value {
  if (x.shape.length === 0) return exclusive ? o.scalar(0, x.type) : x;
  const along = o.scalar(axis < 0 ? axis + x.shape.length : axis, 'int32');
  const attributes = { exclusive: { int: Number(exclusive) }, reverse: { int: Number(reverse) } };
  return o.graph.node('CumSum', [x, along], x.shape, x.type, attributes);
}

/** ONNX has no running product: log₂ n rounds, in each of which every place takes in as many more as it holds already. */
function cumprod(o: Operators, x: Value, { axis, exclusive, reverse }: Running): Value {
  const rank = x.shape.length;
  if (rank === 0) return exclusive ? o.scalar(1, x.type) : x;
  const along = axis < 0 ? axis + rank : axis;
  const side = x.shape[along] as number;
  /** Every place gets what lies `by` places before it (after it, in reverse), or one. */
  const shifted = (y: Value, by: number): Value => {
    const at = (place: number, elsewhere: readonly number[]): number[] => elsewhere.map((n, i) => (i === along ? place : n));
    const none = x.shape.map(() => 0);
    const kept = reverse ? o.slice(y, at(by, none), x.shape) : o.slice(y, none, at(side - by, x.shape));
    return reverse ? o.pad(kept, none, at(by, none), 1) : o.pad(kept, at(by, none), none, 1);
  };
  let product = x;
  for (let held = 1; held < side; held *= 2) product = o.binary('Mul', product, shifted(product, held));
  return exclusive && side > 0 ? shifted(product, 1) : product;
}

export function mapReductions(): void {
  mapKernel<Axes>('Sum', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'x');
    return reduce(o, 'ReduceSum', x.type === 'bool' ? o.cast(x, 'int32') : x, attrs);
  });
  mapKernel<Axes>('Prod', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'x');
    return reduce(o, 'ReduceProd', x.type === 'bool' ? o.cast(x, 'int32') : x, attrs);
  });
  mapKernel<Axes>('Mean', ({ o, inputs, attrs }) => reduce(o, 'ReduceMean', o.cast(need(inputs, 'x'), 'float32'), attrs));
  mapKernel<Axes>('Max', ({ o, inputs, attrs }) => reduce(o, 'ReduceMax', need(inputs, 'x'), attrs));
  mapKernel<Axes>('Min', ({ o, inputs, attrs }) => reduce(o, 'ReduceMin', need(inputs, 'x'), attrs));
  mapKernel<Axes>('All', ({ o, inputs, attrs }) => reduceTruth(o, 'ReduceMin', need(inputs, 'x'), attrs));
  mapKernel<Axes>('Any', ({ o, inputs, attrs }) => reduceTruth(o, 'ReduceMax', need(inputs, 'x'), attrs));
  mapKernel<{ axis: number }>('ArgMax', ({ o, inputs, attrs }) => argument(o, 'ArgMax', need(inputs, 'x'), attrs.axis));
  mapKernel<{ axis: number }>('ArgMin', ({ o, inputs, attrs }) => argument(o, 'ArgMin', need(inputs, 'x'), attrs.axis));
  mapKernel<Running>('Cumsum', ({ o, inputs, attrs }) => cumsum(o, need(inputs, 'x'), attrs));
  mapKernel<Running>('Cumprod', ({ o, inputs, attrs }) => cumprod(o, need(inputs, 'x'), attrs));
}

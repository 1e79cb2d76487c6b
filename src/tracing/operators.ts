// Typed constructors of graph nodes: each infers its result's shape and takes the shortcuts that need to look at one node only (a
// reshape of a reshape, a product with one, a scalar computed while tracing, a broadcast that the next operator does by itself).
// It is one file because every kernel draws on all of it, and each entry is a line or five.
import { KarstError } from '../base/errors.ts';
import { sizeOf } from './program.ts';
import type { Attributes, ConstantData, Graph, Shape, Value, ValueType } from './graph.ts';

const same = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((side, axis) => side === b[axis]);

export function typed(type: ValueType, values: readonly number[]): ConstantData {
  switch (type) {
    case 'float32':
      return Float32Array.from(values);
    case 'int32':
      return Int32Array.from(values);
    case 'bool':
      return Uint8Array.from(values);
    case 'int64':
      return BigInt64Array.from(values, (value) => BigInt(value));
  }
}

export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      throw new KarstError('internal', `shapes [${a.join()}] and [${b.join()}] do not broadcast`);
    return left === 1 ? right : left;
  });
}

/** Computed while tracing where every operand is a constant with one value. */
const SCALAR_BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
};
const SCALAR_UNARY: Readonly<Record<string, (a: number) => number>> = {
  Neg: (a) => -a,
  Sqrt: Math.sqrt,
};

/** Runs of a broadcast, some 20 ns each, from which on two reshapes are cheaper. */
const MANY_RUNS = 2048;
/** Rows of a matrix from which on their sum is taken in parts, and how many: the first that divides them. */
const LONG_COLUMN = 1024;
const COLUMN_PARTS = [16, 14, 12, 10, 8, 7, 6, 5, 4, 3, 2];

/**
 * How convolutions are written: as products with gathered patches, as ONNX's own operators between transposes, by Winograd's method wherever
 * it can be used, or (`cheapest`) by the cheaper of the first and the last.
 */
export type Convolutions = 'patches' | 'onnx' | 'winograd' | 'cheapest';

export class Operators {
  readonly graph: Graph;
  readonly convolutions: Convolutions;

  constructor(graph: Graph, convolutions: Convolutions) {
    this.graph = graph;
    this.convolutions = convolutions;
  }

  scalar(value: number, type: ValueType = 'float32'): Value {
    return this.graph.constant(type, [], typed(type, [value]));
  }

  ints(values: readonly number[]): Value {
    return this.graph.constant('int64', [values.length], typed('int64', values));
  }

  splat(value: number, shape: Shape, type: ValueType): Value {
    const data = typed(type, []).constructor as new (size: number) => ConstantData;
    const filled = new data(sizeOf(shape));
    if (filled instanceof BigInt64Array) filled.fill(BigInt(value));
    else filled.fill(value);
    return this.graph.constant(type, shape, filled);
  }

  /** An element-wise function of one argument. */
  unary(op: string, x: Value, attributes: Attributes = {}, type: ValueType = x.type): Value {
    const fold = SCALAR_UNARY[op];
    if (fold && x.splat !== undefined && x.type === 'float32') return this.splat(fold(x.splat), x.shape, type);
    return this.graph.node(op, [x], x.shape, type, attributes);
  }

  /** An element-wise function of two arguments, broadcasting. */
  binary(op: string, a: Value, b: Value, type: ValueType = a.type): Value {
    const shape = broadcastShape(a.shape, b.shape);
    const fold = SCALAR_BINARY[op];
    if (fold && a.splat !== undefined && b.splat !== undefined && a.type === 'float32')
      return this.splat(fold(a.splat, b.splat), shape, type);
    const neutral = op === 'Mul' || op === 'Div' ? 1 : op === 'Add' || op === 'Sub' ? 0 : undefined;
    if (neutral !== undefined && a.type === type) {
      if (b.splat === neutral) return this.expand(a, shape);
      if (a.splat === neutral && (op === 'Mul' || op === 'Add')) return this.expand(b, shape);
    }
    const lean = (x: Value, other: Value): Value => {
      const bare = unexpanded(x);
      return bare !== x && same(broadcastShape(bare.shape, other.shape), shape) ? bare : x;
    };
    const shrink = (x: Value, other: Value): Value =>
      x.splat !== undefined && x.shape.length > 0 && same(other.shape, shape) ? this.scalar(x.splat, x.type) : x;
    const left = shrink(lean(a, b), b);
    const right = shrink(lean(b, left), left);
    return this.#broadcasting(op, [left, right], shape, type);
  }

  /**
   * ONNX Runtime broadcasts by runs along the last sides: where the last is of length one, every element is a run of its own, a hundred times
   * as dear. Such sides are taken off meanwhile.
   */
  #broadcasting(op: string, operands: readonly Value[], shape: Shape, type: ValueType): Value {
    const rank = shape.findLastIndex((side) => side !== 1) + 1;
    const dropped = shape.length - rank;
    if (dropped === 0 || sizeOf(shape) < MANY_RUNS || operands.every((one) => same(one.shape, shape)))
      return this.graph.node(op, operands, shape, type);
    const bare = operands.map((one) => this.reshape(one, one.shape.slice(0, Math.max(0, one.shape.length - dropped))));
    return this.reshape(this.graph.node(op, bare, shape.slice(0, rank), type), shape);
  }

  compare(op: string, a: Value, b: Value): Value {
    return this.binary(op, a, b, 'bool');
  }

  where(condition: Value, yes: Value, no: Value): Value {
    const shape = broadcastShape(broadcastShape(condition.shape, yes.shape), no.shape);
    return this.#broadcasting('Where', [condition, yes, no], shape, yes.type);
  }

  cast(x: Value, type: ValueType): Value {
    if (x.type === type) return x;
    if (x.data && x.type !== 'int64' && type !== 'int64') {
      const convert = type === 'bool' ? (v: number) => (v === 0 ? 0 : 1) : Math.trunc;
      const source = Array.from(x.data as Float32Array);
      if (source.every((value) => Number.isFinite(value)))
        return this.graph.constant(type, x.shape, typed(type, type === 'float32' ? source : source.map(convert)));
    }
    const to = { float32: 1, int32: 6, int64: 7, bool: 9 }[type];
    return this.graph.node('Cast', [x], x.shape, type, { to: { int: to } });
  }

  reshape(x: Value, shape: Shape): Value {
    if (same(x.shape, shape)) return x;
    if (x.data) return this.graph.constant(x.type, shape, x.data);
    if (x.node?.op === 'Reshape') return this.reshape(x.node.inputs[0] as Value, shape);
    return this.graph.node('Reshape', [x, this.ints(shape)], shape, x.type, shape.includes(0) ? { allowzero: { int: 1 } } : {});
  }

  transpose(x: Value, perm: readonly number[]): Value {
    if (perm.every((from, to) => from === to)) return x;
    const shape = perm.map((axis) => x.shape[axis] as number);
    if (x.node?.op === 'Transpose' && x.node.attributes['perm'] && 'ints' in x.node.attributes['perm']) {
      const inner = x.node.attributes['perm'].ints;
      return this.transpose(
        x.node.inputs[0] as Value,
        perm.map((axis) => inner[axis] as number),
      );
    }
    // Where only sides of length one change places, the memory stays as it is.
    const moving = perm.filter((axis) => x.shape[axis] !== 1);
    if (moving.every((axis, i) => i === 0 || axis > (moving[i - 1] as number))) return this.reshape(x, shape);
    return this.graph.node('Transpose', [x], shape, x.type, { perm: { ints: perm } });
  }

  expand(x: Value, shape: Shape): Value {
    if (same(x.shape, shape)) return x;
    if (x.splat !== undefined) return this.splat(x.splat, shape, x.type);
    return this.graph.node('Expand', [unexpanded(x), this.ints(shape)], shape, x.type);
  }

  /** ReduceSum, ReduceMean, ReduceMax, ReduceMin, ReduceProd. */
  reduce(op: string, x: Value, axes: readonly number[], keepDims = false): Value {
    if (axes.length === 0) return x;
    const kept = x.shape.map((side, axis) => (axes.includes(axis) ? 1 : side));
    const shape = keepDims ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
    if (op !== 'ReduceProd' && sizeOf(x.shape) > 0 && axes.every((axis) => x.shape[axis] === 1)) return this.reshape(x, shape);
    const rows = sizeOf(x.shape.slice(0, axes.length));
    const width = sizeOf(x.shape) / rows;
    // To one number: ONNX Runtime is slow where a side of length one is left at the end.
    if (sizeOf(kept) === 1 && x.shape.length > 1)
      return this.reshape(this.reduce(op, this.reshape(x, [sizeOf(x.shape)]), [0]), shape);
    const isDown = axes.every((axis) => axis < axes.length);
    const parts = COLUMN_PARTS.find((count) => rows % count === 0);
    if (op === 'ReduceSum' && isDown && rows >= LONG_COLUMN && width > 1 && parts !== undefined) {
      // Threads get in each other's way down one long column: parts first, then the sum of the parts.
      const sums = this.#reduced(op, this.reshape(x, [parts, rows / parts, width]), [1], [parts, 1, width]);
      return this.reshape(this.#reduced(op, sums, [0], [1, 1, width]), shape);
    }
    return this.reshape(this.#reduced(op, x, axes, kept), shape);
  }

  #reduced(op: string, x: Value, axes: readonly number[], kept: Shape): Value {
    // Axes as an input came to Sum with opset 13 and to the others with 18.
    return this.graph.node(op, [x, this.ints(axes)], kept, x.type, { keepdims: { int: 1 } });
  }

  concat(values: readonly Value[], axis: number): Value {
    const first = values[0] as Value;
    if (values.length === 1) return first;
    const shape = first.shape.slice();
    shape[axis] = values.reduce((sum, one) => sum + (one.shape[axis] as number), 0);
    return this.graph.node('Concat', values, shape, first.type, { axis: { int: axis } });
  }

  /** x[starts : ends : steps]; a negative step walks down and its end may be -1 (before the first). */
  slice(x: Value, starts: readonly number[], ends: readonly number[], steps: readonly number[] = starts.map(() => 1)): Value {
    const shape = starts.map((start, axis) => Math.max(0, Math.ceil(((ends[axis] as number) - start) / (steps[axis] as number))));
    const whole = starts.every((start, axis) => start === 0 && steps[axis] === 1 && shape[axis] === x.shape[axis]);
    if (whole) return x;
    const axes = starts
      .map((_, axis) => axis)
      .filter((axis) => !(starts[axis] === 0 && steps[axis] === 1 && shape[axis] === x.shape[axis]));
    const pick = (list: readonly number[]): Value => this.ints(axes.map((axis) => list[axis] as number));
    const stops = ends.map((end, axis) => (end < 0 && (steps[axis] as number) < 0 ? -(2 ** 31) : end));
    return this.graph.node('Slice', [x, pick(starts), pick(stops), this.ints(axes), pick(steps)], shape, x.type);
  }

  pad(x: Value, before: readonly number[], after: readonly number[], value = 0, mode = 'constant'): Value {
    if (before.every((n) => n === 0) && after.every((n) => n === 0)) return x;
    const shape = x.shape.map((side, axis) => side + (before[axis] as number) + (after[axis] as number));
    const filler = mode === 'constant' ? [this.scalar(value, x.type)] : [];
    return this.graph.node('Pad', [x, this.ints([...before, ...after]), ...filler], shape, x.type, { mode: { text: mode } });
  }

  gather(x: Value, indices: Value, axis: number): Value {
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    return this.graph.node('Gather', [x, indices], shape, x.type, { axis: { int: axis } });
  }

  /** A' · B' of matrices, where ' is an optional transpose. */
  gemm(a: Value, b: Value, transA = false, transB = false): Value {
    const m = a.shape[transA ? 1 : 0] as number;
    const n = b.shape[transB ? 0 : 1] as number;
    const attributes = { transA: { int: Number(transA) }, transB: { int: Number(transB) } };
    return this.graph.node('Gemm', [a, b], [m, n], a.type, attributes);
  }
}

/** What an Expand was made of; the value itself where there is none. */
const unexpanded = (x: Value): Value => (x.node?.op === 'Expand' ? (x.node.inputs[0] as Value) : x);

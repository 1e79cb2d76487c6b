// Looking rows up by index, adding rows up by index (the gradient of the former), the largest numbers with their places, one-hot rows.
import { sizeOf } from '../program.ts';
import type { Value, ValueType } from '../graph.ts';
import { typed, type Operators } from '../operators.ts';
import { mapKernel, need } from './kernel.ts';

/** Each of the first `batchDims` axes is looked up with indices of its own: offset into one long axis. */
function gatherBatched(o: Operators, x: Value, indices: Value, axis: number, batchDims: number): Value {
  const batchShape = x.shape.slice(0, batchDims);
  const outerShape = x.shape.slice(batchDims, axis);
  const innerShape = x.shape.slice(axis + 1);
  const [batch, outer, inner] = [sizeOf(batchShape), sizeOf(outerShape), sizeOf(innerShape)];
  const side = x.shape[axis] as number;
  const count = sizeOf(indices.shape.slice(batchDims));
  const long = o.reshape(o.transpose(o.reshape(x, [batch, outer, side, inner]), [0, 2, 1, 3]), [batch * side, outer * inner]);
  const starts = o.graph.constant(
    'int32',
    [batch, 1],
    typed(
      'int32',
      [...Array(batch).keys()].map((i) => i * side),
    ),
  );
  const rows = o.gather(long, o.binary('Add', o.reshape(indices, [batch, count]), starts), 0);
  const turned = o.transpose(o.reshape(rows, [batch, count, outer, inner]), [0, 2, 1, 3]);
  return o.reshape(turned, [...batchShape, ...outerShape, ...indices.shape.slice(batchDims), ...innerShape]);
}

/** Rows of x summed where they share an id; ids outside 0 … count - 1 are left out. One after another, so the same bits every time. */
function segmentSum(o: Operators, x: Value, ids: Value, count: number): Value {
  const inner = x.shape.slice(ids.shape.length);
  const rows = sizeOf(ids.shape);
  const width = sizeOf(inner);
  if (rows * width === 0) return o.splat(0, [count, ...inner], x.type);
  const flat = o.reshape(ids, [rows, 1]);
  const fits = o.binary(
    'And',
    o.compare('GreaterOrEqual', flat, o.scalar(0, 'int32')),
    o.compare('Less', flat, o.scalar(count, 'int32')),
    'bool',
  );
  // One more row takes what does not fit.
  const target = o.expand(o.where(fits, flat, o.scalar(count, 'int32')), [rows, width]);
  const zeros = o.splat(0, [count + 1, width], x.type);
  const attributes = { axis: { int: 0 }, reduction: { text: 'add' } };
  const sums = o.graph.node(
    'ScatterElements',
    [zeros, target, o.reshape(x, [rows, width])],
    [count + 1, width],
    x.type,
    attributes,
  );
  return o.reshape(o.slice(sums, [0, 0], [count, width]), [count, ...inner]);
}

/** Places of `shape`, counted one after another, that rows of coordinates [.., depth] point at. */
function places(o: Operators, coordinates: Value, shape: readonly number[]): Value {
  const depth = coordinates.shape.at(-1) as number;
  const strides = Array.from({ length: depth }, (_, axis) => sizeOf(shape.slice(axis + 1, depth)));
  const scaled = o.binary('Mul', coordinates, o.graph.constant('int32', [depth], typed('int32', strides)));
  return o.reduce('ReduceSum', scaled, [coordinates.shape.length - 1]);
}

export function mapGathering(): void {
  mapKernel<{ axis: number; batchDims: number }>('GatherV2', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'x');
    const indices = o.cast(need(inputs, 'indices'), 'int32');
    const axis = attrs.axis < 0 ? attrs.axis + x.shape.length : attrs.axis;
    return attrs.batchDims > 0 ? gatherBatched(o, x, indices, axis, attrs.batchDims) : o.gather(x, indices, axis);
  });
  mapKernel('GatherNd', ({ o, inputs }) => {
    const x = need(inputs, 'params');
    const indices = o.cast(need(inputs, 'indices'), 'int64');
    const depth = indices.shape.at(-1) as number;
    const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(depth)];
    return o.graph.node('GatherND', [x, indices], shape, x.type);
  });
  mapKernel<{ shape: number[] }>('ScatterNd', ({ o, inputs, attrs }) => {
    const indices = need(inputs, 'indices');
    const depth = indices.shape.at(-1) as number;
    const sums = segmentSum(o, need(inputs, 'updates'), places(o, indices, attrs.shape), sizeOf(attrs.shape.slice(0, depth)));
    return o.reshape(sums, attrs.shape);
  });
  mapKernel<{ k: number; sorted: boolean }>('TopK', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'x');
    const shape = [...x.shape.slice(0, -1), attrs.k];
    const outputs = [
      { shape, type: x.type },
      { shape, type: 'int64' },
    ] as const;
    const [values, indices] = o.graph.add('TopK', [x, o.ints([attrs.k])], outputs, { sorted: { int: Number(attrs.sorted) } });
    return [values as Value, o.cast(indices as Value, 'int32')];
  });
  mapKernel<{ numSegments: number }>('UnsortedSegmentSum', ({ o, inputs, attrs }) =>
    segmentSum(o, need(inputs, 'x'), need(inputs, 'segmentIds'), attrs.numSegments),
  );
  mapKernel<{ depth: number; onValue: number; offValue: number; dtype: ValueType }>('OneHot', ({ o, inputs, attrs }) => {
    const indices = need(inputs, 'indices');
    const classes = o.graph.constant('int32', [attrs.depth], typed('int32', [...Array(attrs.depth).keys()]));
    const hit = o.compare('Equal', o.reshape(indices, [...indices.shape, 1]), classes);
    const type = attrs.dtype === 'bool' ? 'int32' : attrs.dtype;
    return o.cast(o.where(hit, o.scalar(attrs.onValue, type), o.scalar(attrs.offValue, type)), attrs.dtype);
  });
}

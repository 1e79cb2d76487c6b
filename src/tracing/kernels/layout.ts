// Kernels that move numbers without changing them: reshape, transpose, cut, join, repeat, pad, and constants.
import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../program.ts';
import { typed, type Operators } from '../operators.ts';
import type { Value, ValueType } from '../graph.ts';
import { mapKernel, need } from './kernel.ts';

const wrap = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** x cut at `begin`, `size` long on every axis. */
function cut(o: Operators, x: Value, begin: readonly number[], size: readonly number[]): Value {
  return o.slice(
    x,
    begin,
    begin.map((start, axis) => start + (size[axis] as number)),
  );
}

function split(o: Operators, x: Value, sizes: readonly number[], axis: number): Value[] {
  let start = 0;
  return sizes.map((size) => {
    const begin = x.shape.map((_, other) => (other === axis ? start : 0));
    start += size;
    return cut(
      o,
      x,
      begin,
      x.shape.map((side, other) => (other === axis ? size : side)),
    );
  });
}

interface Strided {
  readonly begin: number[];
  readonly end: number[];
  readonly strides: number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
}

function stridedSlice(o: Operators, x: Value, attrs: Strided): Value {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attrs;
  const info = tf.slice_util.sliceInfo(
    [...x.shape],
    begin,
    end,
    strides,
    beginMask,
    endMask,
    ellipsisMask,
    newAxisMask,
    shrinkAxisMask,
  );
  if (info.isIdentity) return o.reshape(x, info.finalShape);
  return o.reshape(o.slice(o.reshape(x, x.shape), info.begin, info.end, info.strides), info.finalShape);
}

/** Batches of pictures to blocks of batches (`toBatch`) and back: a reshape, one transpose and a reshape. */
function depthToSpace(o: Operators, x: Value, block: number): Value {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const depth = c / (block * block);
  const split = o.reshape(x, [n, h, w, block, block, depth]);
  return o.reshape(o.transpose(split, [0, 1, 3, 2, 4, 5]), [n, h * block, w * block, depth]);
}

function spaceToBatch(o: Operators, x: Value, blocks: readonly number[], paddings: readonly (readonly number[])[]): Value {
  const rest = x.shape.slice(1 + blocks.length).map(() => 0);
  const before = [0, ...paddings.map((pair) => pair[0] as number), ...rest];
  const after = [0, ...paddings.map((pair) => pair[1] as number), ...rest];
  const padded = o.pad(x, before, after);
  const shape = padded.shape;
  const cells = blocks.map((block, i) => (shape[i + 1] as number) / block);
  const tail = shape.slice(1 + blocks.length);
  const split = o.reshape(padded, [shape[0] as number, ...cells.flatMap((cell, i) => [cell, blocks[i] as number]), ...tail]);
  const perm = [
    ...blocks.map((_, i) => 2 * i + 2),
    0,
    ...blocks.map((_, i) => 2 * i + 1),
    ...tail.map((_, i) => 1 + 2 * blocks.length + i),
  ];
  const batch = (shape[0] as number) * sizeOf(blocks);
  return o.reshape(o.transpose(split, perm), [batch, ...cells, ...tail]);
}

function batchToSpace(o: Operators, x: Value, blocks: readonly number[], crops: readonly (readonly number[])[]): Value {
  const batch = (x.shape[0] as number) / sizeOf(blocks);
  const count = blocks.length;
  const tail = x.shape.slice(1 + count);
  const split = o.reshape(x, [...blocks, batch, ...x.shape.slice(1)]);
  const perm = [count, ...blocks.flatMap((_, i) => [count + 1 + i, i]), ...tail.map((_, i) => 2 * count + 1 + i)];
  const grown = blocks.map((block, i) => (x.shape[i + 1] as number) * block);
  const joined = o.reshape(o.transpose(split, perm), [batch, ...grown, ...tail]);
  return o.slice(
    joined,
    [0, ...crops.map((pair) => pair[0] as number), ...tail.map(() => 0)],
    [batch, ...grown.map((side, i) => side - ((crops[i] as readonly number[])[1] as number)), ...tail],
  );
}

export function mapLayout(): void {
  mapKernel('Identity', ({ inputs }) => need(inputs, 'x'));
  mapKernel<{ shape: number[] }>('Reshape', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'x');
    return o.reshape(x, tf.util.inferFromImplicitShape(attrs.shape, sizeOf(x.shape)));
  });
  mapKernel<{ dim: number }>('ExpandDims', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'input');
    const at = attrs.dim < 0 ? attrs.dim + x.shape.length + 1 : attrs.dim;
    return o.reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
  });
  mapKernel<{ perm: number[] }>('Transpose', ({ o, inputs, attrs }) => o.transpose(need(inputs, 'x'), attrs.perm));
  mapKernel<{ reps: number[] }>('Tile', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'x');
    const shape = x.shape.map((side, axis) => side * (attrs.reps[axis] as number));
    // Repeating sides of length one is a broadcast, which the next operator may do by itself.
    if (x.shape.every((side, axis) => side === 1 || attrs.reps[axis] === 1)) return o.expand(x, shape);
    if (x.splat !== undefined) return o.splat(x.splat, shape, x.type);
    return o.graph.node('Tile', [x, o.ints(attrs.reps)], shape, x.type);
  });
  mapKernel<{ dims: number | number[] }>('Reverse', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'x');
    const axes = tf.util.parseAxisParam(attrs.dims, [...x.shape]);
    const turned = (axis: number): boolean => axes.includes(axis);
    return o.slice(
      x,
      x.shape.map((side, axis) => (turned(axis) ? side - 1 : 0)),
      x.shape.map((side, axis) => (turned(axis) ? -1 : side)),
      x.shape.map((_, axis) => (turned(axis) ? -1 : 1)),
    );
  });

  mapKernel<{ axis: number }>('Concat', ({ o, list, attrs }) => {
    const first = list[0] as Value;
    const axis = wrap(attrs.axis, first.shape.length);
    const full = list.filter((one) => sizeOf(one.shape) > 0);
    return full.length === 0 ? o.concat(list, axis) : o.concat(full, axis);
  });
  mapKernel<{ axis: number }>('Pack', ({ o, list, attrs }) => {
    const rank = (list[0] as Value).shape.length;
    const axis = wrap(attrs.axis, rank + 1);
    return o.concat(
      list.map((one) => o.reshape(one, [...one.shape.slice(0, axis), 1, ...one.shape.slice(axis)])),
      axis,
    );
  });
  mapKernel<{ axis: number }>('Unpack', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'value');
    const axis = wrap(attrs.axis, x.shape.length);
    const ones = Array.from({ length: x.shape[axis] as number }, () => 1);
    const shape = x.shape.filter((_, other) => other !== axis);
    return split(o, x, ones, axis).map((one) => o.reshape(one, shape));
  });
  mapKernel<{ numOrSizeSplits: number | number[]; axis: number }>('SplitV', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'x');
    const axis = wrap(attrs.axis, x.shape.length);
    return split(
      o,
      x,
      tf.backend_util.prepareSplitSize({ shape: [...x.shape] } as unknown as tf.Tensor, attrs.numOrSizeSplits, axis),
      axis,
    );
  });
  mapKernel<{ begin: number | number[]; size: number | number[] }>('Slice', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'x');
    const [begin, size] = tf.slice_util.parseSliceParams(
      { shape: [...x.shape] } as unknown as tf.Tensor,
      attrs.begin,
      attrs.size,
    );
    return cut(o, x, begin as number[], size as number[]);
  });
  mapKernel<Strided>('StridedSlice', ({ o, inputs, attrs }) => stridedSlice(o, need(inputs, 'x'), attrs));

  mapKernel<{ paddings: [number, number][]; constantValue: number }>('PadV2', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'x');
    const before = attrs.paddings.map((pair) => pair[0]);
    const after = attrs.paddings.map((pair) => pair[1]);
    if (x.type !== 'bool') return o.pad(x, before, after, attrs.constantValue);
    return o.cast(o.pad(o.cast(x, 'int32'), before, after, attrs.constantValue), 'bool');
  });
  mapKernel<{ paddings: [number, number][]; mode: 'reflect' | 'symmetric' }>('MirrorPad', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'x');
    // ONNX has no symmetric padding; rows are gathered axis by axis, which serves both.
    const offset = attrs.mode === 'reflect' ? 0 : 1;
    return attrs.paddings.reduce((padded, [before, after], axis) => {
      const side = x.shape[axis] as number;
      if (before === 0 && after === 0) return padded;
      const rows = Array.from({ length: before + side + after }, (_, i) => {
        const at = i - before;
        return at < 0 ? -at - offset : at >= side ? 2 * (side - 1) - at + offset : at;
      });
      return o.gather(padded, o.graph.constant('int32', [rows.length], typed('int32', rows)), axis);
    }, x);
  });

  mapKernel<{ blockSize: number; dataFormat: string }>('DepthToSpace', ({ o, inputs, attrs }) => {
    if (attrs.dataFormat === 'NCHW') throw new Error('depthToSpace is compiled for channels-last pictures only');
    return depthToSpace(o, need(inputs, 'x'), attrs.blockSize);
  });
  mapKernel<{ blockShape: number[]; paddings: number[][] }>('SpaceToBatchND', ({ o, inputs, attrs }) =>
    spaceToBatch(o, need(inputs, 'x'), attrs.blockShape, attrs.paddings),
  );
  mapKernel<{ blockShape: number[]; crops: number[][] }>('BatchToSpaceND', ({ o, inputs, attrs }) =>
    batchToSpace(o, need(inputs, 'x'), attrs.blockShape, attrs.crops),
  );

  mapKernel<{ shape: number[]; value: number; dtype: ValueType }>('Fill', ({ o, attrs }) =>
    o.splat(attrs.value, attrs.shape, attrs.dtype ?? 'float32'),
  );
  mapKernel('ZerosLike', ({ o, inputs }) => o.splat(0, need(inputs, 'x').shape, need(inputs, 'x').type));
  mapKernel('OnesLike', ({ o, inputs }) => o.splat(1, need(inputs, 'x').shape, need(inputs, 'x').type));
  mapKernel<{ start: number; stop: number; step: number; dtype: ValueType }>('Range', ({ o, attrs }) => {
    const count = Math.max(0, Math.ceil((attrs.stop - attrs.start) / attrs.step));
    const values = Array.from({ length: count }, (_, i) => attrs.start + i * attrs.step);
    return o.graph.constant(attrs.dtype, [count], typed(attrs.dtype, values));
  });
  mapKernel<{ start: number; stop: number; num: number }>('LinSpace', ({ o, attrs }) => {
    const gap = attrs.num > 1 ? (attrs.stop - attrs.start) / (attrs.num - 1) : 0;
    const values = Array.from({ length: attrs.num }, (_, i) => attrs.start + i * gap);
    return o.graph.constant('float32', [attrs.num], typed('float32', values));
  });
}

// Resizing of pictures [n, h, w, c]. Both kinds are linear and act on rows and columns apart: with the matrices R [new height, height]
// and C [new width, width] of interpolation weights the result is R x Cᵀ in each channel, and the gradient Rᵀ dy C.
import type { Value } from '../graph.ts';
import { typed, type Operators } from '../operators.ts';
import { mapKernel, need } from './kernel.ts';

interface ResizeAttrs {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
  readonly size: [number, number];
}

interface Weights {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

type Kind = (from: number, to: number, attrs: ResizeAttrs) => Weights;

const scaleOf = (from: number, to: number, alignCorners: boolean): number =>
  alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;

const bilinear: Kind = (from, to, { alignCorners, halfPixelCenters }) => {
  const data = new Float32Array(to * from);
  const scale = scaleOf(from, to, alignCorners);
  for (let i = 0; i < to; i++) {
    const at = halfPixelCenters ? scale * (i + 0.5) - 0.5 : scale * i;
    const low = Math.max(0, Math.floor(at));
    const high = Math.min(from - 1, Math.ceil(at));
    const share = at - low;
    data[i * from + low] = (data[i * from + low] as number) + 1 - share;
    data[i * from + high] = (data[i * from + high] as number) + share;
  }
  return { rows: to, columns: from, data };
};

function nearestSources(from: number, to: number, { alignCorners, halfPixelCenters }: ResizeAttrs): number[] {
  const scale = scaleOf(from, to, alignCorners);
  return Array.from({ length: to }, (_, i) => {
    const at = halfPixelCenters ? scale * (i + 0.5) : scale * i;
    const nearest = Math.min(from - 1, alignCorners ? Math.round(at) : Math.floor(at));
    return halfPixelCenters ? Math.max(0, nearest) : nearest;
  });
}

const nearest: Kind = (from, to, attrs) => {
  const data = new Float32Array(to * from);
  nearestSources(from, to, attrs).forEach((source, i) => (data[i * from + source] = 1));
  return { rows: to, columns: from, data };
};

function matrix(o: Operators, { rows, columns, data }: Weights, transposed: boolean): Value {
  if (!transposed) return o.graph.constant('float32', [rows, columns], data);
  const turned = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) turned[c * rows + r] = data[r * columns + c] as number;
  return o.graph.constant('float32', [columns, rows], turned);
}

/** left [a, h] and right [b, w] applied to x [n, h, w, c] → [n, a, b, c] */
function contract(o: Operators, x: Value, left: Value, right: Value): Value {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const [a, b] = [left.shape[0] as number, right.shape[0] as number];
  const across = o.graph.node('MatMul', [right, o.reshape(x, [n * h, w, c])], [n * h, b, c], 'float32');
  const down = o.graph.node('MatMul', [left, o.reshape(across, [n, h, b * c])], [n, a, b * c], 'float32');
  return o.reshape(down, [n, a, b, c]);
}

/** Sums of the f × f pixels that one pixel was repeated to. */
function foldRepeats(o: Operators, dy: Value, h: number, w: number): Value {
  const [n, newH, newW, c] = dy.shape as [number, number, number, number];
  const across = o.reduce('ReduceSum', o.reshape(dy, [n * newH * w, newW / w, c]), [1]);
  return o.reshape(o.reduce('ReduceSum', o.reshape(across, [n * h, newH / h, w * c]), [1]), [n, h, w, c]);
}

function resizeBack(o: Operators, images: Value, dy: Value, kind: Kind, attrs: ResizeAttrs): Value {
  const [, h, w] = images.shape as [number, number, number, number];
  const [, newH, newW] = dy.shape as [number, number, number, number];
  const repeats = kind === nearest && !attrs.alignCorners && newH % h === 0 && newW % w === 0;
  if (repeats) return foldRepeats(o, dy, h, w);
  return contract(o, dy, matrix(o, kind(h, newH, attrs), true), matrix(o, kind(w, newW, attrs), true));
}

export function mapResizing(): void {
  mapKernel<ResizeAttrs>('ResizeBilinear', ({ o, inputs, attrs }) => {
    const x = o.cast(need(inputs, 'images'), 'float32');
    const [, h, w] = x.shape as [number, number, number, number];
    const [newH, newW] = attrs.size;
    return contract(o, x, matrix(o, bilinear(h, newH, attrs), false), matrix(o, bilinear(w, newW, attrs), false));
  });
  mapKernel<ResizeAttrs>('ResizeNearestNeighbor', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'images');
    const pick = (axis: number): Value => {
      const sources = nearestSources(x.shape[axis] as number, attrs.size[axis - 1] as number, attrs);
      return o.graph.constant('int32', [sources.length], typed('int32', sources));
    };
    return o.gather(o.gather(x, pick(2), 2), pick(1), 1);
  });
  mapKernel<ResizeAttrs>('ResizeBilinearGrad', ({ o, inputs, attrs }) =>
    resizeBack(o, need(inputs, 'images'), need(inputs, 'dy'), bilinear, attrs),
  );
  mapKernel<ResizeAttrs>('ResizeNearestNeighborGrad', ({ o, inputs, attrs }) =>
    resizeBack(o, need(inputs, 'images'), need(inputs, 'dy'), nearest, attrs),
  );
}

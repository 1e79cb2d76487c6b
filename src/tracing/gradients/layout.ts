// Gradients of kernels that move numbers: each is the adjoint, which adds every number's slope back to where it came from. tfjs 4.22 has
// none for stridedSlice and depthToSpace, one for mirrorPad that forgets the mirrored numbers, one for tile that stops at rank 4, and for
// unstack and split ones that fail where a single part came out.
import * as tf from '@tensorflow/tfjs';
import { repair, type Gradient, type Repair } from './gradient.ts';

/** `before` and `after` zeros along one axis. */
const padAxis = (x: tf.Tensor, axis: number, before: number, after: number): tf.Tensor =>
  tf.pad(
    x,
    x.shape.map((_, other): [number, number] => (other === axis ? [before, after] : [0, 0])),
  );

const sliceAxis = (x: tf.Tensor, axis: number, start: number, size: number): tf.Tensor =>
  tf.slice(
    x,
    x.shape.map((_, other) => (other === axis ? start : 0)),
    x.shape.map((side, other) => (other === axis ? size : side)),
  );

const mirrorPad: Gradient<{ paddings: [number, number][]; mode: 'reflect' | 'symmetric' }> = (dy, saved, attrs) => ({
  x: () => {
    const { shape } = saved[0] as tf.Tensor;
    const edge = attrs.mode === 'reflect' ? 1 : 0; // a reflection leaves the edge itself out
    return attrs.paddings.reduce((slope, [before, after], axis) => {
      const side = shape[axis] as number;
      const inner = sliceAxis(slope, axis, before, side);
      const head = before > 0 && tf.reverse(sliceAxis(slope, axis, 0, before), axis);
      const tail = after > 0 && tf.reverse(sliceAxis(slope, axis, before + side, after), axis);
      const withHead = head ? tf.add(inner, padAxis(head, axis, edge, side - edge - before)) : inner;
      return tail ? tf.add(withHead, padAxis(tail, axis, side - edge - after, edge)) : withHead;
    }, dy);
  },
});

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

/** Every axis is looked up anew: from a row of dy where the slice took one, else from a row of zeros behind them. */
const stridedSlice: Gradient<Strided> = (dy, saved, attrs) => ({
  x: () => {
    const { shape } = saved[0] as tf.Tensor;
    const { begin, strides, end } = tf.slice_util.sliceInfo(
      shape,
      attrs.begin,
      attrs.end,
      attrs.strides,
      attrs.beginMask,
      attrs.endMask,
      attrs.ellipsisMask,
      attrs.newAxisMask,
      attrs.shrinkAxisMask,
    );
    const counts = begin.map((start, axis) =>
      Math.max(0, Math.ceil(((end[axis] as number) - start) / (strides[axis] as number))),
    );
    return shape.reduce(
      (slope: tf.Tensor, side, axis) => {
        const [start, stride, count] = [begin[axis] as number, strides[axis] as number, counts[axis] as number];
        if (stride === 1 && count === side) return slope;
        const rows = Array.from({ length: side }, (_, i) => {
          const row = (i - start) / stride;
          return Number.isInteger(row) && row >= 0 && row < count ? row : count;
        });
        return tf.gather(padAxis(slope, axis, 0, 1), tf.tensor1d(rows, 'int32'), axis);
      },
      tf.reshape(dy, counts),
    );
  },
});

/** Back from [n, h · block, w · block, depth] to [n, h, w, block · block · depth]. */
const depthToSpace: Gradient<{ blockSize: number }> = (dy, saved, { blockSize }) => ({
  x: () => {
    const { shape } = saved[0] as tf.Tensor4D;
    const [n, h, w, c] = shape;
    const split = tf.reshape(dy, [n, h, blockSize, w, blockSize, c / (blockSize * blockSize)]);
    return tf.reshape(tf.transpose(split, [0, 1, 3, 2, 4, 5]), shape);
  },
});

const tile: Gradient<{ reps: number[] }> = (dy, saved, { reps }) => ({
  x: () => {
    const { shape } = saved[0] as tf.Tensor;
    const sides = shape.flatMap((side, axis) => (reps[axis] === 1 ? [side] : [reps[axis] as number, side]));
    const repeated: number[] = [];
    let at = 0;
    for (const rep of reps) {
      if (rep !== 1) repeated.push(at++);
      at++;
    }
    return repeated.length === 0 ? tf.clone(dy) : tf.sum(tf.reshape(dy, sides), repeated);
  },
});

/** Of one part the slope comes alone, of several as a list. */
const unpack: Gradient<{ axis: number }, tf.Tensor | tf.Tensor[]> = (dy, _saved, { axis }) => ({
  value: () => tf.stack([dy].flat(), axis),
});

const splitV: Gradient<{ axis: number }, tf.Tensor | tf.Tensor[]> = (dy, _saved, { axis }) => ({
  x: () => tf.concat([dy].flat(), axis),
});

export const layoutRepairs: readonly Repair[] = [
  repair('MirrorPad', ['x'], mirrorPad),
  repair('StridedSlice', ['x'], stridedSlice),
  repair('DepthToSpace', ['x'], depthToSpace),
  repair('Tile', ['x'], tile),
  repair('Unpack', [], unpack),
  repair('SplitV', [], splitV),
];

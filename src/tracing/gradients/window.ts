// Gradients of convolutions with gaps in the filter, and of the gradient kernels of windows and resizing, which are linear themselves:
// gradient penalties and steps within steps differentiate them again. tfjs 4.22 has none of these. What stays without one is the gradient
// of pooling by maxima: a critic under a penalty on its slope pools by averages or strides.
import * as tf from '@tensorflow/tfjs';
import { repair, runKernel, type Gradient, type Repair } from './gradient.ts';

interface Windows {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type Pair = readonly [tf.Tensor4D, tf.Tensor4D];

const gapsOf = ({ dilations = 1 }: Windows): [number, number] =>
  typeof dilations === 'number' ? [dilations, dilations] : dilations;

/** A filter with gaps is a wider one with zeros in them. */
function widened(filter: tf.Tensor4D, [down, across]: [number, number]): tf.Tensor4D {
  if (down === 1 && across === 1) return filter;
  const [h, w, c, out] = filter.shape;
  const spread = tf.pad(tf.reshape(filter, [h, 1, w, 1, c * out]), [
    [0, 0],
    [0, down - 1],
    [0, 0],
    [0, across - 1],
    [0, 0],
  ]);
  const whole: tf.Tensor4D = tf.reshape(spread, [h * down, w * across, c, out]);
  return tf.slice(whole, [0, 0, 0, 0], [(h - 1) * down + 1, (w - 1) * across + 1, c, out]);
}

function narrowed(wide: tf.Tensor, [down, across]: [number, number]): tf.Tensor {
  if (down === 1 && across === 1) return wide;
  return tf.stridedSlice(wide, [0, 0, 0, 0], wide.shape, [down, across, 1, 1]);
}

/** Of Conv2D and its depthwise kin, whose gradient kernels are named alike. */
const convolution =
  (kernel: string): Gradient<Windows> =>
  (dy, saved, attrs) => {
    const [x, filter] = saved as unknown as Pair;
    const gaps = gapsOf(attrs);
    const wide = widened(filter, gaps);
    const { strides, pad, dataFormat = 'NHWC', dimRoundingMode } = attrs;
    const same = { strides, pad, dataFormat, dimRoundingMode, dilations: [1, 1] };
    return {
      x: () => runKernel(`${kernel}BackpropInput`, { dy, filter: wide }, { ...same, inputShape: x.shape }),
      filter: () => narrowed(runKernel(`${kernel}BackpropFilter`, { x, dy }, { ...same, filterShape: wide.shape }), gaps),
    };
  };

/** A gradient kernel is linear in both of its inputs; `g` is the slope of what it puts out. */
const ofInputGradient =
  (kernel: string): Gradient<Windows> =>
  (g, saved, attrs) => {
    const [dy, filter] = saved as unknown as Pair;
    return {
      dy: () => runKernel(kernel, { x: g, filter }, { dilations: [1, 1], ...attrs }),
      filter: () => runKernel(`${kernel}BackpropFilter`, { x: g, dy }, { ...attrs, filterShape: filter.shape }),
    };
  };

const ofFilterGradient =
  (kernel: string): Gradient<Windows> =>
  (g, saved, attrs) => {
    const [x, dy] = saved as unknown as Pair;
    return {
      x: () => runKernel(`${kernel}BackpropInput`, { dy, filter: g }, { ...attrs, inputShape: x.shape }),
      dy: () => runKernel(kernel, { x, filter: g }, { dilations: [1, 1], ...attrs }),
    };
  };

const avgPoolGrad: Gradient<{ filterSize: number | [number, number] } & Windows> = (g, saved, attrs) => ({
  dy: () => tf.avgPool(g as tf.Tensor4D, attrs.filterSize, attrs.strides, attrs.pad, attrs.dimRoundingMode),
  input: () => tf.zerosLike(saved[0] as tf.Tensor),
});

/** Of the gradient of a resizing, which is that of its adjoint: the resizing itself. */
const resizeGrad =
  (kernel: string): Gradient<{ alignCorners: boolean; halfPixelCenters: boolean }> =>
  (g, saved, { alignCorners, halfPixelCenters }) => {
    const [dy, images] = saved as unknown as Pair;
    const [, height, width] = dy.shape;
    return {
      dy: () => runKernel(kernel, { images: g }, { alignCorners, halfPixelCenters, size: [height, width] }),
      images: () => tf.zerosLike(images),
    };
  };

const convolutions = ['Conv2D', 'DepthwiseConv2dNative'];

export const windowRepairs: readonly Repair[] = [
  ...convolutions.map((kernel) => repair(kernel, ['x', 'filter'], convolution(kernel))),
  ...convolutions.map((kernel) => repair(`${kernel}BackpropInput`, ['dy', 'filter'], ofInputGradient(kernel))),
  ...convolutions.map((kernel) => repair(`${kernel}BackpropFilter`, ['x', 'dy'], ofFilterGradient(kernel))),
  repair('AvgPoolGrad', ['input'], avgPoolGrad),
  repair('ResizeBilinearGrad', ['dy', 'images'], resizeGrad('ResizeBilinear')),
  repair('ResizeNearestNeighborGrad', ['dy', 'images'], resizeGrad('ResizeNearestNeighbor')),
];

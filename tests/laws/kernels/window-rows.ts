// Rows of the law for convolutions, pooling, batch normalisation and resizing, with batches of no pictures among them. Pictures
// have sides of one at least: a picture without pixels has no window, and tfjs refuses it.
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import type { Row } from './law.ts';

const int = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
type Pad = 'valid' | 'same';
const pad = fc.constantFrom<Pad>('valid', 'same');

interface Setting {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly out: number;
  readonly fh: number;
  readonly fw: number;
  readonly sh: number;
  readonly sw: number;
  readonly pad: Pad;
}
const setting: fc.Arbitrary<Setting> = fc.record({
  n: fc.constantFrom(1, 2, 3, 1, 2, 3, 0),
  h: int(4, 7),
  w: int(4, 7),
  c: int(1, 3),
  out: int(1, 3),
  fh: int(1, 4),
  fw: int(1, 4),
  sh: int(1, 3),
  sw: int(1, 3),
  pad,
});
const many: fc.Arbitrary<Setting> = setting.map((one) => ({ ...one, c: one.c + 8 }));

const convolution = (name: string, settings: fc.Arbitrary<Setting>): Row => ({
  name,
  kernels: ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'],
  runs: 20,
  cases: settings.map((s) => ({
    operands: { x: { shape: [s.n, s.h, s.w, s.c] }, filter: { shape: [s.fh, s.fw, s.c, s.out] } },
    note: s,
    apply: ({ x, filter }) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [s.sh, s.sw], s.pad),
  })),
});

const slopes: readonly (readonly [string, (x: tf.Tensor4D, filter: tf.Tensor4D, s: Setting) => tf.Tensor])[] = [
  ['conv2d', (x, filter, s) => tf.conv2d(x, filter, [s.sh, s.sw], s.pad)],
  ['a dilated conv2d', (x, filter) => tf.conv2d(x, filter, 1, 'same', 'NHWC', [2, 1])],
  ['depthwiseConv2d', (x, filter, s) => tf.depthwiseConv2d(x, filter, s.sh, s.pad)],
];

export const windowRows: readonly Row[] = [
  convolution('Conv2D', setting),
  convolution('Conv2D of many channels', many),
  {
    name: 'Conv2D of filters two or three strides wide', // those that Winograd's method takes
    kernels: ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'],
    runs: 24,
    cases: fc.tuple(setting, int(1, 3), int(2, 3), int(0, 9), int(0, 9)).map(([s, stride, taps, high, wide]) => {
      const side = stride * taps;
      return {
        operands: { x: { shape: [s.n, side + high, side + wide, s.c] }, filter: { shape: [side, side, s.c, s.out] } },
        note: { stride, taps, pad: s.pad },
        apply: ({ x, filter }) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, s.pad),
      };
    }),
  },
  {
    name: 'Conv2D, 4 × 4 by 2',
    kernels: ['Conv2D'],
    runs: 4,
    cases: setting.map((s) => ({
      operands: { x: { shape: [s.n, 8, 8, s.c] }, filter: { shape: [4, 4, s.c, s.out] } },
      apply: ({ x, filter }) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 'same'),
    })),
  },
  {
    name: 'Conv2D, dilated, explicitly padded, channels first',
    kernels: ['Conv2D'],
    gradient: 'linear',
    runs: 8,
    cases: fc.tuple(setting, int(1, 2), fc.constantFrom('NHWC', 'NCHW' as const)).map(([s, dilation, format]) => ({
      operands: { x: { shape: format === 'NHWC' ? [s.n, 6, 7, s.c] : [s.n, s.c, 6, 7] }, filter: { shape: [3, 2, s.c, s.out] } },
      note: { s, dilation, format },
      apply: ({ x, filter }) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 1, format, dilation),
    })),
  },
  {
    name: 'FusedConv2D',
    kernels: ['FusedConv2D'],
    cases: setting.map((s) => ({
      operands: { x: { shape: [s.n, s.h, s.w, s.c] }, filter: { shape: [s.fh, s.fw, s.c, s.out] }, bias: { shape: [s.out] } },
      note: s,
      apply: ({ x, filter, bias }) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: [s.sh, s.sw],
          pad: s.pad,
          bias: bias as tf.Tensor1D,
          activation: 'relu',
        }),
    })),
  },
  {
    name: 'conv2dTranspose',
    kernels: ['Conv2DBackpropInput'],
    runs: 20,
    cases: setting.map((s) => {
      const size = (side: number, stride: number, filter: number): number =>
        s.pad === 'same' ? side * stride : (side - 1) * stride + filter;
      const [h, w] = [size(3, s.sh, s.fh), size(4, s.sw, s.fw)];
      return {
        operands: { x: { shape: [s.n, 3, 4, s.out] }, filter: { shape: [s.fh, s.fw, s.c, s.out] } },
        note: s,
        apply: ({ x, filter }) =>
          tf.conv2dTranspose(x as tf.Tensor4D, filter as tf.Tensor4D, [s.n, h, w, s.c], [s.sh, s.sw], s.pad),
      };
    }),
  },
  {
    name: 'DepthwiseConv2dNative',
    kernels: ['DepthwiseConv2dNative', 'DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter'],
    runs: 16,
    cases: fc.tuple(setting, int(1, 2)).map(([s, multiplier]) => ({
      operands: { x: { shape: [s.n, s.h, s.w, s.c] }, filter: { shape: [s.fh, s.fw, s.c, multiplier] } },
      note: s,
      apply: ({ x, filter }) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, s.sh, s.pad),
    })),
  },
  {
    name: 'FusedDepthwiseConv2D',
    kernels: ['FusedDepthwiseConv2D'],
    cases: setting.map((s) => ({
      operands: { x: { shape: [s.n, s.h, s.w, s.c] }, filter: { shape: [s.fh, s.fw, s.c, 1] }, bias: { shape: [s.c] } },
      note: s,
      apply: ({ x, filter, bias }) =>
        tf.fused.depthwiseConv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: s.sh,
          pad: s.pad,
          bias: bias as tf.Tensor1D,
          activation: 'relu',
        }),
    })),
  },
  {
    name: 'MaxPool',
    kernels: ['MaxPool', 'MaxPoolGrad'],
    runs: 16,
    cases: setting.map((s) => ({
      operands: { x: { shape: [s.n, s.h, s.w, s.c] } },
      note: s,
      apply: ({ x }) => tf.maxPool(x as tf.Tensor4D, [s.fh, s.fw], [s.sh, s.sw], s.pad),
    })),
  },
  {
    name: 'AvgPool',
    kernels: ['AvgPool', 'AvgPoolGrad'],
    gradient: 'linear',
    runs: 8,
    cases: setting.map((s) => ({
      operands: { x: { shape: [s.n, s.h, s.w, s.c] } },
      note: s,
      apply: ({ x }) => tf.avgPool(x as tf.Tensor4D, [s.fh, s.fw], [s.sh, s.sw], s.pad),
    })),
  },
  {
    name: 'FusedBatchNorm',
    kernels: ['FusedBatchNorm'],
    runs: 14,
    cases: setting.map((s) => ({
      operands: {
        x: { shape: [s.n, s.h, s.w, s.c] },
        mean: { shape: [s.c] },
        variance: { shape: [s.c], low: 0.1, high: 3 },
        offset: { shape: [s.c] },
        scale: { shape: [s.c] },
      },
      apply: ({ x, mean, variance, offset, scale }) =>
        tf.batchNorm(x!, mean as tf.Tensor1D, variance as tf.Tensor1D, offset, scale, 0.01),
    })),
  },
  ...(['bilinear', 'nearest'] as const).map((kind): Row => ({
    name: `resize ${kind}`,
    kernels:
      kind === 'bilinear' ? ['ResizeBilinear', 'ResizeBilinearGrad'] : ['ResizeNearestNeighbor', 'ResizeNearestNeighborGrad'],
    gradient: 'linear',
    runs: 6,
    cases: fc
      .tuple(int(0, 2), int(1, 4), int(1, 4), int(1, 2), int(1, 7), int(1, 7), fc.constantFrom('plain', 'align', 'half'))
      .map(([n, h, w, c, newH, newW, mode]) => ({
        operands: { x: { shape: [n, h, w, c] } },
        note: { newH, newW, mode },
        apply: ({ x }) => {
          const resize = kind === 'bilinear' ? tf.image.resizeBilinear : tf.image.resizeNearestNeighbor;
          return resize(x as tf.Tensor4D, [newH, newW], mode === 'align', mode === 'half');
        },
      })),
  })),
  {
    name: 'upsampling by two',
    kernels: ['ResizeNearestNeighborGrad'],
    gradient: 'linear',
    runs: 3,
    cases: fc.tuple(int(1, 3), int(1, 3)).map(([n, c]) => ({
      operands: { x: { shape: [n, 2, 3, c] } },
      apply: ({ x }) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [4, 6]),
    })),
  },
  ...slopes.map(([name, f]): Row => ({
    name: `slope of the square of ${name}`, // whose gradient is that of the gradient kernels; quadratic, so that quotients are exact
    kernels: [],
    gradient: 'linear',
    runs: 3,
    cases: setting.map((s) => ({
      operands: {
        x: { shape: [s.n, s.h - 1, s.w - 1, 2] },
        filter: { shape: [s.fh, s.fw, 2, s.out], low: -1, high: 1 },
      },
      note: s,
      apply: ({ x, filter }) =>
        tf.grad((inner: tf.Tensor): tf.Scalar => tf.sum(tf.square(f(inner as tf.Tensor4D, filter as tf.Tensor4D, s))))(x!),
    })),
  })),
];

// Convolutions, their gradients with respect to picture and filter (which are also transposed convolutions and second-order gradients),
// and their depthwise kin. As products over patches (patches.ts), by Winograd's method where that is cheaper (winograd.ts), or, where asked
// for, as ONNX's own Conv and ConvTranspose.
import * as tf from '@tensorflow/tfjs';
import type { Attributes, Value } from '../graph.ts';
import type { Operators } from '../operators.ts';
import { mapKernel, need } from './kernel.ts';
import { finish } from './matrix.ts';
import { backTilingOf, tilingOf, winogradConvolve, winogradConvolveBack, winogradConvolveFilter } from './winograd.ts';
import { gatherPatches, isEmpty, placesOf, scatterPatches, scatterProduct, tapsOf, windowOf, type Window } from './patches.ts';

type Shape4 = [number, number, number, number];
type Pad = 'valid' | 'same' | number;

interface ConvAttrs {
  readonly strides: [number, number] | number;
  readonly pad: Pad;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: [number, number] | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape?: Shape4;
  readonly inputShape?: Shape4;
  readonly activation?: string;
  readonly leakyreluAlpha?: number;
}

const TO_NHWC = [0, 2, 3, 1];
const TO_NCHW = [0, 3, 1, 2];

function windowFor(input: readonly number[], filter: readonly number[], attrs: ConvAttrs, depthwise: boolean): Window {
  const { strides, pad, dilations, dimRoundingMode } = attrs;
  return windowOf(
    tf.backend_util.computeConv2DInfo(
      [...input] as Shape4,
      [...filter] as Shape4,
      strides,
      dilations ?? 1,
      pad,
      dimRoundingMode,
      depthwise,
      'channelsLast',
    ),
  );
}

/** ONNX's names for a window. */
function onnxWindow(w: Window): Attributes & { readonly pads: { readonly ints: readonly number[] } } {
  const reach = (out: number, stride: number, filter: number, dilation: number): number =>
    (out - 1) * stride + (filter - 1) * dilation + 1;
  const bottom = Math.max(0, reach(w.outHeight, w.strideHeight, w.filterHeight, w.dilationHeight) - w.top - w.height);
  const right = Math.max(0, reach(w.outWidth, w.strideWidth, w.filterWidth, w.dilationWidth) - w.left - w.width);
  return {
    kernel_shape: { ints: [w.filterHeight, w.filterWidth] },
    strides: { ints: [w.strideHeight, w.strideWidth] },
    dilations: { ints: [w.dilationHeight, w.dilationWidth] },
    pads: { ints: [w.top, w.left, bottom, right] },
  };
}

/** ONNX's Conv on channels-first pictures; what it computes beyond the window's own places (tfjs may count fewer) is cut off. */
function onnxConv(o: Operators, x: Value, filter: Value, out: number, w: Window, extra: Attributes = {}): Value {
  const attributes = onnxWindow(w);
  const [top, left, bottom, right] = attributes.pads.ints as [number, number, number, number];
  const places = (side: number, filterSide: number, dilation: number, stride: number): number =>
    Math.floor((side - (filterSide - 1) * dilation - 1) / stride) + 1;
  const height = places(w.height + top + bottom, w.filterHeight, w.dilationHeight, w.strideHeight);
  const width = places(w.width + left + right, w.filterWidth, w.dilationWidth, w.strideWidth);
  const whole = o.graph.node('Conv', [x, filter], [w.batch, out, height, width], 'float32', { ...attributes, ...extra });
  return o.slice(whole, [0, 0, 0, 0], [w.batch, out, w.outHeight, w.outWidth]);
}

/** x [n, h, w, c], filter [fh, fw, c, out] → [n, outHeight, outWidth, out] */
function convolve(o: Operators, x: Value, filter: Value, w: Window): Value {
  const out = filter.shape[3] as number;
  const shape = [w.batch, w.outHeight, w.outWidth, out];
  if (isEmpty(w)) return o.splat(0, shape, 'float32');
  if (o.convolutions === 'onnx') {
    return o.transpose(onnxConv(o, o.transpose(x, TO_NCHW), o.transpose(filter, [3, 2, 0, 1]), out, w), TO_NHWC);
  }
  const tiling = tilingOf(o, w, out);
  if (tiling) return winogradConvolve(o, x, filter, w, tiling);
  return o.reshape(o.gemm(gatherPatches(o, x, w), o.reshape(filter, [tapsOf(w) * w.channels, out])), shape);
}

/** The adjoint in x: dy [n, outHeight, outWidth, out] → [n, h, w, c] */
function convolveBack(o: Operators, dy: Value, filter: Value, w: Window): Value {
  const out = filter.shape[3] as number;
  const shape = [w.batch, w.height, w.width, w.channels];
  if (isEmpty(w)) return o.splat(0, shape, 'float32');
  if (o.convolutions === 'onnx') {
    const window = onnxWindow(w);
    const [top, left, bottom, right] = window.pads.ints as [number, number, number, number];
    // Rows that no window reached when the stride did not divide the picture.
    const restHeight =
      w.height + top + bottom - ((w.outHeight - 1) * w.strideHeight + (w.filterHeight - 1) * w.dilationHeight + 1);
    const restWidth = w.width + left + right - ((w.outWidth - 1) * w.strideWidth + (w.filterWidth - 1) * w.dilationWidth + 1);
    const inputs = [o.transpose(dy, TO_NCHW), o.transpose(filter, [3, 2, 0, 1])];
    const [padHeight, padWidth] = [Math.min(restHeight, w.strideHeight - 1), Math.min(restWidth, w.strideWidth - 1)];
    const attributes = { ...window, output_padding: { ints: [padHeight, padWidth] } };
    const [lackHeight, lackWidth] = [restHeight - padHeight, restWidth - padWidth];
    const shape = [w.batch, w.channels, w.height - lackHeight, w.width - lackWidth];
    const reached = o.graph.node('ConvTranspose', inputs, shape, 'float32', attributes);
    const nchw = o.pad(reached, [0, 0, 0, 0], [0, 0, lackHeight, lackWidth]);
    return o.transpose(nchw, TO_NHWC);
  }
  const tiling = backTilingOf(o, w, out);
  if (tiling) return winogradConvolveBack(o, dy, filter, w, tiling);
  return scatterProduct(o, o.reshape(dy, [placesOf(w), out]), o.reshape(filter, [tapsOf(w) * w.channels, out]), w);
}

/** The adjoint in the filter: x and dy → [fh, fw, c, out] */
function convolveFilter(o: Operators, x: Value, dy: Value, filterShape: readonly number[], w: Window): Value {
  if (isEmpty(w)) return o.splat(0, filterShape, 'float32');
  const out = filterShape[3] as number;
  const tiling = tilingOf(o, w, out);
  if (tiling) return winogradConvolveFilter(o, x, dy, filterShape, w, tiling);
  return o.reshape(o.gemm(gatherPatches(o, x, w), o.reshape(dy, [placesOf(w), out]), true), filterShape);
}

/** filter [fh, fw, c, m] → [n, outHeight, outWidth, c · m]: every channel has filters of its own. */
function convolveDepthwise(o: Operators, x: Value, filter: Value, w: Window): Value {
  const multiplier = filter.shape[3] as number;
  const shape = [w.batch, w.outHeight, w.outWidth, w.channels * multiplier];
  if (isEmpty(w)) return o.splat(0, shape, 'float32');
  if (o.convolutions === 'onnx') {
    const grouped = o.reshape(o.transpose(filter, [2, 3, 0, 1]), [w.channels * multiplier, 1, w.filterHeight, w.filterWidth]);
    const nchw = onnxConv(o, o.transpose(x, TO_NCHW), grouped, w.channels * multiplier, w, { group: { int: w.channels } });
    return o.transpose(nchw, TO_NHWC);
  }
  const products = o.binary('Mul', depthPatches(o, x, w), o.reshape(filter, [1, tapsOf(w), w.channels, multiplier]));
  return o.reshape(o.reduce('ReduceSum', products, [1]), shape);
}

const depthPatches = (o: Operators, x: Value, w: Window): Value =>
  o.reshape(gatherPatches(o, x, w), [placesOf(w), tapsOf(w), w.channels, 1]);

function convolveDepthwiseBack(o: Operators, dy: Value, filter: Value, w: Window): Value {
  const shape = [w.batch, w.height, w.width, w.channels];
  if (isEmpty(w)) return o.splat(0, shape, 'float32');
  const multiplier = filter.shape[3] as number;
  const rows = o.reshape(dy, [placesOf(w), 1, w.channels, multiplier]);
  const patches = o.reduce('ReduceSum', o.binary('Mul', rows, o.reshape(filter, [1, tapsOf(w), w.channels, multiplier])), [3]);
  return o.reshape(scatterPatches(o, patches, w), shape);
}

function convolveDepthwiseFilter(o: Operators, x: Value, dy: Value, filterShape: readonly number[], w: Window): Value {
  if (isEmpty(w)) return o.splat(0, filterShape, 'float32');
  const spread = o.reshape(dy, [placesOf(w), 1, w.channels, filterShape[3] as number]);
  return o.reshape(o.reduce('ReduceSum', o.binary('Mul', depthPatches(o, x, w), spread), [0]), filterShape);
}

/** Runs a function of channels-last pictures on pictures in either layout. */
function inLayout(o: Operators, nchw: boolean, pictures: readonly Value[], compute: (...nhwc: Value[]) => Value): Value {
  if (!nchw) return compute(...pictures);
  return o.transpose(compute(...pictures.map((one) => o.transpose(one, TO_NHWC))), TO_NCHW);
}

const channelsLast = (shape: Shape4, nchw: boolean): number[] => (nchw ? TO_NHWC.map((axis) => shape[axis] as number) : shape);

export function mapConvolutions(): void {
  for (const [kernel, depthwise] of [
    ['Conv2D', false],
    ['FusedConv2D', false],
    ['DepthwiseConv2dNative', true],
    ['FusedDepthwiseConv2D', true],
  ] as const) {
    mapKernel<ConvAttrs>(kernel, ({ o, inputs, attrs }) => {
      const filter = need(inputs, 'filter');
      return inLayout(o, attrs.dataFormat === 'NCHW', [need(inputs, 'x')], (x) => {
        const w = windowFor(x.shape, filter.shape, attrs, depthwise);
        return finish(o, (depthwise ? convolveDepthwise : convolve)(o, x, filter, w), inputs, attrs);
      });
    });
  }
  mapKernel<ConvAttrs>('Conv2DBackpropInput', ({ o, inputs, attrs }) => {
    const filter = need(inputs, 'filter');
    const nchw = attrs.dataFormat === 'NCHW';
    const w = windowFor(channelsLast(attrs.inputShape as Shape4, nchw), filter.shape, attrs, false);
    return inLayout(o, nchw, [need(inputs, 'dy')], (dy) => convolveBack(o, dy, filter, w));
  });
  mapKernel<ConvAttrs>('Conv2DBackpropFilter', ({ o, inputs, attrs }) => {
    const turned = (x: Value): Value => (attrs.dataFormat === 'NCHW' ? o.transpose(x, TO_NHWC) : x);
    const x = turned(need(inputs, 'x'));
    const filterShape = attrs.filterShape as Shape4;
    return convolveFilter(o, x, turned(need(inputs, 'dy')), filterShape, windowFor(x.shape, filterShape, attrs, false));
  });
  mapKernel<ConvAttrs>('DepthwiseConv2dNativeBackpropInput', ({ o, inputs, attrs }) => {
    const filter = need(inputs, 'filter');
    const w = windowFor(attrs.inputShape as Shape4, filter.shape, attrs, true);
    return convolveDepthwiseBack(o, need(inputs, 'dy'), filter, w);
  });
  mapKernel<ConvAttrs>('DepthwiseConv2dNativeBackpropFilter', ({ o, inputs, attrs }) => {
    const x = need(inputs, 'x');
    const filterShape = attrs.filterShape as Shape4;
    return convolveDepthwiseFilter(o, x, need(inputs, 'dy'), filterShape, windowFor(x.shape, filterShape, attrs, true));
  });
}

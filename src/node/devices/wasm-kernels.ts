// What tfjs's wasm backend (4.22) lacks or gets wrong for training, registered over it (all in one place, hence the length):
//  - Conv2DBackpropFilter as a convolution: dW[i,j,c,k] = Σ x[n, i + s·h, j + s·w, c] · dy[n, h, w, k] is x, channels as batch, convolved
//    with dy, batch as channels, with dilation = stride;
//  - both depthwise gradients and UnsortedSegmentSum (the gradient of gather) as loops over the heap;
//  - MaxPoolGrad, which loses windows that are nowhere positive, likewise; the 3-D pools have the same fault and are taken out;
//  - AdamUpdate (src/tracing/adam-update.ts) in one pass over the heap;
//  - matrix products with a transposed operand, which miss the fast path, with the transposition made first.
// A view of the heap must be taken after the last allocation: growing the heap moves it.
import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { KarstError } from '../../base/errors.ts';
import { ADAM_UPDATE, type AdamConstants } from '../../tracing/adam-update.ts';
import { sizeOf } from '../../tracing/program.ts';

type Inputs = Readonly<Record<string, tf.TensorInfo | undefined>>;
type Attributes = Readonly<Record<string, unknown>>;
type Kernel = (backend: BackendWasm, inputs: Inputs, attributes: Attributes) => tf.TensorInfo;
type Shape4 = [number, number, number, number];

interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly dilations?: number | [number, number];
}

function call(backend: BackendWasm, name: string, inputs: Inputs, attributes: Attributes): tf.TensorInfo {
  const kernel = tf.getKernel(name, 'wasm') as tf.KernelConfig | undefined;
  if (!kernel) throw new KarstError('unsupported', `tfjs's wasm backend has no kernel ${name}`);
  const attrs = attributes as unknown as tf.NamedAttrMap;
  return kernel.kernelFunc({ inputs: inputs, attrs, backend }) as tf.TensorInfo;
}

const given = (inputs: Inputs, name: string): tf.TensorInfo => {
  const found = inputs[name];
  if (!found) throw new KarstError('internal', `kernel called without its input "${name}"`);
  return found;
};

const floats = (backend: BackendWasm, tensor: tf.TensorInfo): Float32Array => {
  const values = backend.typedArrayFromHeap(tensor);
  if (!(values instanceof Float32Array)) throw new KarstError('unsupported', `this kernel needs float32, got ${tensor.dtype}`);
  return values;
};

/** [..., rows, columns] → [..., columns, rows] */
function transposeLast(backend: BackendWasm, x: tf.TensorInfo): tf.TensorInfo {
  const perm = x.shape.map((_, axis) => axis);
  perm.push(...perm.splice(-2).reverse());
  return call(backend, 'Transpose', { x }, { perm });
}

/** Wraps BatchMatMul or _FusedMatMul so that both operands lie as the fast path wants them. */
function untransposed(name: string): void {
  const original = tf.getKernel(name, 'wasm');
  tf.unregisterKernel(name, 'wasm');
  tf.registerKernel({
    ...original,
    kernelFunc: (args) => {
      const backend = args.backend as BackendWasm;
      const attributes = args.attrs as Attributes;
      const made: tf.TensorInfo[] = [];
      const straight = (operand: string, transposed: unknown): tf.TensorInfo => {
        const tensor = given(args.inputs, operand);
        if (transposed !== true || tensor.dtype !== 'float32') return tensor;
        const turned = transposeLast(backend, tensor);
        made.push(turned);
        return turned;
      };
      const inputs = {
        ...args.inputs,
        a: straight('a', attributes['transposeA']),
        b: straight('b', attributes['transposeB']),
      };
      const attrs = { ...args.attrs, transposeA: false, transposeB: false };
      try {
        return original.kernelFunc({ inputs, attrs, backend });
      } finally {
        for (const tensor of made) backend.disposeData(tensor.dataId);
      }
    },
  });
}

const convolutionFilterGradient: Kernel = (backend, inputs, attributes) => {
  const { strides, pad, dimRoundingMode, filterShape, dataFormat } = attributes as unknown as ConvolutionAttributes & {
    filterShape: Shape4;
    dataFormat: string;
  };
  if (dataFormat !== 'NHWC') throw new KarstError('unsupported', `Conv2DBackpropFilter on wasm takes NHWC, got ${dataFormat}`);
  const x = given(inputs, 'x');
  const dy = given(inputs, 'dy');
  const info = tf.backend_util.computeConv2DInfo(x.shape as Shape4, filterShape, strides, 1, pad, dimRoundingMode);
  const made: tf.TensorInfo[] = [];
  const op = (name: string, operands: Inputs, attrs: Attributes): tf.TensorInfo => {
    const result = call(backend, name, operands, attrs);
    made.push(result);
    return result;
  };
  // The part of the padded x that some filter tap meets.
  const height = (info.outHeight - 1) * info.strideHeight + info.filterHeight;
  const width = (info.outWidth - 1) * info.strideWidth + info.filterWidth;
  const { top, left } = info.padInfo;
  const below = Math.max(0, height - info.inHeight - top);
  const right = Math.max(0, width - info.inWidth - left);
  const none = [0, 0];
  let met = x;
  if (top + left + below + right > 0) {
    met = op('PadV2', { x }, { paddings: [none, [top, below], [left, right], none], constantValue: 0 });
  }
  if ((met.shape[1] as number) > height || (met.shape[2] as number) > width) {
    met = op('Slice', { x: met }, { begin: [0, 0, 0, 0], size: [info.batchSize, height, width, info.inChannels] });
  }
  const turned = op(
    'Conv2D',
    {
      x: op('Transpose', { x: met }, { perm: [3, 1, 2, 0] }), // [channels, height, width, batch]
      filter: op('Transpose', { x: dy }, { perm: [1, 2, 0, 3] }), // [outHeight, outWidth, batch, filters]
    },
    { strides: 1, pad: 'valid', dataFormat: 'NHWC', dilations: [info.strideHeight, info.strideWidth] },
  ); // [channels, filterHeight, filterWidth, filters]
  const result = call(backend, 'Transpose', { x: turned }, { perm: [1, 2, 0, 3] });
  for (const tensor of made) backend.disposeData(tensor.dataId);
  return result;
};

/** Calls `visit` with the offsets of x, dy and filter for every pair of an output place and a filter tap that meets the picture. */
function eachTap(info: tf.backend_util.Conv2DInfo, visit: (x: number, dy: number, filter: number) => void): void {
  const filters = info.outChannels;
  for (let n = 0, dy = 0; n < info.batchSize; n++) {
    for (let h = 0; h < info.outHeight; h++) {
      for (let w = 0; w < info.outWidth; w++, dy += filters) {
        for (let i = 0; i < info.filterHeight; i++) {
          const row = h * info.strideHeight + i * info.dilationHeight - info.padInfo.top;
          if (row < 0 || row >= info.inHeight) continue;
          for (let j = 0; j < info.filterWidth; j++) {
            const col = w * info.strideWidth + j * info.dilationWidth - info.padInfo.left;
            if (col < 0 || col >= info.inWidth) continue;
            visit(((n * info.inHeight + row) * info.inWidth + col) * info.inChannels, dy, (i * info.filterWidth + j) * filters);
          }
        }
      }
    }
  }
}

function depthwiseInfo(x: Shape4, filter: Shape4, attributes: Attributes): tf.backend_util.Conv2DInfo {
  const { strides, pad, dimRoundingMode, dilations } = attributes as unknown as ConvolutionAttributes;
  return tf.backend_util.computeConv2DInfo(x, filter, strides, dilations ?? 1, pad, dimRoundingMode, true);
}

const depthwiseFilterGradient: Kernel = (backend, inputs, attributes) => {
  const x = given(inputs, 'x');
  const filterShape = attributes['filterShape'] as Shape4;
  const multiplier = filterShape[3];
  const info = depthwiseInfo(x.shape as Shape4, filterShape, attributes);
  const made = backend.makeOutput(filterShape, 'float32');
  const xValues = floats(backend, x);
  const dyValues = floats(backend, given(inputs, 'dy'));
  const sums = new Float64Array(sizeOf(filterShape)); // tens of thousands of terms each
  eachTap(info, (xAt, dyAt, filterAt) => {
    for (let c = 0; c < info.outChannels; c++) {
      const channel = multiplier === 1 ? c : Math.floor(c / multiplier);
      sums[filterAt + c] = (sums[filterAt + c] as number) + (xValues[xAt + channel] as number) * (dyValues[dyAt + c] as number);
    }
  });
  floats(backend, made).set(sums);
  return made;
};

const depthwiseInputGradient: Kernel = (backend, inputs, attributes) => {
  const filter = given(inputs, 'filter');
  const inputShape = attributes['inputShape'] as Shape4;
  const multiplier = filter.shape[3] as number;
  const info = depthwiseInfo(inputShape, filter.shape as Shape4, attributes);
  const made = backend.makeOutput(inputShape, 'float32');
  const dx = floats(backend, made).fill(0);
  const dyValues = floats(backend, given(inputs, 'dy'));
  const filterValues = floats(backend, filter);
  eachTap(info, (xAt, dyAt, filterAt) => {
    for (let c = 0; c < info.outChannels; c++) {
      const at = xAt + (multiplier === 1 ? c : Math.floor(c / multiplier));
      dx[at] = (dx[at] as number) + (dyValues[dyAt + c] as number) * (filterValues[filterAt + c] as number);
    }
  });
  return made;
};

/** The first largest element of each window takes the window's whole gradient, as in tfjs's CPU backend. */
const maxPoolGradient: Kernel = (backend, inputs, attributes) => {
  const x = given(inputs, 'input');
  const { filterSize, strides, pad, dimRoundingMode } = attributes as unknown as ConvolutionAttributes & {
    filterSize: number | [number, number];
  };
  const info = tf.backend_util.computePool2DInfo(x.shape as Shape4, filterSize, strides, 1, pad, dimRoundingMode);
  const made = backend.makeOutput(x.shape, 'float32');
  const dx = floats(backend, made).fill(0);
  const xValues = floats(backend, x);
  const dyValues = floats(backend, given(inputs, 'dy'));
  const channels = info.inChannels;
  const largest = new Float32Array(channels);
  const place = new Int32Array(channels);
  for (let n = 0, at = 0; n < info.batchSize; n++) {
    for (let h = 0; h < info.outHeight; h++) {
      const firstRow = h * info.strideHeight - info.padInfo.top;
      for (let w = 0; w < info.outWidth; w++, at += channels) {
        const firstCol = w * info.strideWidth - info.padInfo.left;
        place.fill(-1);
        for (let row = Math.max(0, firstRow); row < Math.min(info.inHeight, firstRow + info.effectiveFilterHeight); row++) {
          for (let col = Math.max(0, firstCol); col < Math.min(info.inWidth, firstCol + info.effectiveFilterWidth); col++) {
            const from = ((n * info.inHeight + row) * info.inWidth + col) * channels;
            for (let c = 0; c < channels; c++) {
              const value = xValues[from + c] as number;
              if (place[c] === -1 || value > (largest[c] as number)) {
                largest[c] = value;
                place[c] = from + c;
              }
            }
          }
        }
        for (let c = 0; c < channels; c++) {
          const to = place[c] as number;
          if (to >= 0) dx[to] = (dx[to] as number) + (dyValues[at + c] as number);
        }
      }
    }
  }
  return made;
};

/** Row i of x is added to row segmentIds[i] of the result; ids outside 0 … numSegments - 1 are dropped. */
const unsortedSegmentSum: Kernel = (backend, inputs, attributes) => {
  const x = given(inputs, 'x');
  const ids = given(inputs, 'segmentIds');
  const segments = attributes['numSegments'] as number;
  const inner = x.shape.slice(ids.shape.length);
  const width = sizeOf(inner);
  const made = backend.makeOutput([segments, ...inner], x.dtype);
  const sums = backend.typedArrayFromHeap(made).fill(0);
  const values = backend.typedArrayFromHeap(x);
  backend.typedArrayFromHeap(ids).forEach((segment, i) => {
    if (segment < 0 || segment >= segments) return;
    for (let k = 0; k < width; k++) {
      sums[segment * width + k] = (sums[segment * width + k] as number) + (values[i * width + k] as number);
    }
  });
  return made;
};

function register(kernelName: string, kernel: Kernel): void {
  if (tf.getKernel(kernelName, 'wasm') as tf.KernelConfig | undefined) tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => kernel(backend as BackendWasm, inputs, attrs ?? {}),
  });
}

function adamUpdate(backend: BackendWasm, inputs: Inputs, { beta1, beta2, epsilon, decay }: AdamConstants): tf.TensorInfo[] {
  const parameter = given(inputs, 'parameter');
  const made = [0, 1, 2].map(() => backend.makeOutput(parameter.shape, 'float32'));
  const [newParameters, newM, newV] = made.map((tensor) => floats(backend, tensor)) as [Float32Array, Float32Array, Float32Array];
  const [parameters, gradients, m, v] = ['parameter', 'gradient', 'm', 'v'].map((name) =>
    floats(backend, given(inputs, name)),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const scalar = (name: string): number => floats(backend, given(inputs, name))[0] as number;
  const scale = inputs['scale'] ? scalar('scale') : 1;
  const rate = scalar('rate');
  const correction1 = scalar('correction1');
  const correction2 = scalar('correction2');
  for (let i = 0; i < parameters.length; i++) {
    const gradient = scale * (gradients[i] as number);
    const mean = beta1 * (m[i] as number) + (1 - beta1) * gradient;
    const square = beta2 * (v[i] as number) + (1 - beta2) * gradient * gradient;
    const old = parameters[i] as number;
    newM[i] = mean;
    newV[i] = square;
    newParameters[i] = old - rate * (mean / correction1 / (Math.sqrt(square / correction2) + epsilon) + decay * old);
  }
  return made;
}

let registered = false;

/** Registers everything above, once. tfjs's own wasm kernels must be registered already. */
export function registerTrainingKernels(): void {
  if (registered) return;
  registered = true;
  register('Conv2DBackpropFilter', convolutionFilterGradient);
  register('DepthwiseConv2dNativeBackpropFilter', depthwiseFilterGradient);
  register('DepthwiseConv2dNativeBackpropInput', depthwiseInputGradient);
  register('MaxPoolGrad', maxPoolGradient);
  register('UnsortedSegmentSum', unsortedSegmentSum);
  tf.registerKernel({
    kernelName: ADAM_UPDATE,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => adamUpdate(backend as BackendWasm, inputs, attrs as unknown as AdamConstants),
  });
  untransposed('BatchMatMul');
  untransposed('_FusedMatMul');
  for (const kernelName of ['MaxPool3D', 'MaxPool3DGrad']) tf.unregisterKernel(kernelName, 'wasm');
}

// Makes gradients of gradients right in tfjs 4.22, on every backend. Three of its faults stand in the way:
//  - A gradient that uses its kernel's *output* (tanh, sigmoid, exp, softmax, pow …) gets a copy that was recorded before the kernel
//    itself, so that the path through it is lost: the second derivative misses a term, or is refused. Here the output is computed again
//    from the input; a compiled program recognises the repetition and computes it once.
//  - Comparisons have no gradient, so that one fails wherever a condition was computed on the way (leakyRelu, where, clipByValue).
//    A comparison is a step: its gradient is zero.
//  - The filter's gradient of a convolution has none itself, which steps within steps need (unrolled training). It is linear in the
//    picture and in the slope of the outcome, so that its gradients are convolutions again.
// What stays wrong is an operator that tfjs differentiates by hand from its output: tf.logSoftmax. Write x - tf.logSumExp(x) instead.
import * as tf from '@tensorflow/tfjs';
import { KarstError } from '../base/errors.ts';

type Gradient = (dy: tf.Tensor, saved: tf.Tensor[], attrs: tf.NamedAttrMap) => Record<string, () => tf.Tensor>;

const COMPARISONS = ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'LogicalAnd', 'LogicalOr'];

const unary =
  (derivative: (x: tf.Tensor) => tf.Tensor): Gradient =>
  (dy, [x]) => ({ x: () => tf.mul(dy, derivative(x as tf.Tensor)) });

/** `x` summed down to `shape`, which was broadcast to it. */
function unbroadcast(x: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, x.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(x, axes) : x, shape);
}

const pow: Gradient = (dy, saved) => {
  const [base, exponent] = saved as [tf.Tensor, tf.Tensor];
  const power = tf.cast(exponent, 'float32');
  return {
    a: () => unbroadcast(tf.mul(dy, tf.mul(power, tf.pow(base, tf.sub(power, 1)))), base.shape),
    b: () => {
      const log = tf.where(tf.greater(base, 0), tf.log(base), tf.zerosLike(base));
      return unbroadcast(tf.mul(dy, tf.mul(tf.pow(base, exponent), log)), exponent.shape);
    },
  };
};

const softmax: Gradient = (dy, [logits], attrs) => ({
  logits: () => {
    const y = tf.softmax(logits as tf.Tensor, attrs['dim'] as number);
    const weighted = tf.mul(dy, y);
    return tf.sub(weighted, tf.mul(tf.sum(weighted, attrs['dim'] as number, true), y));
  },
});

const logSoftmax: Gradient = (dy, [logits], attrs) => ({
  logits: () => {
    const axis = attrs['axis'] as number;
    return tf.sub(dy, tf.mul(tf.sum(dy, axis, true), tf.softmax(logits as tf.Tensor, axis)));
  },
});

/** Of the filter's gradient: `dy` has the filter's shape here. */
const conv2dFilter: Gradient = (dy, saved, attrs) => {
  const [x, slope] = saved as [tf.Tensor4D, tf.Tensor4D];
  const filter = dy as tf.Tensor4D;
  const { strides, pad, dataFormat, dimRoundingMode } = attrs as unknown as tf.Conv2DBackpropFilterAttrs;
  const rounding = dimRoundingMode;
  if (dataFormat !== 'NHWC') throw new KarstError('unsupported', `unrolled convolutions need NHWC pictures, got ${dataFormat}`);
  return {
    x: () => tf.conv2dTranspose(slope, filter, x.shape, strides, pad, rounding),
    dy: () => tf.conv2d(x, filter, strides, pad, dataFormat, 1, rounding),
  };
};

const REPLACED: readonly [kernel: string, inputs: string[], Gradient][] = [
  ['Exp', ['x'], unary((x) => tf.exp(x))],
  ['Tanh', ['x'], unary((x) => tf.sub(1, tf.square(tf.tanh(x))))],
  [
    'Sigmoid',
    ['x'],
    unary((x) => {
      const y = tf.sigmoid(x);
      return tf.mul(y, tf.sub(1, y));
    }),
  ],
  ['Elu', ['x'], unary((x) => tf.exp(tf.minimum(x, 0)))],
  ['Softmax', ['logits'], softmax],
  ['LogSoftmax', ['logits'], logSoftmax],
  ['Pow', ['a', 'b'], pow],
  ['Conv2DBackpropFilter', ['x', 'dy'], conv2dFilter],
];

const zeroIn =
  (...names: string[]): Gradient =>
  (_dy, saved) =>
    Object.fromEntries(names.map((name, i) => [name, () => tf.zeros((saved[i] as tf.Tensor).shape)]));

let repaired = false;

/** Once is enough; every device that differentiates calls it. */
export function repairSecondOrderGradients(): void {
  if (repaired) return;
  repaired = true;
  for (const [kernelName, inputsToSave, gradFunc] of REPLACED) {
    if (tf.getGradient(kernelName)) tf.unregisterGradient(kernelName);
    tf.registerGradient({ kernelName, inputsToSave, gradFunc: gradFunc as tf.GradFunc });
  }
  const steps = [...COMPARISONS.map((name) => [name, ['a', 'b']] as const), ['LogicalNot', ['x']] as const];
  for (const [kernelName, inputsToSave] of steps) {
    if (tf.getGradient(kernelName)) tf.unregisterGradient(kernelName);
    tf.registerGradient({ kernelName, inputsToSave: [...inputsToSave], gradFunc: zeroIn(...inputsToSave) as tf.GradFunc });
  }
}

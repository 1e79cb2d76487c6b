// Makes gradients of gradients right in tfjs 4.22, on every backend. Two of its faults stand in the way:
//  - A gradient that uses its kernel's *output* (tanh, sigmoid, exp, softmax, pow …) gets a copy that was recorded before the kernel
//    itself, so that the path through it is lost: the second derivative misses a term, or is refused. Here the output is computed again
//    from the input; a compiled program recognises the repetition and computes it once.
//  - Comparisons have no gradient, so that one fails wherever a condition was computed on the way (leakyRelu, where, clipByValue).
//    A comparison is a step: its gradient is zero.
// What stays wrong is an operator that tfjs differentiates by hand from its output: tf.logSoftmax. Write x - tf.logSumExp(x) instead.
import * as tf from '@tensorflow/tfjs';
import { repair, unbroadcast, type Gradient, type Repair } from './gradient.ts';

const unary =
  (derivative: (x: tf.Tensor) => tf.Tensor): Gradient<object> =>
  (dy, [x]) => ({ x: () => tf.mul(dy, derivative(x as tf.Tensor)) });

const pow: Gradient<object> = (dy, saved) => {
  const [base, exponent] = saved as unknown as [tf.Tensor, tf.Tensor];
  const power = tf.cast(exponent, 'float32');
  return {
    a: () => unbroadcast(tf.mul(dy, tf.mul(power, tf.pow(base, tf.sub(power, 1)))), base.shape),
    b: () => {
      const log = tf.where(tf.greater(base, 0), tf.log(base), tf.zerosLike(base));
      return unbroadcast(tf.mul(dy, tf.mul(tf.pow(base, exponent), log)), exponent.shape);
    },
  };
};

const softmax: Gradient<{ dim: number }> = (dy, [logits], { dim }) => ({
  logits: () => {
    const y = tf.softmax(logits as tf.Tensor, dim);
    const weighted = tf.mul(dy, y);
    return tf.sub(weighted, tf.mul(tf.sum(weighted, dim, true), y));
  },
});

const sigmoid = (x: tf.Tensor): tf.Tensor => {
  const y = tf.sigmoid(x);
  return tf.mul(y, tf.sub(1, y));
};

const step =
  (...names: string[]): Gradient<object> =>
  (_dy, saved) =>
    Object.fromEntries(names.map((name, i) => [name, () => tf.zeros((saved[i] as tf.Tensor).shape)]));

const COMPARISONS = ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'LogicalAnd', 'LogicalOr'];

export const secondOrderRepairs: readonly Repair[] = [
  repair(
    'Exp',
    ['x'],
    unary((x) => tf.exp(x)),
  ),
  repair(
    'Tanh',
    ['x'],
    unary((x) => tf.sub(1, tf.square(tf.tanh(x)))),
  ),
  repair('Sigmoid', ['x'], unary(sigmoid)),
  repair(
    'Elu',
    ['x'],
    unary((x) => tf.exp(tf.minimum(x, 0))),
  ),
  repair('Softmax', ['logits'], softmax),
  repair('Pow', ['a', 'b'], pow),
  ...COMPARISONS.map((name) => repair(name, ['a', 'b'], step('a', 'b'))),
  ...['LogicalNot', 'All', 'Any'].map((name) => repair(name, ['x'], step('x'))),
];

// Gradients of functions of two arguments that tfjs 4.22 does not sum back over broadcast axes (maximum, minimum, squaredDifference), and
// of floorDiv, to which it gives that of a plain quotient: a floor is a step, its gradient is zero. Where a and b are equal the whole slope
// goes to a, as tfjs has it.
import * as tf from '@tensorflow/tfjs';
import { repair, unbroadcast, type Gradient, type Repair } from './gradient.ts';

type Two = readonly [tf.Tensor, tf.Tensor];

/** The slope goes to a where `chooses`, else to b. */
const choice =
  (chooses: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Gradient<object> =>
  (dy, saved) => {
    const [a, b] = saved as unknown as Two;
    const share = (whole: tf.Tensor): tf.Tensor => tf.mul(dy, tf.cast(whole, 'float32'));
    return {
      a: () => unbroadcast(share(chooses(a, b)), a.shape),
      b: () => unbroadcast(share(tf.logicalNot(chooses(a, b))), b.shape),
    };
  };

const squaredDifference: Gradient<object> = (dy, saved) => {
  const [a, b] = saved as unknown as Two;
  const slope = (): tf.Tensor => tf.mul(dy, tf.mul(2, tf.sub(a, b)));
  return { a: () => unbroadcast(slope(), a.shape), b: () => tf.neg(unbroadcast(slope(), b.shape)) };
};

const floorDiv: Gradient<object> = (_dy, saved) => {
  const [a, b] = saved as unknown as Two;
  return { a: () => tf.zeros(a.shape), b: () => tf.zeros(b.shape) };
};

export const elementwiseRepairs: readonly Repair[] = [
  repair('Maximum', ['a', 'b'], choice(tf.greaterEqual)),
  repair('Minimum', ['a', 'b'], choice(tf.lessEqual)),
  repair('SquaredDifference', ['a', 'b'], squaredDifference),
  repair('FloorDiv', ['a', 'b'], floorDiv),
];

// Gradients of sums and products over axes: matrix products whose batches broadcast, Einstein sums, running sums and products. tfjs 4.22
// forgets to sum over a broadcast batch, turns running sums along inner axes the wrong way, and has none for the other two.
import * as tf from '@tensorflow/tfjs';
import { repair, unbroadcast, type Gradient, type Repair } from './gradient.ts';

const isPlain = (x: tf.Tensor): boolean => x.shape.slice(0, -2).every((side) => side === 1);

/** One row after another, whatever batch they are in. */
const rowsOf = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, [-1, x.shape.at(-1) as number]);

const batchMatMul: Gradient<{ transposeA: boolean; transposeB: boolean }> = (dy, saved, { transposeA, transposeB }) => {
  const [a, b] = saved as unknown as [tf.Tensor, tf.Tensor];
  // One right-hand matrix for all rows: its gradient is one product over all of them.
  const shared = isPlain(b) && !isPlain(a) && !transposeA && dy.size > 0 && a.size > 0;
  const inB = (): tf.Tensor => {
    if (!shared) return transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false);
    const slope = transposeB ? tf.matMul(rowsOf(dy), rowsOf(a), true) : tf.matMul(rowsOf(a), rowsOf(dy), true);
    return tf.reshape(slope, b.shape);
  };
  return {
    a: () => unbroadcast(transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB), a.shape),
    b: () => unbroadcast(inB(), b.shape),
  };
};

/** Each operand's slope is the sum of the outcome's with the other operand, over all labels that are not its own. */
const einsum: Gradient<{ equation: string }> = (dy, operands, { equation }) => {
  const [terms = '', out = ''] = equation.replaceAll(' ', '').split('->');
  const labels = terms.split(',');
  const slopeOf = (operand: tf.Tensor, i: number): tf.Tensor => {
    const own = labels[i] as string;
    const others = operands.filter((_, other) => other !== i);
    const otherLabels = labels.filter((_, other) => other !== i);
    const parts = out === '' ? others : [dy, ...others];
    const partLabels = out === '' ? otherLabels : [out, ...otherLabels];
    const held = [...own].filter((label) => partLabels.some((part) => part.includes(label))).join('');
    const product = parts.length === 0 ? dy : tf.einsum(`${partLabels.join()}->${held}`, ...parts);
    const slope = out === '' && parts.length > 0 ? tf.mul(product, dy) : product;
    // A label that only this operand had was summed over: each of its places gets the same slope.
    const kept = operand.shape.map((side, axis) => (held.includes(own[axis] as string) ? side : 1));
    return tf.broadcastTo(tf.reshape(slope, kept), operand.shape);
  };
  return Object.fromEntries(operands.map((operand, i) => [i, () => slopeOf(operand, i)]));
};

interface Running {
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

const cumsum: Gradient<Running> = (dy, _saved, { axis, exclusive, reverse }) => ({
  x: () => tf.cumsum(dy, axis, exclusive, !reverse),
});

/**
 * With y_j = Π_{k ≤ j} x_k: dx_i = Π_{k < i} x_k · Σ_{j ≥ i} dy_j Π_{i < k ≤ j} x_k, which divides by nothing. n² numbers for n.
 * x and dy are [rows, n].
 */
function runningProductSlope(x: tf.Tensor2D, dy: tf.Tensor2D): tf.Tensor2D {
  const side = x.shape[1];
  const places = tf.range(0, side, 1, 'int32');
  const later = tf.less(tf.reshape(places, [side, 1]), places); // [i, k], true where k > i
  const tails = tf.cumprod(tf.where(later, tf.expandDims(x, 1), tf.scalar(1)), 2); // [rows, i, j]
  const reached = tf.lessEqual(tf.reshape(places, [side, 1]), places);
  const sums: tf.Tensor2D = tf.sum(tf.where(reached, tf.mul(tf.expandDims(dy, 1), tails), tf.scalar(0)), 2);
  return tf.mul(tf.cumprod(x, 1, true), sums);
}

const cumprod: Gradient<Running> = (dy, saved, { axis, exclusive, reverse }) => ({
  x: () => {
    const x = saved[0] as tf.Tensor;
    if (x.size === 0) return tf.zerosLike(x);
    const along = axis < 0 ? axis + x.rank : axis;
    const perm = [...x.shape.keys()].filter((other) => other !== along).concat(along);
    const side = x.shape[along] as number;
    const turned = (t: tf.Tensor): tf.Tensor2D => {
      const flat: tf.Tensor2D = tf.reshape(tf.transpose(t, perm), [-1, side]);
      return reverse ? tf.reverse(flat, 1) : flat;
    };
    // Without the place itself, the product at j is the whole one at j - 1.
    const slopes = exclusive
      ? tf.pad(tf.slice(turned(dy), [0, 1], [-1, side - 1]), [
          [0, 0],
          [0, 1],
        ])
      : turned(dy);
    const slope = runningProductSlope(turned(x), slopes);
    const back = [...perm.keys()].sort((a, b) => (perm[a] as number) - (perm[b] as number));
    const moved = perm.map((axisOfX) => x.shape[axisOfX] as number);
    return tf.transpose(tf.reshape(reverse ? tf.reverse(slope, 1) : slope, moved), back);
  },
});

export const productRepairs: readonly Repair[] = [
  repair('BatchMatMul', ['a', 'b'], batchMatMul),
  repair('Einsum', 'all', einsum),
  repair('Cumsum', [], cumsum),
  repair('Cumprod', ['x'], cumprod),
];

// A Flow is an invertible map of vectors whose Jacobian determinant is known, with named weights. A density follows it exactly:
// ln p(x) = ln p0(forward(x)) + ln |det d forward / dx| (Rezende & Mohamed 2015). Forward leads to where the density is simple, since
// that is what training computes; inverse makes draws.
import * as tf from '@tensorflow/tfjs';
import type { Tensors } from '../tracing/program.ts';
import type { Weights } from '../tracing/weights.ts';

/** What a map made of its rows, [batch, size], and ln |det| of its Jacobian at each, [batch]. */
export interface Mapped {
  readonly y: tf.Tensor2D;
  readonly logDet: tf.Tensor1D;
}

export interface Flow {
  readonly weights: Weights;
  forward(tensors: Tensors, x: tf.Tensor2D): Mapped;
  /** From y back to x; `logDet` is that of this direction. */
  inverse(tensors: Tensors, y: tf.Tensor2D): { readonly x: tf.Tensor2D; readonly logDet: tf.Tensor1D };
}

/** One determinant for all rows of `x`, [batch]. */
export const forEveryRow = (logDet: tf.Scalar, x: tf.Tensor2D): tf.Tensor1D => tf.broadcastTo(logDet, [x.shape[0]]);

/** One after another, the first first. */
export function chain(flows: readonly Flow[]): Flow {
  return {
    weights: Object.assign({}, ...flows.map((flow) => flow.weights)) as Weights,
    forward: (tensors, x) => {
      let y = x;
      const logDets = flows.map((flow) => {
        const mapped = flow.forward(tensors, y);
        y = mapped.y;
        return mapped.logDet;
      });
      return { y, logDet: tf.addN(logDets) };
    },
    inverse: (tensors, y) => {
      let x = y;
      const logDets = flows.toReversed().map((flow) => {
        const mapped = flow.inverse(tensors, x);
        x = mapped.x;
        return mapped.logDet;
      });
      return { x, logDet: tf.addN(logDets) };
    },
  };
}

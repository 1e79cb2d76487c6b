// Minimum desired rate (Pelsmaeker & Aziz 2020): the best bound among models with KL >= r, found by a Lagrangian: the loss plus u (r - KL),
// minimised by the model and maximised over u = softplus(v) >= 0 by plain gradient ascent, v += rate (r - KL) sigmoid(v). At the optimum u
// is the part of the KL's price that has to be waived, 0 where the KL is above r of its own accord.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import { float32, type Arrays, type Specs, type Tensors } from '../tracing/program.ts';
import { weightOf } from '../tracing/weights.ts';

const NAME = 'minimumRate.v';
/** u starts at 1: at first the KL costs nothing, so the code is taken up before it is priced. */
const START = Math.log(Math.expm1(1));
/** v stays above this: its slope sigmoid(v) is then never so small that u, once near 0, could not come back. */
const LEAST = -5;

export interface MinimumRate {
  readonly isOn: boolean;
  readonly state: Specs;
  readonly start: Arrays;
  /** u (r - KL), nats, []; `kl` is that of a row. */
  penalty(tensors: Tensors, kl: tf.Scalar): tf.Scalar;
  /** The state after one step of ascent. */
  ascend(tensors: Tensors, kl: tf.Scalar): Readonly<Record<string, tf.Tensor>>;
}

export const minimumRate = member({
  id: 'minimumRate',
  title: 'Minimum desired rate',
  summary: 'lowers the price of the KL until it is as large as asked for: the rate is set, not the weight',
  paper: 'Pelsmaeker & Aziz 2020, arXiv:1904.08194',
  params: {
    nats: { kind: 'float', default: 0, min: 0, max: 1e4, unit: 'nats', help: 'least KL of a row; 0 is off, 5 to 10 for text' },
    learningRate: { kind: 'float', default: 1e-2, min: 1e-6, max: 1, scale: 'log', help: 'how fast the price follows' },
  },
  make: ({ nats, learningRate }): MinimumRate => {
    const isOn = nats > 0;
    return {
      isOn,
      state: isOn ? { [NAME]: float32() } : {},
      start: isOn ? { [NAME]: Float32Array.of(START) } : {},
      penalty: (tensors, kl) => (isOn ? tf.mul(tf.softplus(weightOf<tf.Scalar>(tensors, NAME)), tf.sub(nats, kl)) : tf.scalar(0)),
      ascend: (tensors, kl) => {
        if (!isOn) return {};
        const v = weightOf<tf.Scalar>(tensors, NAME);
        const slope = tf.mul(tf.sub(nats, kl), tf.sigmoid(v));
        return { [NAME]: tf.maximum(tf.add(v, tf.mul(learningRate, slope)), LEAST) };
      },
    };
  },
});

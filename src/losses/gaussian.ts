// Gaussian likelihood with one standard deviation sigma for all values: -ln p = sum (x - m)² / 2 sigma² + ln sigma + ½ ln 2 pi, fixed or
// learnt (Rybkin, Daniilidis & Levine 2021, sigma-VAE). A learnt sigma finds the balance of reconstruction and KL by itself. It is
// bounded below, since a decoder that can be exact would drive it to 0 (Dai & Wipf 2019): with weight w,
// ln sigma = ln floor + softplus(RATE w - ln floor).
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import { float32, type Tensors } from '../tracing/program.ts';
import type { Likelihood } from './likelihood.ts';

const NAME = 'likelihood.logSigma';
/** Adam moves a weight by about its rate each step: the logarithm of sigma has farther to go than other weights. */
const RATE = 10;
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

export const gaussian = member({
  id: 'gaussian',
  title: 'Gaussian',
  summary: 'continuous values: colour pictures and vectors',
  paper: 'Rybkin, Daniilidis & Levine 2021, arXiv:2006.13202',
  params: {
    variance: {
      kind: 'choice',
      default: 'learned',
      options: ['learned', 'fixed'],
      help: 'learned finds sigma with the other weights',
    },
    sigma: {
      kind: 'float',
      default: 1,
      min: 1e-4,
      max: 1e3,
      scale: 'log',
      help: 'standard deviation where the variance is fixed',
    },
    floor: { kind: 'float', default: 0.01, min: 1e-4, max: 1, scale: 'log', help: 'smallest standard deviation that is learnt' },
  },
  make: ({ variance, sigma, floor }): Likelihood => {
    const logFloor = Math.log(floor);
    const isLearned = variance === 'learned';
    const logSigma = (weights: Tensors): tf.Scalar => {
      const weight = weights[NAME];
      if (!weight) return tf.scalar(Math.log(sigma));
      return tf.add(tf.softplus(tf.sub(tf.mul(weight, RATE), logFloor)), logFloor);
    };
    return {
      weights: isLearned ? { [NAME]: float32() } : {},
      start: ({ sd }) => {
        if (!isLearned) return {};
        const above = Math.max(1e-3, Math.log(Math.max(sd, 1.1 * floor)) - logFloor);
        return { [NAME]: Float32Array.of((Math.log(Math.expm1(above)) + logFloor) / RATE) };
      },
      binarises: false,
      nats: (weights, x, mean) => {
        const size = x.shape[1];
        const log = logSigma(weights);
        const squares = tf.sum(tf.square(tf.sub(x, mean)), 1); // [batch]
        const scaled = tf.mul(squares, tf.mul(0.5, tf.exp(tf.mul(log, -2))));
        return tf.add(scaled, tf.mul(tf.add(log, HALF_LOG_TWO_PI), size));
      },
      mean: (output) => output,
      report: (weights) => (isLearned ? { sigma: tf.exp(logSigma(weights)) } : {}),
    };
  },
});

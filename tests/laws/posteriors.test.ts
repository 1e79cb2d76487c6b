import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diagonalPosterior } from '../../src/models/posteriors/diagonal.ts';
import { iafPosterior } from '../../src/models/posteriors/iaf.ts';
import { planarPosterior } from '../../src/models/posteriors/planar.ts';
import type { BuiltPosterior, PosteriorDraw } from '../../src/models/posteriors/posterior.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import { gaussianLogDensity, standardNormalLogDensity } from '../../src/regularisers/gaussian-log-density.ts';
import type { Device } from '../../src/tracing/device.ts';
import type { Tensors } from '../../src/tracing/program.ts';
import { startWeights } from '../../src/tracing/weights.ts';
import { Rng } from '../../src/base/rng.ts';
import { runEagerly } from '../tracing/run-eagerly.ts';
import { disturbedWeights, normals, placed, quotientLogDet, runCompiled } from './change-of-variables.ts';
import { scalar, slopeError } from './finite-differences.ts';
import { firstDifference } from './kernels/law.ts';

let device: Device;
beforeAll(async () => {
  await tf.setBackend('cpu');
  device = await openOnnxDevice({ threads: 1 });
});
afterAll(() => device.dispose());

// One row a posterior, and the numbers that the encoder puts out for it.
const members = [
  { posterior: diagonalPosterior, values: {}, heads: (n: number): number => 2 * n },
  { posterior: planarPosterior, values: { flows: 3 }, heads: (n: number): number => 2 * n + 3 * (2 * n + 1) },
  { posterior: iafPosterior, values: { flows: 2, width: 20, context: 5 }, heads: (n: number): number => 2 * n + 5 },
  { posterior: iafPosterior, values: { flows: 3, width: 3, context: 1 }, heads: (n: number): number => 2 * n + 1 },
];
const cases = members.flatMap((one) => [1, 2, 5].map((latentSize) => ({ ...one, latentSize })));

describe.each(cases)(
  'the posterior $posterior.id $values of $latentSize dimensions',
  ({ posterior, values, heads, latentSize }) => {
    const made = posterior.make(values);
    const built: BuiltPosterior = made.build('posterior', { latentSize, sampleSize: 4 });
    const weights = disturbedWeights(built.weights, 61, 0.8);
    const names = Object.keys(built.weights);
    const extra = built.heads - 2 * latentSize;

    /** Draws from the heads `head` of one row at every row of `eps`. */
    const drawAt = (tensors: Tensors, head: Float32Array, eps: tf.Tensor2D): PosteriorDraw => {
      const rows = tf.tile(tf.tensor2d(head, [1, built.heads]), [eps.shape[0], 1]);
      return drawFrom(tensors, rows, eps);
    };
    const drawFrom = (tensors: Tensors, rows: tf.Tensor2D, eps: tf.Tensor2D): PosteriorDraw => {
      const [mean, logVariance] = [0, 1].map((k) => tf.slice(rows, [0, k * latentSize], [-1, latentSize])) as [
        tf.Tensor2D,
        tf.Tensor2D,
      ];
      const rest: tf.Tensor2D | undefined = extra > 0 ? tf.slice(rows, [0, 2 * latentSize], [-1, extra]) : undefined;
      return built.draw(tensors, { mean, logVariance }, rest, eps);
    };

    it('asks for the heads that it needs, and is the Gaussian itself where it says so', () => {
      expect(built.heads).toBe(heads(latentSize));
      expect(made.isDiagonal).toBe(posterior.id === 'diagonal');
    });

    it('knows the density of its draws: that of eps over the determinant of difference quotients', () => {
      const tensors = placed(built.weights, weights);
      for (let seed = 0; seed < 12; seed++) {
        const [head, eps] = [normals(seed, built.heads), normals(seed + 100, latentSize)];
        const drawn = drawAt(tensors, head, tf.tensor2d(eps, [1, latentSize]));
        expect(drawn.logDensity.shape).toEqual([1]);
        const logDet = quotientLogDet((rows) => drawAt(tensors, head, rows).z, eps);
        const expected = scalar(standardNormalLogDensity(tf.tensor2d(eps, [1, latentSize]))) - logDet;
        expect(Math.abs(scalar(drawn.logDensity) - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(1e-3);
      }
    });

    it('weighs another density by draws without bias: E_q [p / q] = 1', () => {
      const count = 8000;
      const tensors = placed(built.weights, weights);
      const head = normals(70, built.heads).map((value) => 0.5 * value);
      const { z, logDensity } = drawAt(tensors, head, tf.tensor2d(normals(71, count, latentSize), [count, latentSize]));
      // A Gaussian well inside: at the mean of the draws, with half their deviation.
      const { mean, variance } = tf.moments(z, 0);
      const everywhere = (row: tf.Tensor): tf.Tensor2D => tf.broadcastTo(row, z.shape);
      const inner = gaussianLogDensity(z, everywhere(mean), everywhere(tf.log(tf.mul(variance, 0.25))));
      const ratios = tf.moments(tf.exp(tf.sub(inner, logDensity)));
      const noise = Math.sqrt(scalar(ratios.variance) / count);
      expect(noise).toBeLessThan(0.05);
      expect(Math.abs(scalar(ratios.mean) - 1)).toBeLessThan(4 * noise);
    });

    it('has the gradient of finite differences in every weight and in every head', () => {
      const tensors = placed(built.weights, weights);
      const eps = tf.tensor2d(normals(72, 3, latentSize), [3, latentSize]);
      const probe = tf.tensor2d(normals(73, 3, latentSize), [3, latentSize]);
      const f = (rows: tf.Tensor, ...point: tf.Tensor[]): tf.Scalar => {
        const using = Object.fromEntries(names.map((name, i) => [name, point[i] as tf.Tensor]));
        const { z, logDensity } = drawFrom(using, rows as tf.Tensor2D, eps);
        return tf.add(tf.sum(tf.mul(z, probe)), tf.sum(logDensity));
      };
      const point = [
        tf.tensor2d(normals(74, 3, built.heads), [3, built.heads]),
        ...names.map((name) => tensors[name] as tf.Tensor),
      ];
      expect(slopeError(f, point, 4, 0.06)).toBeLessThan(5e-3);
    });

    it('compiled gives the draws, densities and gradients of tfjs', async () => {
      const rows = 5;
      const given = {
        rows: { shape: [rows, built.heads], values: normals(75, rows, built.heads) },
        eps: { shape: [rows, latentSize], values: normals(76, rows, latentSize) },
        ...Object.fromEntries(names.map((name) => [name, { shape: built.weights[name]!.shape, values: weights[name]! }])),
      };
      const body = (inputs: Tensors): Record<string, tf.Tensor> => {
        const eps = inputs['eps'] as tf.Tensor2D;
        const varied = ['rows', ...names];
        const f = (...point: tf.Tensor[]): tf.Scalar => {
          const using = Object.fromEntries(varied.map((name, i) => [name, point[i] as tf.Tensor]));
          const { z, logDensity } = drawFrom(using, using['rows'] as tf.Tensor2D, eps);
          return tf.add(tf.sum(tf.square(z)), tf.sum(logDensity));
        };
        const { value, grads } = tf.valueAndGrads(f)(varied.map((name) => inputs[name] as tf.Tensor));
        const { z, logDensity } = drawFrom(inputs, inputs['rows'] as tf.Tensor2D, eps);
        return { value, z, logDensity, ...Object.fromEntries(varied.map((name, i) => [`d.${name}`, grads[i] as tf.Tensor])) };
      };
      const { program, inputs, outputs } = await runCompiled(device, 'posterior', given, body);
      for (const [name, expected] of Object.entries(runEagerly(program, {}, inputs).outputs)) {
        expect(firstDifference(outputs[name]!, expected, 1e-3), name).toBeUndefined();
      }
    });

    it('starts near the Gaussian that it begins with, and leaks no tensors', () => {
      const tensors = placed(built.weights, startWeights(built.weights, Rng.fromSeed(1)));
      // Heads as an encoder's even start gives them: small.
      const head = normals(77, built.heads).map((value) => 0.1 * value);
      const eps = tf.tensor2d(normals(78, 50, latentSize), [50, latentSize]);
      const before = tf.memory().numTensors;
      const apart = tf.tidy(() => {
        const plain = tf.add(
          tf.tensor1d(head.slice(0, latentSize)),
          tf.mul(tf.exp(tf.mul(0.5, tf.tensor1d(head.slice(latentSize, 2 * latentSize)))), eps),
        );
        return scalar(tf.mean(tf.abs(tf.sub(drawAt(tensors, head, eps).z, plain))));
      });
      expect(apart).toBeLessThan(0.1);
      expect(tf.memory().numTensors).toBe(before);
    });
  },
);

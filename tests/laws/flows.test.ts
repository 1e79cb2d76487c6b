import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { actnorm } from '../../src/nets/actnorm.ts';
import { coupling } from '../../src/nets/coupling.ts';
import { chain, type Flow } from '../../src/nets/flow.ts';
import { glowStep } from '../../src/nets/glow-step.ts';
import { inverseAutoregressive } from '../../src/nets/inverse-autoregressive.ts';
import { invertibleLinear } from '../../src/nets/invertible-linear.ts';
import { maskedAutoencoder } from '../../src/nets/masked-autoencoder.ts';
import { planarFlow } from '../../src/nets/planar-flow.ts';
import { unitTriangularInverse } from '../../src/nets/triangular-inverse.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import type { Device } from '../../src/tracing/device.ts';
import type { Tensors } from '../../src/tracing/program.ts';
import { startWeights } from '../../src/tracing/weights.ts';
import { disturbedWeights, normals, placed, quotientLogDet, runCompiled, worstDifference } from './change-of-variables.ts';
import { scalar, slopeError } from './finite-differences.ts';
import { firstDifference } from './kernels/law.ts';
import { runEagerly } from '../tracing/run-eagerly.ts';

let device: Device;
beforeAll(async () => {
  await tf.setBackend('cpu');
  device = await openOnnxDevice({ threads: 1 });
});
afterAll(() => device.dispose());

const realNvp = (size: number): Flow =>
  chain([0, 1, 2, 3].map((k) => coupling(`f.${k}`, size, 24, k % 2 === 0 ? 'second' : 'first')));

// One row a flow, over the sizes where its parts are empty, even and odd.
const flows = [
  ...[1, 5].map((size) => ({ name: 'actnorm', size, flow: actnorm('f', size) })),
  ...[1, 2, 7, 20, 64].map((size) => ({ name: 'invertible matrix', size, flow: invertibleLinear('f', size) })),
  ...[1, 2, 5].map((size) => ({ name: 'coupling', size, flow: coupling('f', size, 24, 'second') })),
  { name: 'coupling of the first half', size: 5, flow: coupling('f', 5, 24, 'first') },
  ...[1, 2, 7].map((size) => ({ name: 'step of Glow', size, flow: glowStep('f', size, 24) })),
  ...[1, 6].map((size) => ({ name: 'RealNVP', size, flow: realNvp(size) })),
  { name: 'Glow', size: 6, flow: chain([0, 1, 2].map((k) => glowStep(`f.${k}`, 6, 24))) },
];
const ROWS = 40;

describe.each(flows)('$name of $size dimensions', ({ size, flow }) => {
  const values = disturbedWeights(flow.weights, 3);
  const x = normals(4, ROWS, size);
  const given = {
    x: { shape: [ROWS, size], values: x },
    ...Object.fromEntries(
      Object.entries(flow.weights).map(([name, { shape }]) => [name, { shape, values: values[name] as Float32Array }]),
    ),
  };
  /** There and back. */
  const body = (inputs: Tensors): Record<string, tf.Tensor> => {
    const there = flow.forward(inputs, inputs['x'] as tf.Tensor2D);
    const back = flow.inverse(inputs, there.y);
    return { y: there.y, logDet: there.logDet, back: back.x, backLogDet: back.logDet };
  };

  it('has the determinant of its difference quotients', () => {
    const tensors = placed(flow.weights, values);
    const { logDet } = flow.forward(tensors, tf.tensor2d(x, [ROWS, size]));
    expect(logDet.shape).toEqual([ROWS]);
    const found = logDet.dataSync();
    expect(Math.max(...found.map(Math.abs))).toBeGreaterThan(0.01); // or the comparison says nothing
    const rows = size > 20 ? 2 : ROWS;
    for (let row = 0; row < rows; row++) {
      const expected = quotientLogDet((rowsOf) => flow.forward(tensors, rowsOf).y, x.slice(row * size, (row + 1) * size));
      expect(Math.abs((found[row] as number) - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(1e-3);
    }
  });

  it('comes back to where it was, eagerly and compiled', async () => {
    const { program, inputs, outputs } = await runCompiled(device, 'flow', given, body);
    const eager = runEagerly(program, {}, inputs).outputs;
    for (const found of [eager, outputs]) {
      expect(worstDifference(x, found['back']!)).toBeLessThan(1e-5);
      expect(worstDifference(found['logDet']!, found['backLogDet']!.map((value) => -value) as Float32Array)).toBeLessThan(1e-5);
    }
    for (const [name, expected] of Object.entries(eager)) expect(firstDifference(outputs[name]!, expected), name).toBeUndefined();
  });

  it('starts as a map that leaves the standard normal alone', () => {
    const tensors = placed(flow.weights, startWeights(flow.weights, Rng.fromSeed(1)));
    const { y, logDet } = flow.forward(tensors, tf.tensor2d(x, [ROWS, size]));
    const norms = (rows: tf.Tensor2D): Float32Array => tf.sum(tf.square(rows), 1).dataSync<'float32'>();
    expect(worstDifference(norms(tf.tensor2d(x, [ROWS, size])), norms(y))).toBeLessThan(1e-6);
    expect(scalar(tf.max(tf.abs(logDet)))).toBe(0);
  });

  it('has the gradient of finite differences either way, in every weight and in its input', () => {
    if (size > 7) return; // the same arithmetic, slower
    const names = Object.keys(flow.weights);
    const tensors = placed(flow.weights, values);
    const probe = tf.tensor2d(normals(6, 3, size), [3, size]);
    for (const way of ['forward', 'inverse'] as const) {
      const f = (at: tf.Tensor, ...point: tf.Tensor[]): tf.Scalar => {
        const using = Object.fromEntries(names.map((name, i) => [name, point[i] as tf.Tensor]));
        const mapped = way === 'forward' ? flow.forward(using, at as tf.Tensor2D) : flow.inverse(using, at as tf.Tensor2D);
        const to = 'y' in mapped ? mapped.y : mapped.x;
        return tf.add(tf.sum(tf.mul(to, probe)), tf.sum(mapped.logDet));
      };
      const point = [tf.tensor2d(normals(7, 3, size), [3, size]), ...names.map((name) => tensors[name] as tf.Tensor)];
      expect(slopeError(f, point, 3, 0.04)).toBeLessThan(5e-3);
    }
  });
});

describe('the inverse of a triangular matrix', () => {
  const sizes = [1, 2, 3, 7, 16, 33];
  it.each(sizes)('of side %d is that of substitution in float64, for either half', (size) => {
    const entries = normals(8, size, size).map((value) => 0.3 * value);
    for (const half of ['lower', 'upper'] as const) {
      const found = unitTriangularInverse(tf.tensor2d(entries, [size, size]), half).dataSync();
      const turned = (i: number, j: number): number => (half === 'lower' ? i * size + j : j * size + i);
      const expected = new Float64Array(size * size);
      for (let j = 0; j < size; j++) {
        for (let i = j; i < size; i++) {
          let sum = i === j ? 1 : 0;
          for (let k = j; k < i; k++) sum -= (entries[turned(i, k)] as number) * (expected[turned(k, j)] as number);
          expected[turned(i, j)] = sum;
        }
      }
      expect(worstDifference(expected, found)).toBeLessThan(1e-5);
    }
  });

  it('is exact where the powers of the matrix are far larger than its inverse', () => {
    // Every entry below the diagonal 0.5: the powers reach 4e9 at this side; the inverse has entries -½ 2^-(i - j - 1).
    const size = 64;
    const found = unitTriangularInverse(tf.fill([size, size], 0.5), 'lower').dataSync();
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const expected = i === j ? 1 : i < j ? 0 : -0.5 * 0.5 ** (i - j - 1);
        expect(Math.abs((found[i * size + j] as number) - expected)).toBeLessThan(1e-6);
      }
    }
  });
});

describe('the planar flow', () => {
  const rowsOf = (values: Float32Array, rows: number, size: number): tf.Tensor2D =>
    tf.tile(tf.tensor2d(values, [1, size]), [rows, 1]);

  it.each([1, 2, 6])('has the determinant of its difference quotients in %d dimensions', (size) => {
    for (let seed = 0; seed < 20; seed++) {
      const [u, w, b, z] = [normals(seed, size), normals(seed + 100, size), normals(seed + 200, 1), normals(seed + 300, size)];
      const map = (rows: tf.Tensor2D): ReturnType<typeof planarFlow> => {
        const count = rows.shape[0];
        return planarFlow(rows, { u: rowsOf(u, count, size), w: rowsOf(w, count, size), b: rowsOf(b, count, 1) });
      };
      const found = scalar(map(tf.tensor2d(z, [1, size])).logDet);
      const expected = quotientLogDet((rows) => map(rows).y, z);
      expect(Math.abs(found - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(1e-3);
    }
  });

  it('is invertible where u points against w: it rises along w everywhere', () => {
    const z = tf.tensor2d(
      Float32Array.from({ length: 401 }, (_, i) => (i - 200) / 50),
      [401, 1],
    );
    const constant = (value: number): tf.Tensor2D => tf.fill([401, 1], value);
    const { y, logDet } = planarFlow(z, { u: constant(-3), w: constant(2), b: constant(0.3) });
    const found = y.dataSync();
    for (let i = 1; i < 401; i++) expect((found[i] as number) - (found[i - 1] as number)).toBeGreaterThan(0);
    expect(scalar(tf.all(tf.isFinite(logDet)))).toBe(1);
  });

  it('moves no farther than u as w goes to 0, with finite gradients', () => {
    const z = tf.tensor2d(normals(1, 5, 3), [5, 3]);
    const u = tf.tensor2d(normals(2, 5, 3), [5, 3]);
    const b: tf.Tensor2D = tf.fill([5, 1], 20); // tanh is 1
    for (const size of [1e-2, 1e-4, 0]) {
      const w = tf.tensor2d(
        normals(3, 5, 3).map((value) => size * value),
        [5, 3],
      );
      const f = (by: tf.Tensor): tf.Scalar => {
        const { y, logDet } = planarFlow(z, { u, w: by as tf.Tensor2D, b });
        return tf.add(tf.sum(y), tf.sum(logDet));
      };
      const lengths = (rows: tf.Tensor2D): tf.Tensor1D => tf.sqrt(tf.sum(tf.square(rows), 1));
      const ratio = tf.div(lengths(tf.sub(planarFlow(z, { u, w, b }).y, z)), lengths(u));
      expect(scalar(tf.max(ratio))).toBeLessThan(1.01);
      expect(scalar(tf.all(tf.isFinite(tf.grad(f)(w))))).toBe(1);
    }
  });
});

describe('the masked autoencoder', () => {
  const sizes = { size: 6, context: 3, width: 18, kinds: 2 };
  const net = maskedAutoencoder('m', sizes);
  const tensors = placed(net.weights, disturbedWeights(net.weights, 5, 1));
  const run = (z: Float32Array, context: Float32Array): Float32Array[] =>
    net.apply(tensors, tf.tensor2d(z, [1, 6]), tf.tensor2d(context, [1, 3])).map((one) => one.dataSync<'float32'>());

  it('has outputs that hear all inputs before them, and no other', () => {
    const [z, context] = [normals(1, 6), normals(2, 3)];
    const before = run(z, context);
    for (let moved = 0; moved < 6; moved++) {
      const after = run(
        z.map((value, j) => (j === moved ? value + 0.7 : value)),
        context,
      );
      before.forEach((values, kind) =>
        values.forEach((value, j) => {
          if (j <= moved) expect(after[kind]?.[j]).toBe(value);
          else expect(Math.abs((after[kind]?.[j] as number) - value)).toBeGreaterThan(1e-6);
        }),
      );
    }
  });

  it('has outputs that all hear the context', () => {
    const [before, after] = [run(normals(1, 6), normals(2, 3)), run(normals(1, 6), normals(3, 3))];
    before.forEach((values, kind) => values.forEach((value, j) => expect(after[kind]?.[j]).not.toBe(value)));
  });
});

describe.each([1, 2, 5])('the step of inverse autoregressive flow in %d dimensions', (size) => {
  const step = inverseAutoregressive('i', { size, context: 3, width: 24 });
  const values = disturbedWeights(step.weights, 6, 1);
  const context = normals(7, 3);

  it('has the determinant of its difference quotients', () => {
    const tensors = placed(step.weights, values);
    const map = (rows: tf.Tensor2D): ReturnType<typeof planarFlow> =>
      step.apply(tensors, rows, tf.tile(tf.tensor2d(context, [1, 3]), [rows.shape[0], 1]));
    for (let seed = 0; seed < 20; seed++) {
      const z = normals(seed, size);
      const expected = quotientLogDet((rows) => map(rows).y, z);
      const found = scalar(map(tf.tensor2d(z, [1, size])).logDet);
      expect(Math.abs(found - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(1e-3);
    }
  });

  it('starts as the identity, and moves draws by its full output from there', () => {
    const started = startWeights(step.weights, Rng.fromSeed(1));
    const z = normals(1, 4, size);
    const apply = (tensors: Tensors): ReturnType<typeof planarFlow> =>
      step.apply(tensors, tf.tensor2d(z, [4, size]), tf.zeros([4, 3]));
    const { y, logDet } = apply(placed(step.weights, started));
    expect(worstDifference(z, y.dataSync())).toBeLessThan(1e-6);
    expect(worstDifference(new Float32Array(4), logDet.dataSync())).toBeLessThan(1e-5);
    // Biases of the last layer are m and s of every row, as its kernel is 0: m is added whole, s = -2 halves over sigmoid(2).
    const biased = { ...started, 'i.out.bias': Float32Array.from({ length: 2 * size }, (_, j) => (j < size ? 0.3 : -2)) };
    const sigma = (1 + Math.exp(-2)) / 2;
    const moved = apply(placed(step.weights, biased));
    expect(
      worstDifference(
        z.map((value) => 0.3 + sigma * value),
        moved.y.dataSync(),
      ),
    ).toBeLessThan(1e-6);
    expect(scalar(tf.mean(moved.logDet))).toBeCloseTo(size * Math.log(sigma), 5);
  });
});

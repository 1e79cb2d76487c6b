// The cures that a GAN can be given, each against a case of known value.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { gradientPenalty } from '../../src/regularisers/gradient-penalty.ts';
import { instanceNoise } from '../../src/regularisers/instance-noise.ts';
import { minibatchDiscrimination } from '../../src/regularisers/minibatch-discrimination.ts';
import { minibatchStddev } from '../../src/regularisers/minibatch-stddev.ts';
import { packing } from '../../src/regularisers/packing.ts';
import { r1 } from '../../src/regularisers/r1.ts';
import { r2 } from '../../src/regularisers/r2.ts';
import { spectralNorm } from '../../src/regularisers/spectral-norm.ts';
import { unrolling } from '../../src/regularisers/unrolling.ts';
import { repairGradients } from '../../src/tracing/gradients/repair-gradients.ts';
import { startWeights, type Weights } from '../../src/tracing/weights.ts';
import { scalar, slopeError } from './finite-differences.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
  repairGradients();
});

const rng = Rng.fromSeed(4);
const normal = (...shape: [number, number]): tf.Tensor2D =>
  tf.tensor2d(rng.fillNormal(new Float32Array(shape[0] * shape[1])), shape);
const values = (tensor: tf.Tensor): number[] => [...tensor.dataSync<'float32'>()];

describe('penalties on the slope', () => {
  // D(x) = ½ x A x has slope A x for a symmetric A: here diag(2, -1).
  const slopeOf = (x: readonly (readonly number[])[]): tf.Tensor2D =>
    tf.tensor2d(x.map(([a, b]) => [2 * (a as number), -(b as number)]));
  const at = [
    [1, 2],
    [0, 3],
  ];

  it('R1 and R2 are half the mean squared slope, at real and at generated rows', () => {
    const [one, two] = [r1.make({ gamma: 1 }), r2.make({ gamma: 1 })];
    expect(scalar(one.of(slopeOf(at)))).toBeCloseTo(0.5 * ((4 + 4 + 9) / 2), 5);
    expect(scalar(two.of(slopeOf(at)))).toBeCloseTo(0.5 * ((4 + 4 + 9) / 2), 5);
    expect([one.at, two.at]).toEqual(['real', 'fake']);
  });

  it('their strength falls to a tenth along half a cosine', () => {
    const penalty = r1.make({ gamma: 0.05, decaySteps: 1000 });
    const factors = [0, 500, 1000, 5000].map((step) => penalty.factor(step));
    [1, 0.55, 0.1, 0.1].forEach((expected, i) => expect(factors[i]).toBeCloseTo(expected, 6));
    expect(r1.make({ gamma: 0.05 }).factor(1e6)).toBe(1);
    expect(penalty.strength.default).toBe(0.05);
  });

  it('that of WGAN-GP is the mean squared distance of the slope from 1, and finite where there is none', () => {
    const penalty = gradientPenalty.make({ weight: 10 });
    const expected = ((Math.sqrt(8) - 1) ** 2 + (3 - 1) ** 2) / 2;
    expect(scalar(penalty.of(slopeOf(at)))).toBeCloseTo(expected, 5);
    const flat = tf.grad((slope: tf.Tensor): tf.Scalar => penalty.of(slope as tf.Tensor2D))(tf.zeros([2, 2]));
    expect(values(flat).every(Number.isFinite)).toBe(true);
    expect(penalty.at).toBe('between');
  });

  it('are left out unless they have a strength, or are to be turned up later', () => {
    for (const member of [r1, r2, gradientPenalty]) {
      expect(member.make().isOn).toBe(false);
      expect(member.make({ on: true }).isOn).toBe(true);
    }
    expect(new Set([r1, r2, gradientPenalty].map((member) => member.make().knob)).size).toBe(3);
  });
});

describe('packing', () => {
  it('lays vectors side by side and stacks pictures as channels', () => {
    const pairs = packing.make({ samples: 2 });
    const vectors = tf.tensor2d([[1, 2], [3, 4], [5, 6], [7, 8]]); // prettier-ignore
    expect(pairs.pack(vectors, { kind: 'vector', size: 2 }).arraySync()).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
    const picture = { kind: 'picture', height: 1, width: 2, channels: 3 } as const;
    const pictures = tf.tensor2d([[1, 2, 3, 4, 5, 6], [11, 12, 13, 14, 15, 16]]); // prettier-ignore
    expect(pairs.pack(pictures, picture).arraySync()).toEqual([[1, 2, 3, 11, 12, 13, 4, 5, 6, 14, 15, 16]]);
    expect(pairs.shape(picture)).toEqual({ kind: 'picture', height: 1, width: 2, channels: 6 });
    expect(pairs.packs(8)).toBe(4);
  });

  it('refuses a batch that does not divide, and leaves rows alone when it is off', () => {
    expect(() => packing.make({ samples: 3 }).packs(8)).toThrow('packing.samples 3 needs a batch that it divides, got 8');
    const x = normal(3, 2);
    expect(packing.make().pack(x, { kind: 'vector', size: 2 })).toBe(x);
  });
});

describe('minibatch discrimination', () => {
  const statistic = minibatchDiscrimination.make({ kernels: 2, dimensions: 3 });
  const features = normal(5, 4);
  const likeness = normal(4, 6);
  const apply = (x: tf.Tensor2D, t: tf.Tensor = likeness): tf.Tensor2D => statistic.apply('d', { 'd.likeness': t }, x);

  it('is the mean of exp(-|M_i - M_j|) over the batch', () => {
    const [f, t] = [features.arraySync(), likeness.arraySync()];
    const mapped = f.map((row) => Array.from({ length: 6 }, (_, k) => row.reduce((sum, v, i) => sum + v * (t[i]?.[k] ?? 0), 0)));
    const expected = mapped.map((one) =>
      [0, 1].map((kernel) =>
        mapped.reduce((sum, other) => {
          const apart = [0, 1, 2].reduce((s, d) => s + Math.abs((one[kernel * 3 + d] ?? 0) - (other[kernel * 3 + d] ?? 0)), 0);
          return sum + Math.exp(-apart) / 5;
        }, 0),
      ),
    );
    const found = apply(features).arraySync();
    found.forEach((row, i) => row.forEach((value, k) => expect(value).toBeCloseTo(expected[i]?.[k] ?? NaN, 5)));
  });

  /** As the paper writes it: every row against every row. */
  const plain = (kernels: number, dimensions: number, x: tf.Tensor2D, t: tf.Tensor2D): tf.Tensor2D => {
    const m = tf.reshape(tf.matMul(x, t), [-1, kernels, dimensions]);
    const apart = tf.sum(tf.abs(tf.sub(tf.expandDims(m, 0), tf.expandDims(m, 1))), 3); // [batch, batch, kernels]
    return tf.mean(tf.exp(tf.neg(apart)), 1);
  };

  // 17 rows of 1,024 kernels are two blocks, one larger than the other.
  it.each([
    { batch: 7, kernels: 1, dimensions: 1 },
    { batch: 6, kernels: 3, dimensions: 5 },
    { batch: 17, kernels: 1024, dimensions: 2 },
  ])('is as the plain form, in slopes and slopes of slopes too: %o', ({ batch, kernels, dimensions }) => {
    const made = minibatchDiscrimination.make({ kernels, dimensions });
    const blocked = (x: tf.Tensor2D, t: tf.Tensor): tf.Tensor2D => made.apply('d', { 'd.likeness': t }, x);
    const [x, t, probe] = [normal(batch, 3), tf.mul(normal(3, kernels * dimensions), 0.5), normal(batch, kernels)];
    const forms = [blocked, (rows: tf.Tensor2D, w: tf.Tensor) => plain(kernels, dimensions, rows, w as tf.Tensor2D)];
    const [found, expected] = forms.map((form) => {
      const score = (rows: tf.Tensor, w: tf.Tensor): tf.Scalar => tf.sum(tf.mul(form(rows as tf.Tensor2D, w), probe));
      const steepness = (rows: tf.Tensor, w: tf.Tensor): tf.Scalar =>
        tf.mean(tf.square(tf.grad((at: tf.Tensor) => score(at, w))(rows)));
      return [form(x, t), ...tf.grads(score)([x, t]), steepness(x, t), ...tf.grads(steepness)([x, t])].map(values);
    });
    expected?.forEach((those, i) => {
      const largest = those.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      those.forEach((value, j) => expect(Math.abs((found?.[i]?.[j] ?? NaN) - value)).toBeLessThan(1e-4 * largest + 1e-6));
    });
  });

  it('is 1 for a batch of one and the same row, and has the slope of finite differences', () => {
    expect(values(apply(tf.tile(normal(1, 4), [5, 1])))).toEqual(new Array(10).fill(1));
    const probe = normal(5, 2);
    const f = (x: tf.Tensor, t: tf.Tensor): tf.Scalar => tf.sum(tf.mul(apply(x as tf.Tensor2D, t), probe));
    expect(slopeError(f, [features, likeness], 3, 1e-3)).toBeLessThan(1e-2);
    const { 'd.likeness': start } = startWeights(statistic.weights('d', 4), Rng.fromSeed(1));
    expect(start).toHaveLength(24);
  });
});

describe('minibatch standard deviation', () => {
  it('is the deviation within groups, meant over the features, the same for every row of a group', () => {
    const statistic = minibatchStddev.make({ group: 2 });
    // Rows 0 and 2 are one group, 1 and 3 the other.
    const found = values(statistic.apply('d', {}, tf.tensor2d([[1, 10], [5, 5], [3, 20], [5, 5]]))); // prettier-ignore
    expect(found[0]).toBeCloseTo((1 + 5) / 2, 5);
    expect(found[2]).toBe(found[0]);
    expect(found[1]).toBeCloseTo(1e-4, 6); // the root of what keeps it differentiable
    expect(found[3]).toBe(found[1]);
  });

  it('has a finite slope for rows that are alike, and that of finite differences elsewhere', () => {
    const statistic = minibatchStddev.make({ group: 4 });
    const f = (x: tf.Tensor): tf.Scalar => tf.sum(statistic.apply('d', {}, x as tf.Tensor2D));
    expect(slopeError(f, [normal(8, 3)])).toBeLessThan(5e-3);
    expect(values(tf.grad(f)(tf.ones([8, 3]))).every(Number.isFinite)).toBe(true);
  });

  it('refuses a batch that its groups do not divide', () => {
    const statistic = minibatchStddev.make({ group: 4 });
    expect(() => statistic.apply('d', {}, normal(6, 2))).toThrow('minibatchStddev.group 4 needs a batch that it divides, got 6');
  });
});

describe('spectral normalisation', () => {
  const norm = spectralNorm.make({ on: true });
  const weights: Weights = {
    'd.0.kernel': { shape: [3, 3, 2, 4], start: { kind: 'normal', sd: 0.5 } },
    'd.out.kernel': { shape: [5, 2], start: { kind: 'normal', sd: 3 } },
    'd.out.bias': { shape: [2], start: { kind: 'constant', value: 7 } },
  };
  const started = startWeights(weights, Rng.fromSeed(2));
  const place = (all: Record<string, Float32Array>): Record<string, tf.Tensor> => {
    const shapes = { ...weights, ...norm.state(weights) };
    return Object.fromEntries(
      Object.entries(all).map(([name, held]) => [name, tf.tensor(held, [...(shapes[name]?.shape ?? [])])]),
    );
  };
  /** The largest singular value, by many turns in double precision. */
  const largest = (kernel: tf.Tensor): number => {
    const matrix = tf.reshape(kernel, [-1, kernel.shape.at(-1) as number]).arraySync() as number[][];
    let u = (matrix[0] as number[]).map((_, i) => 1 + i);
    for (let turn = 0; turn < 2000; turn++) {
      const v = matrix.map((row) => row.reduce((sum, w, j) => sum + w * (u[j] as number), 0));
      u = u.map((_, j) => matrix.reduce((sum, row, i) => sum + (row[j] as number) * (v[i] as number), 0));
      const size = Math.hypot(...u);
      u = u.map((value) => value / size);
    }
    return Math.hypot(...matrix.map((row) => row.reduce((sum, w, j) => sum + w * (u[j] as number), 0)));
  };

  it('comes to divide every kernel by its largest singular value, and leaves biases alone', () => {
    let tensors: Record<string, tf.Tensor> = place({ ...started, ...(norm.start(weights, Rng.fromSeed(3)) as typeof started) });
    expect(Object.keys(norm.state(weights))).toEqual(['spectral.d.0.kernel', 'spectral.d.out.kernel']);
    for (let step = 0; step < 60; step++) tensors = { ...tensors, ...norm.kept(norm.directions(weights, tensors, 1)) };
    const normalised = norm.normalised(norm.directions(weights, tensors, 0), tensors);
    expect(Object.keys(normalised)).toEqual(['d.0.kernel', 'd.out.kernel']);
    for (const [name, kernel] of Object.entries(normalised)) {
      expect(largest(kernel)).toBeCloseTo(1, 4);
      const ratio = tf.div(tensors[name] as tf.Tensor, kernel);
      expect(scalar(tf.sub(tf.max(ratio), tf.min(ratio))) / largest(tensors[name] as tf.Tensor)).toBeLessThan(1e-4);
    }
  });

  it('leaves a kernel that starts at 0 alone until it would stretch', () => {
    const resting: Weights = { 'd.last.kernel': { shape: [3, 3], start: { kind: 'normal', sd: 0 } } };
    const start = norm.start(resting, Rng.fromSeed(3))['spectral.d.last.kernel'] as Float32Array;
    const after = (kernel: tf.Tensor): tf.Tensor => {
      let tensors: Record<string, tf.Tensor> = { 'd.last.kernel': kernel, 'spectral.d.last.kernel': tf.tensor2d(start, [3, 1]) };
      for (let step = 0; step < 60; step++) tensors = { ...tensors, ...norm.kept(norm.directions(resting, tensors, 1)) };
      if (scalar(tf.max(tf.abs(kernel))) === 0)
        expect(values(tensors['spectral.d.last.kernel'] as tf.Tensor)).toEqual([...start]);
      return norm.normalised(norm.directions(resting, tensors, 0), tensors)['d.last.kernel'] as tf.Tensor;
    };
    expect(values(after(tf.zeros([3, 3])))).toEqual(new Array(9).fill(0));
    const small = tf.mul(0.1, normal(3, 3));
    expect(values(after(small))).toEqual(values(small));
    expect(largest(after(tf.mul(9, normal(3, 3))))).toBeCloseTo(1, 4);
  });

  it('is differentiated through the norm, with the directions held fixed', () => {
    const tensors = place({ ...started, ...(norm.start(weights, Rng.fromSeed(3)) as typeof started) });
    const directions = norm.directions(weights, tensors, 1);
    const probe = normal(5, 2);
    const f = (kernel: tf.Tensor): tf.Scalar =>
      tf.sum(tf.mul(norm.normalised(directions, { ...tensors, 'd.out.kernel': kernel })['d.out.kernel'] as tf.Tensor, probe));
    expect(slopeError(f, [tensors['d.out.kernel'] as tf.Tensor])).toBeLessThan(5e-3);
    // W / s(W) does not change when W grows: the slope along W is 0.
    const slope = tf.grad(f)(tensors['d.out.kernel'] as tf.Tensor);
    expect(Math.abs(scalar(tf.sum(tf.mul(slope, tensors['d.out.kernel'] as tf.Tensor))))).toBeLessThan(1e-4);
  });
});

describe('unrolling', () => {
  // L_D(w) = ½ (w - g)², so one step is w + rate (g - w) and n steps g + (1 - rate)ⁿ (w - g).
  it('takes plain gradient steps and is differentiated through them', () => {
    const unrolled = unrolling.make({ steps: 3, rate: 0.2 });
    const [w, g] = [2, -1];
    const loss =
      (goal: tf.Tensor) =>
      (...[value]: tf.Tensor[]): tf.Scalar =>
        tf.mul(0.5, tf.square(tf.sub(value as tf.Tensor, goal)));
    const ahead = (goal: tf.Tensor): tf.Scalar => unrolled.unroll(loss(goal), [tf.scalar(w)])[0] as tf.Scalar;
    expect(scalar(ahead(tf.scalar(g)))).toBeCloseTo(g + 0.8 ** 3 * (w - g), 5);
    expect(scalar(tf.grad((goal: tf.Tensor) => ahead(goal))(tf.scalar(g)))).toBeCloseTo(1 - 0.8 ** 3, 5);
    expect(unrolled.isOn).toBe(true);
    expect(unrolling.make().isOn).toBe(false);
  });
});

describe('instance noise', () => {
  it('adds noise of its standard deviation, which falls to nothing in its steps', () => {
    const noise = instanceNoise.make({ sd: 0.4, steps: 100 });
    expect([0, 25, 100, 900].map((step) => noise.factor(step))).toEqual([1, 0.75, 0, 0]);
    expect(instanceNoise.make({ sd: 0.4 }).factor(1e9)).toBe(1);
    expect(values(noise.apply(tf.tensor1d([1, 2]), tf.tensor1d([10, -10]), tf.scalar(0.4)))).toEqual([5, -2]);
    expect(noise.strength.default).toBe(0.4);
    expect(instanceNoise.make().isOn).toBe(false);
  });
});

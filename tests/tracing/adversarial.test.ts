// What adversarial models ask of differentiation, each as dense and as convolutional critic: penalties on gradients, normalised weights,
// statistics over the batch, steps within steps. Compiled programs are held against tfjs, and tfjs against difference quotients.
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { openOnnxDevice } from '../../src/node/devices/onnx.ts';
import type { Device } from '../../src/tracing/device.ts';
import { float32, sizeOf, type Arrays, type Program, type Specs } from '../../src/tracing/program.ts';
import { firstDifference } from '../laws/kernels/law.ts';
import { runEagerly } from './run-eagerly.ts';

type Given = Readonly<Record<string, tf.Tensor>>;
type Critic = (x: tf.Tensor, w: Given) => tf.Tensor2D;

interface Shape {
  readonly rows: readonly number[];
  readonly weights: Specs;
  /** [batch, features] */
  readonly features: (x: tf.Tensor, w: Given) => tf.Tensor2D;
  readonly width: number;
}

const dense: Shape = {
  rows: [4, 5],
  weights: { w: float32(5, 6), b: float32(6) },
  features: (x, { w, b }) => tf.tanh(tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), b!)),
  width: 6,
};
const conv: Shape = {
  rows: [4, 5, 5, 2], // odd sides: "same" pads unevenly
  weights: { w: float32(4, 4, 2, 3), b: float32(3) },
  features: (x, { w, b }) => {
    const made = tf.softplus(tf.add(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same'), b!));
    return tf.reshape(made, [4, 27]);
  },
  width: 27,
};

const scoreOf =
  (shape: Shape): Critic =>
  (x, w) =>
    tf.matMul(shape.features(x, w), w['head'] as tf.Tensor2D);
const withHead = (shape: Shape): Specs => ({ ...shape.weights, head: float32(shape.width, 1) });
const slopeAt = (critic: Critic, x: tf.Tensor, w: Given): tf.Tensor2D =>
  tf.reshape(tf.grad((input: tf.Tensor): tf.Scalar => tf.sum(critic(input, w)))(x), [4, -1]);
const squaredNorms = (x: tf.Tensor2D): tf.Tensor1D => tf.sum(tf.square(x), 1);

interface Case {
  readonly name: string;
  readonly learned: Specs;
  readonly others: Specs;
  readonly loss: (w: Given, given: Given) => tf.Scalar;
}

const patterns: readonly ((name: string, shape: Shape) => Case)[] = [
  // Gulrajani et al. 2017: the slope between a real and a made row is drawn to 1.
  (name, shape) => ({
    name: `the penalty of WGAN-GP, ${name}`,
    learned: withHead(shape),
    others: { real: float32(...shape.rows), made: float32(...shape.rows), mix: float32(4, ...shape.rows.slice(1).map(() => 1)) },
    loss: (w, { real, made, mix }) => {
      const critic = scoreOf(shape);
      const between = tf.add(made!, tf.mul(mix!, tf.sub(real!, made!)));
      const norms = tf.sqrt(tf.add(squaredNorms(slopeAt(critic, between, w)), 1e-12));
      const gap: tf.Scalar = tf.sub(tf.mean(critic(made!, w)), tf.mean(critic(real!, w)));
      return tf.add(gap, tf.mul(10, tf.mean(tf.square(tf.sub(norms, 1)))));
    },
  }),
  // Mescheder et al. 2018: R1 at real rows, R2 at made ones, beside the non-saturating loss.
  (name, shape) => ({
    name: `R1 and R2, ${name}`,
    learned: withHead(shape),
    others: { real: float32(...shape.rows), made: float32(...shape.rows) },
    loss: (w, { real, made }) => {
      const critic = scoreOf(shape);
      const penalty = (x: tf.Tensor): tf.Scalar => tf.mean(squaredNorms(slopeAt(critic, x, w)));
      const told: tf.Scalar = tf.mean(tf.add(tf.softplus(tf.neg(critic(real!, w))), tf.softplus(critic(made!, w))));
      return tf.add(told, tf.mul(0.5, tf.add(penalty(real!), penalty(made!))));
    },
  }),
  // Miyato et al. 2018: weights over their largest singular value, by two turns of power iteration that are differentiated too.
  (name, shape) => ({
    name: `spectral normalisation under R1, ${name}`,
    learned: withHead(shape),
    others: { real: float32(...shape.rows), u: float32(shape.weights['b']!.shape[0]!, 1) },
    loss: (w, { real, u }) => {
      const unit = (x: tf.Tensor): tf.Tensor => tf.div(x, tf.add(tf.norm(x), 1e-12));
      const flat = tf.reshape(w['w']!, [-1, u!.shape[0]]);
      let right: tf.Tensor = u!;
      let left: tf.Tensor = u!;
      for (let turn = 0; turn < 2; turn++) {
        left = unit(tf.matMul(flat, right));
        right = unit(tf.matMul(flat, left, true));
      }
      const sigma = tf.sum(tf.mul(left, tf.matMul(flat, right as tf.Tensor2D)));
      const normed = { ...w, w: tf.div(w['w']!, sigma) };
      return tf.mean(squaredNorms(slopeAt(scoreOf(shape), real!, normed)));
    },
  }),
  // Salimans et al. 2016: how near the other rows are, in learnt projections, as further features.
  (name, shape) => ({
    name: `minibatch discrimination under R1, ${name}`,
    learned: { ...shape.weights, t: float32(shape.width, 12), head: float32(shape.width + 3, 1) },
    others: { real: float32(...shape.rows) },
    loss: (w, { real }) => {
      const critic: Critic = (x, v) => {
        const found = shape.features(x, v);
        const m = tf.reshape(tf.matMul(found, v['t'] as tf.Tensor2D), [4, 3, 4]);
        const apart = tf.sum(tf.abs(tf.sub(tf.expandDims(m, 0), tf.expandDims(m, 1))), 3); // [batch, batch, 3]
        const near: tf.Tensor2D = tf.sum(tf.exp(tf.neg(apart)), 1);
        return tf.matMul(tf.concat([found, near], 1), v['head'] as tf.Tensor2D);
      };
      return tf.add(tf.mean(critic(real!, w)), tf.mean(squaredNorms(slopeAt(critic, real!, w))));
    },
  }),
  // Karras et al. 2018: the mean deviation within groups of two as one more feature.
  (name, shape) => ({
    name: `minibatch standard deviation under R1, ${name}`,
    learned: { ...shape.weights, head: float32(shape.width + 1, 1) },
    others: { real: float32(...shape.rows) },
    loss: (w, { real }) => {
      const critic: Critic = (x, v) => {
        const found = shape.features(x, v);
        const groups = tf.reshape(found, [2, 2, shape.width]);
        const away = tf.sub(groups, tf.mean(groups, 0, true));
        const deviation = tf.sqrt(tf.add(tf.mean(tf.square(away), 0), 1e-8)); // [2, width]
        const column = tf.tile(tf.mean(deviation, 1, true), [2, 1]);
        return tf.matMul(tf.concat([found, column as tf.Tensor2D], 1), v['head'] as tf.Tensor2D);
      };
      return tf.add(tf.mean(critic(real!, w)), tf.mean(squaredNorms(slopeAt(critic, real!, w))));
    },
  }),
  // Metz et al. 2017: the maker's loss after two steps of the critic, differentiated through those steps.
  (name, shape) => ({
    name: `unrolled steps, ${name}`,
    learned: { shift: float32(...shape.rows.slice(1)), ...withHead(shape) },
    others: { real: float32(...shape.rows), noise: float32(...shape.rows) },
    loss: ({ shift, ...w }, { real, noise }) => {
      const critic = scoreOf(shape);
      const made = tf.add(noise!, shift!);
      const names = Object.keys(w);
      const named = (values: readonly tf.Tensor[]): Given => Object.fromEntries(names.map((key, i) => [key, values[i]!]));
      const told = (...values: tf.Tensor[]): tf.Scalar =>
        tf.mean(tf.add(tf.softplus(tf.neg(critic(real!, named(values)))), tf.softplus(critic(made, named(values)))));
      let values: tf.Tensor[] = names.map((key) => w[key]!);
      for (let step = 0; step < 2; step++) {
        const slopes = tf.grads(told)(values);
        values = values.map((value, i) => tf.sub(value, tf.mul(0.3, slopes[i]!)));
      }
      return tf.mean(tf.softplus(tf.neg(critic(made, named(values)))));
    },
  }),
];

const cases = patterns.flatMap((pattern) => [pattern('dense', dense), pattern('convolutional', conv)]);

function programOf({ name, learned, others, loss }: Case): Program {
  const names = Object.keys(learned);
  return {
    name,
    state: {},
    inputs: { ...learned, ...others },
    body: (_, given) => {
      const lossOf = (...values: tf.Tensor[]): tf.Scalar =>
        loss(Object.fromEntries(names.map((key, i) => [key, values[i]!])), given);
      const { value, grads } = tf.valueAndGrads(lossOf)(names.map((key) => given[key]!));
      return { outputs: { value, ...Object.fromEntries(names.map((key, i) => [`d.${key}`, grads[i]!])) } };
    },
  };
}

/** The derivative along `direction` by Richardson's extrapolation of central differences. */
function quotient(program: Program, at: Arrays, direction: Arrays): number {
  const value = (t: number): number => {
    const moved = Object.entries(at).map(([key, values]) => [
      key,
      direction[key] ? Float32Array.from(values, (v, i) => v + t * direction[key]![i]!) : values,
    ]);
    return runEagerly(program, {}, Object.fromEntries(moved) as Arrays).outputs['value']![0]!;
  };
  const h = 0.02;
  return (4 * ((value(h / 2) - value(-h / 2)) / h) - (value(h) - value(-h)) / (2 * h)) / 3;
}

describe('adversarial training', () => {
  let device: Device;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    device = await openOnnxDevice({ threads: 1 });
  });
  afterAll(() => device.dispose());

  it.each(cases)('can have $name', async (one) => {
    const program = programOf(one);
    const rng = Rng.fromSeed(11);
    const draw = (specs: Specs, stream: string, scale: number): Record<string, Float32Array> =>
      Object.fromEntries(
        Object.entries(specs).map(([key, { shape }]) => {
          const values = rng.stream(stream, key.length * 100 + key.charCodeAt(0)).fillNormal(new Float32Array(sizeOf(shape)));
          return [key, values.map((v) => v * scale)];
        }),
      );
    const inputs = { ...draw(one.learned, 'learned', 0.4), ...draw(one.others, 'others', 1) };
    const executable = await device.load(program, await device.createState({}, {}));
    const compiled = await executable.run(inputs);
    executable.dispose();
    const eager = runEagerly(program, {}, inputs).outputs;
    for (const [key, values] of Object.entries(eager)) expect(firstDifference(compiled[key]!, values, 1e-3), key).toBeUndefined();

    const raw = draw(one.learned, 'direction', 1);
    const size = Math.sqrt(Object.values(raw).reduce((sum, values) => sum + values.reduce((s, v) => s + v * v, 0), 0));
    const direction = Object.fromEntries(Object.entries(raw).map(([key, values]) => [key, values.map((v) => v / size)]));
    let slope = 0;
    for (const [key, values] of Object.entries(direction)) values.forEach((v, i) => (slope += v * eager[`d.${key}`]![i]!));
    const measured = quotient(program, inputs, direction);
    expect(Math.abs(slope)).toBeGreaterThan(1e-3); // or the comparison says nothing
    expect(Math.abs(slope - measured) / Math.max(0.05, Math.abs(measured))).toBeLessThan(0.02);
  });
});

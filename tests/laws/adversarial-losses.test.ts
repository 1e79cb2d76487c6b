// What two players of a GAN minimise, against the formulas written out in plain numbers, their slopes and their known equilibria.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AnyMember } from '../../src/base/family.ts';
import type { AdversarialLoss } from '../../src/losses/adversarial.ts';
import { hinge } from '../../src/losses/hinge.ts';
import { leastSquares } from '../../src/losses/least-squares.ts';
import { nonSaturating } from '../../src/losses/non-saturating.ts';
import { relativistic } from '../../src/losses/relativistic.ts';
import { wasserstein } from '../../src/losses/wasserstein.ts';
import { scalar, slopeError } from './finite-differences.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const real = [0.7, -1.4, 2.5, 0.1];
const fake = [-0.3, 0.9, -2.2, 1.6];
const logistic = (s: number): number => 1 / (1 + Math.exp(-s));
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const pairs = real.map((r, i) => [r, fake[i] as number] as const);

interface Row {
  readonly loss: AnyMember<AdversarialLoss>;
  /** By the probabilities and margins of the papers, row by row. */
  readonly discriminator: number;
  readonly generator: number;
  /** Both players' losses where every logit is the middle. */
  readonly undecided: readonly [number, number];
}

const rows: readonly Row[] = [
  {
    loss: nonSaturating,
    discriminator: mean(pairs.map(([r, f]) => -Math.log(logistic(r)) - Math.log(1 - logistic(f)))),
    generator: mean(fake.map((f) => -Math.log(logistic(f)))),
    undecided: [2 * Math.LN2, Math.LN2],
  },
  {
    loss: leastSquares,
    discriminator: mean(pairs.map(([r, f]) => 0.5 * (r - 1) ** 2 + 0.5 * f ** 2)),
    generator: mean(fake.map((f) => 0.5 * (f - 1) ** 2)),
    undecided: [0.25, 0.125],
  },
  {
    loss: hinge,
    discriminator: mean(pairs.map(([r, f]) => Math.max(0, 1 - r) + Math.max(0, 1 + f))),
    generator: -mean(fake),
    undecided: [2, 0],
  },
  { loss: wasserstein, discriminator: mean(fake) - mean(real), generator: -mean(fake), undecided: [0, 0] },
  {
    loss: relativistic,
    discriminator: mean(pairs.map(([r, f]) => -Math.log(logistic(r - f)))),
    generator: mean(pairs.map(([r, f]) => -Math.log(logistic(f - r)))),
    undecided: [Math.LN2, Math.LN2],
  },
];

describe.each(rows)('the $loss.id loss', ({ loss, discriminator, generator, undecided }) => {
  const made = loss.make();
  const column = (values: readonly number[]): tf.Tensor2D => tf.tensor2d([...values], [values.length, 1]);

  it('is the formula of its paper, for both players, whatever the shape of the logits', () => {
    expect(scalar(made.discriminator(tf.tensor1d(real), tf.tensor1d(fake)))).toBeCloseTo(discriminator, 5);
    expect(scalar(made.discriminator(column(real), column(fake)))).toBeCloseTo(discriminator, 5);
    expect(scalar(made.generator(tf.tensor1d(real), tf.tensor1d(fake)))).toBeCloseTo(generator, 5);
    expect(made.discriminator(column(real), column(fake)).shape).toEqual([]);
  });

  it('is where its paper says when neither player leads', () => {
    const middle = tf.fill([6, 1], made.middle ?? 0);
    expect(scalar(made.discriminator(middle, middle))).toBeCloseTo(undecided[0], 6);
    expect(scalar(made.generator(middle, middle))).toBeCloseTo(undecided[1], 6);
  });

  it('has the slope of finite differences, and pulls the players apart', () => {
    expect(slopeError((r, f) => made.discriminator(r, f), [column(real), column(fake)])).toBeLessThan(5e-3);
    expect(slopeError((f) => made.generator(column(real), f), [column(fake)])).toBeLessThan(5e-3);
    const [onReal, onFake] = tf.grads((r, f) => made.discriminator(r, f))([column([0, 0]), column([0.6, 0.6])]);
    const chased = tf.grad((f) => made.generator(column([0, 0]), f))(column([0.6, 0.6]));
    expect(scalar(onReal as tf.Tensor)).toBeLessThan(0); // the discriminator would raise real rows
    expect(scalar(onFake as tf.Tensor)).toBeGreaterThan(0); // and lower generated ones,
    expect(scalar(chased)).toBeLessThan(0); // which the generator would raise
  });

  it('stays finite for logits of any size', () => {
    const [high, low] = [column([300]), column([-300])];
    for (const loss of [made.discriminator(low, high), made.generator(high, low)])
      expect(Number.isFinite(scalar(loss))).toBe(true);
  });

  it('says whether the generator looks at real rows', () => {
    const there = [real, real.map((r) => r + 1)].map((r) => scalar(made.generator(tf.tensor1d(r), tf.tensor1d(fake))));
    expect(there[0] !== there[1]).toBe(made.isPaired);
  });
});

// Annealed capacity: gamma |KL - C(t)|, with C rising from 0 to `capacity` nats in a straight line over `steps` (Burgess et al. 2018,
// "Understanding disentangling in beta-VAE"). The code is given room little by little, and takes up one factor after another. It also
// holds the KL up: a code cannot collapse below C. With more capacity than the data need, the rest codes noise.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import type { Params } from '../base/params.ts';
import type { Objective } from './objective.ts';
import { rate, weighted } from './rate.ts';

const params = {
  // Burgess et al. take 1000. It need only exceed what a nat of code saves in reconstruction, some tens at the start; above, the pull
  // changes its sign from step to step and drowns the reconstruction's gradient.
  gamma: { kind: 'float', default: 100, min: 0, max: 1e5, scale: 'log', help: 'how firmly the KL is held at the capacity' },
  capacity: { kind: 'float', default: 25, min: 0, max: 1e4, unit: 'nats', help: 'what the KL is brought to in the end' },
  steps: {
    kind: 'int',
    default: 10_000, // 100,000 in the paper
    min: 1,
    max: 1e9,
    scale: 'log',
    unit: 'steps',
    help: 'steps until the whole capacity is there',
  },
} as const satisfies Params;

export const annealedCapacity = member({
  id: 'capacity',
  title: 'Annealed capacity',
  summary: 'holds the KL at a target that rises with the steps: factors come in one by one, and none can collapse',
  paper: 'Burgess et al. 2018, arXiv:1804.03599',
  params,
  make: ({ gamma, capacity, steps }): Objective => ({
    knobs: { gamma: { ...params.gamma, default: gamma }, capacity: { ...params.capacity, default: capacity } },
    schedule: (step, knobs) => ({ capacity: Number(knobs['capacity']) * Math.min(1, step / steps) }),
    penalty: (terms, _, scalars) => {
      const distance = tf.abs(tf.sub(rate(terms, scalars), scalars['capacity'] as tf.Scalar));
      return weighted(tf.mul(scalars['gamma'] as tf.Scalar, distance), scalars);
    },
  }),
});

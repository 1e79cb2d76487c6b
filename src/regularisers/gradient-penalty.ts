// The gradient penalty of WGAN-GP (Gulrajani et al. 2017): weight · E(|dD/dx| - 1)² at x = e x_real + (1 - e) x_fake, e uniform. It keeps
// the critic's slope near 1 on the way from samples to data, which makes the Wasserstein loss a distance.
import * as tf from '@tensorflow/tfjs';
import { member } from '../base/family.ts';
import { slopePenaltyParams, squaredNorms, type SlopePenalty } from './slope-penalty.ts';

const weight = {
  kind: 'float',
  default: 0,
  min: 0,
  max: 1e6,
  help: 'weight of (|slope| - 1)²; 0 is off; 10 for pictures, 0.1 for points',
} as const;

export const gradientPenalty = member({
  id: 'gradientPenalty',
  title: 'Gradient penalty',
  summary: 'keeps the critic’s slope near 1 between samples and data: belongs to the Wasserstein loss',
  paper: 'Gulrajani et al. 2017, arXiv:1704.00028',
  params: { weight, on: slopePenaltyParams.on },
  make: ({ weight: start, on }): SlopePenalty => ({
    isOn: on || start > 0,
    report: 'gradient',
    at: 'between',
    knob: 'gradientPenaltyWeight',
    strength: { ...weight, default: start },
    factor: () => 1,
    // The root has no slope at 0.
    of: (slope) => tf.mean(tf.square(tf.sub(tf.sqrt(tf.add(squaredNorms(slope), 1e-12)), 1))),
  }),
});

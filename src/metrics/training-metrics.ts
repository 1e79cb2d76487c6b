// The list of metrics of training. Adding one is one file and one line here.
import { Family } from '../base/family.ts';
import { discriminatorAccuracy } from './discriminator-accuracy.ts';
import { discriminatorOverfit } from './discriminator-overfit.ts';
import { gradientNorm } from './gradient-norm.ts';
import { lossBalance } from './loss-balance.ts';
import { pullBalance } from './pull-balance.ts';
import { realSign } from './real-sign.ts';
import { slopeRatio } from './slope-ratio.ts';
import { updateRatio } from './update-ratio.ts';

export const trainingMetrics = new Family('training-metric', [
  discriminatorAccuracy,
  realSign,
  discriminatorOverfit,
  slopeRatio,
  lossBalance,
  pullBalance,
  gradientNorm,
  updateRatio,
]);

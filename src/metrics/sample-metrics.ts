// The list of metrics of samples. Adding one is one file and one line here.
import { Family } from '../base/family.ts';
import { authenticity } from './authenticity.ts';
import { birthdaySupport } from './birthday-support.ts';
import { classCoverage } from './class-coverage.ts';
import { ratioOfCovariances } from './covariance-ratio.ts';
import { coverage } from './coverage.ts';
import { dataCopyingTest } from './data-copying.ts';
import { density } from './density.ts';
import { numberOfDifferentBins } from './different-bins.ts';
import { duplicateSamples } from './duplicate-samples.ts';
import { frechet } from './frechet-distance.ts';
import { modesCovered } from './mode-coverage.ts';
import { nearDuplicates } from './near-duplicates.ts';
import { nearestTrainingRatio } from './nearest-training-ratio.ts';
import { pairwiseDiversity } from './pairwise-diversity.ts';
import { precision } from './precision.ts';
import { recall } from './recall.ts';
import { vendiScore } from './vendi-score.ts';

export const sampleMetrics = new Family('sample-metric', [
  precision,
  recall,
  density,
  coverage,
  numberOfDifferentBins,
  pairwiseDiversity,
  ratioOfCovariances,
  vendiScore,
  duplicateSamples,
  nearDuplicates,
  birthdaySupport,
  classCoverage,
  modesCovered,
  frechet,
  nearestTrainingRatio,
  dataCopyingTest,
  authenticity,
]);

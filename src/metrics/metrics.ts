// The list of metrics. Adding one is one file and one line here.
import { Family } from '../base/family.ts';
import { activeUnits } from './active-units.ts';
import { aggregateKl } from './aggregate-kl.ts';
import { codePerplexity } from './code-perplexity.ts';
import { codesOffPrior } from './codes-off-prior.ts';
import { correlation } from './correlation.ts';
import { effectiveRank } from './effective-rank.ts';
import { klDivergence } from './kl-divergence.ts';
import { mutualInformation } from './mutual-information.ts';
import { participationRatio } from './participation-ratio.ts';
import { priorHoles } from './prior-holes.ts';

export const metrics = new Family('metric', [
  activeUnits,
  klDivergence,
  mutualInformation,
  aggregateKl,
  effectiveRank,
  participationRatio,
  correlation,
  priorHoles,
  codesOffPrior,
  codePerplexity,
]);

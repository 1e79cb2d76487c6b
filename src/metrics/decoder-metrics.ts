// The list of metrics of decoders. Adding one is one file and one line here.
import { Family } from '../base/family.ts';
import { conditionNumber } from './condition-number.ts';
import { decoderSensitivity } from './decoder-sensitivity.ts';
import { jacobianRank } from './jacobian-rank.ts';
import { logVolume } from './log-volume.ts';
import { shuffledGap } from './shuffled-gap.ts';
import { sinkholes } from './sinkholes.ts';

export const decoderMetrics = new Family('decoder-metric', [
  logVolume,
  jacobianRank,
  conditionNumber,
  decoderSensitivity,
  sinkholes,
  shuffledGap,
]);

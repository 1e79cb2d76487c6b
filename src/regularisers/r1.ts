// R1 (Mescheder, Geiger & Nowozin 2018): gamma/2 E|dD/dx|² at real rows. Near the data the discriminator becomes flat, so a generator that
// has arrived stays. Alone it does not hold the slope at generated rows: see R2.
import { member } from '../base/family.ts';
import { slopePenaltyParams, zeroCentred, type SlopePenalty } from './slope-penalty.ts';

const gamma = {
  kind: 'float',
  default: 0,
  min: 0,
  max: 1e6,
  help: 'weight of ½ |slope|² at real rows; 0 is off; 0.02 to 0.1 for points, 0.05 to 10 for pictures',
} as const;

export const r1 = member({
  id: 'r1',
  title: 'R1',
  summary: 'flattens the discriminator at real rows: training settles instead of circling',
  paper: 'Mescheder, Geiger & Nowozin 2018, arXiv:1801.04406',
  params: { gamma, ...slopePenaltyParams },
  make: (values): SlopePenalty => zeroCentred('real', { report: 'r1', knob: 'r1Gamma' }, gamma, values),
});

// R2 (Mescheder, Geiger & Nowozin 2018): gamma/2 E|dD/dx|² at generated rows. R1's companion: with both, the relativistic loss keeps every
// mode and does not diverge (Huang et al. 2024, R3GAN).
import { member } from '../base/family.ts';
import { slopePenaltyParams, zeroCentred, type SlopePenalty } from './slope-penalty.ts';

const gamma = {
  kind: 'float',
  default: 0,
  min: 0,
  max: 1e6,
  help: 'weight of ½ |slope|² at generated rows; 0 is off; as large as that of R1',
} as const;

export const r2 = member({
  id: 'r2',
  title: 'R2',
  summary: 'flattens the discriminator at generated rows: take it together with R1',
  paper: 'Mescheder, Geiger & Nowozin 2018, arXiv:1801.04406; Huang et al. 2024, arXiv:2501.05441',
  params: { gamma, ...slopePenaltyParams },
  make: (values): SlopePenalty => zeroCentred('fake', { report: 'r2', knob: 'r2Gamma' }, gamma, values),
});

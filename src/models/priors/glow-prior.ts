// The standard normal through steps of Glow (Kingma & Dhariwal 2018).
import { member } from '../../base/family.ts';
import { chain } from '../../nets/flow.ts';
import { glowStep } from '../../nets/glow-step.ts';
import { flowPrior } from './flow-prior.ts';
import type { Prior } from './prior.ts';

export const glowPrior = member({
  id: 'glow',
  title: 'Glow flow',
  summary: 'RealNVP with a learnt mixing of all dimensions between couplings: more is bent with fewer layers',
  paper: 'Kingma & Dhariwal 2018, arXiv:1807.03039',
  params: {
    steps: { kind: 'int', default: 4, min: 1, max: 32, help: 'of scaling, mixing and coupling' },
    width: { kind: 'int', default: 128, min: 1, max: 4096, scale: 'log', help: 'units of each hidden layer of a coupling' },
  },
  make: ({ steps, width }): Prior =>
    flowPrior((prefix, size) => chain(Array.from({ length: steps }, (_, k) => glowStep(`${prefix}.${k}`, size, width)))),
});

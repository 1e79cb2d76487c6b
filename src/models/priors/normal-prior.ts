// p(z) = N(0, I).
import { member } from '../../base/family.ts';
import { standardNormalLogDensity } from '../../regularisers/gaussian-log-density.ts';
import type { Prior } from './prior.ts';

export const normalPrior = member({
  id: 'normal',
  title: 'Standard normal',
  summary: 'one round cloud: the plain choice, with an exact KL',
  paper: 'Kingma & Welling 2014, arXiv:1312.6114',
  params: {},
  make: (): Prior => ({
    isStandardNormal: true,
    build: () => ({
      weights: {},
      logDensity: (_, z) => standardNormalLogDensity(z),
      sample: (_, eps) => eps,
    }),
  }),
});

// The evidence lower bound and its weighted kin: beta KL(q(z|x) || p(z)), with free bits where the model asks for them. beta = 1 is the
// bound on -ln p(x) itself (Kingma & Welling 2014); more of it buys independent, fewer dimensions (Higgins et al. 2017).
import { member } from '../base/family.ts';
import type { Objective } from './objective.ts';
import { rate, weighted } from './rate.ts';

export const evidenceBound = member({
  id: 'elbo',
  title: 'Evidence bound',
  summary: 'beta times the KL divergence from the prior: the plain choice',
  paper: 'Kingma & Welling 2014, arXiv:1312.6114; Higgins et al. 2017 (beta)',
  params: {},
  make: (): Objective => ({
    knobs: {},
    penalty: (terms, _, scalars) => weighted(rate(terms, scalars), scalars),
  }),
});

// Importance-weighted bound (Burda, Grosse & Salakhutdinov 2016, IWAE): log p(x) >= E log 1/K sum_k p(x, z_k) / q(z_k|x), which rises to
// log p(x) with K. The model draws K codes a row and combines them; this says how many. More draws sharpen the decoder's target and blur
// the encoder's gradient, whose ratio of signal to noise falls as 1 / sqrt K (Rainforth et al. 2018).
import { member } from '../base/family.ts';
import type { Objective } from './objective.ts';
import { rate, weighted } from './rate.ts';

export const importanceWeighted = member({
  id: 'importance',
  title: 'Importance-weighted bound',
  summary: 'several draws a row make the bound on log p(x) tighter, for as many times the work in the decoder',
  paper: 'Burda, Grosse & Salakhutdinov 2016, arXiv:1509.00519',
  params: {
    samples: { kind: 'int', default: 5, min: 1, max: 512, scale: 'log', help: 'codes drawn for each row; papers take 5 to 50' },
  },
  make: ({ samples }): Objective => ({
    knobs: {},
    draws: samples,
    penalty: (terms, _, scalars) => weighted(rate(terms, scalars), scalars),
  }),
});

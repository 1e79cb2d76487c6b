// The standard normal through affine couplings whose halves take turns (Dinh, Sohl-Dickstein & Bengio 2017).
import { member } from '../../base/family.ts';
import { coupling } from '../../nets/coupling.ts';
import { chain } from '../../nets/flow.ts';
import { flowPrior } from './flow-prior.ts';
import type { Prior } from './prior.ts';

export const realNvpPrior = member({
  id: 'realnvp',
  title: 'RealNVP flow',
  summary: 'a normal that is bent until the codes fit it: exact density, quick draws',
  paper: 'Dinh, Sohl-Dickstein & Bengio 2017, arXiv:1605.08803',
  params: {
    couplings: { kind: 'int', default: 6, min: 2, max: 32, help: 'layers, each of which moves one half of the dimensions' },
    width: { kind: 'int', default: 128, min: 1, max: 4096, scale: 'log', help: 'units of each hidden layer of a coupling' },
  },
  make: ({ couplings, width }): Prior =>
    flowPrior((prefix, size) =>
      chain(
        Array.from({ length: couplings }, (_, k) => coupling(`${prefix}.${k}`, size, width, k % 2 === 0 ? 'second' : 'first')),
      ),
    ),
});

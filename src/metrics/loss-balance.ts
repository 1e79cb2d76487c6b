// Who is winning: a GAN's discriminator loss over what it would be if it told nothing apart (2 ln 2 of the non-saturating loss). 1 at equilibrium,
// towards 0 as the discriminator wins; above 1 it is fooled. A loss without such a value, a difference of scores, has no balance. A discriminator
// that is dead is at 1 too: read it beside its accuracy.
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import { found, type TrainingMetric } from './training-metric.ts';

export const lossBalance = member({
  id: 'loss-balance',
  title: 'Balance of the game',
  summary: 'the discriminator’s loss beside that of one that cannot tell; below 0.35 watch, below 0.07 it has won',
  formula: 'L_D / L_D(m, m), m the middle logit of every row',
  paper: 'Goodfellow et al. 2014, arXiv 1406.2661',
  params: {},
  make: (): TrainingMetric => (findings) => {
    const { now, even } = found('loss-balance', findings, 'discriminatorLoss');
    if (!(even > 0)) throw new KarstError('unsupported', 'loss-balance needs a loss that is above 0 where nothing is told apart');
    const { generatorLoss } = findings;
    return {
      value: now / even,
      unit: 'ratio',
      expected: 1,
      beside: [
        { title: 'loss of the discriminator', value: now, unit: 'loss' },
        ...(generatorLoss === undefined ? [] : [{ title: 'loss of the generator', value: generatorLoss, unit: 'loss' } as const]),
      ],
      rows: findings.rows ?? 0,
    };
  },
});

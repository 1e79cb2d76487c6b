// How much steeper the discriminator is at samples than at real rows. Near 1 in games that settle; far above, the generator is thrown about: R1
// alone holds the slope at real rows only, and what fails then is the slope at samples (Huang et al. 2024).
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import { meanOf } from './metric.ts';
import { found, type TrainingMetric } from './training-metric.ts';

export const slopeRatio = member({
  id: 'slope-ratio',
  title: 'Slopes of the discriminator',
  summary: 'its slope at samples beside that at real rows; above 10 it diverges: add R2',
  formula: 'E|∇D(y)| / E|∇D(x)|, x training rows, y samples, slopes in what the discriminator is shown',
  paper: 'Huang et al. 2024 (R3GAN), arXiv 2501.05441',
  params: {},
  make: (): TrainingMetric => (findings) => {
    const { slopeReal, slopeMade } = found('slope-ratio', findings, 'judgements');
    const [atReal, atMade] = [meanOf(slopeReal), meanOf(slopeMade)];
    if (atReal === 0) throw new KarstError('unsupported', 'slope-ratio needs a discriminator that is not flat at all real rows');
    return {
      value: atMade / atReal,
      unit: 'ratio',
      expected: 1,
      beside: [
        { title: 'at real rows', value: atReal, unit: 'slope' },
        { title: 'at samples', value: atMade, unit: 'slope' },
      ],
      rows: slopeReal.length + slopeMade.length,
    };
  },
});

// Which half of an autoencoder's loss has hold of the encoder: the gradient of what holds codes in place (KL, commitment …) over that of the
// reconstruction, by their norms at the encoder's weights. 1 where both are at rest against each other. Far above, the reconstruction has
// stopped pulling: posterior collapse begins so, long before the KL is gone; far below, codes are free to fly apart.
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import { found, type TrainingMetric } from './training-metric.ts';

export const pullBalance = member({
  id: 'pull-balance',
  title: 'Pulls on the encoder',
  summary: 'how hard the penalty on codes pulls at the encoder beside the reconstruction',
  formula: '|∇_φ penalty| / |∇_φ reconstruction|, φ the encoder’s weights',
  params: {},
  make: (): TrainingMetric => (findings) => {
    const { reconstruction, penalty } = found('pull-balance', findings, 'pulls');
    if (reconstruction === 0)
      throw new KarstError(
        'unsupported',
        'pull-balance needs a reconstruction that pulls at the encoder, and it does not at all',
      );
    return {
      value: penalty / reconstruction,
      unit: 'ratio',
      expected: 1,
      beside: [
        { title: 'pull of the reconstruction', value: reconstruction, unit: 'slope' },
        { title: 'pull of the penalty', value: penalty, unit: 'slope' },
      ],
      rows: findings.rows ?? 0,
    };
  },
});

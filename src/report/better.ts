// Which way each metric is better, where that can be said of it alone. Many cannot: more KL or more active units may be a floor that is paid, a
// norm of a gradient is read along its run. Those are told side by side without a word on who does better.
import type { Better } from '../protocol/reports.ts';

const realRows: Better = { towards: 'real rows' };

export const betterOf: Readonly<Record<string, Better | 'neither'>> = {
  'active-units': 'neither',
  kl: 'neither',
  'mutual-information': 'more',
  'aggregate-kl': 'less',
  'effective-rank': 'more',
  'participation-ratio': 'more',
  correlation: 'less',
  'prior-holes': 'less',
  'codes-off-prior': 'less',
  'code-perplexity': 'more',
  'log-volume': 'neither',
  'jacobian-rank': 'more',
  'condition-number': 'less',
  'decoder-sensitivity': 'neither',
  sinkholes: 'less',
  'shuffled-gap': 'more',
  'discriminator-accuracy': { towards: 0.5 },
  'real-sign': { towards: 0 },
  'discriminator-overfit': { towards: 0 },
  'slope-ratio': { towards: 1 },
  'loss-balance': { towards: 1 },
  'pull-balance': { towards: 1 },
  'gradient-norm': 'neither',
  'update-ratio': 'neither',
  precision: 'more',
  recall: 'more',
  density: { towards: 1 },
  coverage: 'more',
  'different-bins': 'less',
  'pairwise-diversity': { towards: 1 },
  'covariance-ratio': { towards: 1 },
  vendi: realRows,
  duplicates: realRows,
  'near-duplicates': realRows,
  'birthday-support': realRows,
  'class-coverage': 'more',
  'mode-coverage': 'more',
  'frechet-distance': 'less',
  'nearest-training-ratio': 'less',
  'data-copying': { towards: 0 },
  authenticity: realRows,
  'repeated-rows': 'less',
  'class-balance': 'more',
  'effective-diversity': 'more',
  'data-per-weight': 'more',
};

/** Whether `value` does better than `first`; null where that cannot be said, or where both are as good. */
export function isBetter(
  better: Better | undefined,
  first: number | null,
  value: number | null,
  real: readonly [first: number | null, value: number | null],
): boolean | null {
  if (better === undefined || first === null || value === null) return null;
  const badness = (one: number, expected: number | null): number => {
    if (better === 'more') return -one;
    if (better === 'less') return one;
    const goal = better.towards === 'real rows' ? expected : better.towards;
    return goal === null ? NaN : Math.abs(one - goal);
  };
  const [before, after] = [badness(first, real[0]), badness(value, real[1])];
  return before === after || Number.isNaN(before + after) ? null : after < before;
}

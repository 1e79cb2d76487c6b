// How the weight of the KL term grows with the steps: constant; linear, min(1, step / length) (Bowman et al. 2016; Sønderby et al. 2016);
// cyclic, `cycles` ramps over `length` steps, each rising during its first part `ramp` and staying at 1 for the rest (Fu et al. 2019).
// After `length` steps the weight is 1, so training ends at the true bound.

export const annealingNames = ['none', 'linear', 'cyclic'] as const;

export interface Annealing {
  readonly kind: (typeof annealingNames)[number];
  /** Steps. */
  readonly length: number;
  readonly cycles: number;
  /** 0 … 1 */
  readonly ramp: number;
}

/** The factor on beta at iteration `step`, 0 … 1. */
export function annealed({ kind, length, cycles, ramp }: Annealing, step: number): number {
  if (kind === 'none' || step >= length) return 1;
  if (kind === 'linear') return step / length;
  const within = ((step * cycles) / length) % 1;
  return ramp > 0 ? Math.min(1, within / ramp) : 1;
}

// A Cure is what one may change about a run against a cause: parameters to set, and where to go on from. It states only differences.
import type { ParamValues } from '../base/params.ts';
import type { Circumstances } from './circumstances.ts';

export interface Cure {
  readonly id: string;
  readonly title: string;
  /** Two sentences: what it does, and why that helps. */
  readonly why: string;
  readonly paper?: string;
  /** `checkpoint`: training goes on from the last good one; `start`: weights that have learnt to do without must be learnt anew. */
  readonly from: 'checkpoint' | 'start';
  /**
   * Parameters to set, given the run’s; nothing where it is in force already or has no place in such a model. Without parameters it
   * is advice.
   */
  changes(about: Circumstances): ParamValues | undefined;
}

/** A number among the parameters; `otherwise` where there is none. */
export const numberOf = (params: ParamValues, name: string, otherwise = 0): number => {
  const value = params[name];
  return typeof value === 'number' ? value : otherwise;
};

/** `set` of one family's models: what differs from the run's parameters; nothing where it has no place in one of them. */
export const ofModel =
  (id: string, set: (params: ParamValues, about: Circumstances) => ParamValues | undefined): Cure['changes'] =>
  (about) =>
    about.model === id ? set(about.params, about) : undefined;

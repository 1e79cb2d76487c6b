// Whether losses of two moments may be compared. A parameter says either how training descends (rates, momentum, clipping) or what it descends: the
// weight of a term, the members that the loss is made of, what rows look like to it. Where one of the latter changes, the loss is another one.
import type { ParamValues } from '../base/params.ts';

/** Under dotted names, and as the knobs that they are. */
const descent =
  /^(train\..+|(model\.)?(\w*learningRate|beta1|beta2|warmUp|decay|hold|gradientClip|averageHalfLife|criticSteps|encoderEvery))$/i;

/** Whether a change of these makes another loss. */
export const changesLoss = (changes: ParamValues): boolean => Object.keys(changes).some((name) => !descent.test(name));

/** Knobs, after schedules, that the loss depends on, as one text that is equal where they are. */
export const lossKnobs = (knobs: Readonly<Record<string, number>> = {}): string =>
  JSON.stringify(Object.entries(knobs).filter(([name]) => !descent.test(name)));

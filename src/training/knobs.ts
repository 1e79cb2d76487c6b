// Knobs while training runs: moved by a person, halved after a rollback, and as numbers for a report.
import { KarstError } from '../base/errors.ts';
import { checkValue, type ParamValues } from '../base/params.ts';
import type { Model } from '../models/model.ts';
import type { Arrays } from '../tracing/program.ts';

/** `knobs` with checked new values; unknown names list the known ones. */
export function changeKnobs(model: Model, knobs: ParamValues, values: ParamValues): ParamValues {
  const changed = { ...knobs };
  for (const [name, value] of Object.entries(values)) {
    const param = Object.hasOwn(model.knobs, name) ? model.knobs[name] : undefined;
    if (!param) throw new KarstError('usage', `unknown knob ${name}; known: ${Object.keys(model.knobs).join(', ')}`);
    changed[name] = checkValue(`knob ${name}`, param, value);
  }
  return changed;
}

/** Every learning rate halved, down to the least that the knob takes. */
export function halveRates(model: Model, knobs: ParamValues): ParamValues {
  const halve = (name: string, value: ParamValues[string]): ParamValues[string] => {
    if (!/learningRate$/i.test(name) || typeof value !== 'number') return value;
    const knob = model.knobs[name];
    return Math.max(value / 2, knob && 'min' in knob ? knob.min : 0);
  };
  return Object.fromEntries(Object.entries(knobs).map(([name, value]) => [name, halve(name, value)]));
}

export const numbersOf = (values: ParamValues): Record<string, number> =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));

/** What the schedules made of the knobs in this iteration: scalar inputs that bear a knob's name. */
export function scalarsOf(model: Model, inputs: readonly Arrays[]): Record<string, number> {
  const scalars: Record<string, number> = {};
  for (const name of Object.keys(model.knobs)) {
    for (const arrays of inputs) {
      const value = arrays[name];
      if (value?.length === 1) scalars[name] = value[0] as number;
    }
  }
  return scalars;
}

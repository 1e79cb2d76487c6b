// From dotted parameters (`model.latentSize`, `net.width`, `likelihood.binarise`) to a Model. The families come in from the catalogue, so
// a new net or likelihood needs no change here.
import { KarstError } from '../base/errors.ts';
import type { Family } from '../base/family.ts';
import type { ParamValues } from '../base/params.ts';
import type { SampleShape } from '../datasets/dataset.ts';
import type { Likelihood } from '../losses/likelihood.ts';
import type { NetPair } from '../nets/net.ts';
import type { Model } from './model.ts';

export interface ModelContext {
  readonly sample: SampleShape;
  readonly nets: Family<NetPair>;
  readonly likelihoods: Family<Likelihood>;
  /** Parameters given for the net and the likelihood that the model will choose; the member chosen checks them. */
  readonly net: ParamValues;
  readonly likelihood: ParamValues;
}

/** What a member of the model family makes. */
export type ModelMaker = (context: ModelContext) => Model;

export interface ModelFamilies {
  readonly models: Family<ModelMaker>;
  readonly nets: Family<NetPair>;
  readonly likelihoods: Family<Likelihood>;
}

export const recipeSections = ['model', 'net', 'likelihood', 'train'] as const;
export type RecipeSection = (typeof recipeSections)[number];

/** `{ 'net.width': 64 }` → `{ net: { width: 64 }, … }`; a name without a known section is refused. */
export function splitRecipe(set: ParamValues): Record<RecipeSection, Record<string, ParamValues[string]>> {
  const sections: Record<RecipeSection, Record<string, ParamValues[string]>> = { model: {}, net: {}, likelihood: {}, train: {} };
  for (const [name, value] of Object.entries(set)) {
    const dot = name.indexOf('.');
    const section = recipeSections.find((one) => one === name.slice(0, Math.max(0, dot)));
    if (!section) throw new KarstError('usage', `unknown parameter "${name}"; names begin with ${recipeSections.join('., ')}.`);
    sections[section][name.slice(dot + 1)] = value;
  }
  return sections;
}

/** Checks every parameter; `set` may hold `train.` ones, which are left alone. */
export function makeModel(families: ModelFamilies, model: string, sample: SampleShape, set: ParamValues = {}): Model {
  const { model: values, net, likelihood } = splitRecipe(set);
  return families.models.make(model, values)({ sample, nets: families.nets, likelihoods: families.likelihoods, net, likelihood });
}

// From dotted parameters (`model.latentSize`, `net.width`, `r1.gamma`) to a Model. The families come in from the catalogue, so a new net,
// likelihood, prior or cure needs no change here.
import { KarstError } from '../base/errors.ts';
import type { AnyMember, Family } from '../base/family.ts';
import { resolve, type ParamValue, type ParamValues } from '../base/params.ts';
import type { SampleShape } from '../datasets/dataset.ts';
import type { AdversarialLoss } from '../losses/adversarial.ts';
import type { Likelihood } from '../losses/likelihood.ts';
import type { NetPair } from '../nets/net.ts';
import type { Objective } from '../regularisers/objective.ts';
import type { Model } from './model.ts';
import type { Posterior } from './posteriors/posterior.ts';
import type { Prior } from './priors/prior.ts';

/** Families that a model chooses members of. */
export interface ModelFamilies {
  readonly models: Family<ModelMaker>;
  readonly nets: Family<NetPair>;
  readonly likelihoods: Family<Likelihood>;
  readonly losses: Family<AdversarialLoss>;
  readonly objectives: Family<Objective>;
  readonly posteriors: Family<Posterior>;
  readonly priors: Family<Prior>;
}

export interface ModelContext {
  readonly sample: SampleShape;
  readonly families: ModelFamilies;
  readonly recipe: Recipe;
}

/** What a member of the model family makes. */
export type ModelMaker = (context: ModelContext) => Model;

/** The parameters given, by section, and what a model made of them. */
export class Recipe {
  readonly #given: Sections;
  readonly #params: Record<string, ParamValue> = {};
  readonly #sections = new Set(['train']);

  constructor(given: Sections) {
    this.#given = given;
  }

  /** The member `id` that a model chose of a family, with the parameters of `section`. */
  choose<Made>(section: string, family: Family<Made>, id: string): Made {
    return this.#make(section, family.get(id));
  }

  /** A member that always joins the model; its id is its section. */
  take<Made>(member: AnyMember<Made>): Made {
    return this.#make(member.id, member);
  }

  /** Notes parameters that were resolved elsewhere, or better than given (`auto` by what it stands for). */
  note(section: string, values: ParamValues): void {
    this.#sections.add(section);
    Object.assign(this.#params, dotted(section, values));
  }

  /** Every parameter of every section used so far, defaults included. A section that was given and never asked for is refused. */
  settled(model: string): ParamValues {
    const unused = Object.entries(this.#given).find(([section, values]) => !this.#sections.has(section) && firstOf(values));
    if (!unused) return this.#params;
    const name = `${unused[0]}.${firstOf(unused[1])}`;
    throw new KarstError(
      'usage',
      `unknown parameter "${name}": the model ${model} has no section ${unused[0]}; it has ${[...this.#sections].join(', ')}`,
    );
  }

  #make<Made>(section: string, member: AnyMember<Made>): Made {
    const values = resolve(section, member.params, this.#given[section]);
    this.note(section, values);
    return member.make(values);
  }
}

const firstOf = (values: ParamValues): string | undefined => Object.keys(values)[0];

export const dotted = (section: string, values: ParamValues): ParamValues =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${section}.${name}`, value]));

export type Sections = Readonly<Record<string, ParamValues>>;

/** `{ 'net.width': 64 }` → `{ net: { width: 64 } }`; a name without a section is refused. */
export function splitRecipe(set: ParamValues): Sections {
  const sections: Record<string, Record<string, ParamValue>> = {};
  for (const [name, value] of Object.entries(set)) {
    const dot = name.indexOf('.');
    if (dot <= 0 || dot === name.length - 1) {
      throw new KarstError(
        'usage',
        `unknown parameter "${name}"; names have a section first, as model.latentSize or train.batchSize`,
      );
    }
    (sections[name.slice(0, dot)] ??= {})[name.slice(dot + 1)] = value;
  }
  return sections;
}

/** Checks every parameter; `set` may hold `train.` ones, which are left alone. */
export function makeModel(families: ModelFamilies, model: string, sample: SampleShape, set: ParamValues = {}): Model {
  const sections = splitRecipe(set);
  const maker = families.models.make(model, sections['model']);
  const recipe = new Recipe(sections);
  const made = maker({ sample, families, recipe });
  return { ...made, params: recipe.settled(model) };
}

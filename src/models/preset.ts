// A preset is a small JSON file in assets/presets that states only what differs from the defaults.
import { KarstError } from '../base/errors.ts';
import type { Param, Params, ParamValues } from '../base/params.ts';
import { splitRecipe } from './recipe.ts';

/** What a preset is there for: to train something good, to see codes or samples collapse, or to see such a collapse undone. */
export const presetPurposes = ['train', 'collapse', 'cure'] as const;
export type PresetPurpose = (typeof presetPurposes)[number];

export interface Preset {
  readonly id: string;
  readonly title: string;
  /** One line: what it is for, and what to expect of it. */
  readonly summary: string;
  readonly paper?: string;
  /** The dataset it is meant for: the id of one that Karst makes, or what files hold (`digits`). It runs on any other of the same shape. */
  readonly dataset?: string;
  readonly purpose?: PresetPurpose;
  readonly model: string;
  /** Dotted parameters: `net.width`, `train.batchSize`. */
  readonly set: ParamValues;
  /** Where training stops unless something else is asked for. */
  readonly epochs?: number;
}

/** Checks the text of preset file `where`. Parameters are checked when the model is made. */
export function readPreset(where: string, text: string): Preset {
  const fail = (expected: string): never => {
    throw new KarstError('bad-data', `${where}: expected ${expected}`);
  };
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    fail('JSON');
  }
  if (typeof found !== 'object' || found === null) return fail('an object');
  const { id, title, summary, paper, dataset, purpose, model, set, epochs, ...rest } = found as Record<string, unknown>;
  const extra = Object.keys(rest)[0];
  if (extra !== undefined) {
    return fail(`id, title, summary, paper, dataset, purpose, model, set and epochs only, not ${extra}`);
  }
  if (typeof id !== 'string' || typeof title !== 'string' || typeof summary !== 'string' || typeof model !== 'string') {
    return fail('texts for id, title, summary and model');
  }
  if (paper !== undefined && typeof paper !== 'string') return fail('text for paper');
  if (dataset !== undefined && typeof dataset !== 'string') return fail('text for dataset');
  if (purpose !== undefined && !isPurpose(purpose)) return fail(`one of ${presetPurposes.join(', ')} for purpose`);
  if (epochs !== undefined && !(typeof epochs === 'number' && epochs > 0)) return fail('a positive number for epochs');
  if (typeof set !== 'object' || set === null) return fail('an object for set');
  const values = Object.entries(set as Record<string, unknown>);
  const isValue = (value: unknown): value is ParamValues[string] => ['number', 'string', 'boolean'].includes(typeof value);
  if (!values.every(([, value]) => isValue(value))) return fail('numbers, texts or booleans in set');
  splitRecipe(set as ParamValues);
  return {
    id,
    title,
    summary,
    model,
    set: set as ParamValues,
    ...(paper === undefined ? {} : { paper }),
    ...(dataset === undefined ? {} : { dataset }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(epochs === undefined ? {} : { epochs }),
  };
}

const isPurpose = (purpose: unknown): purpose is PresetPurpose => presetPurposes.some((one) => one === purpose);

/** The model and the dataset that it is meant for, as a form or a command reads them of a member: each with one option. */
export function presetParams({ model, dataset }: Preset): Params {
  const only = (value: string, help: string): Param => ({ kind: 'choice', default: value, options: [value], help });
  return {
    model: only(model, 'the model that it sets up'),
    ...(dataset === undefined ? {} : { dataset: only(dataset, 'the data that it is meant for') }),
  };
}

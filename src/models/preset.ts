// A preset is a small JSON file in assets/presets that states only what differs from the defaults.
import { KarstError } from '../base/errors.ts';
import type { ParamValues } from '../base/params.ts';
import { splitRecipe } from './recipe.ts';

export interface Preset {
  readonly id: string;
  readonly title: string;
  /** One line: what it is for, and what to expect of it. */
  readonly summary: string;
  readonly paper?: string;
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
  const { id, title, summary, paper, model, set, epochs, ...rest } = found as Record<string, unknown>;
  const extra = Object.keys(rest)[0];
  if (extra !== undefined) return fail(`id, title, summary, paper, model, set and epochs only, not ${extra}`);
  if (typeof id !== 'string' || typeof title !== 'string' || typeof summary !== 'string' || typeof model !== 'string') {
    return fail('texts for id, title, summary and model');
  }
  if (paper !== undefined && typeof paper !== 'string') return fail('text for paper');
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
    ...(epochs === undefined ? {} : { epochs }),
  };
}

// A form made from families: what a model, its dataset and the training take becomes fields, the important ones first. A field starts from its
// default, or from what the chosen preset sets. Only values that differ from that are sent, so that a run's record says what a person chose.
import { checkValue, type Param, type Params, type ParamValue, type ParamValues } from '../../src/base/params.ts';
import { KarstError } from '../../src/base/errors.ts';
import type { FamilyRecord, MemberRecord } from '../../src/protocol/records.ts';
import { setting, title } from './words.ts';

export interface FormField {
  /** Dotted, as on the command line: `model.beta`. */
  readonly name: string;
  readonly label: string;
  readonly param: Param;
  readonly isImportant: boolean;
  /** What the chosen preset sets, where it does. */
  readonly preset?: ParamValue;
}

/** The fields as a preset leaves them. */
export const withPreset = (fields: readonly FormField[], sets: ParamValues): FormField[] =>
  fields.map((field) => {
    const preset = sets[field.name];
    return preset === undefined ? field : { ...field, preset };
  });

/** What a field holds until a person changes it. */
export const startOf = ({ param, preset }: FormField): ParamValue => preset ?? param.default;

/** What the groups of settings are called, in the order they are shown. */
export const groupTitles: Readonly<Record<string, string>> = {
  dataset: 'Data',
  model: 'Model',
  net: 'Net',
  likelihood: 'Likelihood of a value',
  objective: 'Objective',
  posterior: 'Posterior of a row',
  prior: 'Prior of the codes',
  loss: 'Loss of the two players',
  train: 'Training',
};

/** The knobs that decide most, in the order they are shown. */
const important = ['latentSize', 'beta', 'learningRate', 'batchSize', 'net', 'likelihood', 'objective', 'loss'];

export function fieldsOf(group: string, params: Params): FormField[] {
  const place = (name: string): number => (important.includes(name) ? important.indexOf(name) : important.length);
  return Object.entries(params)
    .map(([name, param]) => ({
      name: `${group}.${name}`,
      short: name,
      label: title(name),
      param,
      isImportant: important.includes(name),
    }))
    .sort((p, q) => place(p.short) - place(q.short))
    .map(({ name, label, param, isImportant }) => ({ name, label, param, isImportant }));
}

/** A cure that a model can be given. It is off while every setting of it is at its default. */
export interface Cure {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly paper?: string;
  readonly fields: readonly FormField[];
}

export const cureOf = ({ id, title: name, summary, paper, params }: MemberRecord): Cure => ({
  id,
  title: name,
  summary,
  ...(paper === undefined ? {} : { paper }),
  fields: fieldsOf(id, params),
});

export const isOn = ({ fields }: Cure, drafts: Drafts): boolean =>
  fields.some((field) => !isSame(field, draftOf(field, drafts), field.param.default));

/** Whether a person has made something else of a field than the default or the preset. */
export const isChanged = (field: FormField, drafts: Drafts): boolean => !isSame(field, draftOf(field, drafts), startOf(field));

function isSame({ param }: FormField, draft: string, value: ParamValue): boolean {
  const isNumber = param.kind === 'int' || param.kind === 'float';
  return isNumber && draft.trim() !== '' ? Number(draft) === value : draft === String(value);
}

export const membersOf = (families: readonly FamilyRecord[], family: string): FamilyRecord['members'] =>
  families.find(({ name }) => name === family)?.members ?? [];

/** What is typed in each field, as text; fields at what they start from need no entry. */
export type Drafts = Readonly<Record<string, string>>;

export const draftOf = (field: FormField, drafts: Drafts): string => drafts[field.name] ?? String(startOf(field));

/** Why a draft cannot be sent, in words for under its field. */
export function faultOf(field: FormField, drafts: Drafts): string | undefined {
  try {
    checkValue(field.label, field.param, draftOf(field, drafts));
    return undefined;
  } catch (thrown) {
    return thrown instanceof KarstError ? thrown.message : String(thrown);
  }
}

/** The checked values that differ from what the fields start from; `strip` leaves the group's name out. */
export function chosenValues(fields: readonly FormField[], drafts: Drafts, strip = false): Record<string, ParamValue> {
  const chosen: Record<string, ParamValue> = {};
  for (const field of fields) {
    const value = checkValue(field.label, field.param, draftOf(field, drafts));
    if (value !== startOf(field)) chosen[strip ? field.name.slice(field.name.indexOf('.') + 1) : field.name] = value;
  }
  return chosen;
}

/** “0.0001 … 1, usually 0.001”; the unit stands beside the name. */
export function rangeWords(param: Param): string {
  if (param.kind === 'choice' || param.kind === 'bool') return '';
  return `${setting(param.min)} … ${setting(param.max)}, usually ${setting(param.default)}`;
}

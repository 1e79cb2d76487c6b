// What a run was asked that is not as usual, and the command that asks it again. Defaults depend on choices (the parameters of a net are there once
// that net is chosen), so models are made of what is known to differ until nothing differs any more: the command is checked by having been tried.
import { defaults, type Params, type ParamValue, type ParamValues } from '../base/params.ts';
import { dotted } from '../models/recipe.ts';
import type { RunDescription, RunEvent } from '../runs/run-folder.ts';
import { trainParams } from '../training/train-params.ts';
import { datasets, makeModel } from './catalogue.ts';

export interface Repetition {
  readonly changed: ParamValues;
  readonly command: readonly string[];
  /** What the command alone does not repeat. */
  readonly notes: readonly string[];
}

/** A choice may bring a section whose parameters differ, one of which is a choice again. */
const MOST_ROUNDS = 8;

export function changedParams({ model, params, dataset }: RunDescription): ParamValues {
  const training = differing(params, dotted('train', defaults(trainParams as Params)));
  let changed: ParamValues = {};
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const more = differing(params, makeModel(model, changed, dataset.sample).params);
    if (Object.keys(more).length === 0) break;
    changed = { ...changed, ...more };
  }
  return { ...changed, ...training };
}

/** Of the parameters that `usual` knows, those that are others. */
const differing = (params: ParamValues, usual: ParamValues): ParamValues =>
  Object.fromEntries(Object.entries(params).filter(([name, value]) => name in usual && usual[name] !== value));

export function repetitionOf(description: RunDescription, events: readonly RunEvent[], lastStep: number): Repetition {
  const { id, dataset, model, seed, stop, branchOf, device } = description;
  const changed = changedParams(description);
  const ofData = changedData(dataset);
  const set = Object.entries({ ...dotted('dataset', ofData), ...changed });
  const [until, isTimed] = stopWords(stop, lastStep);
  const plain = [
    ...['karst', 'train', '--dataset', dataset.id, '--model', model, '--seed', String(seed), '--device', device.id, ...until],
    ...set.flatMap(([name, value]: [string, ParamValue]) => ['--set', `${name}=${value}`]),
    ...['--run', `${id}-again`],
  ];
  const isFromStart = branchOf === undefined || branchOf.step === 0;
  const turned = events.filter(({ kind, step }) => kind === 'knobsChanged' && step <= lastStep);
  return {
    changed,
    command: isFromStart ? plain : ['karst', 'cure', branchOf.run, '--apply', branchOf.cure],
    notes: [
      `The data must have the fingerprint ${dataset.fingerprint}; the same seed, device and number of threads give the same weights.`,
      ...(isTimed ? [`It was stopped by the clock: here it takes as many steps as it took then.`] : []),
      ...(isFromStart
        ? []
        : [`It is a branch: it goes on from step ${branchOf.step} of ${branchOf.run}, which must be there as it was then.`]),
      ...turned.map(({ step, values = {} }) => `At step ${step} a person set ${words(values)}; the command does not.`),
    ],
  };
}

const words = (values: ParamValues): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');

function changedData({ id, params }: RunDescription['dataset']): ParamValues {
  const made = datasets.members.find((one) => one.id === id);
  const usual = made ? (defaults(made.params) as ParamValues) : {};
  return Object.fromEntries(Object.entries(params).filter(([name, value]) => usual[name] !== value));
}

function stopWords({ steps, epochs, seconds }: RunDescription['stop'], lastStep: number): [words: string[], isTimed: boolean] {
  if (steps !== undefined) return [['--steps', String(steps)], false];
  if (epochs !== undefined) return [['--epochs', String(epochs)], false];
  return [['--steps', String(Math.max(1, lastStep))], seconds !== undefined];
}

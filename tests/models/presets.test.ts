// Presets: each can be made for the data that it is meant for and states only what differs from the defaults; every dataset that Karst
// makes, and digits, have something good to begin with, something that collapses, and its cure.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaults } from '../../src/base/params.ts';
import type { SampleShape } from '../../src/datasets/dataset.ts';
import { modelFamilies } from '../../src/engine/catalogue.ts';
import { presetParams, presetPurposes, readPreset } from '../../src/models/preset.ts';
import { makeModel, splitRecipe } from '../../src/models/recipe.ts';
import { generatedDatasets } from '../../src/datasets/generated.ts';
import { trainParams } from '../../src/training/train-params.ts';

const folder = join(import.meta.dirname, '../../assets/presets');
const presets = readdirSync(folder).map((name) => [name, readPreset(name, readFileSync(join(folder, name), 'utf8'))] as const);

/** What a row of each dataset is: those that Karst makes, and what the files of others hold. */
const shapes: Readonly<Record<string, SampleShape>> = {
  ...Object.fromEntries(generatedDatasets.map(({ id, make }) => [id, make({ rows: 8 }).sample])),
  digits: { kind: 'picture', height: 28, width: 28, channels: 1 },
};

describe.each(presets)('preset %s', (name, preset) => {
  const sample = shapes[preset.dataset ?? ''];

  it('has the name of its file, data it is meant for, and a purpose', () => {
    expect(`${preset.id}.json`).toBe(name);
    expect(Object.keys(shapes)).toContain(preset.dataset);
    expect(presetPurposes).toContain(preset.purpose);
    expect(preset.epochs).toBeGreaterThan(0); // else it trains until somebody stops it
  });

  it('can be made, and states only what differs', () => {
    if (!sample) throw new Error(`no data ${preset.dataset}`);
    const model = makeModel(modelFamilies, preset.model, sample, preset.set);
    // Against the same choices with all else as it is: a member's own parameters differ from that member's defaults.
    const sections = splitRecipe(preset.set);
    const families = new Set(['model', 'train']);
    const choices = Object.fromEntries(Object.entries(preset.set).filter(([key]) => key.startsWith('model.')));
    const plain = makeModel(modelFamilies, preset.model, sample).params;
    const chosen = makeModel(modelFamilies, preset.model, sample, choices).params;
    expect(Object.keys(sections).length).toBeGreaterThan(0);
    for (const [key, value] of Object.entries(preset.set)) {
      const section = key.slice(0, key.indexOf('.'));
      if (section === 'train') {
        expect(defaults(trainParams), key).not.toMatchObject({ [key.slice(6)]: value });
        continue;
      }
      expect(model.params[key], key).toBe(value);
      expect((families.has(section) ? plain : chosen)[key], `${key} is the default`).not.toBe(value);
    }
    for (const part of model.training(Number(preset.set['train.batchSize'] ?? trainParams.batchSize.default))) {
      expect(part.program.inputs['x']).toBeDefined(); // packs and groups divide the batch
    }
  });

  it('says in its summary what to expect, in a line', () => {
    expect(preset.summary).toMatch(/\d/);
    expect(preset.summary).not.toContain('\n');
    expect(preset.summary.length).toBeLessThan(240);
  });
});

it('every dataset has a good preset, one that collapses, and its cure', () => {
  for (const dataset of Object.keys(shapes)) {
    for (const purpose of presetPurposes) {
      const found = presets.filter(([, preset]) => preset.dataset === dataset && preset.purpose === purpose);
      expect(found.length, `${dataset}: ${purpose}`).toBeGreaterThan(0);
    }
  }
});

describe('the text of a preset', () => {
  const text = (changes: Record<string, unknown>): string =>
    JSON.stringify({ id: 'a', title: 'A', summary: 'one', model: 'gan', set: { 'net.width': 8 }, ...changes });

  it('tells a form and a command the model and the data it is meant for', () => {
    const preset = readPreset('a.json', text({ dataset: 'ring', purpose: 'cure' }));
    expect(preset).toMatchObject({ dataset: 'ring', purpose: 'cure' });
    expect(defaults(presetParams(preset))).toEqual({ model: 'gan', dataset: 'ring' });
    expect(defaults(presetParams(readPreset('a.json', text({}))))).toEqual({ model: 'gan' });
  });

  it.each([
    ['a purpose that is none', { purpose: 'show' }, 'train, collapse, cure'],
    ['a dataset that is no text', { dataset: 3 }, 'text for dataset'],
    ['a field it does not know', { hint: 'x' }, 'not hint'],
    ['a value that is a list', { set: { 'net.width': [1] } }, 'numbers, texts or booleans'],
    ['a name without a section', { set: { width: 1 } }, 'section'],
    ['no whole time', { epochs: 0 }, 'positive'],
  ])('is refused with %s', (_, changes, expected) => {
    expect(() => readPreset('a.json', text(changes))).toThrow(expected);
  });
});

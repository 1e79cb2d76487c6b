// Which presets the form offers: those for its model, and for the data that it is about to train on; and that it shows all that they set.
import { afterEach, expect, it } from 'vitest';
import { draftOf } from '../../renderer/state/form-fields.ts';
import { Library } from '../../renderer/state/library.svelte.ts';
import { RunForm } from '../../renderer/state/run-form.svelte.ts';
import { presetParams, type Preset } from '../../src/models/preset.ts';
import { makeHome, openTestEngine } from '../engine/tiny-run.ts';
import { stage, until, type Stage } from './stage.ts';

let open: Stage | undefined;
afterEach(() => open?.connection.close());

const preset = (id: string, model: string, dataset?: string): Preset => ({
  ...{ id, title: id, summary: '', model, set: {} },
  ...(dataset === undefined ? {} : { dataset }),
});
const presets = [
  preset('points', 'vae', 'ring'),
  preset('players', 'gan', 'ring'),
  preset('shapes', 'vae', 'shapes'),
  preset('digits', 'vae', 'digits'),
  preset('any', 'vae'),
];

it('offers what fits the model and the data, and asks for no preset that it does not offer', async () => {
  open = stage({ isEmpty: true });
  const { connection } = open;
  const library = new Library(connection);
  const form = new RunForm(connection, library);
  connection.start();
  await until(() => library.isLoaded, 'the library');
  const member = (id: string) => ({ id, title: id, summary: '', params: {} });
  library.families = [
    ...library.families.filter(({ name }) => name !== 'preset' && name !== 'dataset'),
    { name: 'dataset', members: [member('ring'), member('shapes')] },
    { name: 'preset', members: presets.map((one) => ({ ...member(one.id), params: presetParams(one) })) },
  ];
  const offered = (): string[] => form.presets.map(({ id }) => id);
  form.open('ring');
  form.model = 'vae';
  expect(offered()).toEqual(['points', 'any']);
  form.dataset = 'shapes';
  expect(offered()).toEqual(['shapes', 'any']);
  form.dataset = '/somewhere/mnist'; // files: what presets for files are meant for
  expect(offered()).toEqual(['digits', 'any']);
  form.dataset = 'ring';
  form.model = 'gan';
  expect(offered()).toEqual(['players']);

  let asked: { readonly preset?: string | undefined } | undefined;
  Object.assign(connection.client, {
    startRun: (request: NonNullable<typeof asked>) => {
      asked = request;
      return Promise.reject(new Error('not now'));
    },
  });
  form.preset = 'points'; // chosen before the model was changed
  await form.start();
  expect(asked).toBeDefined();
  expect(asked).not.toHaveProperty('preset');
  form.preset = 'players';
  await form.start();
  expect(asked).toMatchObject({ preset: 'players' });
});

it('has a field for every value of every preset of Karst’s own', async () => {
  open = stage({ isEmpty: true });
  const { connection } = open;
  const library = new Library(connection);
  const form = new RunForm(connection, library);
  connection.start();
  await until(() => library.isLoaded, 'the library');
  const { home, remove } = makeHome();
  const engine = openTestEngine(home);
  library.families = await engine.client.families({});
  await engine.close();
  remove();
  const own = library.families.find(({ name }) => name === 'preset')?.members ?? [];
  expect(own.length).toBeGreaterThan(10);
  for (const { id, params, sets = {} } of own) {
    form.open(String(params['dataset']?.default));
    form.model = String(params['model']?.default);
    form.choosePreset(id);
    expect(form.chosenPreset?.id).toBe(id);
    expect(Object.keys(sets).length).toBeGreaterThan(0);
    const fields = [...form.modelFields, ...form.cures.flatMap((cure) => cure.fields)];
    const shown = Object.keys(sets).map((name) => {
      const field = fields.find((one) => one.name === name);
      return [name, field && draftOf(field, form.drafts)];
    });
    expect(Object.fromEntries(shown), id).toEqual(
      Object.fromEntries(Object.entries(sets).map(([name, value]) => [name, String(value)])),
    );
    expect(form.canStart).toBe(true);
    expect(form.byPreset.length + form.changed.length, id).toBe(Object.keys(sets).length);
  }
});

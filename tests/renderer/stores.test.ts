import { afterEach, describe, expect, it } from 'vitest';
import { Bench } from '../../renderer/state/bench.svelte.ts';
import { LandscapeState } from '../../renderer/state/landscape.svelte.ts';
import { draftOf } from '../../renderer/state/form-fields.ts';
import { Library } from '../../renderer/state/library.svelte.ts';
import { RunForm } from '../../renderer/state/run-form.svelte.ts';
import { joined, Training } from '../../renderer/state/training.svelte.ts';
import { rowsCsv } from '../../renderer/state/rows-csv.ts';
import { Selection } from '../../renderer/state/selection.svelte.ts';
import type { MapRecord, ReportRecord } from '../../src/protocol/records.ts';
import type { FakeOptions } from './page/fake-engine.ts';
import { stage, until, type Stage } from './stage.ts';

let open: Stage | undefined;
afterEach(() => open?.connection.close());

async function page(options: FakeOptions = {}) {
  open = stage(options);
  const { connection } = open;
  const library = new Library(connection);
  const training = new Training(connection, library);
  const landscape = new LandscapeState(connection, library);
  const bench = new Bench(connection, library, landscape);
  const selection = new Selection(connection, library, landscape);
  const form = new RunForm(connection, library);
  connection.start();
  await until(() => library.isLoaded, 'the library');
  return { ...open, library, training, landscape, bench, selection, form };
}

describe('the library', () => {
  it('looks at the run that trains, and loads what belongs to it', async () => {
    const { library, training, landscape } = await page();
    expect(library.selected?.id).toBe('digits-beta-4');
    await until(() => landscape.map !== undefined && training.reports.length > 0);
    expect(landscape.map?.count).toBe(4000);
    expect(training.latest?.step).toBe(4180);
    expect(training.latestPerDimension?.klPerDimension).toHaveLength(20);
  });

  it('pauses, renames, removes and brings back', async () => {
    const { library } = await page();
    await library.pause('digits-beta-4');
    expect(library.selected?.status).toBe('paused');
    await library.rename('digits-beta-4', 'four');
    expect(library.selected?.title).toBe('four');
    const run = library.selected;
    if (!run) throw new Error('a run is selected');
    await library.remove(run);
    expect(library.runs.map(({ id }) => id)).toEqual(['digits-cyclic', 'digits-plain']);
    expect(library.selectedId).toBe('digits-cyclic');
    expect(library.removed?.title).toBe('four');
    await library.undoRemove();
    expect(library.removed).toBeUndefined();
    expect(library.selected?.title).toBe('four');
  });

  it('keeps an error where the action was', async () => {
    const { library } = await page();
    await library.pause('no-such-run');
    expect(library.acting?.run).toBe('no-such-run');
    expect(library.acting?.call.error?.message).toContain('no-such-run');
    expect(await library.openDataset('relative')).toBeUndefined();
    expect(library.opening.error?.code).toBe('not-found');
  });

  it('asks for everything again when the engine is back', async () => {
    const { library, landscape, training, engine, cut } = await page();
    await until(() => landscape.map !== undefined);
    await engine.api.renameRun({ run: 'digits-plain', title: 'behind our back' }, {});
    cut();
    await engine.api.renameRun({ run: 'digits-cyclic', title: 'while we were gone' }, {});
    await until(() => library.runs.some(({ title }) => title === 'while we were gone'));
    expect(library.runs.some(({ title }) => title === 'behind our back')).toBe(true);
    await until(() => !training.loading.running && training.latest?.step === 4180);
    expect(library.selectedId).toBe('digits-beta-4');
  });
});

describe('a cure', () => {
  it('is tried in a branch, which is opened; the run it comes from stays as it was', async () => {
    const { library, training } = await page();
    const before = library.selected;
    const branch = await training.tryCure('digits-beta-4', 'lower-beta');
    expect(branch?.params['model.beta']).toBe(1);
    expect(library.selectedId).toBe(branch?.id);
    await until(() => library.runs.some(({ id, status }) => id === 'digits-beta-4' && status === 'paused'));
    expect(library.runs.find(({ id }) => id === 'digits-beta-4')).toEqual({ ...before, status: 'paused' });
  });

  it('does not call one back who has turned to another run, and keeps what went wrong with its cure', async () => {
    const { library, training } = await page();
    const trying = training.tryCure('digits-beta-4', 'lower-beta');
    library.select('digits-plain');
    expect((await trying)?.id).toBe('digits-beta-4-lower-beta');
    expect(library.selectedId).toBe('digits-plain');
    expect(await training.tryCure('digits-beta-4', 'more-data')).toBeUndefined();
    expect(training.trying).toMatchObject({ run: 'digits-beta-4', cure: 'more-data' });
    expect(training.trying?.call.error?.message).toContain('advice');
  });
});

describe('the landscape', () => {
  it('takes two clicks for a path, a third begins again', async () => {
    const { landscape, bench } = await page();
    await until(() => landscape.map !== undefined);
    landscape.pick(20);
    expect([landscape.a, landscape.b]).toEqual([40, undefined]);
    await until(() => bench.neighbours !== undefined && bench.traversal !== undefined && bench.point !== undefined);
    expect(bench.neighbours?.rowIds).toHaveLength(12);
    expect(bench.traversal?.samples.count).toBe(6 * 9);
    landscape.pick(20);
    expect(landscape.b).toBeUndefined(); // the same point is no path
    landscape.pick(31);
    await until(() => bench.path !== undefined);
    expect([landscape.a, landscape.b]).toEqual([40, 62]);
    expect(bench.path?.support).toHaveLength(8);
    bench.walkAgain({ frames: 5, method: 'lerp' });
    await until(() => bench.path?.count === 5);
    expect(bench.path?.method).toBe('lerp');
    landscape.pick(3);
    expect([landscape.a, landscape.b, bench.path]).toEqual([6, undefined, undefined]);
    landscape.clearPicks();
    expect([bench.point, bench.neighbours]).toEqual([undefined, undefined]);
  });

  it('shows the layout asked for, and no older one', async () => {
    const { landscape } = await page();
    await until(() => landscape.map !== undefined);
    landscape.show({ dims: 2 });
    await until(() => landscape.map?.dims === 2);
    expect(landscape.map?.positions).toHaveLength(8000);
    landscape.show({ method: 'umap', dims: 3 });
    expect(landscape.loading.running).toBe(true);
    await until(() => landscape.map?.method === 'umap');
    expect(landscape.indexOf(40)).toBe(20);
    expect(landscape.indexOf(41)).toBeUndefined();
  });

  it('shows draws in place of means when asked, and takes no map of the others', async () => {
    const { landscape, connection } = await page({ isLive: true });
    await until(() => landscape.map !== undefined);
    expect(landscape.map?.codes).toBeUndefined();
    landscape.show({ codes: 'sample' });
    await until(() => landscape.map?.codes === 'sample');
    let told = 0;
    connection.onEvent((name) => (told += Number(name === 'mapUpdated'))); // those of the means, as the run trains
    await until(() => told > 0, 'a map of the means');
    expect(landscape.map?.codes).toBe('sample');
    landscape.show({ codes: 'mean' });
    await until(() => landscape.map?.codes === undefined);
  });

  it('asks places, paths and rows of the very map that it shows', async () => {
    const { landscape, bench, connection } = await page();
    const asked: Record<string, unknown>[] = [];
    const { client } = connection;
    const note = (name: 'decodeAt' | 'interpolate' | 'place'): void => {
      const call = client[name] as (request: never, options?: object) => Promise<unknown>;
      const noting = (request: never, options?: object): Promise<unknown> => (asked.push({ name, ...(request as object) }), call(request, options)); // prettier-ignore
      Object.assign(client, { [name]: noting });
    };
    for (const name of ['decodeAt', 'interpolate', 'place'] as const) note(name);
    landscape.show({ codes: 'sample', dims: 2 });
    await until(() => landscape.map?.codes === 'sample');
    await landscape.decodeAt([0, 0]);
    landscape.pick(20);
    await bench.place();
    landscape.pick(31);
    await until(() => bench.path !== undefined);
    expect(asked).toMatchObject([
      { name: 'decodeAt', method: 'pca', codes: 'sample', seed: 0 },
      { name: 'place', map: 'pca', dims: 2, codes: 'sample' },
      { name: 'interpolate', map: 'pca', dims: 2, codes: 'sample' },
    ]);
  });

  it('finds a row by search, marks the place on the map it was asked of, and forgets it with the pick', async () => {
    const { landscape, bench } = await page();
    await until(() => landscape.map !== undefined);
    landscape.pick(20);
    await until(() => bench.point !== undefined);
    void bench.place();
    await until(() => bench.placing.progress?.fraction !== undefined, 'progress');
    bench.placing.cancel();
    expect([bench.placing.running, bench.placed]).toEqual([false, undefined]);
    await bench.place();
    expect(bench.placed?.record).toMatchObject({ rowId: 40, residual: 0.04, encodedResidual: 0.11 });
    expect(bench.foundAt).toHaveLength(3);
    landscape.show({ dims: 2 });
    await until(() => landscape.map?.dims === 2);
    expect([bench.foundAt, bench.placed?.record.rowId]).toEqual([undefined, 40]);
    landscape.pick(31);
    landscape.pick(3);
    expect(bench.placed).toBeUndefined();
  });

  it('keeps the rows drawn around, adds to them, takes from them, and decodes them', async () => {
    const { landscape, selection, library } = await page();
    await until(() => landscape.map !== undefined);
    selection.select([31, 20, 5]);
    expect([...selection.rows]).toEqual([10, 40, 62]);
    selection.select([20, 2], 'add');
    selection.select([5, 9], 'remove');
    expect([...selection.rows]).toEqual([4, 40, 62]);
    landscape.pick(3);
    await selection.decode();
    expect(landscape.a).toBeUndefined();
    expect([...(selection.decodedNow?.rowIds ?? [])]).toEqual([4, 40, 62]);
    expect([selection.decodedNow?.samples.count, selection.decodedNow?.latents.length]).toEqual([3, 60]);
    landscape.show({ dims: 2 });
    await until(() => landscape.map?.dims === 2);
    expect([...selection.rows]).toEqual([4, 40, 62]); // rows outlive a layout
    selection.selectAll();
    expect([selection.rows.length, selection.decodedNow]).toEqual([4000, undefined]); // those decoded were of another selection
    await selection.decode();
    expect(selection.decodedNow?.rowIds).toHaveLength(60);
    expect(new Set(selection.decodedNow?.rowIds).size).toBe(60);
    selection.toggle('lasso');
    library.select('digits-plain');
    expect([selection.rows.length, selection.tool]).toEqual([0, 'navigate']);
  });

  it('counts the selected rows by class, shows them alone, fetches the first, and writes them out', async () => {
    const { landscape, selection } = await page();
    await until(() => landscape.map !== undefined);
    const { labels, positions, reconstruction, kl } = landscape.map as MapRecord & { labels: Int32Array };
    landscape.toggleLabel(3);
    selection.selectAll();
    expect(selection.rows.length).toBe(labels.filter((label) => label !== 3).length);
    expect(selection.classes).toHaveLength(9);
    expect(selection.classes.reduce((sum, { count }) => sum + count, 0)).toBe(selection.rows.length);
    selection.keepClass(7);
    expect(selection.classes).toEqual([{ label: 7, name: '7', count: labels.filter((label) => label === 7).length }]);
    selection.isAlone = true;
    expect([...(selection.mask ?? [])]).toEqual(Array.from(labels, (label) => Number(label === 7)));
    await until(() => selection.firstNow?.count === 12, 'the first pictures');
    selection.select([1, 8]);
    expect(selection.firstNow).toBeUndefined();
    const [head, ...lines] = selection.csv().trim().split('\n');
    expect(head).toBe('row,label,x,y,z,reconstruction_nats,kl_nats');
    const numbers = (index: number) => [...positions.slice(3 * index, 3 * index + 3), reconstruction?.[index], kl?.[index]];
    expect(lines).toEqual([1, 8].map((i) => [2 * i, labels[i], ...numbers(i)].join(',')));
    selection.toggleRow(8);
    expect([...selection.rows]).toEqual([2]);
    selection.toggleRow(1);
    expect([selection.rows.length, selection.isAlone]).toEqual([0, false]);
  });

  it('hides labels, and shows one alone', async () => {
    const { landscape } = await page();
    landscape.toggleLabel(3);
    expect([...landscape.hidden]).toEqual([3]);
    landscape.toggleLabel(3);
    landscape.onlyLabel(1, [0, 1, 2]);
    expect([...landscape.hidden]).toEqual([0, 2]);
    landscape.onlyLabel(1, [0, 1, 2]);
    expect(landscape.hidden.size).toBe(0);
  });

  it('fetches pictures when they are wanted, and vectors at once, to draw others among', async () => {
    const { landscape, library } = await page();
    await until(() => landscape.map !== undefined);
    expect([library.sampleKind, landscape.pictures, landscape.among]).toEqual(['pictures', undefined, undefined]);
    landscape.togglePictures();
    await until(() => landscape.pictures !== undefined, 'the pictures');
    expect([landscape.pictures?.samples.count, landscape.pictures?.rowIds[1]]).toEqual([2000, 4]);
    open?.connection.close();

    const plane = await page({ isPlane: true });
    await until(() => plane.landscape.among !== undefined, 'the vectors');
    expect(plane.landscape.among).toMatchObject({ kind: 'vectors', count: 400, size: 2 });
    expect([plane.library.sampleKind, plane.landscape.pictures]).toEqual(['vectors', undefined]);
  });

  it('decodes what is pointed at, and forgets it when nothing is', async () => {
    const { landscape } = await page();
    await until(() => landscape.map !== undefined);
    landscape.hover(7, 10, 10);
    await until(() => landscape.hoveredPoint !== undefined);
    expect(landscape.hoveredPoint?.rowId).toBe(14);
    landscape.hover(undefined);
    expect([landscape.hovered, landscape.hoveredPoint]).toEqual([undefined, undefined]);
  });
});

describe('the form of a run', () => {
  it('starts a run with what differs from the defaults', async () => {
    const { form, library } = await page({ isEmpty: true });
    expect(library.runs).toEqual([]);
    form.open();
    expect([form.dataset, form.model]).toEqual(['mnist', 'vae']);
    const beta = form.modelFields.find(({ name }) => name === 'model.beta');
    if (!beta) throw new Error('the model has a beta');
    form.draft(beta, 'lots');
    expect(form.canStart).toBe(false);
    expect(await form.start()).toBeUndefined();
    form.draft(beta, '4');
    form.title = 'mine';
    expect(form.canStart).toBe(true);
    expect(await form.start()).toMatchObject({ id: 'mine' });
    expect(form.isOpen).toBe(false);
    expect(library.selectedId).toBe('mine');
  });

  it('stays open with the engine’s reason when it is refused', async () => {
    const { form } = await page();
    form.open();
    const beta = form.modelFields.find(({ name }) => name === 'model.beta');
    if (beta) form.draft(beta, '99');
    await form.start();
    expect(form.isOpen).toBe(true);
    expect(form.starting.error?.message).toContain('beta 99');
  });

  it('asks for an amount when a stop is chosen', async () => {
    const { form } = await page();
    form.open();
    form.stop = 'steps';
    form.stopAmount = '1.5';
    expect(form.stopFault).toContain('whole');
    expect(form.canStart).toBe(false);
    form.stopAmount = '100';
    expect(form.canStart).toBe(true);
  });
});

it('quotes what a comma or a quote would break in a line of rows', () => {
  const [rowIds, labels, positions] = [Int32Array.of(7, 9, 11), Int32Array.of(1, 0, -1), Float32Array.of(0.5, 1, 2, 3, 4, 5)];
  const map = {
    run: 'a',
    step: 1,
    method: 'pca',
    dims: 2,
    seed: 0,
    count: 3,
    provisional: false,
    rowIds,
    labels,
    positions,
  } as const;
  expect(rowsCsv({ ...map, labelNames: ['a "b"', 'x, y'] }, [0, 1, 2])).toBe(
    'row,label,x,y\n7,"x, y",0.5,1\n9,"a ""b""",2,3\n11,,4,5\n',
  );
});

describe('the form of a model with players and cures', () => {
  const ganForm = async () => {
    const { form } = await page();
    form.open();
    form.model = 'gan';
    return form;
  };
  const fieldOf = ({ modelFields, cures }: RunForm, name: string) => {
    const field = [...modelFields, ...cures.flatMap(({ fields }) => fields)].find((one) => one.name === name);
    if (!field) throw new Error(`there is a field ${name}`);
    return field;
  };

  it('offers the presets of the model alone, and the settings of the members it chose', async () => {
    const form = await ganForm();
    expect(form.presets.map(({ id }) => id)).toEqual(['ring-r3gan']);
    expect(form.modelFields.some(({ name }) => name.startsWith('loss.'))).toBe(false);
    form.draft(fieldOf(form, 'model.loss'), 'relativistic');
    expect(form.modelFields.map(({ name }) => name)).toContain('loss.fade');
    form.model = 'vae';
    expect([form.presets.map(({ id }) => id), form.cures]).toEqual([['digits'], []]);
  });

  it('has its cures off, says which are on, and switches one off again', async () => {
    const form = await ganForm();
    expect(form.cures.map(({ title, paper }) => [title, paper])).toEqual([
      ['Packing', 'Lin et al. 2018'],
      ['R1', undefined],
    ]);
    expect(form.curesOn).toEqual([]);
    form.draft(fieldOf(form, 'r1.gamma'), '0.02');
    form.draft(fieldOf(form, 'packing.samples'), '1.0');
    expect(form.curesOn).toEqual(['r1']);
    form.draft(fieldOf(form, 'packing.samples'), '2');
    expect(form.curesOn).toEqual(['packing', 'r1']);
    const [packing] = form.cures;
    if (packing) form.switchOff(packing);
    expect(form.curesOn).toEqual(['r1']);
    form.draft(fieldOf(form, 'r1.gamma'), '-1');
    expect(form.canStart).toBe(false);
  });

  it('shows what a preset sets, and sends only what a person made of it', async () => {
    const form = await ganForm();
    const valueOf = (name: string): string => draftOf(fieldOf(form, name), form.drafts);
    form.draft(fieldOf(form, 'model.loss'), 'hinge');
    form.draft(fieldOf(form, 'model.discriminatorLearningRate'), '0.001');
    expect(form.changed.map(({ name }) => name)).toEqual(['model.discriminatorLearningRate']);
    form.choosePreset('ring-r3gan');
    expect(['model.loss', 'loss.fade', 'r1.gamma'].map(valueOf)).toEqual(['relativistic', '0.5', '0.02']);
    expect(form.byPreset.map(({ name }) => name)).toEqual(['model.loss', 'loss.fade', 'r1.gamma']);
    expect(form.changed.map(({ name }) => name)).toEqual(['model.discriminatorLearningRate']);
    expect(form.curesOn).toEqual(['r1']);
    const sent: unknown[] = [];
    const { client } = (open as Stage).connection;
    Object.assign(client, { startRun: (request: { set: unknown; preset?: string }) => (sent.push([request.preset, request.set]), Promise.reject(new Error('not now'))) }); // prettier-ignore
    await form.start();
    form.draft(fieldOf(form, 'loss.fade'), '1'); // the default, which the preset is not
    form.draft(fieldOf(form, 'model.discriminatorLearningRate'), '0.0002');
    const r1 = form.cures.find(({ id }) => id === 'r1');
    if (r1) form.switchOff(r1);
    expect([form.curesOn, valueOf('r1.gamma')]).toEqual([[], '0']);
    await form.start();
    form.draft(fieldOf(form, 'loss.fade'), '0.5');
    form.draft(fieldOf(form, 'r1.gamma'), '0.02');
    await form.start();
    expect(sent).toEqual([
      ['ring-r3gan', { 'model.discriminatorLearningRate': 0.001 }],
      ['ring-r3gan', { 'loss.fade': 1, 'r1.gamma': 0 }],
      ['ring-r3gan', {}],
    ]);
    expect(form.changed).toEqual([]);
    form.choosePreset('');
    expect([valueOf('model.loss'), form.curesOn, form.byPreset]).toEqual(['hinge', [], []]);
  });

  it('fills a preset in over what was typed there, and keeps what was typed elsewhere', async () => {
    const { form } = await page();
    form.open();
    const valueOf = (name: string): string => draftOf(fieldOf(form, name), form.drafts);
    form.draft(fieldOf(form, 'model.beta'), '2');
    form.draft(fieldOf(form, 'train.batchSize'), '64');
    form.choosePreset('digits');
    expect(['model.beta', 'model.freeBits', 'train.clip', 'train.batchSize'].map(valueOf)).toEqual(['4', '0.1', 'true', '64']);
    form.draft(fieldOf(form, 'model.beta'), '7');
    form.model = 'gan'; // for which this preset is not
    expect([form.chosenPreset, form.byPreset]).toEqual([undefined, []]);
    form.model = 'vae';
    expect(['model.beta', 'model.freeBits'].map(valueOf)).toEqual(['7', '0.1']);
  });

  it('sends the cures with the rest, each under its own name', async () => {
    const form = await ganForm();
    form.draft(fieldOf(form, 'r1.gamma'), '0.02');
    form.draft(fieldOf(form, 'model.loss'), 'relativistic');
    expect(await form.start()).toMatchObject({ model: 'gan', params: { 'r1.gamma': 0.02, 'model.loss': 'relativistic' } });
  });
});

describe('reports', () => {
  const at = (...steps: number[]): ReportRecord[] =>
    steps.map((step) => ({ step, epoch: 0, elapsedSeconds: 0, imagesPerSecond: 0, losses: {}, knobs: {} }));

  it('are joined where they overlap, the newer ones winning', () => {
    expect(joined(at(1, 2, 3), at(4, 5)).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    expect(joined(at(1, 2, 3, 4), at(3, 4, 5)).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    expect(joined(at(10, 20, 30), at(15)).map(({ step }) => step)).toEqual([10, 15]); // resumed from an earlier checkpoint
    const same = at(1);
    expect(joined(same, [])).toBe(same);
  });
});

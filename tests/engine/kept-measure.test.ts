// What was measured of a checkpoint is told again: the same to the bit as if it were made now, and never of other weights or made in another way.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keptMeasure } from '../../src/engine/kept-measure.ts';
import { keepMeasured } from '../../src/node/devices/machine.ts';
import { openFiles } from '../../src/node/files.ts';
import type { FullLookRecord, MadeRecord, MeasureRecord } from '../../src/protocol/records.ts';
import { openRun, type RunFolder } from '../../src/runs/run-folder.ts';
import { makeHome, openTestEngine, tinyRequest, until, type TestEngine } from './tiny-run.ts';

const { home, remove } = makeHome();
const file = path.join(home, 'runs/tiny/measures/step-000020.json');
let test: TestEngine;
let folder: RunFolder;
let trained: FullLookRecord & { readonly made: MadeRecord };
const kept = (): string => readFileSync(file, 'utf8');
const measure = (more: object = {}): Promise<MeasureRecord> => test.client.measure({ run: 'tiny', ...more });
/** An ELBO that no measurement gives: who tells it has read it. */
const marked = (made: object = {}): FullLookRecord => {
  const heldOut = { ...trained.measure.heldOut, elbo: 99 };
  return { ...trained, measure: { ...trained.measure, heldOut }, made: { ...trained.made, ...made } };
};
const isMarked = ({ heldOut }: Pick<MeasureRecord, 'heldOut'>): boolean => heldOut.elbo === 99;

beforeAll(async () => {
  // One thread, as what measures has: more add in another order.
  const device = { id: 'onnx-cpu', title: 'the processor', kind: 'compiled', works: true, threads: 1, isDefault: true } as const;
  await keepMeasured(home, [device]);
  test = openTestEngine(home);
  const { 'model.net': _, ...set } = { ...tinyRequest.set, 'train.measureEvery': 20 }; // points: rows of pictures would take longer
  await test.client.startRun({ ...tinyRequest, dataset: 'ring', datasetParams: { rows: 400 }, set, name: 'tiny', steps: 20 });
  await until(async () => (await test.client.run({ run: 'tiny' })).status === 'finished', 'the end of training');
  folder = await openRun(openFiles(path.join(home, 'runs/tiny')));
  trained = (await folder.loadMeasure(20)) as typeof trained;
});
afterAll(async () => {
  await test.close();
  remove();
});

it('what training measured is told, and is what would be measured now, to the bit', async () => {
  const before = kept();
  const told = await measure();
  expect(kept()).toBe(before);
  const again = await measure({ again: true });
  expect(again).toStrictEqual(told);
  const now = await folder.loadMeasure(20);
  expect([now.measure, now.made]).toStrictEqual([trained.measure, trained.made]);
});

it('is read by whoever asks', async () => {
  await folder.saveMeasure(marked());
  expect(isMarked(await measure())).toBe(true);
  expect(isMarked((await test.client.report({ run: 'tiny' })).measure)).toBe(true);
  const compared = await test.client.compare({ of: [{ run: 'tiny' }, { run: 'tiny', step: 20 }] });
  expect(compared.figures.find(({ id }) => id === 'elbo')?.values).toEqual([99, 99]);
});

it('is not told of other weights, nor where it was made in another way', async () => {
  const wanted = { step: 20, importanceSamples: 0, karst: trained.made.karst, weights: trained.made.weights };
  expect(await keptMeasure(folder, wanted)).toMatchObject({ heldOut: { elbo: 99 } });
  for (const other of [{ step: 0 }, { karst: '0.0.0' }, { weights: 'others' }, { importanceSamples: 4 }])
    expect(await keptMeasure(folder, { ...wanted, ...other }), JSON.stringify(other)).toBeUndefined();
  await folder.saveMeasure(marked({ format: 0 }));
  expect(await keptMeasure(folder, wanted)).toBeUndefined();
  const { made: _, ...old } = marked();
  await folder.saveMeasure(old);
  expect(await keptMeasure(folder, wanted)).toBeUndefined();
});

it('with the importance-weighted bound holds everything without it', async () => {
  const logLikelihood = { nats: -50, importanceSamples: 4 };
  const look = marked({ importanceSamples: 4 });
  await folder.saveMeasure({ ...look, measure: { ...look.measure, logLikelihood } });
  expect(await measure({ importanceSamples: 4 })).toMatchObject({ heldOut: { elbo: 99 }, logLikelihood });
  const without = await measure();
  expect([isMarked(without), 'logLikelihood' in without]).toEqual([true, false]);
});

it('is made again where it is damaged, though not written while the run is trained elsewhere', async () => {
  writeFileSync(file, '{"step":20');
  const lock = await folder.lock();
  const { run: _, ...measured } = await measure().finally(() => lock.release());
  expect(kept()).toBe('{"step":20');
  expect(measured).toStrictEqual(trained.measure);
  await measure();
  expect((await folder.loadMeasure(20)).measure).toStrictEqual(trained.measure);
});

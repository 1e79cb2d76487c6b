// What a map can be coloured by is what its model has: a KL where there is a bound, none of a GAN, not even from files that once held one.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { colouringsOf } from '../../renderer/state/colouring.ts';
import { openFiles } from '../../src/node/files.ts';
import { readLatents, writeLatents } from '../../src/runs/latents.ts';
import { openRun } from '../../src/runs/run-folder.ts';
import { makeHome, openTestEngine, until, type TestEngine } from './tiny-run.ts';

const { home, remove } = makeHome();
let test: TestEngine;

beforeAll(async () => {
  test = openTestEngine(home);
  const train = { 'train.batchSize': 20, 'train.checkpointEvery': 20, 'train.evaluateEvery': 20 };
  const request = { dataset: 'ring', datasetParams: { rows: 300 }, device: 'onnx-cpu', seed: 3, steps: 20, set: train } as const;
  for (const model of ['vae', 'vq-vae', 'gan']) await test.client.startRun({ ...request, model, name: model });
  await until(async () => (await test.client.runs({})).every(({ status }) => status === 'finished'), 'the end of training');
});
afterAll(async () => {
  await test.close();
  remove();
});

it('KL is a column where it is part of a bound', async () => {
  for (const run of ['vae', 'vq-vae']) {
    expect(colouringsOf(await test.client.map({ run })), run).toEqual(['label', 'reconstruction', 'kl']);
  }
  expect(colouringsOf(await test.client.map({ run: 'gan' }))).toEqual(['label', 'reconstruction']);
});

it('files of codes hold none either, and are read with and without', async () => {
  const folder = await openRun(openFiles(`${home}/runs/gan`));
  const sample = await folder.loadLatents();
  expect(sample.kl).toBeUndefined();
  expect(readLatents('codes', writeLatents(sample))).toEqual(sample);
  const kl = Float32Array.from(sample.reconstruction, (_, i) => i);
  expect(readLatents('codes', writeLatents({ ...sample, kl })).kl).toEqual(kl);
  const { summary } = await test.client.exportRun({ run: 'gan', what: 'latents', out: `${home}/gan.safetensors` });
  expect(summary).toMatch(/mean, logVariance, reconstruction, rowIds, labels$/);

  await folder.saveLatents({ ...sample, kl }); // as an earlier version did
  const later = openTestEngine(home);
  expect((await later.client.map({ run: 'gan' })).kl).toBeUndefined();
  await later.close();
});

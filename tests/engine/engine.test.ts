// The engine over real folders, trainers and a decoder: what a page sees from an empty library to an exported model.
import { createRequire } from 'node:module';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readProvenance, signedPng } from '../../src/engine/grid-provenance.ts';
import { readPng } from '../../src/engine/png.ts';
import { decodeMessage, encodeMessage } from '../../src/base/bytes.ts';
import { gridKinds, type EngineEvents } from '../../src/protocol/engine-api.ts';
import type { GridProvenance, GridRecord, MapRecord, RunRecord } from '../../src/protocol/records.ts';
import { openRun } from '../../src/runs/run-folder.ts';
import { openFiles } from '../../src/node/files.ts';
import { readParquet } from './read-parquet.ts';
import { makeHome, openTestEngine, tinyRequest, until, type TestEngine } from './tiny-run.ts';

const { home, remove } = makeHome();
let test: TestEngine;
let run: RunRecord;

beforeAll(async () => {
  test = openTestEngine(home);
  run = await test.client.startRun({ ...tinyRequest, name: 'tiny', steps: 60 });
  await until(async () => (await test.client.run({ run: 'tiny' })).status === 'finished', 'the end of training');
  run = await test.client.run({ run: 'tiny' });
});
afterAll(async () => {
  await test.close();
  remove();
});

describe('a run', () => {
  it('is told while it trains and is all there at its end', async () => {
    expect(run).toMatchObject({
      id: 'tiny',
      status: 'finished',
      step: 60,
      steps: 60,
      latentSize: 4,
      seed: 3,
      device: 'onnx-cpu',
    });
    expect(run.checkpoints).toEqual([0, 20, 40, 60]);
    const reports = await test.client.reports({ run: 'tiny' });
    expect(reports.at(-1)?.step).toBe(60);
    expect(reports.at(-1)?.heldOut?.rows).toBe(20);
    const reported = test.told
      .filter(({ name }) => name === 'reported')
      .flatMap(({ event }) => (event as EngineEvents['reported']).reports);
    expect([...new Set(reported.map(({ step }) => step))]).toEqual(reports.map(({ step }) => step));
    await until(
      () => test.told.some(({ name, event }) => name === 'runChanged' && (event as RunRecord).status === 'finished'),
      'runChanged',
    );
    expect((await test.client.runs({})).map(({ id }) => id)).toEqual(['tiny']);
    expect(await test.client.about({})).toMatchObject({ home, firstStart: false });
  });

  it('gets pictures and a verdict in the background', async () => {
    await test.client.runs({});
    await until(async () => (await test.client.run({ run: 'tiny' })).thumbnails !== undefined, 'thumbnails');
    const { thumbnails } = await test.client.run({ run: 'tiny' });
    expect(thumbnails).toMatchObject({ kind: 'pictures', count: 4, height: 32, width: 32, channels: 3 });
    await until(async () => (await test.client.run({ run: 'tiny' })).verdict.sentence !== 'Not measured yet.', 'a verdict');
  });

  it('may not be started twice under one name, nor under a name that is a path or hidden', async () => {
    await expect(test.client.startRun({ ...tinyRequest, name: 'tiny', steps: 1 })).rejects.toMatchObject({ code: 'exists' });
    for (const name of ['../up', 'a/b', '.hidden', 'a\\b', '', 'x.', 'nul\0']) {
      await expect(test.client.startRun({ ...tinyRequest, name, steps: 1 }), name).rejects.toMatchObject({ code: 'usage' });
    }
    await expect(test.client.startRun({ ...tinyRequest, steps: 1, epochs: 1 })).rejects.toMatchObject({ code: 'usage' });
    await expect(test.client.startRun({ ...tinyRequest, set: { 'model.betta': 1 }, steps: 1 })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('beta') as string,
    });
    await expect(test.client.startRun({ ...tinyRequest, preset: 'nothing', steps: 1 })).rejects.toMatchObject({
      message: expect.stringContaining('mnist-mlp') as string,
    });
    const lone = path.join(home, 'lone.csv');
    writeFileSync(lone, 'a,b\n1,2\n');
    await expect(test.client.startRun({ ...tinyRequest, dataset: lone, datasetParams: {}, steps: 1 })).rejects.toMatchObject({
      code: 'bad-data',
      message: expect.stringMatching(/has 1 row, and training needs 2 or more.*add rows/) as string,
    });
    expect(readdirSync(path.join(home, 'runs'))).toEqual(['tiny']);
  });

  it('tells which model and data each preset is meant for', async () => {
    const members = (await test.client.families({})).find(({ name }) => name === 'preset')?.members ?? [];
    const preset = members.find(({ id }) => id === 'ring-r3gan');
    expect(preset).toMatchObject({ params: { model: { default: 'gan' }, dataset: { default: 'ring' } } });
    expect(preset?.paper).toContain('R3GAN');
  });

  it('is renamed, removed to the trash and restored', async () => {
    expect((await test.client.renameRun({ run: 'tiny', title: 'A title, with / anything' })).title).toBe(
      'A title, with / anything',
    );
    const { trashed } = await test.client.removeRun({ run: 'tiny' });
    expect(await test.client.runs({})).toEqual([]);
    await expect(test.client.run({ run: 'tiny' })).rejects.toMatchObject({ code: 'not-found' });
    await expect(test.client.restoreRun({ trashed: '../runs' })).rejects.toMatchObject({ code: 'usage' });
    expect((await test.client.restoreRun({ trashed })).id).toBe('tiny');
    await expect(test.client.restoreRun({ trashed })).rejects.toMatchObject({ code: 'not-found' });
    await test.client.renameRun({ run: 'tiny', title: 'tiny' });
  });

  it('crosses a binary frame whole', () => {
    expect(decodeMessage(encodeMessage(run))).toStrictEqual(run);
  });
});

describe('the latent space of a run', () => {
  it('is measured on the held-out rows, the same at each asking', async () => {
    const measured = await test.client.measure({ run: 'tiny' });
    expect(measured).toMatchObject({ run: 'tiny', step: 60, latentSize: 4, model: 'vae' });
    const { elbo = NaN, reconstruction, kl = NaN } = measured.heldOut;
    expect(elbo).toBeCloseTo(-(reconstruction + kl), 6);
    expect(measured.klPerDimension.reduce((sum, one) => sum + one, 0)).toBeCloseTo(kl, 4);
    expect(await test.client.measure({ run: 'tiny' })).toEqual(measured);
    const reports = await test.client.reports({ run: 'tiny' });
    expect(reports.at(-1)?.heldOut?.elbo).toBeCloseTo(elbo, 2); // the trainer's own figure at this step
    expect((await test.client.measure({ run: 'tiny', step: 20 })).heldOut.elbo).not.toBe(elbo);
    await expect(test.client.measure({ run: 'tiny', step: 21 })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('is mapped by PCA at once, and places on the map lead back to codes', async () => {
    const map = await test.client.map({ run: 'tiny', method: 'pca', dims: 3 });
    expect(map).toMatchObject({ run: 'tiny', step: 60, dims: 3, count: 200, provisional: false, unitsPerSd: 1 });
    expect(map.labels?.length).toBe(200);
    const point = await test.client.point({ run: 'tiny', rowId: map.rowIds[7] as number });
    const at = await test.client.decodeAt({ run: 'tiny', method: 'pca', position: map.positions.slice(21, 24) });
    expect(at.residual).toBeLessThan(1e-3);
    expect(at.latent.length).toBe(4);
    // Three of four dimensions are on the map: what is decoded there is near the row's own code.
    const distance = Math.hypot(...at.latent.map((value, j) => value - (point.mean[j] as number)));
    expect(distance).toBeLessThan(Math.hypot(...point.mean) + 1e-6);
    expect((await test.client.map({ run: 'tiny', method: 'pca', dims: 3 })).positions).toEqual(map.positions);
  });

  it('is mapped by UMAP after a quick stand-in, told as an event', async () => {
    const first = await test.client.map({ run: 'tiny', method: 'umap', dims: 2, seed: 5 });
    expect(first).toMatchObject({ method: 'umap', dims: 2, provisional: true });
    const isIt = ({ name, event }: TestEngine['told'][number]): boolean =>
      name === 'mapUpdated' && (event as MapRecord).method === 'umap';
    await until(() => test.told.some(isIt), 'UMAP');
    const map = test.told.find(isIt)?.event as MapRecord;
    expect(map).toMatchObject({ step: 60, provisional: false, dims: 2, seed: 5 });
    expect(map.quality?.trustworthiness).toBeGreaterThan(0.8);
    expect(await test.client.map({ run: 'tiny', method: 'umap', dims: 2, seed: 5 })).toEqual(map);
  });

  it('answers for points, paths, traversals and neighbours', async () => {
    const { client } = test;
    const point = await client.point({ run: 'tiny', rowId: 5 });
    expect(point.original).toMatchObject({ count: 1, height: 32 });
    expect(point.reconstruction.data.length).toBe(32 * 32 * 3);
    expect((await client.originals({ run: 'tiny', rowIds: Int32Array.of(5) })).data).toEqual(point.original.data);
    expect((await client.decode({ run: 'tiny', latents: point.mean.slice() })).data).toEqual(point.reconstruction.data);
    await expect(client.point({ run: 'tiny', rowId: 200 })).rejects.toMatchObject({ code: 'not-found' });

    const path_ = await client.interpolate({ run: 'tiny', from: 5, to: 9, count: 5, map: 'pca' });
    expect(path_.latents.slice(0, 4)).toEqual(point.mean);
    expect(path_.samples.count).toBe(5);
    expect(path_.positions?.length).toBe(15);
    expect(path_.support.length).toBe(5);
    await expect(client.interpolate({ run: 'tiny', from: 5, to: 9, method: 'slurp' })).rejects.toMatchObject({
      message: expect.stringContaining('slerp') as string,
    });

    // An older step answers with its own codes, and its path lies on its own map from point to point.
    const map = await client.map({ run: 'tiny', method: 'umap', dims: 2, step: 20, seed: 9, wait: true });
    expect(map.step).toBe(20);
    const early = await client.interpolate({ run: 'tiny', step: 20, from: 5, to: 9, count: 5, map: 'umap', seed: 9 });
    const sample = await openRun(openFiles(`${home}/runs/tiny`)).then((folder) => folder.loadLatents(20));
    const at = (row: number): number => sample.rowIds.indexOf(row);
    expect(early.latents.slice(0, 4)).toEqual(sample.mean.slice(4 * at(5), 4 * at(5) + 4));
    expect(early.positions?.slice(0, 2)).toEqual(map.positions.slice(2 * at(5), 2 * at(5) + 2));
    expect(early.positions?.slice(-2)).toEqual(map.positions.slice(2 * at(9), 2 * at(9) + 2));
    expect(early.support[0]).toBeGreaterThan(0);
    expect((await client.point({ run: 'tiny', rowId: 5, step: 20 })).mean).toEqual(early.latents.slice(0, 4));

    const rows = Int32Array.of(9, 5);
    const pairs = await client.reconstruct({ run: 'tiny', rowIds: rows });
    expect(pairs.originals.data.slice(32 * 32 * 3)).toEqual(point.original.data);
    expect(pairs.samples.data.slice(32 * 32 * 3)).toEqual(point.reconstruction.data);
    expect(pairs.latents.slice(4)).toEqual(point.mean);
    const drawn = await client.reconstruct({ run: 'tiny', rowIds: rows, codes: 'sample', seed: 2 });
    expect(drawn.originals.data).toEqual(pairs.originals.data);
    expect(drawn.latents).not.toEqual(pairs.latents);
    await expect(client.reconstruct({ run: 'tiny', rowIds: Int32Array.of(200) })).rejects.toMatchObject({ code: 'not-found' });
    await expect(client.reconstruct({ run: 'tiny', rowIds: new Int32Array(0) })).rejects.toMatchObject({ code: 'usage' });

    const walked = await client.traverse({ run: 'tiny', rowId: 5, top: 3, count: 5 });
    expect(walked.dimensions.length).toBe(3);
    expect(walked.samples.count).toBe(15);
    expect([...walked.klPerDimension].sort((a, b) => b - a)).toEqual(walked.klPerDimension);

    const near = await client.neighbours({ run: 'tiny', rowId: 5, k: 6 });
    expect(near.rowIds.length).toBe(6);
    expect(near.rowIds).not.toContain(5);
    expect([...near.distances].sort((a, b) => a - b)).toEqual([...near.distances]);
  });
});

describe('sample grids', () => {
  it.each(gridKinds)('%s: the same request gives the same bytes, and the grid alone gives them again', async (kind) => {
    const request = { run: 'tiny', kind, rows: 3, cols: 4, seed: 2, scale: 2 } as const;
    const drawn = await test.client.grid(request);
    expect([drawn.width, drawn.height]).toEqual([(4 * 33 - 1) * 2, (drawn.provenance.rows * 33 - 1) * 2]);
    expect((await test.client.grid(request)).png).toEqual(drawn.png);

    expect(readProvenance('grid.png', drawn.png)?.provenance).toEqual(drawn.provenance);
    const file = path.join(home, 'again.png');
    writeFileSync(file, drawn.png);
    const out = path.join(home, 'again-2.png');
    const again = await test.client.redrawGrid({ path: file, out });
    expect(again.png).toEqual(drawn.png);
    expect(again).toMatchObject({ path: out, isSame: true });
    expect(readFileSync(out).equals(drawn.png)).toBe(true);
  });

  it('choose their rows among a selection where there is one, by seed', async () => {
    const among = Int32Array.of(3, 17, 40, 99, 150);
    const shownBy = async (seed: number): Promise<number[]> => {
      const { provenance } = await test.client.grid({ run: 'tiny', kind: 'reconstruction', rows: 2, cols: 4, seed, among });
      return (provenance.originals ?? []).filter((row) => row >= 0);
    };
    const [one, two] = [await shownBy(1), await shownBy(2)];
    for (const rows of [one, two]) expect([new Set(rows).size, rows.every((row) => among.includes(row))]).toEqual([4, true]);
    expect(one).not.toEqual(two);
    expect(await shownBy(1)).toEqual(one);
    const { provenance } = await test.client.grid({ run: 'tiny', kind: 'interpolation', rows: 1, cols: 3, seed: 1, among });
    expect(provenance.cells[0]).toMatch(/^row (3|17|40|99|150) to row (3|17|40|99|150), t 0\.000$/);
    const ask = (kind: 'prior' | 'corners', rows: Int32Array<ArrayBuffer>) =>
      test.client.grid({ run: 'tiny', kind, rows: 2, cols: 2, among: rows });
    await expect(ask('prior', among)).rejects.toMatchObject({ code: 'usage' });
    await expect(ask('corners', Int32Array.of(200))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('are drawn again only by the very model, and say what is gone', async () => {
    const { png, provenance } = await test.client.grid({ run: 'tiny', kind: 'prior', rows: 1, cols: 2, step: 20 });
    const { width, height } = readPng('grid.png', png);
    const file = path.join(home, 'changed.png');
    const redrawn = (changes: Partial<GridProvenance>, run?: string): Promise<GridRecord & { isSame: boolean }> => {
      const blank = { width, height, channels: 1 as const, data: new Uint8Array(width * height) };
      writeFileSync(file, signedPng(blank, { ...provenance, ...changes }));
      return test.client.redrawGrid({ path: file, ...(run ? { run } : {}) });
    };
    await expect(redrawn({ modelFingerprint: '0'.repeat(32) })).rejects.toMatchObject({
      code: 'bad-data',
      message: expect.stringContaining(`fingerprint is ${provenance.modelFingerprint}, the grid's 000`) as string,
    });
    await expect(redrawn({ step: 40 })).rejects.toMatchObject({ code: 'bad-data' }); // another step is another model
    await expect(redrawn({ step: 21 })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(
        /no checkpoint of step 21; there are: 0, 20, 40, 60; .*changed.png was drawn at step 21/,
      ) as string,
    });
    await expect(redrawn({ run: 'gone' })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(
        /no run "gone" in the library; .*changed.png was drawn from run gone.*where it is now/,
      ) as string,
    });
    const moved = await redrawn({ run: 'gone' }, 'tiny');
    expect(moved.isSame).toBe(false); // the file's pixels are blank
    expect(moved.provenance.run).toBe('gone');
    writeFileSync(file, 'no picture');
    await expect(test.client.redrawGrid({ path: file })).rejects.toMatchObject({ code: 'bad-data' });
  });

  it('are the pixels that another PNG reader sees', async () => {
    const { png, width, height, provenance } = await test.client.grid({ run: 'tiny', kind: 'prior', rows: 2, cols: 2, seed: 4 });
    const { default: sharp } = await import('sharp');
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width, height, channels: 3 });
    const bytes = Buffer.from(provenance.latents, 'base64');
    const first = new Float32Array(4);
    new Uint8Array(first.buffer).set(bytes.subarray(0, 16));
    const decoded = await test.client.decode({ run: 'tiny', latents: first });
    let worst = 0;
    for (let y = 0; y < 32; y++) {
      for (let i = 0; i < 96; i++)
        worst = Math.max(worst, Math.abs((data[y * width * 3 + i] as number) - (decoded.data[y * 96 + i] as number)));
    }
    expect(worst).toBeLessThanOrEqual(1); // another batch size may round another way
    expect([data[32 * 3], data[32 * width * 3]]).toEqual([255, 255]); // the line between cells
  });

  it('are saved in the run and inspected', async () => {
    const drawn = await test.client.grid({ run: 'tiny', kind: 'prior', rows: 1, cols: 2, save: true });
    expect(drawn.path).toBe(`${home}/runs/tiny/exports/prior-step-000060-seed-0.png`);
    const again = await test.client.grid({ run: 'tiny', kind: 'prior', rows: 1, cols: 2, save: true });
    expect(again.path).toMatch(/seed-0-2\.png$/); // nothing is written over
    const found = await test.client.inspect({ path: drawn.path as string });
    expect(found).toMatchObject({ kind: 'grid', width: 65, height: 32, provenance: { run: 'tiny', step: 60, seed: 0 } });
  });

  it.each([
    ['cut short', (png: Uint8Array) => png.slice(0, png.length - 5)],
    ['with a changed byte', (png: Uint8Array) => png.map((byte, i) => (i === 60 ? byte ^ 1 : byte))],
    ['that is no PNG', (png: Uint8Array) => png.map((byte, i) => (i === 0 ? 0 : byte))],
  ])('%s are refused', async (_what, spoil) => {
    const { png } = await test.client.grid({ run: 'tiny', kind: 'prior', rows: 1, cols: 1 });
    const file = path.join(home, 'spoilt.png');
    writeFileSync(file, spoil(png));
    await expect(test.client.inspect({ path: file })).rejects.toMatchObject({ code: 'bad-data' });
  });
});

describe('exports', () => {
  interface Session {
    readonly inputNames: readonly string[];
    readonly outputNames: readonly string[];
    run(feeds: Record<string, unknown>): Promise<Record<string, { data: Float32Array; dims: readonly number[] }>>;
  }
  interface Ort {
    readonly InferenceSession: { create(file: string): Promise<Session> };
    readonly Tensor: new (type: string, data: Float32Array, dims: readonly number[]) => unknown;
  }
  const ort = createRequire(import.meta.url)('onnxruntime-node') as Ort;

  it('a decoder runs in a plain ONNX Runtime session to the same pictures', async () => {
    const out = path.join(home, 'decoder.onnx');
    const written = await test.client.exportRun({ run: 'tiny', what: 'decoder', out });
    expect(written).toMatchObject({ path: out, bytes: readFileSync(out).length });
    const session = await ort.InferenceSession.create(out);
    expect(session.inputNames).toEqual(['z']);
    const z = Float32Array.of(0.3, -1.2, 0.8, 2);
    const { x } = await session.run({ z: new ort.Tensor('float32', z, [1, 4]) });
    const decoded = await test.client.decode({ run: 'tiny', latents: z });
    const values = (x as { data: Float32Array }).data;
    expect(values.length).toBe(decoded.data.length);
    let worst = 0;
    decoded.data.forEach((byte: number, i: number) => {
      worst = Math.max(worst, Math.abs(byte - Math.min(1, Math.max(0, values[i] as number)) * 255));
    });
    expect(worst).toBeLessThan(0.51); // rounding to 8 bits is all the difference
  });

  it('an encoder gives the same posterior', async () => {
    const out = path.join(home, 'encoder.onnx');
    await test.client.exportRun({ run: 'tiny', what: 'encoder', out });
    const session = await ort.InferenceSession.create(out);
    const point = await test.client.point({ run: 'tiny', rowId: 11 });
    const x = Float32Array.from(point.original.data, (byte) => byte / 255);
    const { mean, logVariance } = await session.run({ x: new ort.Tensor('float32', x, [1, x.length]) });
    (mean as { data: Float32Array }).data.forEach((value, j) => expect(value).toBeCloseTo(point.mean[j] as number, 1));
    (logVariance as { data: Float32Array }).data.forEach((value, j) =>
      expect(value).toBeCloseTo(point.logVariance[j] as number, 1),
    );
  });

  it('latents are written as safetensors, NPY, CSV and Parquet; other endings are refused', async () => {
    const map = await test.client.map({ run: 'tiny', method: 'pca' });
    for (const ending of ['safetensors', 'npy', 'csv', 'parquet']) {
      const out = path.join(home, `codes.${ending}`);
      await test.client.exportRun({ run: 'tiny', what: 'latents', out });
      expect(existsSync(out)).toBe(true);
    }
    const npy = readFileSync(path.join(home, 'codes.npy'));
    expect(npy.subarray(0, 8).toString('latin1')).toBe('\x93NUMPY\x01\x00');
    expect(npy.length % 64).toBe((200 * 4 * 4) % 64);
    const back = await test.client.inspect({ path: path.join(home, 'codes.npy') });
    expect(back).toMatchObject({ kind: 'dataset', dataset: { rows: 200, shape: { kind: 'vector', size: 4 } } });
    const lines = readFileSync(path.join(home, 'codes.csv'), 'utf8').trim().split('\r\n');
    expect(lines.length).toBe(201);
    expect(lines[0]).toBe('row,z0,z1,z2,z3,label');
    expect(lines[1]?.split(',')[0]).toBe(String(map.rowIds[0]));
    const { columns, rows, facts } = await readParquet(path.join(home, 'codes.parquet'));
    expect(columns).toEqual(['row INT32', ...[0, 1, 2, 3].map((j) => `z${j} FLOAT`), 'label BYTE_ARRAY']);
    const { mean, rowIds } = await openRun(openFiles(`${home}/runs/tiny`)).then((folder) => folder.loadLatents());
    expect(rows.flatMap(({ z0, z1, z2, z3 }) => [z0, z1, z2, z3])).toEqual(Array.from(mean));
    expect(rows.map(({ row }) => row)).toEqual(Array.from(rowIds));
    expect(facts).toMatchObject({ 'karst.run': 'tiny', 'karst.step': '60', 'karst.seed': '3' });
    await expect(
      test.client.exportRun({ run: 'tiny', what: 'latents', out: path.join(home, 'codes.xls') }),
    ).rejects.toMatchObject({ code: 'usage' });
    await expect(test.client.exportRun({ run: 'tiny', what: 'decoder', out: path.join(home, 'd.csv') })).rejects.toMatchObject({
      code: 'usage',
    });
  });
});

describe('datasets and inspection', () => {
  it('lists what Karst makes, opens paths and remembers them', async () => {
    const csv = path.join(home, 'table.csv');
    writeFileSync(csv, `a,b\n${Array.from({ length: 40 }, (_, i) => `${i},${i * i}`).join('\n')}\n`);
    const opened = await test.client.openDataset({ path: csv });
    expect(opened).toMatchObject({ id: csv, rows: 40, shape: { kind: 'vector', size: 2 } });
    const listed = await test.client.datasets({});
    expect(listed.map(({ id }) => id)).toEqual(['shapes', 'ring', 'grid', csv]);
    const other = openTestEngine(home);
    try {
      expect((await other.client.datasets({})).find(({ id }) => id === csv)).toEqual(opened);
    } finally {
      await other.close();
    }
    expect(await test.client.inspect({ path: 'tiny' })).toMatchObject({ kind: 'run', run: { id: 'tiny' } });
    await expect(test.client.inspect({ path: path.join(home, 'nothing') })).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('an engine whose caller is a page in a browser', () => {
  it('reads no run and writes no file outside its library', async () => {
    const confined = openTestEngine(home, true);
    const outside = path.join(home, 'outside');
    mkdirSync(outside);
    try {
      const { client } = confined;
      await expect(client.run({ run: path.join(home, 'runs/tiny') })).rejects.toMatchObject({ code: 'refused' });
      await expect(client.startRun({ ...tinyRequest, name: path.join(outside, 'run'), steps: 1 })).rejects.toMatchObject({
        code: 'refused',
      });
      await expect(client.grid({ run: 'tiny', kind: 'prior', out: path.join(outside, 'g.png') })).rejects.toMatchObject({
        code: 'refused',
      });
      writeFileSync(path.join(home, 'g.png'), (await client.grid({ run: 'tiny', kind: 'prior', rows: 1, cols: 1 })).png);
      await expect(client.redrawGrid({ path: path.join(home, 'g.png'), out: path.join(outside, 'g.png') })).rejects.toMatchObject(
        { code: 'refused' },
      );
      await expect(client.exportRun({ run: 'tiny', what: 'latents', out: path.join(outside, 'l.csv') })).rejects.toMatchObject({
        code: 'refused',
      });
      await expect(client.run({ run: '../tiny' })).rejects.toMatchObject({ code: 'usage' });
      expect(readdirSync(outside)).toEqual([]);
    } finally {
      await confined.close();
    }
  });
});

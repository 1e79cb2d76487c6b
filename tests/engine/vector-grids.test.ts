// Sample grids of runs on vectors, over a real engine: every kind is drawn, twice the same, and again from its PNG alone.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gridKinds } from '../../src/protocol/engine-api.ts';
import { makeHome, openTestEngine, tinyRequest, until, type TestEngine } from './tiny-run.ts';

const { home, remove } = makeHome();
let test: TestEngine;

beforeAll(async () => {
  test = openTestEngine(home);
  const csv = path.join(home, 'table.csv');
  const row = (i: number): string => [i % 7, (i * i) % 11, 100 * Math.sin(i), 0.001 * i].join(',');
  writeFileSync(csv, `a,b,c,d\n${Array.from({ length: 150 }, (_, i) => row(i)).join('\n')}\n`);
  const more = { ...tinyRequest, steps: 40, set: { ...tinyRequest.set, 'model.latentSize': 2 } };
  await test.client.startRun({ ...more, dataset: 'ring', datasetParams: { rows: 300 }, name: 'plane' });
  await test.client.startRun({ ...more, dataset: csv, datasetParams: {}, name: 'table' });
  await until(async () => (await test.client.runs({})).every(({ status }) => status === 'finished'), 'the end of training');
});
afterAll(async () => {
  await test.close();
  remove();
});

describe.each(['plane', 'table'])('grids of the run %s', (run) => {
  it.each(gridKinds)('%s: the same bytes twice, and again from the PNG alone', async (kind) => {
    const request = { run, kind, rows: 2, cols: 4, seed: 2 } as const;
    const drawn = await test.client.grid(request);
    expect([drawn.width, drawn.height]).toEqual([4 * 97 + 1, drawn.provenance.rows * 97 + 1]);
    expect((await test.client.grid(request)).png).toEqual(drawn.png);
    const file = path.join(home, 'grid.png');
    writeFileSync(file, drawn.png);
    expect((await test.client.redrawGrid({ path: file })).isSame).toBe(true);
    if (kind !== 'prior') return;
    const other = await test.client.grid({ ...request, seed: 3 });
    expect(other.png).not.toEqual(drawn.png);
  });
});

describe('all in one plot', () => {
  it('is drawn of places in the plane, and again', async () => {
    const drawn = await test.client.grid({
      run: 'plane',
      kind: 'prior',
      view: 'together',
      rows: 10,
      cols: 10,
      scale: 2,
      save: true,
    });
    expect(drawn).toMatchObject({ width: 960, height: 960, provenance: { view: 'together' } });
    expect(drawn.path).toMatch(/exports\/prior-together-step-000040-seed-0\.png$/);
    expect(await test.client.redrawGrid({ path: drawn.path as string })).toMatchObject({ isSame: true, width: 960 });
  });

  it('is drawn in the dark, and again in the dark', async () => {
    const request = { run: 'plane', kind: 'prior', view: 'together', rows: 4, cols: 4 } as const;
    const [light, dark] = [await test.client.grid(request), await test.client.grid({ ...request, theme: 'dark' })];
    expect([light.provenance, dark.provenance.theme]).toEqual([expect.not.objectContaining({ theme: 'dark' }), 'dark']);
    expect(dark.png).not.toEqual(light.png);
    expect(dark.provenance.latents).toBe(light.provenance.latents);
    const file = path.join(home, 'dark.png');
    writeFileSync(file, dark.png);
    expect((await test.client.redrawGrid({ path: file })).isSame).toBe(true);
  });

  it('is refused for anything else', async () => {
    await expect(test.client.grid({ run: 'table', kind: 'prior', view: 'together' })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('vectors of 4 values') as string,
    });
  });
});

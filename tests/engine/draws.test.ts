// A map of draws from the posteriors is asked back: places on it, paths over it and rows placed on it are those of the draws, not of the means.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawnCodes } from '../../src/engine/latent-sample.ts';
import { openFiles } from '../../src/node/files.ts';
import type { MapRecord } from '../../src/protocol/records.ts';
import type { LatentSample } from '../../src/runs/latents.ts';
import { openRun } from '../../src/runs/run-folder.ts';
import { makeHome, openTestEngine, tinyRequest, until, type TestEngine } from './tiny-run.ts';

const { home, remove } = makeHome();
let test: TestEngine;
let sample: LatentSample;

beforeAll(async () => {
  test = openTestEngine(home);
  const set = { ...tinyRequest.set, 'model.latentSize': 3, 'train.latentRows': 60 };
  await test.client.startRun({ ...tinyRequest, set, name: 'drawn', steps: 20 });
  await until(async () => (await test.client.run({ run: 'drawn' })).status === 'finished', 'the end of training');
  sample = await openRun(openFiles(`${home}/runs/drawn`)).then((folder) => folder.loadLatents());
});
afterAll(async () => {
  await test.close();
  remove();
});

const asked = { run: 'drawn', method: 'pca', dims: 3 } as const;
const at = (values: Float32Array, index: number): Float32Array<ArrayBuffer> =>
  Float32Array.from(values.slice(3 * index, 3 * index + 3));
const distance = (one: Float32Array, other: Float32Array): number =>
  Math.hypot(...one.map((value, j) => value - (other[j] as number)));
const shown = async (codes: 'mean' | 'sample', seed = 0): Promise<MapRecord> => await test.client.map({ ...asked, codes, seed });

it('a place on the map of draws is decoded from the draws, whichever map was asked for last', async () => {
  const draws = drawnCodes(sample, 0).data;
  const [means, drawn] = [await shown('mean'), await shown('sample')];
  for (const last of ['sample', 'mean'] as const) {
    await shown(last);
    for (const index of [0, 7, 31]) {
      const { run, method } = asked;
      const [mean, row] = [at(sample.mean, index), at(draws, index)];
      expect(distance(mean, row)).toBeGreaterThan(0.05); // else the two maps would not differ
      // Three dimensions of codes on a map of three: PCA leads back exactly.
      const ofDraw = await test.client.decodeAt({ run, method, codes: 'sample', position: at(drawn.positions, index) });
      expect(distance(ofDraw.latent, row)).toBeLessThan(1e-4);
      expect(ofDraw.residual).toBeLessThan(1e-3);
      const ofMean = await test.client.decodeAt({ run, method, position: at(means.positions, index) });
      expect(distance(ofMean.latent, mean)).toBeLessThan(1e-4);
    }
  }
});

it('another seed is another map', async () => {
  const other = await shown('sample', 8);
  const { latent } = await test.client.decodeAt({ run: 'drawn', method: 'pca', codes: 'sample', seed: 8, position: at(other.positions, 5) }); // prettier-ignore
  expect(distance(latent, at(drawnCodes(sample, 8).data, 5))).toBeLessThan(1e-4);
});

it('a path runs from draw to draw, those of rows outside the sample too', async () => {
  const drawn = await shown('sample');
  const inside = sample.rowIds[7] as number;
  const outside = Array.from({ length: 200 }, (_, row) => row).find((row) => !sample.rowIds.includes(row)) as number;
  const path = await test.client.interpolate({ run: 'drawn', from: inside, to: outside, count: 5, map: 'pca', codes: 'sample' });
  expect(at(path.latents, 0)).toEqual(at(drawnCodes(sample, 0).data, 7));
  expect(path.positions?.slice(0, 3)).toEqual(at(drawn.positions, 7));
  const { mean, logVariance } = await test.client.point({ run: 'drawn', rowId: outside });
  const drawnOutside = drawnCodes({ count: 1, latentSize: 3, mean, logVariance, rowIds: Int32Array.of(outside) }, 0).data;
  expect(distance(at(path.latents, 4), drawnOutside)).toBeLessThan(1e-6);
  expect(distance(at(path.latents, 4), mean)).toBeGreaterThan(0.05);
  const ofMeans = await test.client.interpolate({ run: 'drawn', from: inside, to: outside, count: 5, map: 'pca' });
  expect(at(ofMeans.latents, 0)).toEqual(at(sample.mean, 7));
});

it('a row found by search is placed on the map that is shown, of its dimensions and codes', async () => {
  const rowId = sample.rowIds[7] as number;
  const found = async (codes: 'mean' | 'sample', dims: 2 | 3): Promise<Float32Array<ArrayBuffer>> => {
    const { position, latent } = await test.client.place({ run: 'drawn', rowId, starts: 1, steps: 1, map: 'pca', dims, codes });
    expect(latent).toHaveLength(3);
    return Float32Array.from(position as Float32Array);
  };
  await test.client.map({ ...asked, dims: 2, codes: 'sample' });
  const [onMeans, onDraws] = [await found('mean', 3), await found('sample', 3)];
  expect(distance(onMeans, onDraws)).toBeGreaterThan(1e-3);
  // The same place, whose code leads back to where it was found.
  for (const [codes, position] of [['mean', onMeans], ['sample', onDraws]] as const) {
    const { latent } = await test.client.decodeAt({ run: 'drawn', method: 'pca', codes, position });
    const again = await test.client.place({ run: 'drawn', rowId, starts: 1, steps: 1, map: 'pca', dims: 3, codes });
    expect(distance(latent, again.latent)).toBeLessThan(1e-4);
  } // prettier-ignore
  expect(await found('sample', 2)).toHaveLength(2);
});

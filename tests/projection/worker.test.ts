import { describe, expect, it } from 'vitest';
import { matrix } from '../../src/base/matrix.ts';
import { Rng } from '../../src/base/rng.ts';
import type { ProjectRequest } from '../../src/engine/engine-host.ts';
import { projectInWorker } from '../../src/node/project.ts';
import { workerUrl } from '../../src/node/entries.ts';
import { fit } from '../../src/projection/projection.ts';
import { umap } from '../../src/projection/umap.ts';
import { digits, normalMatrix } from './fixtures.ts';

const request = (change: Partial<ProjectRequest> = {}): ProjectRequest => ({
  method: 'umap',
  params: { epochs: 30 },
  codes: normalMatrix(300, 6, Rng.fromSeed(1)),
  dims: 3,
  seed: 4,
  ...change,
});

describe('a projection in a thread', () => {
  it('is the one that the same seed gives here, with its quality', async () => {
    const asked = request();
    const found = await projectInWorker(asked);
    const here = fit(umap.make(asked.params), asked.codes, { dims: 3, rng: Rng.fromSeed(4).stream('projection') });
    expect(found.positions).toEqual(here.positions.data);
    expect(found.quality?.trustworthiness).toBeGreaterThan(0.8);
    expect(found.quality?.rows).toBe(300);
    expect(found.unitsPerSd).toBeUndefined();
    expect(asked.codes.data.length).toBe(1800); // the caller's codes are still there
  });

  it('carries the linear map and scale of PCA', async () => {
    const found = await projectInWorker(request({ method: 'pca', params: {}, dims: 2 }));
    expect(found.linear?.components).toHaveLength(12);
    expect(found.unitsPerSd).toBe(1);
  });

  it('tells progress and layouts while it runs, and ends at once when taken back', async () => {
    const stop = new AbortController();
    const fractions: number[] = [];
    let layouts = 0;
    let stoppedMs = 0;
    const made = projectInWorker(request({ codes: digits().codes, params: { epochs: 5000 } }), {
      signal: stop.signal,
      onProgress: ({ fraction }) => fractions.push(fraction ?? 0),
      onLayout(positions) {
        expect(positions).toHaveLength(1797 * 3);
        if (++layouts < 2) return;
        stoppedMs = performance.now();
        stop.abort();
      },
    });
    await expect(made).rejects.toMatchObject({ code: 'cancelled' });
    expect(performance.now() - stoppedMs).toBeLessThan(500);
    expect(layouts).toBe(2);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    const told = fractions.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(fractions).toHaveLength(told); // nothing is heard of it again
    await expect(projectInWorker(request(), { signal: stop.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('brings its errors home', async () => {
    await expect(projectInWorker(request({ method: 'tsna' }))).rejects.toMatchObject({
      code: 'usage',
      message: 'unknown projection "tsna"; known: pca, umap',
    });
    const codes = matrix(2, 1, Float32Array.from([NaN, 1]));
    await expect(projectInWorker(request({ codes }))).rejects.toMatchObject({ code: 'bad-data' });
    await expect(workerUrl('no-such-worker')).rejects.toThrow(/no src\/node\/no-such-worker.ts/);
  });
});

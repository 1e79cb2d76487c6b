// What a person asks of a latent space: a row decoded and looked up, a path, a traversal, neighbours. Codes come from the run's latent
// sample where they are in it, else from the encoder; pictures from the decoder's process.
import { KarstError } from '../base/errors.ts';
import { interpolate } from '../latent/interpolation.ts';
import { neighboursAt } from '../latent/neighbours.ts';
import { support } from '../latent/support.ts';
import { traverse } from '../latent/traversal.ts';
import type { DecoderClient } from '../protocol/decoder-api.ts';
import type { EngineApi } from '../protocol/engine-api.ts';
import type { RunFolder } from '../runs/run-folder.ts';
import { interpolations } from './catalogue.ts';
import { codesMatrix, klPerDimensionOf, latentsNear } from './latent-sample.ts';
import { codeAt, placesOf, type Maps } from './maps.ts';

export interface SamplingNeeds {
  readonly open: (run: string) => Promise<RunFolder>;
  readonly folderOf: (run: string) => string;
  readonly decoder: () => Promise<DecoderClient>;
  readonly maps: Maps;
}

type Sampling = Pick<EngineApi, 'point' | 'originals' | 'decode' | 'decodeAt' | 'interpolate' | 'traverse' | 'neighbours'>;

export function openSampling({ open, folderOf, decoder, maps }: SamplingNeeds): Sampling {
  return {
    async point({ run, step, rowId }, { signal }) {
      const client = await decoder();
      const at = { folder: folderOf(run), ...(step === undefined ? {} : { step }) };
      const rowIds = Int32Array.of(rowId);
      const options = signal ? { signal } : {};
      const [original, encoded] = await Promise.all([
        client.originals({ folder: at.folder, rowIds }, options),
        client.encode({ ...at, rowIds }, options),
      ]);
      const { samples } = await client.decode({ ...at, latents: encoded.mean }, options);
      const label = original.labels?.[0];
      return {
        rowId,
        ...(label ? { label } : {}),
        original: original.samples,
        reconstruction: samples,
        mean: encoded.mean,
        logVariance: encoded.logVariance,
      };
    },

    async originals({ run, rowIds }, { signal }) {
      const client = await decoder();
      return (await client.originals({ folder: folderOf(run), rowIds }, signal ? { signal } : {})).samples;
    },

    async decode({ run, step, latents }, { signal }) {
      const client = await decoder();
      const at = { folder: folderOf(run), ...(step === undefined ? {} : { step }) };
      return (await client.decode({ ...at, latents }, signal ? { signal } : {})).samples;
    },

    async decodeAt({ run, step, method, seed, position }, options) {
      const dims = position.length;
      if (dims !== 2 && dims !== 3) throw new KarstError('usage', `a place on a map has 2 or 3 coordinates, got ${dims}`);
      const laidOut = await maps.shown({ run, step, method, seed, dims }, options);
      const { latent, residual } = codeAt(laidOut, position);
      const client = await decoder();
      const at = { folder: folderOf(run), ...(step === undefined ? {} : { step }) };
      const { samples } = await client.decode({ ...at, latents: latent }, options.signal ? { signal: options.signal } : {});
      return { samples, latent, residual };
    },

    async interpolate({ run, step, from, to, method, count, map, seed }, options) {
      const folder = await open(run);
      const [start, end] = await codesOf(folderOf(run), await decoder(), step, [from, to], options.signal);
      const steps = interpolate(interpolations.make(method), start as Float32Array, end as Float32Array, count);
      const client = await decoder();
      const at = { folder: folderOf(run), ...(step === undefined ? {} : { step }) };
      const { samples } = await client.decode({ ...at, latents: steps.data }, options.signal ? { signal: options.signal } : {});
      const near = support(codesMatrix(await latentsNear(folder, step)), steps);
      const laidOut = map === undefined ? undefined : await maps.shown({ run, step, method: map, seed }, options);
      return {
        method,
        latents: steps.data,
        count,
        samples,
        ...(laidOut ? { positions: placesOf(laidOut, steps) } : {}),
        support: near.counts,
        supportOf: near.of,
      };
    },

    async traverse({ run, step, rowId, top, count, range }, { signal }) {
      const folder = await open(run);
      const sample = await latentsNear(folder, step);
      const client = await decoder();
      const base =
        rowId === undefined
          ? new Float32Array(sample.latentSize)
          : ((await codesOf(folderOf(run), client, step, [rowId], signal))[0] as Float32Array);
      const kl = klPerDimensionOf(sample);
      const walked = traverse(base, kl, { top, count, range });
      const at = { folder: folderOf(run), ...(step === undefined ? {} : { step }) };
      const { samples } = await client.decode({ ...at, latents: walked.codes.data }, signal ? { signal } : {});
      return {
        dimensions: walked.dimensions,
        klPerDimension: walked.dimensions.map((dimension) => kl[dimension] as number),
        values: walked.values,
        samples,
      };
    },

    async neighbours({ run, step, rowId, k }, { signal }) {
      const folder = await open(run);
      const sample = await latentsNear(folder, step);
      const client = await decoder();
      const [code] = await codesOf(folderOf(run), client, step, [rowId], signal);
      const near = neighboursAt(codesMatrix(sample), code as Float32Array, Math.min(k + 1, sample.count));
      const others = Array.from(near.indices.keys())
        .filter((at) => sample.rowIds[near.indices[at] as number] !== rowId)
        .slice(0, k);
      const rowIds = Int32Array.from(others, (at) => sample.rowIds[near.indices[at] as number] as number);
      const { samples } = await client.originals({ folder: folderOf(run), rowIds }, signal ? { signal } : {});
      return { rowIds, distances: Float32Array.from(others, (at) => near.distances[at] as number), originals: samples };
    },
  };
}

/** Posterior means of rows at a checkpoint. */
async function codesOf(
  path: string,
  client: DecoderClient,
  step: number | undefined,
  rows: readonly number[],
  signal: AbortSignal | undefined,
): Promise<readonly Float32Array[]> {
  const at = { folder: path, ...(step === undefined ? {} : { step }) };
  const { mean } = await client.encode({ ...at, rowIds: Int32Array.from(rows) }, signal ? { signal } : {});
  const size = mean.length / rows.length;
  return rows.map((_, i) => mean.slice(i * size, (i + 1) * size));
}

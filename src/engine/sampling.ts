// What a person asks of a latent space: a row decoded and looked up, a path, a traversal, neighbours. Everything is of one step, the map's
// where a map is named: rows' codes come from the latents file of that step, or from the encoder for rows outside the sample, and pictures
// from the weights saved with it, so that what is asked of a run that trains agrees with the map that is looked at.
import { KarstError } from '../base/errors.ts';
import { matrix, type Matrix } from '../base/matrix.ts';
import { interpolate } from '../latent/interpolation.ts';
import { neighboursAt } from '../latent/neighbours.ts';
import { support } from '../latent/support.ts';
import { traverse } from '../latent/traversal.ts';
import type { DecoderClient } from '../protocol/decoder-api.ts';
import type { EngineApi } from '../protocol/engine-api.ts';
import type { RunFolder } from '../runs/run-folder.ts';
import { interpolations } from './catalogue.ts';
import {
  checkpointNear,
  checkpointOf,
  codesMatrix,
  klPerDimensionOf,
  momentNear,
  shownCodes,
  type CodesShown,
} from './latent-sample.ts';
import { pickSamples } from './samples.ts';
import { codeAt, placesOf, type LaidOut, type Maps } from './maps.ts';

export interface SamplingNeeds {
  readonly open: (run: string) => Promise<RunFolder>;
  readonly folderOf: (run: string) => string;
  readonly decoder: () => Promise<DecoderClient>;
  readonly maps: Maps;
}

type Sampling = Pick<
  EngineApi,
  'point' | 'originals' | 'reconstruct' | 'decode' | 'decodeAt' | 'place' | 'interpolate' | 'traverse' | 'neighbours'
>;

/** Where a run's weights are. */
interface At {
  readonly folder: string;
  readonly step: number;
}

/** Codes of rows at one step. */
interface Codes {
  readonly rowIds: Int32Array;
  readonly codes: Matrix;
  readonly as: CodesShown;
}

const MEANS: CodesShown = { codes: 'mean', seed: 0 };

export function openSampling({ open, folderOf, decoder, maps }: SamplingNeeds): Sampling {
  return {
    async point({ run, step, rowId }, { signal }) {
      const [client, { sample, checkpoint }] = [await decoder(), await momentNear(await open(run), step)];
      const at = { folder: folderOf(run), step: checkpoint };
      const rowIds = Int32Array.of(rowId);
      const options = signal ? { signal } : {};
      const known = sample.rowIds.indexOf(rowId);
      const pick = (values: Float32Array): Float32Array =>
        values.slice(known * sample.latentSize, (known + 1) * sample.latentSize);
      const [original, encoded] = await Promise.all([
        client.originals({ folder: at.folder, rowIds }, options),
        known >= 0
          ? { mean: pick(sample.mean), logVariance: pick(sample.logVariance) }
          : client.encode({ ...at, rowIds }, options),
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

    async reconstruct({ run, step, rowIds, codes, seed }, options) {
      if (rowIds.length === 0) throw new KarstError('usage', 'name a row or more to decode, got none');
      const [client, { sample, checkpoint }] = [await decoder(), await momentNear(await open(run), step)];
      const [at, as] = [
        { folder: folderOf(run), step: checkpoint },
        { codes, seed },
      ];
      const known = { rowIds: sample.rowIds, codes: shownCodes(sample, as), as };
      const found = await codesOf(at, known, client, [...rowIds], options.signal);
      const latents = new Float32Array(rowIds.length * sample.latentSize);
      found.forEach((code, i) => latents.set(code, i * sample.latentSize));
      const signal = options.signal ? { signal: options.signal } : {};
      const [original, decoded] = await Promise.all([
        client.originals({ folder: at.folder, rowIds }, signal),
        client.decode({ ...at, latents }, signal),
      ]);
      return { rowIds, originals: original.samples, samples: decoded.samples, latents };
    },

    async decode({ run, step, latents, weights }, { signal }) {
      const [client, checkpoint] = [await decoder(), await checkpointOf(await open(run), step)];
      const at = { folder: folderOf(run), ...(checkpoint === undefined ? {} : { step: checkpoint }) };
      return (await client.decode({ ...at, latents, weights }, signal ? { signal } : {})).samples;
    },

    async place({ run, step, rowId, starts, steps, map, dims, codes, seed }, options) {
      const [client, folder] = [await decoder(), await open(run)];
      const laidOut = map === undefined ? undefined : await maps.shown({ run, step, method: map, dims, codes, seed }, options);
      const checkpoint = laidOut
        ? await checkpointNear(folder, laidOut.record.step)
        : (await momentNear(folder, step)).checkpoint;
      const at = { folder: folderOf(run), step: checkpoint };
      const rowIds = Int32Array.of(rowId);
      const found = await client.place({ ...at, rowIds, starts, steps, seed }, options);
      const signal = options.signal ? { signal: options.signal } : {};
      const [original, shown] = await Promise.all([
        client.originals({ folder: at.folder, rowIds }, signal),
        client.decode({ ...at, latents: joinRows(found.latents, found.encoded) }, signal),
      ]);
      const code = matrix(1, found.latents.length, found.latents);
      return {
        rowId,
        latent: found.latents,
        original: original.samples,
        found: pickSamples(shown.samples, [0]),
        encoded: pickSamples(shown.samples, [1]),
        residual: found.residuals[0] as number,
        encodedResidual: found.encodedResiduals[0] as number,
        ...(laidOut ? { position: placesOf(laidOut, code) } : {}),
      };
    },

    async decodeAt({ run, step, method, codes, seed, position }, options) {
      const dims = position.length;
      if (dims !== 2 && dims !== 3) throw new KarstError('usage', `a place on a map has 2 or 3 coordinates, got ${dims}`);
      const laidOut = await maps.shown({ run, step, method, dims, codes, seed }, options);
      const { latent, residual } = codeAt(laidOut, position);
      const client = await decoder();
      const at = { folder: folderOf(run), step: await checkpointNear(await open(run), laidOut.record.step) };
      const { samples } = await client.decode({ ...at, latents: latent }, options.signal ? { signal: options.signal } : {});
      return { samples, latent, residual };
    },

    async interpolate({ run, step, from, to, method, count, map, dims, codes, seed }, options) {
      const [client, folder] = [await decoder(), await open(run)];
      const laidOut = map === undefined ? undefined : await maps.shown({ run, step, method: map, dims, codes, seed }, options);
      const as = { codes, seed };
      // The layout holds the codes it was made of, though their file may be thinned out meanwhile.
      const { known, checkpoint } = laidOut
        ? {
            known: { rowIds: laidOut.record.rowIds, codes: laidOut.codes, as },
            checkpoint: await checkpointNear(folder, laidOut.record.step),
          }
        : await momentNear(folder, step).then((moment) => ({
            known: { rowIds: moment.sample.rowIds, codes: shownCodes(moment.sample, as), as },
            checkpoint: moment.checkpoint,
          }));
      const at = { folder: folderOf(run), step: checkpoint };
      const [start, end] = await codesOf(at, known, client, [from, to], options.signal);
      const steps = interpolate(interpolations.make(method), start as Float32Array, end as Float32Array, count);
      const { samples } = await client.decode({ ...at, latents: steps.data }, options.signal ? { signal: options.signal } : {});
      const near = support(known.codes, steps);
      return {
        method,
        latents: steps.data,
        count,
        samples,
        ...(laidOut ? { positions: pathOn(laidOut, steps, from, to) } : {}),
        support: near.counts,
        supportOf: near.of,
      };
    },

    async traverse({ run, step, rowId, top, count, range }, { signal }) {
      const folder = await open(run);
      const [client, { sample, checkpoint }] = [await decoder(), await momentNear(folder, step)];
      const at = { folder: folderOf(run), step: checkpoint };
      const known = { rowIds: sample.rowIds, codes: codesMatrix(sample), as: MEANS };
      const base =
        rowId === undefined
          ? new Float32Array(sample.latentSize)
          : ((await codesOf(at, known, client, [rowId], signal))[0] as Float32Array);
      const kl = klPerDimensionOf(sample, (await folder.describe()).params);
      const walked = traverse(base, kl, { top, count, range });
      const { samples } = await client.decode({ ...at, latents: walked.codes.data }, signal ? { signal } : {});
      return {
        dimensions: walked.dimensions,
        klPerDimension: walked.dimensions.map((dimension) => kl[dimension] as number),
        values: walked.values,
        samples,
      };
    },

    async neighbours({ run, step, rowId, k }, { signal }) {
      const [client, { sample, checkpoint }] = [await decoder(), await momentNear(await open(run), step)];
      const known = { rowIds: sample.rowIds, codes: codesMatrix(sample), as: MEANS };
      const [code] = await codesOf({ folder: folderOf(run), step: checkpoint }, known, client, [rowId], signal);
      const near = neighboursAt(known.codes, code as Float32Array, Math.min(k + 1, sample.count));
      const others = Array.from(near.indices.keys())
        .filter((at) => sample.rowIds[near.indices[at] as number] !== rowId)
        .slice(0, k);
      const rowIds = Int32Array.from(others, (at) => sample.rowIds[near.indices[at] as number] as number);
      const { samples } = await client.originals({ folder: folderOf(run), rowIds }, signal ? { signal } : {});
      return { rowIds, distances: Float32Array.from(others, (at) => near.distances[at] as number), originals: samples };
    },
  };
}

/** Codes of rows: as they were saved where they were, else encoded, and then drawn where draws are shown. */
async function codesOf(
  at: At,
  { rowIds, codes, as }: Codes,
  client: DecoderClient,
  rows: readonly number[],
  signal: AbortSignal | undefined,
): Promise<readonly Float32Array[]> {
  const others = rows.filter((row) => !rowIds.includes(row));
  const encode = async (): Promise<Matrix> => {
    const asked = Int32Array.from(others);
    const posteriors = await client.encode({ ...at, rowIds: asked }, signal ? { signal } : {});
    return shownCodes({ count: asked.length, latentSize: codes.cols, rowIds: asked, ...posteriors }, as);
  };
  const encoded = others.length > 0 ? await encode() : undefined;
  return rows.map((row) => {
    const saved = rowIds.indexOf(row);
    const [data, index] = encoded && saved < 0 ? [encoded.data, others.indexOf(row)] : [codes.data, saved];
    return data.slice(index * codes.cols, (index + 1) * codes.cols);
  });
}

const joinRows = (first: Float32Array, second: Float32Array): Float32Array => {
  const joined = new Float32Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
};

/** Where the steps of a path lie, [count, dims]; its ends are at the very points of the map where those are on it. */
function pathOn(laidOut: LaidOut, steps: Matrix, from: number, to: number): Float32Array {
  const places = Float32Array.from(placesOf(laidOut, steps));
  const { rowIds, positions, dims } = laidOut.record;
  for (const [row, index] of [
    [from, 0],
    [to, steps.rows - 1],
  ] as const) {
    const point = rowIds.indexOf(row);
    if (point >= 0) places.set(positions.subarray(point * dims, (point + 1) * dims), index * dims);
  }
  return places;
}

// The codes of some rows and of the prior, as a model has them now, and what rows lose with another row's code: what metrics of the latent space
// and the gap of shuffled codes are taken of. Rows, noise and draws are the same each time, so that figures compare between steps.
import { matrix, type Matrix } from '../base/matrix.ts';
import type { Rng } from '../base/rng.ts';
import { readRows, sampleSize, type Dataset } from '../datasets/dataset.ts';
import type { DecoderFindings } from '../metrics/decoder-metric.ts';
import { standardNormalLogDensity, type Posteriors, type PriorDraws } from '../metrics/metric.ts';
import type { Model } from '../models/model.ts';
import type { Executable } from '../tracing/device.ts';
import type { Program } from '../tracing/program.ts';
import { inBatches, type BatchOptions } from './in-batches.ts';

export interface CodeFindings {
  readonly posteriors: Posteriors & { readonly prior: PriorDraws };
  readonly distortions: NonNullable<DecoderFindings['distortions']>;
}

/** Rows that go through at once. */
const BATCH = 250;

/** `load` loads a program and sees to its end. */
export async function openCodeFindings(
  model: Model,
  load: (program: Program) => Promise<Executable>,
  dataset: Dataset,
  rows: Int32Array,
  drawCount: number,
  rng: Rng,
): Promise<(options: BatchOptions) => Promise<CodeFindings>> {
  const { latentSize } = model;
  const size = sampleSize(model.sample);
  const batch = Math.min(BATCH, rows.length);
  const evaluate = await load(model.evaluate(batch));
  const distortion = await load(model.distortion(batch));
  const prior = model.prior && (await load(model.prior(Math.min(BATCH, drawCount))));
  const density = model.density && (await load(model.density(batch)));
  /** Codes of other rows in a random round, in which nobody meets their own. */
  const round = rng.stream('round').permutation(rows.length);
  const other = new Int32Array(rows.length);
  round.forEach((row, i) => (other[row] = round[(i + 1) % round.length] as number));

  return async (options) => {
    const x = readRows(dataset, rows);
    const eps = rng.stream('eps').fillNormal(new Float32Array(rows.length * latentSize));
    const u = 'u' in evaluate.program.inputs ? rng.stream('u').fillUniform(new Float32Array(rows.length * size)) : undefined;
    const seen = u ? { x, u } : { x };
    const scored = await inBatches(evaluate, { ...seen, eps }, options);
    const take = (name: string): Float32Array => scored[name] as Float32Array;
    // Reconstructions are of the draw, or of the mean where a model has no bound.
    const codes = take(model.hasBound ? 'z' : 'mean');
    const shuffled = new Float32Array(codes.length);
    other.forEach((from, to) => shuffled.set(codes.subarray(from * latentSize, (from + 1) * latentSize), to * latentSize));
    const astray = await inBatches(distortion, { ...seen, z: shuffled }, options);

    const draws = rng.stream('draws').fillNormal(new Float32Array(drawCount * latentSize));
    const choices = rng.stream('choices').fillUniform(new Float32Array(drawCount));
    const z = prior ? ((await inBatches(prior, { eps: draws, u: choices }, options))['z'] as Float32Array) : draws;
    const [atDraws, atCodes] = [matrix(drawCount, latentSize, z), matrix(rows.length, latentSize, take('z'))];
    const densityAt = async ({ data }: Matrix): Promise<Float64Array> =>
      Float64Array.from((await inBatches(density as Executable, { z: data }, options))['logDensity'] as Float32Array);
    const told = density
      ? { logDensity: await densityAt(atDraws), atCodes: { z: atCodes, logDensity: await densityAt(atCodes) } }
      : prior
        ? {}
        : {
            logDensity: standardNormalLogDensity(atDraws),
            atCodes: { z: atCodes, logDensity: standardNormalLogDensity(atCodes) },
          };
    return {
      posteriors: {
        mean: matrix(rows.length, latentSize, take('mean')),
        logVariance: matrix(rows.length, latentSize, take('logVariance')),
        prior: { z: atDraws, ...told },
        ...(model.codebook ? { codebook: { ...model.codebook, chosen: take('chosen'), nats: take('kl') } } : {}),
      },
      distortions: { own: take('reconstruction'), other: astray['reconstruction'] as Float32Array },
    };
  };
}

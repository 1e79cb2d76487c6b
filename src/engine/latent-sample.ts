// The codes of a fixed sample of the data, as a run's latents files hold them, and the weights they belong to. A trainer saves a
// checkpoint with every latents file, and both go together when old ones are thinned, so that codes, map and pictures are of one step.
import { KarstError } from '../base/errors.ts';
import { matrix, type Matrix } from '../base/matrix.ts';
import type { ParamValues } from '../base/params.ts';
import { Rng } from '../base/rng.ts';
import { entropyOf } from '../metrics/code-perplexity.ts';
import { measureKl } from '../metrics/kl-divergence.ts';
import type { LatentSample } from '../runs/latents.ts';
import type { RunFolder } from '../runs/run-folder.ts';

/** Posteriors of rows, as they were saved or as the encoder puts them out. */
export type LatentCodes = Pick<LatentSample, 'count' | 'latentSize' | 'mean' | 'logVariance' | 'rowIds'>;

export const codesMatrix = (sample: LatentCodes): Matrix => matrix(sample.count, sample.latentSize, sample.mean);

/** One draw from the posterior of each row; a row's draw depends on the seed and the row alone. */
export function drawnCodes({ count, latentSize, mean, logVariance, rowIds }: LatentCodes, seed: number): Matrix {
  const codes = matrix(count, latentSize);
  const root = Rng.fromSeed(seed).stream('codes');
  for (let i = 0; i < count; i++) {
    const rng = root.stream('row', rowIds[i]);
    for (let j = i * latentSize; j < (i + 1) * latentSize; j++) {
      codes.data[j] = (mean[j] as number) + Math.exp(0.5 * (logVariance[j] as number)) * rng.normal();
    }
  }
  return codes;
}

/** What stands for rows among codes: the means of their posteriors, or draws from them. */
export interface CodesShown {
  readonly codes: 'mean' | 'sample';
  /** Of the draws. */
  readonly seed: number;
}

export const shownCodes = (sample: LatentCodes, { codes, seed }: CodesShown): Matrix =>
  codes === 'sample' ? drawnCodes(sample, seed) : codesMatrix(sample);

/** The latent sample of `step`, or of the nearest step before it that has one; the newest without a step. */
export async function latentsNear(folder: RunFolder, step: number | undefined): Promise<LatentSample> {
  if (step === undefined) return await folder.loadLatents();
  const steps = await folder.latents();
  return await folder.loadLatents(steps.findLast((one) => one <= step) ?? steps[0]);
}

/**
 * Mean KL of each dimension over the sample, nats. Of a codebook's entries (`params` are the run's): what a slot's choice costs where the prior has
 * the frequencies of the sample, shared out over its numbers.
 */
export function klPerDimensionOf(sample: LatentSample, params: ParamValues): number[] {
  const { count, latentSize, mean, logVariance } = sample;
  const codeSize = params['model.codeSize'];
  if (typeof codeSize === 'number') {
    return Array.from({ length: latentSize }, (_, j) => {
      const slot = Math.floor(j / codeSize) * codeSize;
      const counts = new Map<string, number>();
      for (let at = slot; at < mean.length; at += latentSize) {
        const name = mean.subarray(at, at + codeSize).join();
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      return entropyOf(counts.values()) / codeSize;
    });
  }
  const measured = measureKl({ mean: codesMatrix(sample), logVariance: matrix(count, latentSize, logVariance) });
  return Array.from(measured.perDimension ?? []);
}

/** One step of a run: codes of the sample and the checkpoint that made them. */
export interface Moment {
  readonly sample: LatentSample;
  /** Of the codes' own step, or of the nearest to it where that one is gone. */
  readonly checkpoint: number;
}

/** The moment of `step`, or of the nearest before it that has codes; the newest without a step. */
export async function momentNear(folder: RunFolder, step: number | undefined): Promise<Moment> {
  const sample = await latentsNear(folder, step);
  return { sample, checkpoint: await checkpointNear(folder, sample.step) };
}

/** The step among a run's checkpoints that is nearest to `step`, the later one of two. */
export async function checkpointNear(folder: RunFolder, step: number): Promise<number> {
  const [first, ...others] = (await folder.checkpoints()).toReversed();
  if (first === undefined) throw new KarstError('not-found', 'this run has no checkpoint yet');
  return others.reduce((best, one) => (Math.abs(one - step) < Math.abs(best - step) ? one : best), first);
}

/** The checkpoint that `step` means where no row's code is asked for: exactly that one, or that of the newest codes. */
export async function checkpointOf(folder: RunFolder, step: number | undefined): Promise<number | undefined> {
  if (step !== undefined) return (await folder.checkpoints()).includes(step) ? step : await checkpointNear(folder, step);
  const newest = (await folder.latents()).at(-1);
  return newest === undefined ? undefined : await checkpointNear(folder, newest);
}

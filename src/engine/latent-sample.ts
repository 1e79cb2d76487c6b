// The codes of a fixed sample of the data, as a run's latents files hold them.
import { matrix, type Matrix } from '../base/matrix.ts';
import { measureKl } from '../metrics/kl-divergence.ts';
import type { LatentSample } from '../runs/latents.ts';
import type { RunFolder } from '../runs/run-folder.ts';

export const codesMatrix = (sample: LatentSample): Matrix => matrix(sample.count, sample.latentSize, sample.mean);

/** The latent sample of `step`, or of the nearest step before it that has one; the newest without a step. */
export async function latentsNear(folder: RunFolder, step: number | undefined): Promise<LatentSample> {
  if (step === undefined) return await folder.loadLatents();
  const steps = await folder.latents();
  return await folder.loadLatents(steps.findLast((one) => one <= step) ?? steps[0]);
}

/** Mean KL of each dimension over the sample, nats. */
export function klPerDimensionOf(sample: LatentSample): number[] {
  const { count, latentSize, logVariance } = sample;
  const measured = measureKl({ mean: codesMatrix(sample), logVariance: matrix(count, latentSize, logVariance) });
  return Array.from(measured.perDimension ?? []);
}

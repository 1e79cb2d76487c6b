// The dense VAE on the 10,000 digits of MNIST's t10k files, 8,000 to train and 2,000 held out, dynamic binarisation, 400-400, 20 latents,
// Adam 1e-3, batches of 100, 25 epochs. Every figure is of the held-out rows, binarised once.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { matrix } from '../../src/base/matrix.ts';
import { Rng } from '../../src/base/rng.ts';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { splitRows } from '../../src/datasets/split.ts';
import { measureActiveUnits } from '../../src/metrics/active-units.ts';
import { measureEffectiveRank } from '../../src/metrics/effective-rank.ts';
import { readPreset } from '../../src/models/preset.ts';
import { makeModel, splitRecipe, type ModelFamilies } from '../../src/models/recipe.ts';
import type { Device } from '../../src/tracing/device.ts';
import type { Arrays } from '../../src/tracing/program.ts';
import { openEvaluator } from '../../src/training/evaluate.ts';
import { train } from '../../src/training/train.ts';

export interface MnistMlpResult {
  readonly elbo: number;
  readonly reconstruction: number;
  readonly kl: number;
  /** Dimensions whose posterior mean has a variance above 0.01. */
  readonly activeUnits: number;
  /** Dimensions that carry more than a tenth of a nat. */
  readonly usedDimensions: number;
  readonly effectiveRank: number;
  readonly klPerDimension: readonly number[];
  readonly seconds: number;
}

export async function reproduceMnistMlp(
  families: ModelFamilies,
  dataset: Dataset,
  device: Device,
  { seed = 1, preset = 'mnist-mlp' }: { seed?: number; preset?: string } = {},
): Promise<MnistMlpResult> {
  const path = resolve(import.meta.dirname, `../../assets/presets/${preset}.json`);
  const { model: id, set, epochs = 25 } = readPreset(path, readFileSync(path, 'utf8'));
  const model = makeModel(families, id, dataset.sample, set);
  const split = splitRows(dataset, seed, 0.2);
  const begun = performance.now();
  let values: Arrays = {};
  for await (const event of train({
    model,
    dataset,
    trainRows: split.train,
    heldOutRows: split.heldOut,
    device,
    seed,
    params: { batchSize: Number(splitRecipe(set)['train']?.['batchSize']), latentRows: 0, reportEvery: 500, evaluateEvery: 1000 },
    stop: { epochs },
  })) {
    if (event.kind === 'checkpointed') ({ values } = event.checkpoint);
  }
  const seconds = (performance.now() - begun) / 1000;
  const state = await device.createState(model.state, values);
  const evaluator = await openEvaluator(model, device, state, Rng.fromSeed(seed).stream('evaluate'));
  try {
    const { heldOut, klPerDimension, mean, logVariance } = await evaluator.evaluate(dataset, split.heldOut);
    const of = (data: Float32Array): ReturnType<typeof matrix> => matrix(split.heldOut.length, model.latentSize, data);
    const posteriors = { mean: of(mean), logVariance: of(logVariance) };
    return {
      elbo: heldOut.elbo ?? NaN,
      kl: heldOut.kl ?? NaN,
      reconstruction: heldOut.reconstruction,
      klPerDimension,
      activeUnits: measureActiveUnits(posteriors).value,
      usedDimensions: klPerDimension.filter((nats) => nats > 0.1).length,
      effectiveRank: measureEffectiveRank(posteriors).value,
      seconds,
    };
  } finally {
    evaluator.dispose();
    state.dispose();
  }
}

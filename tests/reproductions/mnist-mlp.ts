// The dense VAE on the 10,000 digits of MNIST's t10k files, 8,000 to train and 2,000 held out, dynamic binarisation, 400-400, 20 latents,
// Adam 1e-3, batches of 100, 25 epochs. A PyTorch run of the same setting gave -110.9 nats with KL 18.2 and 13 active units.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { splitRows } from '../../src/datasets/split.ts';
import { readPreset } from '../../src/models/preset.ts';
import { makeModel, splitRecipe, type ModelFamilies } from '../../src/models/recipe.ts';
import { Rng } from '../../src/base/rng.ts';
import { activeUnits, openEvaluator } from '../../src/training/evaluate.ts';
import { train } from '../../src/training/train.ts';
import type { Device } from '../../src/tracing/device.ts';
import type { Arrays } from '../../src/tracing/program.ts';

export interface MnistMlpResult {
  readonly elbo: number;
  readonly reconstruction: number;
  readonly kl: number;
  readonly activeUnits: number;
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
    params: { batchSize: Number(splitRecipe(set).train['batchSize']), latentRows: 0, reportEvery: 500, evaluateEvery: 1000 },
    stop: { epochs },
  })) {
    if (event.kind === 'checkpointed') ({ values } = event.checkpoint);
  }
  const seconds = (performance.now() - begun) / 1000;
  const state = await device.createState(model.state, values);
  const evaluator = await openEvaluator(model, device, state, Rng.fromSeed(seed).stream('evaluate'));
  try {
    const { heldOut, klPerDimension, mean } = await evaluator.evaluate(dataset, split.heldOut);
    return { ...heldOut, klPerDimension, activeUnits: activeUnits(mean, model.latentSize), seconds };
  } finally {
    evaluator.dispose();
    state.dispose();
  }
}

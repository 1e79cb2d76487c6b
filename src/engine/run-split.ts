// The rows that a run learns from and those that it holds out, as its description says: the same at every reading.
import type { Dataset } from '../datasets/dataset.ts';
import { splitRows } from '../datasets/split.ts';
import { splitRecipe } from '../models/recipe.ts';
import type { RunDescription } from '../runs/run-folder.ts';

export function splitOf(dataset: Dataset, { params, seed }: RunDescription): ReturnType<typeof splitRows> {
  const share = splitRecipe(params)['train']?.['heldOut'];
  return splitRows(dataset, seed, typeof share === 'number' ? share : undefined);
}

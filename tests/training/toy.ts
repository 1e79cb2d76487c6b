// Small datasets, models and a device for the tests of training and runs.
import type { ParamValues } from '../../src/base/params.ts';
import { Rng } from '../../src/base/rng.ts';
import type { Dataset, SampleShape } from '../../src/datasets/dataset.ts';
import { sampleSize } from '../../src/datasets/dataset.ts';
import type { Model } from '../../src/models/model.ts';
import { modelFamilies } from '../../src/engine/catalogue.ts';
import { makeModel } from '../../src/models/recipe.ts';

/** Rows held as one array, with labels 0, 1, 2 in turn. */
export function arrayDataset(sample: SampleShape, data: Float32Array): Dataset {
  const size = sampleSize(sample);
  const rows = data.length / size;
  return {
    id: 'toy',
    title: 'Toy',
    sample,
    rows,
    labels: Int32Array.from({ length: rows }, (_, i) => i % 3),
    labelNames: ['a', 'b', 'c'],
    fingerprint: 'toy',
    notes: [],
    copyRow: (index, out, offset) => out.set(data.subarray(index * size, (index + 1) * size), offset),
  };
}

/** Grey pictures of one bright bar each, upright or level, at a random place. */
export function bars(rows: number, side = 8): Dataset {
  const rng = Rng.fromSeed(5);
  const data = new Float32Array(rows * side * side);
  for (let i = 0; i < rows; i++) {
    const at = rng.integer(side);
    const isUpright = rng.uniform() < 0.5;
    for (let j = 0; j < side; j++) data[i * side * side + (isUpright ? j * side + at : at * side + j)] = 0.9;
  }
  return arrayDataset({ kind: 'picture', height: side, width: side, channels: 1 }, data);
}

/** Vectors of independent normal columns with these standard deviations, turned by a fixed rotation of neighbouring columns. */
export function normals(rows: number, sds: readonly number[], mean = 0): Dataset {
  const rng = Rng.fromSeed(6);
  const data = new Float32Array(rows * sds.length);
  for (let i = 0; i < data.length; i++) data[i] = mean + rng.normal() * (sds[i % sds.length] as number);
  return arrayDataset({ kind: 'vector', size: sds.length }, data);
}

export const toyModel = (dataset: Dataset, set: ParamValues = {}): Model => makeModel(modelFamilies, 'vae', dataset.sample, set);

export const range = (from: number, to: number): Int32Array => Int32Array.from({ length: to - from }, (_, i) => from + i);

// Batches of training rows in shuffled passes. Pass e visits every row once in the order of stream ('order', e); batches follow one
// another through the passes without a gap, so batch `step` is known from (seed, step) alone and small datasets fill any batch size.
import type { Rng } from '../base/rng.ts';
import { readRows, sampleSize, type Dataset } from '../datasets/dataset.ts';

export interface Batches {
  /** Rows of batch `step` as [batchSize, sampleSize]. The answer is reused two calls later. */
  fill(step: number): Float32Array;
  epochAt(step: number): number;
}

export function openBatches(dataset: Dataset, rows: Int32Array, batchSize: number, rng: Rng): Batches {
  const size = sampleSize(dataset.sample);
  const buffers = [new Float32Array(batchSize * size), new Float32Array(batchSize * size)] as const;
  const indices = new Int32Array(batchSize);
  let order = rows;
  let orderOf = -1;
  let calls = 0;
  return {
    fill(step) {
      let position = step * batchSize;
      for (let i = 0; i < batchSize; i++, position++) {
        const epoch = Math.floor(position / rows.length);
        if (epoch !== orderOf) {
          order = rng.stream('order', epoch).permutation(rows.length);
          orderOf = epoch;
        }
        indices[i] = rows[order[position - epoch * rows.length] as number] as number;
      }
      return readRows(dataset, indices, buffers[calls++ & 1]);
    },
    epochAt: (step) => (step * batchSize) / rows.length,
  };
}

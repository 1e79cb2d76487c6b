// A dataset as a page or `inspect` shows it: plain records with the first few rows as thumbnails.
import { readRows, sampleSize, type Dataset } from '../../datasets/dataset.ts';
import type { DatasetRecord, InspectionRecord, RefusedFile, SamplesRecord } from '../../protocol/records.ts';

const THUMBNAILS = 12;

/** Rows `indices` as they travel to a page: pictures in 8 bits. */
export function samplesRecord(dataset: Dataset, indices: ArrayLike<number>): SamplesRecord {
  const values = readRows(dataset, indices);
  const { sample } = dataset;
  if (sample.kind === 'vector') {
    return {
      kind: 'vectors',
      count: indices.length,
      size: sample.size,
      ...(sample.names ? { names: sample.names } : {}),
      data: values,
    };
  }
  const { height, width, channels } = sample;
  const data = Uint8Array.from(values, (value) => Math.round(255 * Math.max(0, Math.min(1, value))));
  return { kind: 'pictures', count: indices.length, height, width, channels, data };
}

export function datasetRecord(dataset: Dataset): DatasetRecord {
  const { id, title, rows, sample, labelNames, fingerprint, notes } = dataset;
  const shape = sample.kind === 'vector' ? ({ kind: 'vector', size: sample.size } as const) : sample;
  const first = Int32Array.from({ length: Math.min(THUMBNAILS, rows) }, (_, i) => i);
  return {
    id,
    title,
    rows,
    shape,
    ...(labelNames ? { labelNames } : {}),
    fingerprint,
    notes,
    thumbnails: samplesRecord(dataset, first),
  };
}

/** Rows of each class, in the order of `labelNames`; rows without a label are not counted. */
export function classCounts({ labels, labelNames }: Pick<Dataset, 'labels' | 'labelNames'>): number[] | undefined {
  if (!labels || !labelNames) return undefined;
  const counts = new Array<number>(labelNames.length).fill(0);
  for (const label of labels) if (label >= 0) counts[label] = (counts[label] as number) + 1;
  return counts;
}

function valueRange(dataset: Dataset): [number, number] {
  let min = Infinity;
  let max = -Infinity;
  const row = new Float32Array(sampleSize(dataset.sample));
  for (let i = 0; i < dataset.rows; i++) {
    dataset.copyRow(i, row, 0);
    for (const value of row) {
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return [min, max];
}

export type DatasetInspection = Extract<InspectionRecord, { kind: 'dataset' }>;

export function describeDataset(dataset: Dataset, refused: readonly RefusedFile[] = []): DatasetInspection {
  const counts = classCounts(dataset);
  return {
    kind: 'dataset',
    dataset: datasetRecord(dataset),
    refused,
    ...(counts ? { classCounts: counts } : {}),
    valueRange: valueRange(dataset),
    ...(dataset.heldOutRows ? { heldOutRows: dataset.heldOutRows.length } : {}),
  };
}

// What lies at a path: a run's folder, a grid that Karst drew, or a dataset.
import { sampleSize, type Dataset } from '../datasets/dataset.ts';
import type { CallOptions } from '../protocol/methods.ts';
import type { DatasetRecord, InspectionRecord, RefusedFile, RunRecord } from '../protocol/records.ts';
import type { DatasetShelf } from './dataset-shelf.ts';
import type { EngineHost } from './engine-host.ts';
import { readGrid } from './grid-provenance.ts';
import type { Library } from './library.ts';

export interface InspectionNeeds {
  readonly host: EngineHost;
  readonly library: Library;
  readonly shelf: DatasetShelf;
  readonly record: (run: string) => Promise<RunRecord>;
  readonly isConfined: boolean;
}

export async function inspectPath(given: string, options: CallOptions, needs: InspectionNeeds): Promise<InspectionRecord> {
  const { host, library, shelf, record, isConfined } = needs;
  const isRunOfLibrary = await library.exists(given).catch(() => false); // not a run's name
  if (isRunOfLibrary) return { kind: 'run', run: await record(given) };
  if (shelf.resolve(given) !== given || host.isAbsolute(given)) {
    const path = host.resolvePath(given);
    const kind = await host.kindOf(path);
    if (kind === 'folder' && !isConfined && (await host.files(path).facts('run.json')))
      return { kind: 'run', run: await record(path) };
    if (kind === 'file' && /\.png$/i.test(path)) {
      const { provenance, width, height } = await readGrid(host, given);
      return { kind: 'grid', provenance, width, height };
    }
  }
  const { record: dataset, dataset: opened, refused } = await shelf.open(given, false, options);
  return inspectDataset(dataset, opened, refused);
}

/** What is found in a dataset; rows without a label are in no class. */
export function inspectDataset(record: DatasetRecord, dataset: Dataset, refused: readonly RefusedFile[]): InspectionRecord {
  const { labels, labelNames, heldOutRows } = dataset;
  const classCounts = labels && labelNames && new Array<number>(labelNames.length).fill(0);
  if (classCounts) for (const label of labels) if (label >= 0) classCounts[label] = (classCounts[label] ?? 0) + 1;
  return {
    kind: 'dataset',
    dataset: record,
    refused,
    ...(classCounts ? { classCounts } : {}),
    valueRange: valueRange(dataset),
    ...(heldOutRows ? { heldOutRows: heldOutRows.length } : {}),
  };
}

function valueRange(dataset: Dataset): [number, number] {
  const row = new Float32Array(sampleSize(dataset.sample));
  let [least, greatest] = [Infinity, -Infinity];
  for (let i = 0; i < dataset.rows; i++) {
    dataset.copyRow(i, row, 0);
    for (const value of row) {
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
  }
  return [least, greatest];
}

// The datasets a person sees: those that Karst makes itself, and those opened from a path, which are remembered in <home>/datasets.json
// with their first few rows, so that showing the shelf opens nothing.
import { z } from 'zod';
import { fromBase64, toBase64 } from '../base/bytes.ts';
import { readRows, sampleSize, type Dataset } from '../datasets/dataset.ts';
import type { CallOptions } from '../protocol/methods.ts';
import type { DatasetRecord, RefusedFile, SamplesRecord } from '../protocol/records.ts';
import { datasets } from './catalogue.ts';
import type { EngineHost } from './engine-host.ts';
import { toSamples } from './samples.ts';

/** A few pictures show what a dataset is; of vectors it takes as many as outline it, within this count of numbers. */
const [PICTURES, VECTORS, MOST_NUMBERS] = [8, 256, 16_384];
const MAX_REMEMBERED = 200;

export interface DatasetShelf {
  list(): Promise<readonly DatasetRecord[]>;
  /** Opens a dataset and says what it is; `remember` puts it on the shelf. */
  open(
    id: string,
    remember: boolean,
    options: CallOptions,
  ): Promise<{ record: DatasetRecord; dataset: Dataset; refused: readonly RefusedFile[] }>;
  /** What a run's or a person's word for a dataset stands for: a member's id, or an absolute path. */
  resolve(id: string): string;
}

const remembered = z.array(z.looseObject({ id: z.string(), title: z.string(), thumbnails: z.looseObject({ data: z.string() }) }));

export function openDatasetShelf(host: EngineHost): DatasetShelf {
  const home = host.files(host.home);
  const made = new Map<string, Promise<DatasetRecord>>();
  const isMember = (id: string): boolean => datasets.members.some((member) => member.id === id);
  const resolve = (id: string): string => (isMember(id) ? id : host.resolvePath(id));

  async function read(): Promise<readonly DatasetRecord[]> {
    if (!(await home.facts('datasets.json'))) return [];
    try {
      const parsed = remembered.parse(JSON.parse(new TextDecoder().decode(await home.read('datasets.json'))));
      return parsed.map((saved) => ({ ...saved, thumbnails: unpacked(saved.thumbnails) })) as unknown as readonly DatasetRecord[];
    } catch {
      return []; // the shelf is a convenience: a damaged one begins anew
    }
  }

  async function write(records: readonly DatasetRecord[]): Promise<void> {
    const saved = records.map((record) => ({ ...record, thumbnails: packed(record.thumbnails) }));
    await home.write('datasets.json', new TextEncoder().encode(`${JSON.stringify(saved, undefined, 1)}\n`));
  }

  async function open(given: string, remember: boolean, options: CallOptions) {
    const id = resolve(given);
    const { dataset, refused } = await host.openDataset(id, options);
    const record = { ...datasetRecord(dataset), id };
    if (remember && !isMember(id)) {
      const others = (await read()).filter((one) => one.id !== id);
      await write([record, ...others].slice(0, MAX_REMEMBERED));
    }
    return { record, dataset, refused };
  }

  return {
    resolve,
    open,
    async list() {
      for (const { id } of datasets.members) {
        if (!made.has(id)) {
          const making = open(id, false, {}).then(({ record }) => record);
          made.set(id, making);
          making.catch(() => made.delete(id));
        }
      }
      return [...(await Promise.all(made.values())), ...(await read())];
    },
  };
}

export function datasetRecord(dataset: Dataset): DatasetRecord {
  const { id, title, rows, sample, labelNames, augmentations, fingerprint, notes } = dataset;
  const wanted =
    sample.kind === 'picture' ? PICTURES : Math.max(1, Math.min(VECTORS, Math.floor(MOST_NUMBERS / sampleSize(sample))));
  const count = Math.min(wanted, rows);
  const shown = Array.from({ length: count }, (_, i) => Math.floor((i * rows) / count));
  return {
    id,
    title,
    rows,
    shape: sample.kind === 'picture' ? sample : { kind: 'vector', size: sampleSize(sample) },
    ...(labelNames ? { labelNames } : {}),
    ...(augmentations ? { augmentations } : {}),
    fingerprint,
    notes,
    thumbnails: toSamples(sample, readRows(dataset, shown)),
  };
}

function packed(samples: SamplesRecord): unknown {
  return { ...samples, data: toBase64(new Uint8Array(samples.data.buffer, samples.data.byteOffset, samples.data.byteLength)) };
}

function unpacked(saved: { data: string; kind?: unknown }): SamplesRecord {
  const bytes = fromBase64(saved.data);
  return { ...saved, data: saved.kind === 'vectors' ? new Float32Array(bytes.buffer) : bytes } as unknown as SamplesRecord;
}

// Opens a dataset by a generated member's id or by path. What a folder is, is told by what lies in it: IDX files, else pictures, else one
// array or table. Whole datasets or errors come out, never parts of a file.
import { realpath, stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { basename, dirname, resolve as absolute } from 'node:path';
import { KarstError, throwIfCancelled } from '../../base/errors.ts';
import { resolve, type Params, type Values } from '../../base/params.ts';
import { CsvReader } from '../../datasets/csv.ts';
import type { Dataset } from '../../datasets/dataset.ts';
import { generatedDatasets } from '../../datasets/generated.ts';
import { standardLimits, type Limits } from '../../datasets/limits.ts';
import { npzDataset } from '../../datasets/npz.ts';
import { refusal } from '../../datasets/refusal.ts';
import { describeBytes } from '../../datasets/signatures.ts';
import type { ProgressRecord, RefusedFile } from '../../protocol/records.ts';
import {
  arrayPairs,
  assertAlike,
  isIdxName,
  isNpyName,
  joinPairs,
  pairBeside,
  readPair,
  type Pair,
  type ReadPair,
} from './array-pairs.ts';
import { readTextFile, readWholeFile, type Reading } from './array-file.ts';
import { GuardedFile, kindOf, systemRefusal } from './guarded-file.ts';
import { asRefused, walk, type FoundFile } from './walk.ts';
import { isPictureName, nothingGood, pictureFolder } from './picture-folder.ts';

/** How a path is read; each applies where it means something. */
export const pathParams = {
  rows: {
    kind: 'int',
    default: 0,
    min: 0,
    max: 10_000_000,
    help: 'take only so many rows: the first of a file, evenly spread over a folder of pictures; 0 takes all',
  },
  size: {
    kind: 'int',
    default: 0,
    min: 0,
    max: 512,
    unit: 'px',
    help: 'side of the square that pictures become; 0 keeps small pictures of one size, else 32',
  },
  fit: {
    kind: 'choice',
    default: 'cover',
    options: ['cover', 'contain'],
    help: 'cover crops pictures to a square, contain puts them on white',
  },
  channels: { kind: 'choice', default: 'auto', options: ['auto', 'grey', 'colour'], help: 'auto is grey where every picture is' },
  header: {
    kind: 'choice',
    default: 'auto',
    options: ['auto', 'yes', 'no'],
    help: 'whether the first line of a table names its columns',
  },
  labelColumn: {
    kind: 'int',
    default: 0,
    min: -1,
    max: 1_000_000,
    help: "column of a table's labels, 1 being the first; 0 finds it, -1 has none",
  },
} as const satisfies Params;

export interface OpenOptions {
  /** Of the generated member, or `pathParams`. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Seed of generated data where `params` has none. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ProgressRecord) => void;
  readonly limits?: Partial<Limits>;
}

export interface Opened {
  readonly dataset: Dataset;
  /** Files of a folder that could not be used, and why. */
  readonly refused: readonly RefusedFile[];
}

/** At most one progress record in this time. */
const PROGRESS_MS = 50;

export async function openDataset(idOrPath: string, options: OpenOptions = {}): Promise<Opened> {
  throwIfCancelled(options.signal);
  const generated = generatedDatasets.find(({ id }) => id === idOrPath);
  if (generated) {
    const seed = options.seed === undefined ? {} : { seed: options.seed };
    return { dataset: generated.make({ ...seed, ...options.params }), refused: [] };
  }
  const choice = resolve(`dataset ${basename(idOrPath)}`, pathParams, options.params);
  const limits = { ...standardLimits, memoryBytes: Math.min(standardLimits.memoryBytes, totalmem() / 2), ...options.limits };
  const onProgress = throttled(options.onProgress);
  const path = absolute(idOrPath);
  const { real, isFolder } = await locate(idOrPath, path);
  const job: Job = { id: path, title: basename(path), choice, limits, signal: options.signal, onProgress };
  return isFolder ? openFolder(real, job) : { dataset: await openFile(real, job), refused: [] };
}

interface Job {
  readonly id: string;
  readonly title: string;
  readonly choice: Values<typeof pathParams>;
  readonly limits: Limits;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: ProgressRecord) => void;
}

const readingOf = ({ choice, limits, signal, onProgress }: Job, name: string): Reading => ({
  limits,
  rows: choice.rows,
  signal,
  onShare: (fraction) => onProgress({ fraction, text: `Reading ${name}` }),
});

async function locate(given: string, path: string): Promise<{ real: string; isFolder: boolean }> {
  try {
    const real = await realpath(path);
    const stats = await stat(real);
    if (!stats.isFile() && !stats.isDirectory()) throw refusal(given, 'a file or a folder', kindOf(stats));
    return { real, isFolder: stats.isDirectory() };
  } catch (thrown) {
    const refused = systemRefusal(given, 'a file, a folder or the name of a dataset', thrown);
    if (refused.code !== 'not-found') throw refused;
    const known = generatedDatasets.map(({ id }) => id).join(', ');
    throw new KarstError('not-found', `${refused.message}. Known names: ${known}`, refused.facts, thrown);
  }
}

function throttled(listener: ((progress: ProgressRecord) => void) | undefined): (progress: ProgressRecord) => void {
  let lastMs = -Infinity;
  return (progress) => {
    const nowMs = performance.now();
    if (!listener || (nowMs - lastMs < PROGRESS_MS && progress.fraction !== 1)) return;
    lastMs = nowMs;
    listener(progress);
  };
}

const isTableName = (name: string): boolean => /\.(csv|tsv|tab)(\.gz)?$/i.test(name);
const isNpzName = (name: string): boolean => /\.npz$/i.test(name);

async function openFile(path: string, job: Job): Promise<Dataset> {
  const found = { path, name: basename(path) };
  if (isTableName(found.name)) return openTable(found, job);
  if (isNpzName(found.name)) return openNpz(found, job);
  const looks = await looksLike(found);
  if (isIdxName(found.name) || isNpyName(found.name) || looks === 'an IDX array') {
    const how = readingOf(job, found.name);
    return joinPairs(job.id, job.title, [await readPair(await pairBeside(dirname(path), found), how)], [], how);
  }
  const isPicture = looks.endsWith(' picture');
  throw refusal(found.name, 'an IDX, NPY, NPZ, CSV or TSV file, or a folder of pictures', looks, {
    code: isPicture ? 'usage' : 'bad-data',
    ...(isPicture ? { advice: 'Open the folder that holds it' } : {}),
  });
}

async function looksLike(found: FoundFile): Promise<string> {
  const file = await GuardedFile.open(found.path, found.name);
  try {
    return describeBytes(await file.head(64));
  } finally {
    await file.close();
  }
}

async function openTable(found: FoundFile, job: Job): Promise<Dataset> {
  const { choice, limits } = job;
  const options = { header: choice.header, labelColumn: choice.labelColumn, rows: choice.rows, limits };
  const reader = new CsvReader(found.name, /\.(tsv|tab)(\.gz)?$/i.test(found.name) ? { ...options, delimiter: '\t' } : options);
  await readTextFile(found, readingOf(job, found.name), (bytes) => {
    reader.push(bytes);
    return reader.done;
  });
  return reader.finish(job.id, job.title);
}

async function openNpz(found: FoundFile, job: Job): Promise<Dataset> {
  const bytes = await readWholeFile(found, job.limits.memoryBytes);
  return npzDataset(job.id, found.name, bytes, job.limits, job.choice.rows);
}

async function openFolder(folder: string, job: Job): Promise<Opened> {
  job.onProgress({ text: `Looking into ${job.title}` });
  const found = await walk(folder, job.limits, job.signal);
  const named = (test: (name: string) => boolean): FoundFile[] => found.files.filter(({ name }) => test(basename(name)));
  const idx = arrayPairs(named(isIdxName));
  if (idx.pairs.length > 0) return openPairs(idx, found.refused, job);
  if (named(isPictureName).length > 0) {
    const { choice, limits, signal, onProgress } = job;
    return pictureFolder(job.id, job.title, found, choice, { limits, signal, onProgress });
  }
  const npy = arrayPairs(named(isNpyName));
  const single = named((name) => isTableName(name) || isNpzName(name));
  if (npy.pairs.length > 0 && single.length === 0) return openPairs(npy, found.refused, job);
  const [only] = single;
  if (single.length + npy.pairs.length > 1)
    throw severalIn(job.title, [...npy.pairs.map(({ data }) => data.name), ...single.map(({ name }) => name)]);
  if (only) {
    const dataset = await (isNpzName(only.name) ? openNpz(only, job) : openTable(only, job));
    return { dataset, refused: found.refused };
  }
  const unknown = await Promise.all(found.files.slice(0, 100).map((file) => unknownFile(file)));
  throw nothingGood(job.title, [...unknown, ...found.refused]);
}

async function unknownFile(file: FoundFile): Promise<RefusedFile> {
  const expected = 'a picture, an array or a table';
  try {
    return { file: file.name, expected, found: await looksLike(file) };
  } catch (thrown) {
    return asRefused(file.name, expected, thrown);
  }
}

function severalIn(title: string, names: readonly string[]): KarstError {
  const found = `${names.slice(0, 5).join(', ')}${names.length > 5 ? ' …' : ''}`;
  return refusal(title, 'one dataset in the folder', found, { code: 'usage', advice: 'Open one of them by its own path' });
}

/** The good pairs of a folder as one dataset. */
async function openPairs(
  found: { pairs: readonly Pair[]; refused: readonly RefusedFile[] },
  walked: readonly RefusedFile[],
  job: Job,
): Promise<Opened> {
  if (new Set(found.pairs.map(({ group }) => group)).size > 1)
    throw severalIn(
      job.title,
      found.pairs.map(({ data }) => data.name),
    );
  const refused: RefusedFile[] = [...walked, ...found.refused];
  const errors: KarstError[] = [];
  const good: ReadPair[] = [];
  for (const pair of found.pairs) {
    try {
      const read = await readPair(pair, readingOf(job, pair.data.name));
      if (good[0]) assertAlike(good[0], read);
      good.push(read);
    } catch (thrown) {
      throwIfCancelled(job.signal);
      const error = systemRefusal(pair.data.name, 'a readable array', thrown);
      errors.push(error);
      refused.push(asRefused(String(error.facts.file ?? pair.data.name), 'a readable array', error));
    }
  }
  const [first] = errors;
  if (good.length === 0) throw first ?? nothingGood(job.title, refused);
  const notes = refused.length > 0 ? [`${refused.length} ${refused.length === 1 ? 'file was' : 'files were'} refused`] : [];
  return { dataset: joinPairs(job.id, job.title, good, notes, readingOf(job, job.title)), refused };
}

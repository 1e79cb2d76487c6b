// Array files that belong together, told by their names: rows and their labels (t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz;
// x.npy, y.npy), train and test parts of one set. A pair of which either file is bad is refused whole, since its rows cannot be trusted.
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { arrayDataset, sameLayout, shapeText, stackArrays, type NumberArray } from '../../datasets/arrays.ts';
import type { Dataset } from '../../datasets/dataset.ts';
import { heldOutAfter, joinLabels, type NamedLabels } from '../../datasets/parts.ts';
import { byteCount, count, refusal } from '../../datasets/refusal.ts';
import type { RefusedFile } from '../../protocol/records.ts';
import { readArrayFile, readLabelFile, type Reading } from './array-file.ts';
import type { FoundFile } from './walk.ts';

export interface Pair {
  readonly data: FoundFile;
  readonly labels?: FoundFile;
  readonly isTest: boolean;
  /** What is left of the name: pairs of one group are parts of one set. */
  readonly group: string;
}

const NPY = /\.npy(\.gz)?$/i;
const IDX = /[-._]idx[1-4]?(-ubyte)?(\.gz)?$/i;
const DATA_WORDS = new Set(['images', 'image', 'imgs', 'img', 'data', 'x', 'features', 'vectors', 'embeddings', 'samples']);
const LABEL_WORDS = new Set(['labels', 'label', 'targets', 'target', 'classes', 'y']);
const TEST_WORDS = new Set(['t10k', 'test', 'testing', 'val', 'valid', 'validation']);
const TRAIN_WORDS = new Set(['train', 'training']);

export const isNpyName = (name: string): boolean => NPY.test(name);
export const isIdxName = (name: string): boolean => IDX.test(name);

interface Read {
  readonly file: FoundFile;
  readonly isLabels: boolean;
  readonly isTest: boolean;
  readonly group: string;
  /** Rows and labels that share it are a pair. */
  readonly key: string;
}

function readName(file: FoundFile): Read {
  const slash = file.name.lastIndexOf('/') + 1;
  const folder = file.name
    .slice(0, slash)
    .split('/')
    .filter((part) => part !== '' && !IDX.test(part))
    .join('/'); // some unpackers make folders of them
  const words = file.name
    .slice(slash)
    .replace(NPY, '')
    .replace(IDX, '')
    .toLowerCase()
    .split(/[-._ ]+/);
  const isLabels = words.some((word) => LABEL_WORDS.has(word));
  const isTest = words.some((word) => TEST_WORDS.has(word));
  const rest = words.filter((word) => !DATA_WORDS.has(word) && !LABEL_WORDS.has(word));
  const group = `${folder}/${rest.filter((word) => !TEST_WORDS.has(word) && !TRAIN_WORDS.has(word)).join('-')}`;
  return { file, isLabels, isTest, group, key: `${folder}/${rest.join('-')}` };
}

/** Train parts come first. Of a file and its gzipped twin, the plain one is taken. */
export function arrayPairs(files: readonly FoundFile[]): { pairs: Pair[]; refused: RefusedFile[] } {
  const names = new Set(files.map(({ name }) => name));
  const read = files.filter(({ name }) => !names.has(name.replace(/\.gz$/i, '')) || !/\.gz$/i.test(name)).map(readName);
  const labels = new Map(read.filter(({ isLabels }) => isLabels).map((one) => [one.key, one.file]));
  const pairs = read
    .filter(({ isLabels }) => !isLabels)
    .map(({ file, isTest, group, key }): Pair => {
      const own = labels.get(key);
      labels.delete(key);
      return { data: file, isTest, group, ...(own ? { labels: own } : {}) };
    });
  pairs.sort((a, b) => Number(a.isTest) - Number(b.isTest));
  const refused = [...labels.values()].map(({ name }) => ({
    file: name,
    expected: 'the pictures or vectors that these labels belong to, beside it',
    found: 'none whose name fits',
  }));
  return { pairs, refused };
}

/** The file at hand and the label file that lies beside it, if one does. */
export async function pairBeside(folder: string, file: FoundFile): Promise<Pair> {
  const siblings: FoundFile[] = [];
  const isSame = isNpyName(file.name) ? isNpyName : isIdxName;
  for (const name of (await readdir(folder)).sort()) {
    if (name !== file.name && !readName({ name, path: '' }).isLabels) continue;
    const path = join(folder, name);
    if (isSame(name) && (name === file.name || (await lstat(path)).isFile())) siblings.push({ name, path });
  }
  return arrayPairs(siblings).pairs.find(({ data }) => data.name === file.name) ?? { data: file, isTest: false, group: '' };
}

export interface ReadPair {
  readonly pair: Pair;
  readonly array: NumberArray;
  readonly labels: NamedLabels | undefined;
}

export async function readPair(pair: Pair, how: Reading): Promise<ReadPair> {
  const { array, totalRows } = await readArrayFile(pair.data, how);
  const rows = array.shape[0] as number;
  return { pair, array, labels: pair.labels ? await readLabelFile(pair.labels, totalRows, rows, how) : undefined };
}

/** Refuses rows of another layout than those of `first`. */
export function assertAlike(first: ReadPair, other: ReadPair): void {
  if (sameLayout(first.array, other.array)) return;
  const layout = ({ array }: ReadPair): string => `${array.type} of shape ${shapeText(array.shape)}`;
  throw refusal(other.pair.data.name, `rows like those of ${first.pair.data.name}, ${layout(first)}`, layout(other));
}

/** One dataset of alike pairs, train parts first. */
export function joinPairs(id: string, title: string, read: readonly ReadPair[], notes: readonly string[], how: Reading): Dataset {
  const bytes = read.reduce((sum, { array }) => sum + array.values.byteLength, 0) * (read.length > 1 ? 2 : 1);
  if (bytes > how.limits.memoryBytes) {
    const found = `${count(read.length)} files that take ${byteCount(bytes)}`;
    throw refusal(title, `arrays that take at most ${byteCount(how.limits.memoryBytes)} of memory`, found, { code: 'too-large' });
  }
  const rowsOf = (isTest: boolean): number =>
    read.reduce((sum, { pair, array }) => sum + (pair.isTest === isTest ? (array.shape[0] as number) : 0), 0);
  const [trainRows, testRows] = [rowsOf(false), rowsOf(true)];
  const heldOut = trainRows > 0 && testRows > 0 ? { heldOutRows: heldOutAfter(trainRows, testRows) } : {};
  const labelled = read.some(({ labels }) => labels)
    ? joinLabels(
        read.map(({ array, labels }) => labels ?? { labels: new Int32Array(array.shape[0] as number).fill(-1), names: [] }),
      )
    : {};
  const told = read.map(({ pair }) => `rows from ${pair.data.name}${pair.labels ? `, labels from ${pair.labels.name}` : ''}`);
  if (testRows > 0 && trainRows > 0) told.push(`the ${count(testRows)} rows of the test part are held out`);
  const about = { id, title, notes: [...told, ...notes], ...labelled, ...heldOut };
  return arrayDataset((read[0] as ReadPair).pair.data.name, about, stackArrays(read.map(({ array }) => array)), how.limits);
}

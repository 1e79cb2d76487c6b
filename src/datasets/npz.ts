// NPZ, several NPY arrays in one ZIP archive. Which array is the data and which the labels is told by the names in common use
// (np.savez's arr_0 and arr_1, Keras's x_train … y_test included); what was chosen is noted.
import {
  arrayDataset,
  checkShape,
  decodeArray,
  firstRows,
  sameLayout,
  shapeText,
  stackArrays,
  wholeLabels,
  type ArrayHeader,
  type NumberArray,
} from './arrays.ts';
import type { Dataset } from './dataset.ts';
import { checkLabelShape, checkLength } from './idx.ts';
import { standardLimits, type Limits } from './limits.ts';
import { npyHeader, npyHeadBytes } from './npy.ts';
import { byteCount, refusal } from './refusal.ts';
import { joinLabels, heldOutAfter } from './parts.ts';
import { isWhole } from './scalars.ts';
import { unzip, zipEntries, type ZipEntry } from './zip.ts';

const dataNames = ['x', 'images', 'image', 'imgs', 'data', 'features', 'embeddings', 'vectors', 'samples', 'latents', 'arr_0'];
const labelNames = ['y', 'labels', 'label', 'targets', 'target', 'classes', 'arr_1'];
const trainPairs = [
  { x: 'x_train', y: 'y_train', xTest: 'x_test', yTest: 'y_test' },
  { x: 'train_images', y: 'train_labels', xTest: 'test_images', yTest: 'test_labels' },
];

class Archive {
  readonly #file: string;
  readonly #bytes: Uint8Array;
  readonly #limits: Limits;
  readonly #entries = new Map<string, ZipEntry>();

  constructor(file: string, bytes: Uint8Array, limits: Limits) {
    this.#file = file;
    this.#bytes = bytes;
    this.#limits = limits;
    for (const entry of zipEntries(file, bytes)) {
      if (entry.name.endsWith('.npy')) this.#entries.set(entry.name.slice(0, -4), entry);
    }
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  /** The first of `wanted` that is there, capitals aside. */
  find(wanted: readonly string[]): string | undefined {
    for (const name of wanted) {
      const found = this.names.find((one) => one.toLowerCase() === name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  where = (name: string): string => `${this.#file}/${name}.npy`;

  read(name: string): { header: ArrayHeader; payload: Uint8Array } {
    const entry = this.#entries.get(name) as ZipEntry;
    if (entry.size > this.#limits.memoryBytes)
      throw refusal(this.where(name), `at most ${byteCount(this.#limits.memoryBytes)}`, byteCount(entry.size), {
        code: 'too-large',
      });
    const bytes = unzip(this.#file, this.#bytes, entry);
    const header = npyHeader(this.where(name), bytes.subarray(0, npyHeadBytes(this.#limits)), this.#limits);
    checkLength(this.where(name), header, bytes.length);
    return { header, payload: bytes.subarray(header.dataOffset) };
  }

  /** Whether the array could be labels of `rows` rows. */
  isColumn(name: string, rows: number): boolean {
    const { header } = this.read(name);
    return header.shape.length === 1 && header.shape[0] === rows && isWhole(header.type);
  }

  data(name: string): NumberArray {
    const { header, payload } = this.read(name);
    checkShape(this.where(name), header.shape, this.#limits);
    return decodeArray(header, payload);
  }

  labels(name: string, rows: number, rowsWanted: number): { labels: Int32Array; names: string[] } {
    const { header, payload } = this.read(name);
    checkLabelShape(this.where(name), header, rows);
    const { labels, names } = wholeLabels(this.where(name), payload, header, this.#limits);
    return { labels: rowsWanted > 0 ? labels.slice(0, rowsWanted) : labels, names };
  }
}

/** `rowsWanted`: the first so many of each array; 0: all. */
export function npzDataset(
  id: string,
  file: string,
  bytes: Uint8Array,
  limits: Limits = standardLimits,
  rowsWanted = 0,
): Dataset {
  const archive = new Archive(file, bytes, limits);
  const { names } = archive;
  if (names.length === 0) throw refusal(file, 'at least one NPY array in the archive', 'none');
  for (const pair of trainPairs) {
    const [x, xTest] = [archive.find([pair.x]), archive.find([pair.xTest])];
    if (x !== undefined && xTest !== undefined) {
      return trainAndTest(
        id,
        file,
        archive,
        rowsWanted,
        { x, xTest, y: archive.find([pair.y]), yTest: archive.find([pair.yTest]) },
        limits,
      );
    }
  }
  const x = archive.find([...dataNames, ...trainPairs.map((pair) => pair.x)]) ?? (names.length === 1 ? names[0] : undefined);
  if (x === undefined) {
    throw refusal(file, `an array called ${dataNames.join(', ')}`, names.join(', '), {
      advice: 'Rename the array that holds the rows to x',
    });
  }
  const whole = archive.data(x);
  const array = firstRows(whole, rowsWanted);
  const rows = whole.shape[0] as number;
  const named = archive.find([...labelNames, ...trainPairs.map((pair) => pair.y)]);
  const y = named === 'arr_1' && !archive.isColumn(named, rows) ? undefined : named; // np.savez numbers any arrays
  const unused = names.filter((name) => name !== x && name !== y);
  const notes = [
    `rows from array ${x} ${shapeText(array.shape)}${y === undefined ? '' : `, labels from array ${y}`}`,
    ...(unused.length ? [`arrays not used: ${unused.join(', ')}`] : []),
  ];
  if (y === undefined) return arrayDataset(archive.where(x), { id, title: file, notes }, array, limits);
  const { labels, names: classNames } = archive.labels(y, rows, rowsWanted);
  return arrayDataset(archive.where(x), { id, title: file, notes, labels, labelNames: classNames }, array, limits);
}

interface Chosen {
  readonly x: string;
  readonly xTest: string;
  readonly y: string | undefined;
  readonly yTest: string | undefined;
}

function trainAndTest(id: string, file: string, archive: Archive, rowsWanted: number, chosen: Chosen, limits: Limits): Dataset {
  const [allTrain, allTest] = [archive.data(chosen.x), archive.data(chosen.xTest)];
  const [train, test] = [firstRows(allTrain, rowsWanted), firstRows(allTest, rowsWanted)];
  if (!sameLayout(train, test)) {
    const found = `${test.type} of shape ${shapeText(test.shape)}`;
    throw refusal(
      archive.where(chosen.xTest),
      `rows like ${chosen.x}'s, ${train.type} of shape ${shapeText(train.shape)}`,
      found,
    );
  }
  const [trainRows, testRows] = [train.shape[0] as number, test.shape[0] as number];
  const notes = [`rows from arrays ${chosen.x} and ${chosen.xTest}; the latter are held out`];
  const labelled =
    chosen.y === undefined || chosen.yTest === undefined
      ? undefined
      : joinLabels([
          archive.labels(chosen.y, allTrain.shape[0] as number, rowsWanted),
          archive.labels(chosen.yTest, allTest.shape[0] as number, rowsWanted),
        ]);
  const about = { id, title: file, notes, heldOutRows: heldOutAfter(trainRows, testRows), ...labelled };
  return arrayDataset(archive.where(chosen.x), about, stackArrays([train, test]), limits);
}

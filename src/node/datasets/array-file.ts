// Array files from disk: the head is read and judged, its claim compared with the file's real length, and only then memory is taken and
// filled. Gzip files are decompressed as they are read, never beyond what the head announced.
import { KarstError } from '../../base/errors.ts';
import {
  checkShape,
  dataBytesOf,
  decodeArray,
  firstRows,
  wholeLabels,
  type ArrayHeader,
  type NumberArray,
} from '../../datasets/arrays.ts';
import { checkLabelShape, checkLength, idxHeader } from '../../datasets/idx.ts';
import { MAX_DEFLATE_RATIO, type Limits } from '../../datasets/limits.ts';
import { npyHeader, npyHeadBytes } from '../../datasets/npy.ts';
import type { NamedLabels } from '../../datasets/parts.ts';
import { byteCount, count, refusal } from '../../datasets/refusal.ts';
import { contents, GuardedFile, isGzipName } from './guarded-file.ts';
import type { FoundFile } from './walk.ts';

export interface Reading {
  readonly limits: Limits;
  /** First so many rows; 0: all. */
  readonly rows: number;
  readonly signal: AbortSignal | undefined;
  /** Share of the file read, 0 … 1. */
  readonly onShare: (share: number) => void;
}

const parse = (name: string, head: Uint8Array, limits: Limits): ArrayHeader =>
  /\.npy(\.gz)?$/i.test(name) ? npyHeader(name, head, limits) : idxHeader(name, head, limits);

/** With `rows`, the limit on memory judges those rows alone. */
function parseFirstRows(name: string, head: Uint8Array, { limits, rows }: Reading): { whole: ArrayHeader; wanted: ArrayHeader } {
  if (rows === 0) {
    const header = parse(name, head, limits);
    return { whole: header, wanted: header };
  }
  const whole = parse(name, head, { ...limits, memoryBytes: Number.MAX_SAFE_INTEGER, rows: Number.MAX_SAFE_INTEGER });
  const total = whole.shape[0] as number;
  const isPart = rows < total && !(whole.fortran && whole.shape.length > 1); // Fortran order spreads each row over the whole file
  if (!isPart) return { whole, wanted: parse(name, head, limits) };
  const shape = [rows, ...whole.shape.slice(1)];
  return { whole, wanted: { ...whole, shape, dataBytes: dataBytesOf(name, shape, whole.type, limits) } };
}

async function readPayload(
  file: GuardedFile,
  reading: Reading,
): Promise<{ header: ArrayHeader; payload: Uint8Array; totalRows: number }> {
  const gathered: Uint8Array[] = [];
  let headBytes = 0;
  let payload: Uint8Array | undefined;
  let header: ArrayHeader | undefined;
  let whole: ArrayHeader | undefined;
  let seen = 0; // bytes of content
  const begin = (): Uint8Array => {
    const head = joined(gathered);
    const parsed = parseFirstRows(file.name, head, reading);
    ({ whole, wanted: header } = parsed);
    const announced = parsed.whole.dataOffset + parsed.whole.dataBytes;
    if (!isGzipName(file.name)) checkLength(file.name, parsed.whole, file.size);
    else if (announced > file.size * MAX_DEFLATE_RATIO + 1024) {
      const found = `${count(file.size)} bytes, which no compression can stretch so far`;
      throw refusal(file.name, `a gzip file of ${byteCount(announced)}, as its header announces`, found);
    }
    payload = new Uint8Array(parsed.wanted.dataBytes);
    return head.subarray(parsed.wanted.dataOffset);
  };
  const fill = (block: Uint8Array, at: number): void => {
    const space = payload as Uint8Array;
    if (at < space.length) space.set(block.subarray(0, space.length - at), at);
  };

  for await (const block of contents(file, reading.signal)) {
    seen += block.length;
    if (payload) {
      fill(block, seen - block.length - (header as ArrayHeader).dataOffset);
      reading.onShare(Math.min(1, (seen - (header as ArrayHeader).dataOffset) / payload.length));
      if (seen > (whole as ArrayHeader).dataOffset + (whole as ArrayHeader).dataBytes) break;
      if (header !== whole && seen >= (header as ArrayHeader).dataOffset + payload.length) break; // the rest is not wanted
      continue;
    }
    gathered.push(block);
    headBytes += block.length;
    if (headBytes >= npyHeadBytes(reading.limits)) fill(begin(), 0);
  }
  if (!payload) fill(begin(), 0);
  if (!header || !whole || !payload) throw new KarstError('internal', `${file.name}: no header after reading`);
  if (header === whole || seen < header.dataOffset + payload.length) checkLength(file.name, whole, seen);
  else await file.assertUnchanged();
  return { header, payload, totalRows: whole.shape[0] as number };
}

function joined(blocks: readonly Uint8Array[]): Uint8Array {
  if (blocks.length === 1) return blocks[0] as Uint8Array;
  const whole = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    whole.set(block, at);
    at += block.length;
  }
  return whole;
}

async function reading<T>(found: FoundFile, work: (file: GuardedFile) => Promise<T>): Promise<T> {
  const file = await GuardedFile.open(found.path, found.name);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** The rows of an IDX or NPY file, gz or not, and how many it has in all. */
export const readArrayFile = (found: FoundFile, how: Reading): Promise<{ array: NumberArray; totalRows: number }> =>
  reading(found, async (file) => {
    const { header, payload, totalRows } = await readPayload(file, how);
    checkShape(file.name, header.shape, how.limits);
    const array = decodeArray(header, payload);
    return { array: firstRows(array, how.rows), totalRows };
  });

/** The labels of an IDX or NPY file that must hold one for each of `totalRows`; the first `rows` of them. */
export const readLabelFile = (found: FoundFile, totalRows: number, rows: number, how: Reading): Promise<NamedLabels> =>
  reading(found, async (file) => {
    const { header, payload } = await readPayload(file, { ...how, rows: 0 });
    checkLabelShape(file.name, header, totalRows);
    const { labels, names } = wholeLabels(file.name, payload, header, how.limits);
    return { labels: labels.slice(0, rows), names };
  });

/** A file taken whole into memory, where its format needs that. */
export const readWholeFile = (found: FoundFile, limitBytes: number): Promise<Uint8Array> =>
  reading(found, (file) => {
    if (file.size > limitBytes)
      throw refusal(file.name, `at most ${byteCount(limitBytes)}`, byteCount(file.size), { code: 'too-large' });
    return file.all();
  });

/** Feeds a text file, gz or not, to `push` until that answers true. */
export const readTextFile = (found: FoundFile, how: Reading, push: (bytes: Uint8Array) => boolean): Promise<void> =>
  reading(found, async (file) => {
    let seen = 0;
    for await (const block of contents(file, how.signal)) {
      seen += block.length;
      if (push(block)) break;
      if (!isGzipName(file.name)) how.onShare(seen / Math.max(1, file.size));
    }
    if (seen === 0) push(new Uint8Array(0));
  });

// IDX, the format of MNIST and its family (LeCun, Cortes & Burges): two zero bytes, a type byte, the number of dimensions, each
// dimension as a big-endian 32-bit integer, then the numbers, big-endian, last index fastest.
import type { Dataset } from './dataset.ts';
import { arrayDataset, checkShape, dataBytesOf, decodeArray, wholeLabels, type ArrayHeader } from './arrays.ts';
import { standardLimits, type Limits } from './limits.ts';
import { count, refusal } from './refusal.ts';
import type { ScalarType } from './scalars.ts';
import { describeBytes } from './signatures.ts';

const types: Readonly<Record<number, ScalarType>> = {
  0x08: 'uint8',
  0x09: 'int8',
  0x0b: 'int16',
  0x0c: 'int32',
  0x0d: 'float32',
  0x0e: 'float64',
};

/** Reads the head of an IDX file; `head` is its first 64 bytes or all of a shorter one. */
export function idxHeader(file: string, head: Uint8Array, limits: Limits = standardLimits): ArrayHeader {
  const type = head.length >= 4 && head[0] === 0 && head[1] === 0 ? types[head[2] as number] : undefined;
  const dimensions = head[3] ?? 0;
  if (!type || dimensions < 1 || dimensions > 4) {
    throw refusal(file, 'an IDX file (two zero bytes, a known type, 1 to 4 dimensions)', describeBytes(head));
  }
  const dataOffset = 4 + 4 * dimensions;
  if (head.length < dataOffset)
    throw refusal(file, `${dataOffset} bytes of IDX header`, `a file of ${head.length} bytes, cut short`);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const dataBytes = dataBytesOf(file, shape, type, limits);
  if (dimensions > 1) checkShape(file, shape, limits);
  return { type, little: false, fortran: false, shape, dataOffset, dataBytes };
}

/** Refuses a file whose length is not what its head announces. */
export function checkLength(file: string, header: ArrayHeader, fileBytes: number): void {
  const announced = header.dataOffset + header.dataBytes;
  if (fileBytes === announced) return;
  const found = `${count(fileBytes)}, ${fileBytes < announced ? 'cut short' : 'with something after its end'}`;
  throw refusal(file, `${count(announced)} bytes, as its header announces`, found);
}

export interface ArrayFile {
  readonly name: string;
  /** The whole file, decompressed. */
  readonly bytes: Uint8Array;
}

/** A dataset of one IDX file of pictures or vectors and, if there is one, its file of labels. */
export function idxDataset(id: string, data: ArrayFile, labels?: ArrayFile, limits: Limits = standardLimits): Dataset {
  const header = idxHeader(data.name, data.bytes.subarray(0, 64), limits);
  checkLength(data.name, header, data.bytes.length);
  const array = decodeArray(header, data.bytes.subarray(header.dataOffset));
  const about = { id, title: data.name };
  if (!labels) return arrayDataset(data.name, about, array, limits);
  const labelHeader = idxHeader(labels.name, labels.bytes.subarray(0, 64), limits);
  checkLength(labels.name, labelHeader, labels.bytes.length);
  checkLabelShape(labels.name, labelHeader, header.shape[0] as number);
  const named = wholeLabels(labels.name, labels.bytes.subarray(labelHeader.dataOffset), labelHeader, limits);
  return arrayDataset(data.name, { ...about, labels: named.labels, labelNames: named.names }, array, limits);
}

/** One label for each of `rows`. */
export function checkLabelShape(file: string, header: ArrayHeader, rows: number): void {
  const [labels, second] = header.shape;
  const isColumn = header.shape.length === 1 || (header.shape.length === 2 && second === 1);
  if (isColumn && labels === rows) return;
  const found = isColumn ? `${count(labels ?? 0)} labels` : `an array of ${header.shape.length} dimensions`;
  throw refusal(file, `${count(rows)} labels, one for each row`, found, {
    advice: 'Take the label file away to open the rows without labels',
  });
}

// Writers of the formats that Karst reads, made for tests: what is written here must be read back equal.
import { zipSync } from 'fflate';

export type NpyType =
  '|b1' | '|u1' | '|i1' | '<u2' | '>u2' | '<i2' | '>i4' | '<i4' | '<u4' | '<i8' | '>i8' | '<f4' | '>f4' | '<f8' | '>f8';

const put: Readonly<Record<string, (view: DataView, at: number, value: number, little: boolean) => void>> = {
  b1: (view, at, value) => view.setUint8(at, value),
  u1: (view, at, value) => view.setUint8(at, value),
  i1: (view, at, value) => view.setInt8(at, value),
  u2: (view, at, value, little) => view.setUint16(at, value, little),
  i2: (view, at, value, little) => view.setInt16(at, value, little),
  u4: (view, at, value, little) => view.setUint32(at, value, little),
  i4: (view, at, value, little) => view.setInt32(at, value, little),
  i8: (view, at, value, little) => view.setBigInt64(at, BigInt(value), little),
  f4: (view, at, value, little) => view.setFloat32(at, value, little),
  f8: (view, at, value, little) => view.setFloat64(at, value, little),
};

export function npyHead(dictionary: string, version = 1): Uint8Array {
  const before = version === 1 ? 10 : 12;
  const padded = dictionary.padEnd(Math.ceil((before + dictionary.length + 1) / 64) * 64 - before - 1) + '\n';
  const head = new Uint8Array(before + padded.length);
  head.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(head.buffer);
  if (version === 1) view.setUint16(8, padded.length, true);
  else view.setUint32(8, padded.length, true);
  head.set(new TextEncoder().encode(padded), before);
  return head;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const npyDictionary = (descr: string, shape: readonly (number | string)[], fortran = false): string =>
  `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;

/** `values` in the order of the file. */
export function writeNpy(
  type: NpyType,
  shape: readonly number[],
  values: ArrayLike<number>,
  fortran = false,
  version = 1,
): Uint8Array<ArrayBuffer> {
  const code = type.slice(1);
  const bytes = Number(code.slice(1));
  const payload = new Uint8Array(values.length * bytes);
  const view = new DataView(payload.buffer);
  const write = put[code];
  if (!write) throw new Error(type);
  for (let i = 0; i < values.length; i++) write(view, i * bytes, values[i] as number, !type.startsWith('>'));
  return concat(npyHead(npyDictionary(type, shape, fortran), version), payload);
}

export function writeIdx(shape: readonly number[], values: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(4 + 4 * shape.length);
  head[2] = 8;
  head[3] = shape.length;
  shape.forEach((side, i) => new DataView(head.buffer).setUint32(4 + 4 * i, side));
  return concat(head, values);
}

export function writeNpz(arrays: Readonly<Record<string, Uint8Array>>, level: 0 | 6 = 6): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes])), { level });
}

const quote = (cell: string): string => (/[",;\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

export const writeCsv = (
  records: readonly (readonly (string | number)[])[],
  delimiter = ',',
  newline = '\n',
): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(
    records.map((record) => record.map((cell) => quote(String(cell))).join(delimiter)).join(newline) + newline,
  );

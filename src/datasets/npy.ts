// NPY, NumPy's array file (NumPy Enhancement Proposal 1): "\x93NUMPY", version, header length, a Python dictionary literal with descr,
// fortran_order and shape, then the numbers. The literal is read by a small strict parser, never evaluated; arrays of Python objects
// (pickles, which run code when loaded) are refused.
import { arrayDataset, checkShape, dataBytesOf, decodeArray, type ArrayHeader } from './arrays.ts';
import type { Dataset } from './dataset.ts';
import { checkLength } from './idx.ts';
import { standardLimits, type Limits } from './limits.ts';
import { byteCount, quoted, refusal } from './refusal.ts';
import type { ScalarType } from './scalars.ts';
import { describeBytes } from './signatures.ts';

const types: Readonly<Record<string, ScalarType>> = {
  b1: 'bool',
  u1: 'uint8',
  i1: 'int8',
  u2: 'uint16',
  i2: 'int16',
  u4: 'uint32',
  i4: 'int32',
  u8: 'uint64',
  i8: 'int64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
};

/** Length of everything before the numbers; the first 12 bytes are enough to know it. */
function headLength(file: string, head: Uint8Array, limits: Limits): { from: number; to: number } {
  const isNpy = head.length >= 10 && String.fromCharCode(...head.subarray(0, 6)) === '\x93NUMPY';
  if (!isNpy) throw refusal(file, 'a NumPy array (NPY)', describeBytes(head));
  const version = head[6] as number;
  if (version < 1 || version > 3)
    throw refusal(file, 'NPY version 1, 2 or 3', `version ${version}.${head[7]}`, { code: 'unsupported' });
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const from = version === 1 ? 10 : 12;
  if (head.length < from) throw refusal(file, `${from} bytes of NPY header`, `a file of ${head.length} bytes, cut short`);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > limits.npyHeaderBytes)
    throw refusal(file, `an NPY header of at most ${byteCount(limits.npyHeaderBytes)}`, byteCount(length), { code: 'too-large' });
  if (head.length < from + length) throw refusal(file, `an NPY header of ${from + length} bytes`, `a file cut short inside it`);
  return { from, to: from + length };
}

/** Bytes that are certain to hold the whole header. */
export const npyHeadBytes = (limits: Limits): number => limits.npyHeaderBytes + 12;

export function npyHeader(file: string, head: Uint8Array, limits: Limits = standardLimits): ArrayHeader {
  const { from, to } = headLength(file, head, limits);
  const text = new TextDecoder('latin1').decode(head.subarray(from, to));
  const literal = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (literal === undefined) throw refusal(file, 'a dictionary as NPY header', quoted(text));
  const descr = field(file, literal, 'descr', /'descr'\s*:\s*('[^']*'|\[)/);
  const order = field(file, literal, 'fortran_order', /'fortran_order'\s*:\s*(True|False)\b/);
  const sides = field(file, literal, 'shape', /'shape'\s*:\s*\(([\d\sL,]*)\)/);
  const { type, little } = scalarOf(file, descr);
  const shape = sides
    .split(',')
    .map((side) => side.trim().replace(/L$/, ''))
    .filter((side, i, all) => side !== '' || i < all.length - 1)
    .map((side) => {
      if (!/^\d+$/.test(side)) throw refusal(file, 'whole numbers as NPY shape', quoted(`(${sides})`));
      return Number(side);
    });
  if (shape.length === 0) throw refusal(file, 'an array with rows', 'a single number (shape ())');
  return { type, little, fortran: order === 'True', shape, dataOffset: to, dataBytes: dataBytesOf(file, shape, type, limits) };
}

function field(file: string, literal: string, name: string, pattern: RegExp): string {
  const found = pattern.exec(literal)?.[1];
  if (found === undefined) throw refusal(file, `"${name}" in the NPY header`, quoted(literal));
  return found;
}

function scalarOf(file: string, descr: string): { type: ScalarType; little: boolean } {
  const numbers = 'booleans, whole numbers or floats';
  if (descr === '[') {
    const advice = 'Save each field as its own array';
    throw refusal(file, numbers, 'records with named fields', { code: 'unsupported', advice });
  }
  const code = descr.slice(1, -1);
  const type = types[code.slice(1)];
  if (type && '<>|='.includes(code.charAt(0))) return { type, little: code.charAt(0) !== '>' };
  if (code.includes('O')) {
    const advice = 'Such files run code when loaded, so Karst never reads them; save the array with a number type';
    throw refusal(file, numbers, 'Python objects (a pickle)', { code: 'refused', advice });
  }
  const what = /^[<>|=]?[cC]/.test(code) ? 'complex numbers' : /^[<>|=]?[US]/.test(code) ? 'text' : `type ${quoted(code)}`;
  throw refusal(file, numbers, what, { code: 'unsupported' });
}

/** A dataset of one NPY file of pictures or vectors. */
export function npyDataset(id: string, name: string, bytes: Uint8Array, limits: Limits = standardLimits): Dataset {
  const header = npyHeader(name, bytes.subarray(0, npyHeadBytes(limits)), limits);
  checkShape(name, header.shape, limits);
  checkLength(name, header, bytes.length);
  return arrayDataset(name, { id, title: name }, decodeArray(header, bytes.subarray(header.dataOffset)), limits);
}

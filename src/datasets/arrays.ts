// From an n-dimensional array to a dataset: N×D is vectors; N×H×W, N×H×W×C and N×C×H×W are pictures of 1, 3 or 4 (with alpha) channels.
// Shapes are judged before any memory is taken (`checkShape`), values after.
import { KarstError } from '../base/errors.ts';
import type { Dataset } from './dataset.ts';
import type { Limits } from './limits.ts';
import { pictureDataset, type About } from './pictures.ts';
import { byteCount, count, refusal } from './refusal.ts';
import { isWhole, readScalars, scalarAt, scalarBytes, type ScalarType } from './scalars.ts';
import { vectorDataset } from './vectors.ts';

/** What the head of an array file says. */
export interface ArrayHeader {
  readonly type: ScalarType;
  readonly little: boolean;
  /** First index varies fastest. */
  readonly fortran: boolean;
  readonly shape: readonly number[];
  readonly dataOffset: number;
  readonly dataBytes: number;
}

export interface NumberArray {
  readonly type: ScalarType;
  readonly shape: readonly number[];
  /** C order. */
  readonly values: Uint8Array | Float32Array;
}

export const shapeText = (shape: readonly number[]): string => `(${shape.map(count).join(' × ')})`;

/** Items times bytes, refused where it is beyond the limits (or beyond counting). */
export function dataBytesOf(file: string, shape: readonly number[], type: ScalarType, limits: Limits): number {
  const bytes = shape.reduce((product, side) => product * side, scalarBytes[type]);
  if (shape.includes(0))
    throw refusal(file, 'at least one row of at least one value', `an empty array of shape ${shapeText(shape)}`);
  // Held once as read, and once more as float32 where it must be converted.
  const copies = type === 'uint8' || type === 'float32' ? 1 : 1 + 4 / scalarBytes[type];
  if (!(bytes * copies <= limits.memoryBytes)) {
    throw refusal(
      file,
      `an array that takes at most ${byteCount(limits.memoryBytes)} of memory`,
      `shape ${shapeText(shape)} of ${type}, which takes ${byteCount(bytes * copies)}`,
      { code: 'too-large', advice: 'Open a part of it with the parameter rows, or save it with fewer rows or smaller numbers' },
    );
  }
  return bytes;
}

/** Refuses shapes that are neither vectors nor pictures. */
export function checkShape(file: string, shape: readonly number[], limits: Limits): void {
  if (shape.length < 2 || shape.length > 4) {
    throw refusal(file, 'vectors (N × D) or pictures (N × H × W or N × H × W × C)', `an array of shape ${shapeText(shape)}`);
  }
  const rows = shape[0] as number;
  const perRow = shape.slice(1).reduce((product, side) => product * side, 1);
  if (rows > limits.rows) throw refusal(file, `at most ${count(limits.rows)} rows`, `${count(rows)}`, { code: 'too-large' });
  if (perRow > limits.valuesPerRow)
    throw refusal(file, `at most ${count(limits.valuesPerRow)} values a row`, `${count(perRow)}`, { code: 'too-large' });
  if (shape.length > 2) layoutOf(file, shape, limits);
}

interface Layout {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3 | 4;
  readonly channelsFirst: boolean;
}

const isChannels = (n: number | undefined): n is 1 | 3 | 4 => n === 1 || n === 3 || n === 4;

function layoutOf(file: string, shape: readonly number[], limits: Limits): Layout {
  const [, a, b, c] = shape as [number, number, number, number?];
  const layout: Layout | undefined =
    c === undefined
      ? { height: a, width: b, channels: 1, channelsFirst: false }
      : isChannels(c)
        ? { height: a, width: b, channels: c, channelsFirst: false }
        : isChannels(a)
          ? { height: b, width: c, channels: a, channelsFirst: true }
          : undefined;
  if (!layout) throw refusal(file, 'pictures of 1, 3 or 4 channels, last or after N', `an array of shape ${shapeText(shape)}`);
  if (Math.max(layout.height, layout.width) > limits.pictureSide) {
    throw refusal(file, `pictures of at most ${limits.pictureSide} pixels a side`, `${layout.height} × ${layout.width}`, {
      code: 'too-large',
      advice: 'Make them smaller before saving; Karst trains on small pictures',
    });
  }
  return layout;
}

/** From first-index-fastest to last-index-fastest. */
export function toRowMajor<T extends Uint8Array | Float32Array>(values: T, shape: readonly number[]): T {
  const out = values.slice() as T;
  const strides: number[] = [];
  let stride = 1;
  for (const side of shape) {
    strides.push(stride);
    stride *= side;
  }
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = values[from] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      from += strides[axis] as number;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      from -= (strides[axis] as number) * (shape[axis] as number);
      index[axis] = 0;
    }
  }
  return out;
}

/** Refuses NaN, infinities and numbers beyond float32, naming the first one's place. */
export function checkFinite(file: string, values: Float32Array, perRow: number): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      const found = `${Number.isNaN(values[i]) ? 'NaN' : 'infinity'} in row ${Math.floor(i / perRow)}, value ${i % perRow}`;
      throw refusal(file, 'finite numbers within the range of float32', found, { advice: 'Remove or replace such rows' });
    }
  }
}

/** Labels as class indices: whole numbers that are not a count of measurements. Names are the numbers, ascending. */
export function wholeLabels(
  file: string,
  payload: Uint8Array,
  header: ArrayHeader,
  limits: Limits,
): { labels: Int32Array; names: string[] } {
  const at = scalarAt(new DataView(payload.buffer, payload.byteOffset, payload.byteLength), header.type, header.little);
  const total = payload.byteLength / scalarBytes[header.type];
  const raw = Float64Array.from({ length: total }, (_, i) => at(i));
  const wrong = raw.findIndex((value) => !Number.isInteger(value));
  if (wrong >= 0) throw refusal(file, 'whole numbers as labels', `${raw[wrong]} in row ${wrong}`);
  const classes = [...new Set(raw)].sort((a, b) => a - b);
  if (classes.length > limits.classes)
    throw refusal(file, `at most ${count(limits.classes)} different labels`, count(classes.length), { code: 'too-large' });
  const order = new Map(classes.map((value, i) => [value, i]));
  return { labels: Int32Array.from(raw, (value) => order.get(value) as number), names: classes.map(String) };
}

/** `about.notes` are kept; what had to be done to the values is added. */
export function arrayDataset(file: string, about: About, array: NumberArray, limits: Limits): Dataset {
  checkShape(file, array.shape, limits);
  const perRow = array.values.length / (array.shape[0] as number);
  if (array.values instanceof Float32Array) checkFinite(file, array.values, perRow);
  const notes = [...(about.notes ?? [])];
  if (array.shape.length === 2) {
    return vectorDataset(
      { ...about, notes },
      perRow,
      array.values instanceof Uint8Array ? Float32Array.from(array.values) : array.values,
    );
  }
  const layout = layoutOf(file, array.shape, limits);
  const scaled = toUnit(file, array, notes);
  const last = layout.channelsFirst ? channelsLast(scaled, layout, notes) : scaled;
  const { height, width } = layout;
  if (layout.channels === 4) {
    notes.push('transparent parts were laid on white');
    return pictureDataset({ ...about, notes }, { height, width, channels: 3, values: onWhite(last) });
  }
  return pictureDataset({ ...about, notes }, { height, width, channels: layout.channels, values: last });
}

/** Pixels to bytes (255ths) or floats in [0, 1]. Which scale was meant is read off the type and the range. */
function toUnit(file: string, array: NumberArray, notes: string[]): Uint8Array | Float32Array {
  const { values, type } = array;
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (isWhole(type) && min >= 0 && max <= 255) {
    const binary = max <= 1 && (type === 'bool' || max === 1);
    if (values instanceof Uint8Array && !binary) return values;
    if (binary && type !== 'bool') notes.push('pixels are 0 or 1: taken as black and white');
    return Uint8Array.from(values, (value) => (binary ? value * 255 : value));
  }
  const slack = 1e-3; // resampling overshoots a little
  const between = (low: number, high: number): boolean => min >= low - slack * high && max <= high + slack * high;
  const scale = (low: number, high: number): Float32Array =>
    Float32Array.from(values, (value) => Math.max(0, Math.min(1, (value - low) / (high - low))));
  if (type === 'uint16' || (isWhole(type) && min >= 0 && max <= 65_535)) {
    notes.push('16-bit pixels were divided by 65,535');
    return scale(0, 65_535);
  }
  if (!isWhole(type)) {
    if (between(0, 1)) return min >= 0 && max <= 1 ? values : scale(0, 1);
    if (between(-1, 1)) {
      notes.push('pixels from -1 to 1 were moved to 0 to 1');
      return scale(-1, 1);
    }
    if (between(0, 255)) {
      notes.push('pixels from 0 to 255 were divided by 255');
      return scale(0, 255);
    }
  }
  throw refusal(file, 'pixels from 0 to 1, -1 to 1, 0 to 255 or (whole numbers) 0 to 65,535', `values from ${min} to ${max}`);
}

function channelsLast<T extends Uint8Array | Float32Array>(values: T, layout: Layout, notes: string[]): T {
  const { height, width, channels } = layout;
  notes.push('channels came first and were moved last');
  const out = values.slice() as T;
  const area = height * width;
  for (let start = 0; start < values.length; start += area * channels) {
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < area; p++) out[start + p * channels + c] = values[start + c * area + p] as number;
    }
  }
  return out;
}

function onWhite(values: Uint8Array | Float32Array): Uint8Array | Float32Array {
  const bytes = values instanceof Uint8Array;
  const white = bytes ? 255 : 1;
  const out = bytes ? new Uint8Array((values.length / 4) * 3) : new Float32Array((values.length / 4) * 3);
  for (let from = 0, to = 0; from < values.length; from += 4, to += 3) {
    const alpha = (values[from + 3] as number) / white;
    for (let c = 0; c < 3; c++) {
      const laid = (values[from + c] as number) * alpha + white * (1 - alpha);
      out[to + c] = bytes ? Math.round(laid) : laid;
    }
  }
  return out;
}

/** The first `rows` rows; all where there are no more, or 0 are asked for. */
export function firstRows(array: NumberArray, rows: number): NumberArray {
  const total = array.shape[0] as number;
  if (rows === 0 || rows >= total) return array;
  return {
    ...array,
    shape: [rows, ...array.shape.slice(1)],
    values: array.values.slice(0, (array.values.length / total) * rows),
  };
}

/** Arrays of one layout, one below the other. */
export function stackArrays(arrays: readonly NumberArray[]): NumberArray {
  const [first] = arrays;
  if (!first) throw new KarstError('internal', 'stackArrays needs an array');
  if (arrays.length === 1) return first;
  const total = arrays.reduce((sum, one) => sum + one.values.length, 0);
  const values = first.values instanceof Uint8Array ? new Uint8Array(total) : new Float32Array(total);
  let offset = 0;
  for (const one of arrays) {
    values.set(one.values, offset);
    offset += one.values.length;
  }
  const rows = arrays.reduce((sum, one) => sum + (one.shape[0] as number), 0);
  return { type: first.type, shape: [rows, ...first.shape.slice(1)], values };
}

export const sameLayout = (a: ArrayHeader | NumberArray, b: ArrayHeader | NumberArray): boolean =>
  a.type === b.type && a.shape.length === b.shape.length && a.shape.slice(1).every((side, i) => side === b.shape[i + 1]);

/** The numbers that `header` announces, from its payload (`dataBytes` long). */
export function decodeArray(header: ArrayHeader, payload: Uint8Array): NumberArray {
  const total = header.shape.reduce((product, side) => product * side, 1);
  const values = readScalars(payload, total, header.type, header.little);
  return { type: header.type, shape: header.shape, values: header.fortran ? toRowMajor(values, header.shape) : values };
}

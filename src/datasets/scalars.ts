// The numbers of array files (IDX, NPY): type, byte order and how they become the float32 or bytes that a dataset holds.

export type ScalarType =
  'bool' | 'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32' | 'uint64' | 'int64' | 'float16' | 'float32' | 'float64';

export const scalarBytes: Readonly<Record<ScalarType, number>> = {
  bool: 1,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  float16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  uint64: 8,
  int64: 8,
  float64: 8,
};

export const isWhole = (type: ScalarType): boolean => !type.startsWith('float');

/** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
export function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Reads item `index` of `view` as the nearest float64. */
export function scalarAt(view: DataView, type: ScalarType, little: boolean): (index: number) => number {
  switch (type) {
    case 'bool':
      return (i) => (view.getUint8(i) === 0 ? 0 : 1);
    case 'uint8':
      return (i) => view.getUint8(i);
    case 'int8':
      return (i) => view.getInt8(i);
    case 'uint16':
      return (i) => view.getUint16(2 * i, little);
    case 'int16':
      return (i) => view.getInt16(2 * i, little);
    case 'float16':
      return (i) => float16(view.getUint16(2 * i, little));
    case 'uint32':
      return (i) => view.getUint32(4 * i, little);
    case 'int32':
      return (i) => view.getInt32(4 * i, little);
    case 'float32':
      return (i) => view.getFloat32(4 * i, little);
    case 'uint64':
      return (i) => Number(view.getBigUint64(8 * i, little));
    case 'int64':
      return (i) => Number(view.getBigInt64(8 * i, little));
    case 'float64':
      return (i) => view.getFloat64(8 * i, little);
  }
}

/** `total` items of `payload` in order: bytes stay bytes (and may share the payload's memory), all else becomes float32. */
export function readScalars(payload: Uint8Array, total: number, type: ScalarType, little: boolean): Uint8Array | Float32Array {
  if (type === 'uint8') return payload.subarray(0, total);
  if (type === 'float32' && little && payload.byteOffset % 4 === 0) {
    return new Float32Array(payload.buffer as ArrayBuffer, payload.byteOffset, total);
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const at = scalarAt(view, type, little);
  const values = type === 'bool' ? new Uint8Array(total) : new Float32Array(total);
  for (let i = 0; i < total; i++) values[i] = at(i);
  return values;
}

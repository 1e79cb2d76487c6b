// Arrays as files that other programs open: NPY version 1.0 (numpy.lib.format) and CSV (RFC 4180).

/** A C-order little-endian float32 array; the header is padded so that data begin at a multiple of 64 bytes. */
export function writeNpy(values: Float32Array, shape: readonly number[]): Uint8Array {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sides}), }`;
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  const bytes = new Uint8Array(length + values.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]); // \x93NUMPY 1.0
  new DataView(bytes.buffer).setUint16(8, length - 10, true);
  bytes.set(new TextEncoder().encode(dictionary.padEnd(length - 11, ' ') + '\n'), 10);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), length);
  return bytes;
}

/** Numbers are written so that reading them as float32 gives the same bits. */
export function writeCsv(
  names: readonly string[],
  rows: number,
  row: (index: number) => readonly (number | string)[],
): Uint8Array {
  const cell = (value: number | string): string => {
    if (typeof value === 'number') return Number.isInteger(value) ? String(value) : shortest(value);
    return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  };
  const lines = [names.map(cell).join(',')];
  for (let i = 0; i < rows; i++) lines.push(row(i).map(cell).join(','));
  return new TextEncoder().encode(`${lines.join('\r\n')}\r\n`);
}

/** The fewest digits that float32 tells apart: nine always do. */
function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(9)));
}

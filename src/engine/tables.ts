// Arrays as files that other programs open: NPY version 1.0 (numpy.lib.format) and CSV (RFC 4180); parquet.ts writes the same columns.

/** A named column; a text may be missing. */
export interface Column {
  readonly name: string;
  readonly values: Int32Array | Float32Array | readonly (string | undefined)[];
}

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

/** Numbers are written so that reading them as float32 gives the same bits; a missing text is an empty cell. */
export function writeCsv(columns: readonly Column[]): Uint8Array {
  const cell = (value: number | string): string => {
    if (typeof value === 'number') return Number.isInteger(value) ? String(value) : shortest(value);
    return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  };
  const lines = [columns.map(({ name }) => cell(name)).join(',')];
  const rows = columns[0]?.values.length ?? 0;
  for (let i = 0; i < rows; i++) lines.push(columns.map(({ values }) => cell(values[i] ?? '')).join(','));
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

/** Rows with their coordinates, [rows, names.length], and their labels where there are any; a row without one has no text. */
export function pointColumns(
  rowIds: Int32Array,
  names: readonly string[],
  coordinates: Float32Array,
  labels: Int32Array | undefined,
  labelNames: readonly string[] | undefined,
): readonly Column[] {
  const coordinate = (j: number): Float32Array =>
    Float32Array.from(rowIds, (_, i) => coordinates[i * names.length + j] as number);
  const textOf = (label: number): string | undefined => (label < 0 ? undefined : (labelNames?.[label] ?? String(label)));
  return [
    { name: 'row', values: rowIds },
    ...names.map((name, j) => ({ name, values: coordinate(j) })),
    ...(labels ? [{ name: 'label', values: Array.from(labels, textOf) }] : []),
  ];
}

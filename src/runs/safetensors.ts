// safetensors, the open weight format of Hugging Face (github.com/huggingface/safetensors, README "Format"): eight bytes with the
// header's length, a JSON header of names, dtypes, shapes and offsets, then the tensors back to back, little-endian. The header is
// padded with spaces so that data begin on eight bytes, and wider dtypes come first, so that every tensor is aligned.
// A file of ours also carries the CRC-32 (ISO 3309) of its data and of its other metadata under `checksum`. Reading trusts nothing: lengths, names, offsets and
// coverage are checked before a byte is used.
import { KarstError } from '../base/errors.ts';
import { sizeOf, type DType, type TensorSpec, type TensorValues } from '../tracing/program.ts';

export interface NamedTensor {
  readonly name: string;
  readonly spec: TensorSpec;
  readonly values: TensorValues;
}

export interface SafetensorsFile {
  readonly tensors: readonly NamedTensor[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether the file carried a checksum (and it held). */
  readonly isChecksummed: boolean;
}

const MAX_HEADER_BYTES = 100_000_000; // the reference implementation's limit
const dtypes: Readonly<Record<string, { dtype: DType; bytes: number }>> = {
  F32: { dtype: 'float32', bytes: 4 },
  I32: { dtype: 'int32', bytes: 4 },
  BOOL: { dtype: 'bool', bytes: 1 },
};
const codeOf: Readonly<Record<DType, string>> = { float32: 'F32', int32: 'I32', bool: 'BOOL' };

export function writeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const sorted = [...tensors].sort(
    (a, b) => b.values.BYTES_PER_ELEMENT - a.values.BYTES_PER_ELEMENT || (a.name < b.name ? -1 : 1),
  );
  let end = 0;
  const entries: [string, unknown][] = [];
  for (const { name, spec, values } of sorted) {
    if (values.length !== sizeOf(spec.shape)) {
      throw new KarstError('internal', `tensor ${name} [${spec.shape.join(', ')}] has ${values.length} values`);
    }
    entries.push([name, { dtype: codeOf[spec.dtype], shape: spec.shape, data_offsets: [end, end + values.byteLength] }]);
    end += values.byteLength;
  }
  const data = new Uint8Array(end);
  let at = 0;
  for (const { values } of sorted) {
    data.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  const described = { ...metadata, checksum: checksumOf(data, metadata) };
  const json = JSON.stringify(Object.fromEntries([['__metadata__', described], ...entries]));
  const header = new TextEncoder().encode(json);
  const padded = Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(8 + padded + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(header, 8);
  file.fill(0x20, 8 + header.length, 8 + padded);
  file.set(data, 8 + padded);
  return file;
}

/** `where` names the file in errors. Values are copies: the bytes may be thrown away. */
export function readSafetensors(where: string, bytes: Uint8Array): SafetensorsFile {
  const fail = (expected: string, found: string): never => {
    throw new KarstError('bad-data', `${where}: expected ${expected}, found ${found}`);
  };
  if (bytes.length < 8) fail('a safetensors file', `${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) fail(`a header of at most ${MAX_HEADER_BYTES} bytes`, `${length}`);
  const start = 8 + Number(length);
  if (start > bytes.length) fail(`a header of ${length} bytes`, `a file of ${bytes.length} bytes`);
  const header = readHeader(bytes.subarray(8, start)) ?? fail('a JSON header', 'something else');
  const data = bytes.subarray(start);
  const metadata: Record<string, string> = {};
  const tensors: { readonly name: string; readonly spec: TensorSpec; readonly from: number; readonly to: number }[] = [];
  for (const [name, entry] of header) {
    if (typeof entry !== 'object' || entry === null) fail(`an object for "${name}"`, JSON.stringify(entry));
    if (name === '__metadata__') {
      for (const [key, value] of Object.entries(entry as object)) {
        if (typeof value !== 'string') fail(`text for metadata "${key}"`, typeof value);
        else Object.defineProperty(metadata, key, { value, enumerable: true });
      }
      continue;
    }
    const { dtype: code, shape, data_offsets: offsets } = entry as Record<string, unknown>;
    const known = typeof code === 'string' && Object.hasOwn(dtypes, code) ? dtypes[code] : undefined;
    if (!known)
      throw new KarstError(
        'unsupported',
        `${where}: tensor "${name}" is of dtype ${JSON.stringify(code)}; known: F32, I32, BOOL`,
      );
    if (!isCounts(shape) || shape.length > 32) return fail(`a shape for "${name}"`, JSON.stringify(shape));
    if (!isCounts(offsets) || offsets.length !== 2) return fail(`two offsets for "${name}"`, JSON.stringify(offsets));
    const [from, to] = offsets as [number, number];
    const size = sizeOf(shape);
    if (!Number.isSafeInteger(size) || to - from !== size * known.bytes || to > data.length) {
      fail(`${size * known.bytes} bytes for "${name}" within ${data.length}`, `offsets ${from} to ${to}`);
    }
    tensors.push({ name, spec: { shape, dtype: known.dtype }, from, to });
  }
  tensors.sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const tensor of tensors) {
    if (tensor.from !== end) fail(`tensor "${tensor.name}" to begin at ${end}`, `${tensor.from}`);
    end = tensor.to;
  }
  if (end !== data.length) fail(`${end} bytes of data`, `${data.length}`);
  const { checksum, ...rest } = metadata;
  if (checksum !== undefined) {
    const found = checksumOf(data, rest);
    if (found !== checksum) fail(`checksum ${checksum}`, `${found}: the file is damaged`);
  }
  return {
    tensors: tensors.map(({ name, spec, from, to }) => ({ name, spec, values: valuesOf(spec.dtype, data.slice(from, to)) })),
    metadata: rest,
    isChecksummed: checksum !== undefined,
  };
}

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'number' && Number.isSafeInteger(one) && one >= 0);

function readHeader(bytes: Uint8Array): [string, unknown][] | undefined {
  if (bytes[0] !== 0x7b) return undefined;
  try {
    const found: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof found === 'object' && found !== null ? Object.entries(found) : undefined;
  } catch {
    return undefined;
  }
}

/** `copy` owns its buffer from the start, so views are aligned. */
function valuesOf(dtype: DType, copy: Uint8Array<ArrayBuffer>): TensorValues {
  if (dtype === 'bool') return copy;
  return dtype === 'int32' ? new Int32Array(copy.buffer) : new Float32Array(copy.buffer);
}

function checksumOf(data: Uint8Array, metadata: Readonly<Record<string, string>>): string {
  const described = JSON.stringify(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)));
  const crc = crc32(new TextEncoder().encode(described), crc32(data, 0));
  return `crc32:${crc.toString(16).padStart(8, '0')}`;
}

const crcTables = makeCrcTables();

type Table = { readonly [byte: number]: number };

function makeCrcTables(): readonly [Table, Table, Table, Table, Table, Table, Table, Table] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
  const next = (previous: Uint32Array): Uint32Array => previous.map((crc) => (first[crc & 255] as number) ^ (crc >>> 8));
  const t1 = next(first);
  const t2 = next(t1);
  const t3 = next(t2);
  const t4 = next(t3);
  const t5 = next(t4);
  const t6 = next(t5);
  return [first, t1, t2, t3, t4, t5, t6, next(t6)];
}

/** CRC-32 of `bytes` going on from `previous`, eight bytes at a time (Kounavis & Berry 2005, "slicing by 8"). */
export function crc32(bytes: Uint8Array, previous = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = crcTables;
  let crc = ~previous;
  let i = 0;
  const b = bytes as { readonly [index: number]: number };
  for (; i + 8 <= bytes.length; i += 8) {
    crc ^= (b[i] as number) | ((b[i + 1] as number) << 8) | ((b[i + 2] as number) << 16) | ((b[i + 3] as number) << 24);
    crc =
      (t7[crc & 255] as number) ^
      (t6[(crc >>> 8) & 255] as number) ^
      (t5[(crc >>> 16) & 255] as number) ^
      (t4[crc >>> 24] as number) ^
      (t3[b[i + 4] as number] as number) ^
      (t2[b[i + 5] as number] as number) ^
      (t1[b[i + 6] as number] as number) ^
      (t0[b[i + 7] as number] as number);
  }
  for (; i < bytes.length; i++) crc = (t0[(crc ^ (b[i] as number)) & 255] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

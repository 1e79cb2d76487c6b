import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { KarstError } from '../../src/base/errors.ts';
import { crc32, readSafetensors, writeSafetensors, type NamedTensor } from '../../src/runs/safetensors.ts';
import { float32, int32 } from '../../src/tracing/program.ts';

/** An independent reader: eight bytes, JSON, raw little-endian values through a DataView. */
function parse(bytes: Uint8Array): {
  metadata: Record<string, string>;
  tensors: Record<string, { dtype: string; shape: number[]; values: number[] }>;
  start: number;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(0, true) + 2 ** 32 * view.getUint32(4, true);
  let json = '';
  for (let i = 0; i < headerBytes; i++) json += String.fromCharCode(bytes[8 + i] ?? 0);
  const header = JSON.parse(decodeURIComponent(escape(json))) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const { __metadata__: metadata, ...entries } = header;
  const start = 8 + headerBytes;
  const tensors = Object.fromEntries(
    Object.entries(entries).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const values: number[] = [];
        for (let at = start + from; at < start + to; at += dtype === 'BOOL' ? 1 : 4) {
          values.push(
            dtype === 'F32' ? view.getFloat32(at, true) : dtype === 'I32' ? view.getInt32(at, true) : view.getUint8(at),
          );
        }
        return [name, { dtype, shape, values }];
      },
    ),
  );
  return { metadata: (metadata ?? {}) as unknown as Record<string, string>, tensors, start };
}

/** A file with this header, as text, and this many bytes of data. */
function file(header: string, dataBytes = 0, headerBytes?: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes ?? text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const tensorsArbitrary = fc.uniqueArray(
  fc.record({
    name: fc.string({ minLength: 1, unit: 'grapheme' }).filter((name) => name !== '__metadata__' && name !== '__proto__'),
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
    dtype: fc.constantFrom('float32', 'int32', 'bool'),
  }),
  { selector: ({ name }) => name, maxLength: 6 },
);

const made = (specs: readonly { name: string; shape: number[]; dtype: string }[]): NamedTensor[] =>
  specs.map(({ name, shape, dtype }, k) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const numbers = Array.from({ length: size }, (_, i) => i + 10 * k);
    if (dtype === 'int32') return { name, spec: { shape, dtype }, values: Int32Array.from(numbers, (value) => -value) };
    if (dtype === 'bool') return { name, spec: { shape, dtype }, values: Uint8Array.from(numbers, (value) => value & 1) };
    return { name, spec: { shape, dtype: 'float32' }, values: Float32Array.from(numbers, (value) => value / 7) };
  });

describe('safetensors', () => {
  it('writes what an independent reader reads, aligned', () => {
    fc.assert(
      fc.property(tensorsArbitrary, fc.dictionary(fc.constantFrom('a', 'b ä'), fc.string()), (specs, metadata) => {
        const tensors = made(specs);
        const bytes = writeSafetensors(tensors, metadata);
        const found = parse(bytes);
        expect(found.start % 8).toBe(0);
        expect(found.metadata).toMatchObject(metadata);
        for (const { name, spec, values } of tensors) {
          expect(found.tensors[name]?.shape).toEqual(spec.shape);
          expect(found.tensors[name]?.values).toEqual(Array.from(values));
        }
        const back = readSafetensors('x', bytes);
        expect(back.isChecksummed).toBe(true);
        expect(back.metadata).toEqual(metadata);
        expect(new Map(back.tensors.map((tensor) => [tensor.name, tensor]))).toEqual(
          new Map(tensors.map((tensor) => [tensor.name, tensor])),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('notices every flipped bit of the data', () => {
    const bytes = writeSafetensors([{ name: 'w', spec: float32(3), values: Float32Array.of(1, 2, 3) }], { step: '7' });
    for (let at = bytes.length - 12; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(() => readSafetensors('w.safetensors', damaged)).toThrow(
        /w\.safetensors: expected checksum crc32:[0-9a-f]{8}, found .*damaged/,
      );
    }
    const otherStep = new TextDecoder().decode(bytes.subarray(0, 200)).indexOf('"7"') + 1;
    const damaged = bytes.slice();
    damaged[otherStep] = '8'.charCodeAt(0);
    expect(() => readSafetensors('w', damaged)).toThrow('damaged');
  });

  it('never does worse than refuse: any prefix, any change, any bytes', () => {
    const bytes = writeSafetensors(
      made([
        { name: 'w', shape: [2, 3], dtype: 'float32' },
        { name: 'n', shape: [2], dtype: 'int32' },
      ]),
    );
    for (let length = 0; length < bytes.length; length++)
      expect(() => readSafetensors('x', bytes.subarray(0, length))).toThrow(KarstError);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
        const damaged = bytes.slice();
        for (const [at, value] of changes) damaged[at] = value;
        try {
          readSafetensors('x', damaged);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(KarstError);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a header longer than the file', file('{}', 0, 1000), 'a header of 1000 bytes'],
    ['a header of 2^60 bytes', file('{}', 0, 2 ** 60), 'at most 100000000 bytes'],
    ['no JSON', file('{nope'), 'a JSON header'],
    ['an array', file('[1]'), 'a JSON header'],
    ['offsets beyond the data', file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 4), '8 bytes for "a" within 4'],
    [
      'offsets that disagree with the shape',
      file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', 4),
      '8 bytes for "a"',
    ],
    ['negative offsets', file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}', 4), 'two offsets for "a"'],
    ['a huge shape', file('{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}'), 'bytes for "a"'],
    ['a fractional side', file('{"a":{"dtype":"F32","shape":[0.5],"data_offsets":[0,2]}}', 2), 'a shape for "a"'],
    [
      'overlapping tensors',
      file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4),
      'tensor "b" to begin at 4',
    ],
    ['a hole', file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', 8), 'tensor "a" to begin at 0'],
    ['bytes after the last tensor', file('{}', 3), '0 bytes of data'],
    ['a tensor that is text', file('{"a":"b"}'), 'an object for "a"'],
    ['metadata that are not text', file('{"__metadata__":{"a":1}}'), 'text for metadata "a"'],
  ])('refuses %s', (_, bytes, expected) => {
    expect(() => readSafetensors('x', bytes)).toThrow(expected);
  });

  it('says which dtypes it reads', () => {
    const bytes = file('{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}', 2);
    expect(() => readSafetensors('x', bytes)).toThrow(expect.objectContaining({ code: 'unsupported' }));
    expect(() => readSafetensors('x', bytes)).toThrow('"BF16"; known: F32, I32, BOOL');
  });

  it('reads files of others, without a checksum', () => {
    const bytes = file('{"__proto__":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}  ', 4);
    expect(readSafetensors('x', bytes)).toMatchObject({
      isChecksummed: false,
      tensors: [{ name: '__proto__', spec: float32() }],
    });
  });

  it('knows CRC-32', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926); // the check value of the standard
    expect(crc32(new TextEncoder().encode('56789'), crc32(new TextEncoder().encode('1234')))).toBe(0xcbf43926);
  });

  it('holds values of their own, whatever happens to the bytes', () => {
    const bytes = writeSafetensors([{ name: 'n', spec: int32(1), values: Int32Array.of(5) }]);
    const { tensors } = readSafetensors('x', bytes);
    bytes.fill(0);
    expect(tensors[0]?.values).toEqual(Int32Array.of(5));
  });
});

// IDX, NPY and NPZ: what is written is read back equal; whatever is cut, flipped or claimed ends in a dataset or a named refusal.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KarstError } from '../../src/base/errors.ts';
import { readRows, sampleSize, type Dataset } from '../../src/datasets/dataset.ts';
import { idxDataset } from '../../src/datasets/idx.ts';
import { standardLimits } from '../../src/datasets/limits.ts';
import { npyDataset, npyHeader } from '../../src/datasets/npy.ts';
import { npzDataset } from '../../src/datasets/npz.ts';
import { float16 } from '../../src/datasets/scalars.ts';
import { crc32 } from '../../src/datasets/zip.ts';
import { concat, npyDictionary, npyHead, writeIdx, writeNpy, writeNpz, type NpyType } from './writers.ts';

const allRows = (dataset: Dataset): Float32Array =>
  readRows(
    dataset,
    Int32Array.from({ length: dataset.rows }, (_, i) => i),
  );

/** A lawful dataset, or a KarstError that names the file; anything else is a fault. */
function datasetOrRefusal(open: () => Dataset): void {
  let dataset: Dataset;
  try {
    dataset = open();
  } catch (thrown) {
    if (!(thrown instanceof KarstError) || thrown.code === 'internal') throw thrown;
    expect(thrown.message).toMatch(/^f[^:]*: expected .+; found /);
    return;
  }
  const rows = allRows(dataset);
  expect(rows).toHaveLength(dataset.rows * sampleSize(dataset.sample));
  expect(rows.every(Number.isFinite)).toBe(true);
}

const limits = { ...standardLimits, memoryBytes: 2 ** 24 };

/** Truncation anywhere, or up to three bytes changed. */
const harm = fc.record({
  cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  flips: fc.array(
    fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), byte: fc.integer({ min: 0, max: 255 }) }),
    { maxLength: 3 },
  ),
  nearStart: fc.boolean(),
});

function harmed(
  bytes: Uint8Array,
  { cut, flips, nearStart }: { cut: number | undefined; flips: { at: number; byte: number }[]; nearStart: boolean },
): Uint8Array {
  const copy = bytes.slice(0, cut === undefined ? bytes.length : Math.floor(cut * bytes.length));
  const reach = nearStart ? Math.min(copy.length, 128) : copy.length;
  for (const { at, byte } of flips) if (reach > 0) copy[Math.floor(at * reach)] = byte;
  return copy;
}

const side = fc.integer({ min: 1, max: 6 });

describe('IDX', () => {
  const pictures = fc
    .tuple(side, side, side)
    .chain(([n, h, w]) =>
      fc.tuple(
        fc.constant([n, h, w]),
        fc.uint8Array({ minLength: n * h * w, maxLength: n * h * w }),
        fc.uint8Array({ minLength: n, maxLength: n }),
      ),
    );

  it('reads back pictures and labels', () => {
    fc.assert(
      fc.property(pictures, ([shape, pixels, labels]) => {
        fc.pre(pixels.some((byte) => byte > 1));
        const data = { name: 'f-images', bytes: writeIdx(shape, pixels) };
        const dataset = idxDataset('id', data, { name: 'f-labels', bytes: writeIdx([labels.length], labels) });
        expect(dataset.sample).toEqual({ kind: 'picture', height: shape[1], width: shape[2], channels: 1 });
        expect([...allRows(dataset)]).toEqual(Array.from(pixels, (byte) => Math.fround(byte / 255)));
        expect(Array.from(dataset.labels ?? [], (label) => dataset.labelNames?.[label])).toEqual(Array.from(labels, String));
      }),
    );
  });

  it('survives any harm', () => {
    fc.assert(
      fc.property(pictures, harm, ([shape, pixels, labels], how) => {
        const bytes = writeIdx(shape, pixels);
        datasetOrRefusal(() => idxDataset('id', { name: 'f', bytes: harmed(bytes, how) }, undefined, limits));
        const labelBytes = harmed(writeIdx([labels.length], labels), how);
        datasetOrRefusal(() => idxDataset('id', { name: 'f', bytes }, { name: 'f-labels', bytes: labelBytes }, limits));
      }),
      { numRuns: 500 },
    );
  });

  it('names what it expected and found', () => {
    const open = (bytes: Uint8Array) => () => idxDataset('id', { name: 'f', bytes });
    expect(open(new Uint8Array(0))).toThrow(/f: expected an IDX file .*; found an empty file/);
    expect(open(writeIdx([2, 3, 3], new Uint8Array(17)))).toThrow(
      /expected 34 bytes, as its header announces; found 33, cut short/,
    );
    expect(open(writeIdx([2, 3, 3], new Uint8Array(19)))).toThrow(/found 35, with something after its end/);
    expect(open(writeIdx([0, 3, 3], new Uint8Array(0)))).toThrow(/found an empty array of shape/);
    expect(open(writeIdx([2 ** 31, 500, 500], new Uint8Array(9)))).toThrow(/at most 2\.1 GB of memory; found shape/);
    expect(open(writeIdx([9], new Uint8Array(9)))).toThrow(/vectors \(N × D\) or pictures/);
    const data = { name: 'f', bytes: writeIdx([3, 2, 2], new Uint8Array(12)) };
    expect(() => idxDataset('id', data, { name: 'l', bytes: writeIdx([4], new Uint8Array(4)) })).toThrow(
      /l: expected 3 labels, one for each row; found 4 labels/,
    );
  });
});

describe('NPY', () => {
  const types: readonly (readonly [NpyType, fc.Arbitrary<number>])[] = [
    ['|u1', fc.integer({ min: 0, max: 255 })],
    ['|i1', fc.integer({ min: -128, max: 127 })],
    ['<u2', fc.integer({ min: 0, max: 65_535 })],
    ['>u2', fc.integer({ min: 0, max: 65_535 })],
    ['<i2', fc.integer({ min: -32_768, max: 32_767 })],
    ['>i4', fc.integer({ min: -(2 ** 24), max: 2 ** 24 })],
    ['<u4', fc.integer({ min: 0, max: 2 ** 24 })],
    ['<i8', fc.integer({ min: -(2 ** 24), max: 2 ** 24 })],
    ['>i8', fc.integer({ min: -(2 ** 24), max: 2 ** 24 })],
    ['<f4', fc.float({ noNaN: true, noDefaultInfinity: true })],
    ['>f4', fc.float({ noNaN: true, noDefaultInfinity: true })],
    ['<f8', fc.float({ noNaN: true, noDefaultInfinity: true })],
    ['>f8', fc.float({ noNaN: true, noDefaultInfinity: true })],
  ];
  const vectors = fc
    .tuple(fc.constantFrom(...types), side, side, fc.boolean(), fc.constantFrom(1, 2, 3))
    .chain(([[type, value], n, d, fortran, version]) =>
      fc.record({
        type: fc.constant(type),
        shape: fc.constant([n, d] as const),
        fortran: fc.constant(fortran),
        version: fc.constant(version),
        values: fc.array(value, { minLength: n * d, maxLength: n * d }),
      }),
    );

  it('reads back vectors of every type, order and version', () => {
    fc.assert(
      fc.property(vectors, ({ type, shape: [n, d], fortran, version, values }) => {
        const inFile = fortran ? values.map((_, at) => values[(at % n) * d + Math.floor(at / n)] as number) : values;
        const dataset = npyDataset('id', 'f.npy', writeNpy(type, [n, d], inFile, fortran, version));
        expect(dataset.sample).toEqual({ kind: 'vector', size: d });
        expect(allRows(dataset)).toEqual(Float32Array.from(values));
      }),
      { numRuns: 300 },
    );
  });

  it('reads back pictures of 3 and 4 dimensions in both orders', () => {
    fc.assert(
      fc.property(
        fc.tuple(side, side, side),
        fc.constantFrom(0, 1, 3),
        fc.boolean(),
        fc.integer(),
        ([n, h, w], channels, fortran, seed) => {
          const shape = channels === 0 ? [n, h, w] : [n, h, w, channels];
          const total = shape.reduce((product, one) => product * one, 1);
          const values = Uint8Array.from({ length: total }, (_, i) => (i === 0 ? 200 : Math.imul(i + seed, 2654435761) >>> 24));
          const inFile = new Uint8Array(total);
          const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, one) => product * one, 1));
          values.forEach((value, at) => {
            let rest = at;
            let to = 0;
            for (let axis = shape.length - 1; axis >= 0; axis--) {
              to += (rest % (shape[axis] as number)) * (strides[axis] as number);
              rest = Math.floor(rest / (shape[axis] as number));
            }
            inFile[fortran ? to : at] = value;
          });
          const dataset = npyDataset('id', 'f.npy', writeNpy('|u1', shape, inFile, fortran));
          expect(dataset.sample).toEqual({ kind: 'picture', height: h, width: w, channels: channels || 1 });
          expect([...allRows(dataset)]).toEqual(Array.from(values, (byte) => Math.fround(byte / 255)));
        },
      ),
    );
  });

  it('survives any harm', () => {
    fc.assert(
      fc.property(vectors, harm, ({ type, shape, fortran, values }, how) => {
        datasetOrRefusal(() => npyDataset('id', 'f.npy', harmed(writeNpy(type, shape, values, fortran), how), limits));
      }),
      { numRuns: 1000 },
    );
  });

  it('scales pictures by what their numbers can mean', () => {
    const open = (type: NpyType, values: readonly number[]): number[] => [
      ...allRows(npyDataset('id', 'f.npy', writeNpy(type, [1, 1, values.length], values))),
    ];
    expect(open('<f4', [0, 0.5, 1])).toEqual([0, 0.5, 1]);
    expect(open('<f4', [-1, 0, 1])).toEqual([0, 0.5, 1]);
    expect(open('<f8', [0, 51, 255])).toEqual([0, Math.fround(0.2), 1]);
    expect(open('|b1', [0, 1, 1])).toEqual([0, 1, 1]);
    expect(open('|u1', [0, 1, 1])).toEqual([0, 1, 1]);
    expect(open('<i8', [0, 51, 255])).toEqual([0, Math.fround(0.2), 1]);
    expect(open('<u2', [0, 13_107, 65_535])).toEqual([0, Math.fround(0.2), 1]);
    expect(() => open('<f4', [-3.5, 0, 4])).toThrow(/f\.npy: expected pixels from 0 to 1, .*; found values from -3\.5 to 4/);
  });

  it('moves channels last and lays transparent pictures on white', () => {
    const first = npyDataset('id', 'f.npy', writeNpy('|u1', [1, 3, 1, 2], [255, 0, 51, 0, 102, 0]));
    expect(first.sample).toEqual({ kind: 'picture', height: 1, width: 2, channels: 3 });
    expect([...allRows(first)].map((x) => Math.round(255 * x))).toEqual([255, 51, 102, 0, 0, 0]);
    const clear = npyDataset('id', 'f.npy', writeNpy('|u1', [1, 1, 2, 4], [10, 20, 30, 0, 100, 150, 250, 255]));
    expect([...allRows(clear)].map((x) => Math.round(255 * x))).toEqual([255, 255, 255, 100, 150, 250]);
  });

  it('refuses what it must, by name', () => {
    const head = (dictionary: string): Uint8Array => concat(npyHead(dictionary), new Uint8Array(64));
    const open = (bytes: Uint8Array) => () => npyDataset('id', 'f.npy', bytes);
    const code = (bytes: Uint8Array): string => {
      try {
        npyHeader('f.npy', bytes);
        return 'read';
      } catch (thrown) {
        return (thrown as KarstError).code;
      }
    };
    expect(open(head(npyDictionary('<f4', ['1152921504606846976', 1])))).toThrow(
      /at most 2\.1 GB of memory; found shape .* which takes 4\.6 EB/,
    );
    expect(code(head(npyDictionary('<f4', ['1152921504606846976', 1])))).toBe('too-large');
    expect(code(head(npyDictionary('<f4', ['9'.repeat(400), 1])))).toBe('too-large');
    expect(open(head(npyDictionary('|O', [2, 2])))).toThrow(/found Python objects \(a pickle\)\. Such files run code/);
    expect(code(head(npyDictionary('|O', [2, 2])))).toBe('refused');
    expect(open(head("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }"))).toThrow(/records with named fields/);
    expect(open(head(npyDictionary('<c8', [2, 2])))).toThrow(/complex numbers/);
    expect(open(head(npyDictionary('<U5', [2, 2])))).toThrow(/found text/);
    expect(open(head(npyDictionary('<f4', ['-2', 2])))).toThrow(/"shape" in the NPY header/);
    expect(open(head(npyDictionary('<f4', ['__import__("os")', 2])))).toThrow(/"shape" in the NPY header/);
    expect(open(head("{'descr': '<f4', 'fortran_order': False, 'shape': (), }"))).toThrow(/a single number/);
    expect(open(writeNpy('<f4', [0, 4], []))).toThrow(/empty array/);
    expect(open(new TextEncoder().encode('<!DOCTYPE html><html>'))).toThrow(
      /f\.npy: expected a NumPy array \(NPY\); found a web page/,
    );
    expect(open(writeNpy('<f4', [2, 2], [1, NaN, 2, 3]))).toThrow(/finite numbers .* found NaN in row 0, value 1/);
    expect(open(writeNpy('<f8', [2, 2], [1, 2, 1e300, 3]))).toThrow(/found infinity in row 1, value 0/);
    expect(open(writeNpy('<f4', [2, 2, 2, 2, 2], new Array<number>(32).fill(0)))).toThrow(/array of shape/);
    expect(open(writeNpy('|u1', [1, 2, 2, 2], new Array<number>(8).fill(0)))).toThrow(/1, 3 or 4 channels/);
    expect(open(concat(writeNpy('<f4', [1, 2], [1, 2]), new Uint8Array(3)))).toThrow(/with something after its end/);
  });

  it('knows half precision', () => {
    expect([0x3c00, 0xc000, 0x7bff, 0x0001, 0x3555].map(float16)).toEqual([1, -2, 65_504, 2 ** -24, 0.333251953125]);
    const bytes = concat(npyHead(npyDictionary('<f2', [1, 2])), Uint8Array.of(0, 0x3c, 0, 0xc0));
    expect([...allRows(npyDataset('id', 'f.npy', bytes))]).toEqual([1, -2]);
  });
});

describe('NPZ', () => {
  const x = writeNpy('|u1', [3, 2, 2], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 9, 8]);
  const y = writeNpy('<i8', [3], [7, 5, 7]);

  it('reads the array and the labels that their names tell, packed or not', () => {
    for (const level of [0, 6] as const) {
      const dataset = npzDataset('id', 'f.npz', writeNpz({ y, extra: y, x }, level));
      expect(dataset.fingerprint).toBe(npzDataset('id', 'f.npz', writeNpz({ arr_0: x, arr_1: y })).fingerprint);
      expect([...(dataset.labels ?? [])]).toEqual([1, 0, 1]);
      expect(dataset.labelNames).toEqual(['5', '7']);
      expect(dataset.notes.join()).toMatch(/rows from array x .*labels from array y,arrays not used: extra/);
    }
    expect(npzDataset('id', 'f.npz', writeNpz({ anything: x })).rows).toBe(3);
    expect(npzDataset('id', 'f.npz', writeNpz({ arr_0: x, arr_1: x })).labels).toBeUndefined();
    expect(npzDataset('id', 'f.npz', writeNpz({ x, y }), standardLimits, 2).labels).toHaveLength(2);
  });

  it('holds out the test part of x_train … y_test', () => {
    const test = writeNpy('|u1', [1, 2, 2], [50, 60, 70, 80]);
    const dataset = npzDataset(
      'id',
      'f.npz',
      writeNpz({ x_test: test, x_train: x, y_test: writeNpy('|u1', [1], [5]), y_train: y }),
    );
    expect(dataset.rows).toBe(4);
    expect([...(dataset.heldOutRows ?? [])]).toEqual([3]);
    expect([...(dataset.labels ?? [])]).toEqual([1, 0, 1, 0]);
  });

  it('refuses by name', () => {
    const open = (bytes: Uint8Array) => () => npzDataset('id', 'f.npz', bytes);
    expect(open(writeNpz({}))).toThrow(/at least one NPY array in the archive; found none/);
    expect(open(writeNpz({ a: x, b: x }))).toThrow(/f\.npz: expected an array called x, .*; found a, b/);
    expect(open(writeNpz({ x, y: writeNpy('<i8', [2], [1, 2]) }))).toThrow(
      /f\.npz\/y\.npy: expected 3 labels, one for each row; found 2 labels/,
    );
    expect(open(writeNpz({ x, y: writeNpy('<f4', [3], [1, 2.5, 3]) }))).toThrow(/whole numbers as labels; found 2\.5 in row 1/);
    expect(open(x)).toThrow(/intact ZIP archive \(NPZ\); found a NumPy array/);
    expect(open(writeNpz({ x }).subarray(0, 90))).toThrow(/cut short/);
  });

  it('sees damage that leaves the lengths right, and lies about sizes', () => {
    const stored = writeNpz({ x }, 0);
    const at = 30 + 'x.npy'.length + x.length - 1;
    stored[at] = (stored[at] as number) ^ 1;
    expect(() => npzDataset('id', 'f.npz', stored)).toThrow(
      /f\.npz\/x\.npy: expected intact contents; found bytes that do not match their checksum/,
    );
    const lying = writeNpz({ x });
    const view = new DataView(lying.buffer, lying.byteOffset, lying.byteLength);
    let central = lying.length - 22;
    while (view.getUint32(central, true) !== 0x02014b50) central--;
    view.setUint32(central + 24, 0xfffffff0, true);
    expect(() => npzDataset('id', 'f.npz', lying)).toThrow(/which claims 4\.3 GB from \d+ bytes/);
  });

  it('survives any harm', () => {
    const whole = writeNpz({ x, y });
    fc.assert(
      fc.property(harm, (how) => datasetOrRefusal(() => npzDataset('id', 'f.npz', harmed(whole, how), limits))),
      { numRuns: 1000 },
    );
    const stored = writeNpz({ x, y }, 0);
    fc.assert(
      fc.property(harm, (how) => datasetOrRefusal(() => npzDataset('id', 'f.npz', harmed(stored, how), limits))),
      { numRuns: 1000 },
    );
  });

  it('computes CRC-32', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });
});

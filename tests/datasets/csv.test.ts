import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KarstError } from '../../src/base/errors.ts';
import { csvDataset, CsvReader, type CsvOptions } from '../../src/datasets/csv.ts';
import { readRows, type Dataset } from '../../src/datasets/dataset.ts';
import { standardLimits } from '../../src/datasets/limits.ts';
import { writeCsv } from './writers.ts';

const allRows = (dataset: Dataset): Float32Array =>
  readRows(
    dataset,
    Int32Array.from({ length: dataset.rows }, (_, i) => i),
  );
const read = (text: string, options?: CsvOptions): Dataset => csvDataset('id', 'f.csv', new TextEncoder().encode(text), options);

const table = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 5 })).chain(([rows, cols]) =>
  fc.record({
    cols: fc.constant(cols),
    values: fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: rows * cols, maxLength: rows * cols }),
    labels: fc.option(
      fc.array(fc.constantFrom('red', 'a "b"', 'x,y', 'two\nlines', 'grün;'), { minLength: rows, maxLength: rows }),
      { nil: undefined },
    ),
    hasHeader: fc.boolean(),
    delimiter: fc.constantFrom(',', ';', '\t'),
    newline: fc.constantFrom('\n', '\r\n'),
    block: fc.integer({ min: 1, max: 50 }),
  }),
);

describe('CSV', () => {
  it('reads back any table, however it is cut into blocks', () => {
    fc.assert(
      fc.property(table, ({ cols, values, labels, hasHeader, delimiter, newline, block }) => {
        const rows = values.length / cols;
        const records = Array.from({ length: rows }, (_, i) => [
          ...values.slice(i * cols, (i + 1) * cols),
          ...(labels ? [labels[i] as string] : []),
        ]);
        const names = Array.from({ length: cols }, (_, j) => `column "${j}"`);
        const header = [...names, ...(labels ? ['label'] : [])];
        const bytes = writeCsv(hasHeader ? [header, ...records] : records, delimiter, newline);
        const reader = new CsvReader('f.csv', {
          delimiter,
          header: hasHeader ? 'yes' : 'no',
          labelColumn: labels ? cols + 1 : -1,
        });
        for (let at = 0; at < bytes.length; at += block) reader.push(bytes.subarray(at, at + block));
        const dataset = reader.finish('id', 'f.csv');
        expect(allRows(dataset)).toEqual(Float32Array.from(values, (value) => value + 0)); // text has no -0
        expect(dataset.sample).toEqual({ kind: 'vector', size: cols, ...(hasHeader ? { names } : {}) });
        if (labels) expect(Array.from(dataset.labels ?? [], (label) => dataset.labelNames?.[label])).toEqual(labels);
      }),
      { numRuns: 300 },
    );
  });

  it('survives any bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .string({ unit: fc.constantFrom('1', '.', '-', 'e', ',', ';', '\t', '\n', '\r', '"', ' ', 'a', 'ü'), maxLength: 200 })
        .map((text) => new TextEncoder().encode(text)),
    );
    fc.assert(
      fc.property(bytes, (given) => {
        try {
          const dataset = csvDataset('id', 'f.csv', given);
          expect(allRows(dataset).every(Number.isFinite)).toBe(true);
        } catch (thrown) {
          if (!(thrown instanceof KarstError) || thrown.code === 'internal') throw thrown;
          expect(thrown.message).toMatch(/^f\.csv[^:]*: expected [\s\S]+; found /);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('finds header, label and index columns', () => {
    const iris = read('sepal,petal,species\n5.1,1.4,setosa\n7.0,4.7,versicolor\n5.0,1.5,setosa\n');
    expect(iris.sample).toEqual({ kind: 'vector', size: 2, names: ['sepal', 'petal'] });
    expect(iris.labelNames).toEqual(['setosa', 'versicolor']);
    expect([...(iris.labels ?? [])]).toEqual([0, 1, 0]);
    const pandas = read(',x,y\n0,1.5,2\n1,2.5,3\n');
    expect(pandas.sample).toEqual({ kind: 'vector', size: 2, names: ['x', 'y'] });
    expect(pandas.notes.join()).toMatch(/left out.*column 1/);
    expect(read('x,y\n1,2\n3,4\n').labels).toBeUndefined();
    expect(read('label,x\n3,0.5\n10,0.6\n3,0.7\n').labelNames).toEqual(['3', '10']);
    expect(read('target,x\n3.5,0.5\n1.25,0.6\n').sample).toMatchObject({ size: 2 });
    expect(read('1,2\n3,4\n').sample).toEqual({ kind: 'vector', size: 2 });
    expect(read('a\t1\t2\nb\t3\t4\na\t5\t6\n').labelNames).toEqual(['a', 'b']);
    expect(read('1,5;2,25\n3;4\n').rows).toBe(2);
    expect([...allRows(read('1,5;2,25\n3;4\n'))]).toEqual([1.5, 2.25, 3, 4]);
    expect(read('\ufeffx,y\r\n1,2\r\n').sample).toMatchObject({ names: ['x', 'y'] });
    expect(read('name,x\nann,1\nbob,2\ncy,3\n').labels).toBeUndefined();
    expect(read('x,c\n1,a\n2,\n3,a\n').labels).toEqual(Int32Array.of(0, -1, 0));
  });

  it('stops at the rows asked for', () => {
    const reader = new CsvReader('f.csv', { rows: 2 });
    reader.push(new TextEncoder().encode('1,2\n3,4\n5,6\nthis is,not read\n'.repeat(200)));
    expect(reader.done || reader.finish('id', 'f').rows === 2).toBe(true);
  });

  it('names line, expectation and finding', () => {
    expect(() => read('')).toThrow(/f\.csv: expected at least one row of numbers; found an empty file/);
    expect(() => read('\n\n')).toThrow(/found blank lines/);
    expect(() => read('x,y\n')).toThrow(/f\.csv.*: expected at least one/);
    expect(() => read('1,2\n3,4,5\n')).toThrow(/f\.csv, line 2: expected 2 columns, like the first line; found 3/);
    expect(() => read('1,2\n'.repeat(500) + '3\n')).toThrow(/line 501: expected 2 columns, like the first line; found 1/);
    expect(() => read('x,y\n1,2\nnan,4\n5,6\n')).toThrow(/line 3: expected a finite number in column "x"; found "nan"/);
    expect(() => read('1,2\n3,inf\n5,6\n')).toThrow(/line 2: expected a finite number in column 2; found "inf"/);
    expect(() => read('1,2\n3,\n5,6\n')).toThrow(/line 2: expected a finite number in column 2; found an empty cell/);
    expect(() => read('1,2\n3,1e39\n5,6\n')).toThrow(/found "1e39"/);
    expect(() => read('1,2\n3,0x10\n5,6\n')).toThrow(/found "0x10"/);
    expect(() => read('1,2\n'.repeat(300) + '3,oops\n')).toThrow(/line 301: .*found "oops"/);
    expect(() => read('1,"2\n3,4\n')).toThrow(/f\.csv, line 1: expected a closing quote/);
    expect(() => read('a,b\na,b\na,b\n')).toThrow(/line 1: expected at least one column of numbers; found text: "a,b"/);
    expect(() => read('a,b,1\na,b,2\na,b,3\n')).toThrow(/at most one column of text.*Say which with the parameter labelColumn/);
    expect(() => csvDataset('id', 'f.csv', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0))).toThrow(
      /found a PNG picture/,
    );
    expect(() => csvDataset('id', 'f.csv', Uint8Array.of(49, 44, 50, 10, 0xff, 44, 51, 10))).toThrow(/UTF-8 text/);
    expect(() => read('1,2\n', { labelColumn: 9 })).toThrow(/a label column between 1 and 2; found 9/);
  });

  it('stops at its limits', () => {
    const small = { ...standardLimits, rows: 3, csvRecordLength: 100, valuesPerRow: 4, csvBytes: 5000, classes: 2 };
    expect(() => read('1\n2\n3\n4\n', { limits: small })).toThrow(/line 4: expected at most 3 rows; found more/);
    expect(() => read('1,2,3,4,5\n', { limits: small })).toThrow(/at most 4 columns; found 5/);
    expect(() => read(`1,"${'x'.repeat(200)}`, { limits: small })).toThrow(/at most 100 characters/);
    expect(() => read('1\n'.repeat(3000), { limits: small })).toThrow(/at most 5.0 kB of text/);
    expect(() => read('a,1\nb,2\nc,3\n', { limits: small, labelColumn: 1 })).toThrow(/at most 2 different labels/);
    expect(() => read('1\n2\n', { limits: { ...standardLimits, memoryBytes: 4 } })).not.toThrow();
    expect(() => read('1\n'.repeat(5000), { limits: { ...standardLimits, memoryBytes: 16_400 } })).toThrow(
      /at most 16\.4 kB of memory/,
    );
  });
});

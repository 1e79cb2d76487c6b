// Tables: what is written is what a reader finds, bit for bit.
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import { writeParquet } from '../../src/engine/parquet.ts';
import { pointColumns, writeCsv } from '../../src/engine/tables.ts';
import { readParquet } from './read-parquet.ts';

const awkward = ['plain', 'with, comma', 'with "quotes"', 'two\nlines', 'Ærø – 北京', ''];
const rows = 2500;
const rng = Rng.fromSeed(1);
const rowIds = Int32Array.from({ length: rows }, (_, i) => (i * 7919) % 100_003);
// Over forty decades, and the ends of what a float32 holds.
const values = Float32Array.from({ length: 3 * rows }, () => rng.normal() * 10 ** (40 * rng.uniform() - 20));
values.set([0, -0, 1.401298464324817e-45, 3.4028234663852886e38, 1 / 3, -1e-7]);
const labels = Int32Array.from({ length: rows }, (_, i) => (i % (awkward.length + 1)) - 1);

describe('Parquet', () => {
  it('holds every row, coordinate and label with its type, and the facts', async () => {
    const facts = { 'karst.run': 'first – 1', 'karst.step': '30' };
    const bytes = writeParquet(pointColumns(rowIds, ['x', 'y', 'z'], values, labels, awkward), facts, 'Karst version 1.2.3');
    const found = await readParquet(bytes);
    expect(found.columns).toEqual(['row INT32', 'x FLOAT', 'y FLOAT', 'z FLOAT', 'label BYTE_ARRAY']);
    expect(found.facts).toEqual(facts);
    expect(found.createdBy).toBe('Karst version 1.2.3');
    expect(found.rows.length).toBe(rows);
    found.rows.forEach(({ row, x, y, z, label }, i) => {
      expect(row).toBe(rowIds[i]);
      expect([x, y, z]).toEqual(Array.from(values.subarray(3 * i, 3 * i + 3)));
      const expected = labels[i] === -1 ? [null, undefined] : [awkward[labels[i] as number]];
      expect(expected).toContain(label);
    });
  });

  it('is the same file for the same table, in 2-D and without labels too', async () => {
    const made = (): Uint8Array =>
      writeParquet(pointColumns(rowIds, ['x', 'y'], values, undefined, undefined), {}, 'Karst version 1');
    expect(made()).toEqual(made());
    expect((await readParquet(made())).columns).toEqual(['row INT32', 'x FLOAT', 'y FLOAT']);
    const none = writeParquet(pointColumns(Int32Array.of(), ['x'], new Float32Array(0), undefined, undefined), {}, 'Karst');
    expect((await readParquet(none)).rows).toEqual([]);
  });
});

describe('CSV', () => {
  it('gives every float32 back, quotes what needs it, and leaves a missing label empty', () => {
    const text = new TextDecoder().decode(writeCsv(pointColumns(rowIds, ['x', 'y', 'z'], values, labels, ['a', 'b "c", d'])));
    const lines = text.split('\r\n');
    expect([lines[0], lines.length, lines.at(-1)]).toEqual(['row,x,y,z,label', rows + 2, '']);
    for (let i = 0; i < rows; i++) {
      const [row, ...cells] = (lines[i + 1] as string).split(',');
      expect(Number(row)).toBe(rowIds[i]);
      cells.slice(0, 3).forEach((cell, j) => expect(Math.fround(Number(cell)) === values[3 * i + j], cell).toBe(true));
    }
    expect(lines.slice(1, 5).map((line) => line.split(',').slice(4).join(','))).toEqual(['', 'a', '"b ""c"", d"', '2']);
  });
});

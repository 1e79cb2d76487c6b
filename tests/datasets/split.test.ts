import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitRows } from '../../src/datasets/split.ts';
import { readRows } from '../../src/datasets/dataset.ts';
import { columnScale, vectorDataset } from '../../src/datasets/vectors.ts';

describe('splitRows', () => {
  it('puts every row on exactly one side, in order, and the same for the same seed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer(),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (rows, seed, share) => {
          const split = splitRows({ rows }, seed, share);
          const all = [...split.train, ...split.heldOut].sort((a, b) => a - b);
          expect(all).toEqual(Array.from({ length: rows }, (_, i) => i));
          expect([...split.train]).toEqual([...split.train].sort((a, b) => a - b));
          expect(split.train.length).toBeGreaterThan(0);
          if (rows > 1 && share > 0) expect(split.heldOut.length).toBeGreaterThan(0);
          expect(splitRows({ rows }, seed, share)).toEqual(split);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('holds out a fifth, at most 10,000', () => {
    expect(splitRows({ rows: 10_000 }, 1).heldOut).toHaveLength(2000);
    expect(splitRows({ rows: 70_000 }, 1).heldOut).toHaveLength(10_000);
    expect(splitRows({ rows: 10_000 }, 1).heldOut).not.toEqual(splitRows({ rows: 10_000 }, 2).heldOut);
  });

  it('is pinned: a run that was split yesterday is split the same tomorrow', () => {
    expect([...splitRows({ rows: 20 }, 7).heldOut]).toEqual([3, 9, 15, 19]);
  });

  it('keeps the rows apart that the source keeps apart', () => {
    const split = splitRows({ rows: 6, heldOutRows: Int32Array.of(4, 5) }, 3);
    expect([...split.train]).toEqual([0, 1, 2, 3]);
    expect([...split.heldOut]).toEqual([4, 5]);
  });
});

describe('vectors', () => {
  it.each([1, 2, 32, 33, 300])('copies rows of %i columns whole, to where they belong', (size) => {
    const values = Float32Array.from({ length: 4 * size }, (_, i) => i + 1);
    const dataset = vectorDataset({ id: 'v', title: 'v' }, size, values);
    const read = readRows(dataset, [2, 0, 3], new Float32Array(3 * size + 1));
    const expected = [2, 0, 3].flatMap((row) => [...values.subarray(row * size, (row + 1) * size)]);
    expect([...read]).toEqual([...expected, 0]); // the last row runs over nothing
  });
});

describe('columnScale', () => {
  it('gives mean, population sd and range, and 1 for a constant column', () => {
    const dataset = vectorDataset({ id: 'v', title: 'v' }, 2, Float32Array.of(1, 5, 2, 5, 3, 5, 6, 5));
    const scale = columnScale(dataset);
    expect([...scale.mean]).toEqual([3, 5]);
    expect(scale.sd[0]).toBeCloseTo(Math.sqrt(3.5), 6);
    expect(scale.sd[1]).toBe(1);
    expect([...scale.min, ...scale.max]).toEqual([1, 5, 6, 5]);
    expect([...columnScale(dataset, [0, 2]).mean]).toEqual([2, 5]);
  });

  it('does not lose digits far from the origin', () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => 1e6 + (i % 2));
    expect(columnScale(vectorDataset({ id: 'v', title: 'v' }, 1, values)).sd[0]).toBeCloseTo(0.5, 5);
  });
});

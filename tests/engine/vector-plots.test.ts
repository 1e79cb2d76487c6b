// Plots of vectors: marks stand where their values say, measured from the pixels.
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/base/rng.ts';
import type { Colour, Raster } from '../../src/engine/raster.ts';
import { vectorGrid } from '../../src/engine/vector-grid.ts';
import { groundRows, vectorGround } from '../../src/engine/vector-ground.ts';
import { sheetColours } from '../../src/engine/sheet-colours.ts';
import { plotOver, type Mark } from '../../src/engine/vector-plots.ts';
import type { GridProvenance } from '../../src/protocol/records.ts';

const paper = sheetColours.light;

/** 0 … 1 in every column, so that the frame runs from 0.005 to 0.995. */
function uniform(size: number): Float32Array {
  const rows = 1001;
  const rng = Rng.fromSeed(3);
  const data = new Float32Array(rows * size);
  for (let j = 0; j < size; j++) rng.permutation(rows).forEach((rank, i) => (data[i * size + j] = rank / (rows - 1)));
  return data;
}
const mark = (...values: number[]): Mark => ({ values: Float32Array.from(values), isOriginal: false });

/** Mean place of the pixels that have exactly `colour`. */
function centreOf({ width, data }: Raster, colour: Colour): { count: number; x: number; y: number } {
  let [count, x, y] = [0, 0, 0];
  for (let i = 0; i < data.length / 3; i++) {
    if (colour.some((value, k) => value !== data[3 * i + k])) continue;
    count++;
    x += (i % width) + 0.5;
    y += Math.floor(i / width) + 0.5;
  }
  return { count, x: x / count, y: y / count };
}

describe('the ground', () => {
  it('is a fixed choice of different rows, all where there are few', () => {
    expect(groundRows(100_000)).toEqual(groundRows(100_000));
    const rows = groundRows(100_000);
    expect([rows.length, new Set(rows).size]).toEqual([2000, 2000]);
    expect(Math.abs(rows.reduce((sum, row) => sum + row, 0) / 2000 / 50_000 - 1)).toBeLessThan(0.05);
    expect(Array.from(groundRows(7)).sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('knows the spread of each column, strays left out', () => {
    const data = uniform(2);
    data.set([1e6, -1e6], 2 * 10);
    const [x, y] = vectorGround(data, 2).spreads;
    expect(x?.low).toBeCloseTo(0.005, 2);
    expect(x?.high).toBeCloseTo(0.995, 2);
    expect(y?.median).toBeCloseTo(0.5, 2);
    expect(y?.half).toEqual([expect.closeTo(0.25, 2), expect.closeTo(0.75, 2)]);
    expect(y?.most).toEqual([expect.closeTo(0.05, 2), expect.closeTo(0.95, 2)]);
    expect(vectorGround(Float32Array.of(4, 4, 4), 1).spreads[0]).toMatchObject({ low: 3, high: 5, median: 4 });
  });
});

describe('a plot', () => {
  const side = 200;
  /** A tenth is free on each side; 0.005 … 0.995 is the frame. */
  const place = (value: number): number => (0.1 + (0.8 * (value - 0.005)) / 0.99) * side;

  it('in the plane puts a vector where its two values say, the second one upwards', () => {
    const plot = plotOver(vectorGround(uniform(2), 2), side, 2, 3.2, paper);
    for (const [u, v] of [[0.5, 0.5], [0.1, 0.8], [0.93, 0.02]] as const) {
      const found = centreOf(plot({ marks: [mark(u, v)], trails: [] }), paper.accent);
      expect([found.x - place(u), found.y - (side - place(v))].every((off) => Math.abs(off) < 0.3)).toBe(true);
      expect(found.count).toBeGreaterThan(0.7 * Math.PI * 6.4 ** 2);
    }
  }); // prettier-ignore

  it('draws an open mark on the edge for what lies beyond it', () => {
    const plot = plotOver(vectorGround(uniform(2), 2), side, 2, 3.2, paper);
    const drawn = plot({ marks: [mark(5, 0.5)], trails: [] });
    const found = centreOf(drawn, paper.accent);
    expect(found.x).toBeGreaterThan(side - 12);
    expect(found.y).toBeCloseTo(side - place(0.5), 0);
    const middle = (Math.floor(found.y) * side + Math.floor(found.x)) * 3;
    expect([...drawn.data.slice(middle, middle + 3)]).toEqual(paper.panel);
  });

  it('joins a path by a line', () => {
    const plot = plotOver(vectorGround(uniform(2), 2), side, 2, 3.2, paper);
    const trail = [Float32Array.of(0.1, 0.5), Float32Array.of(0.9, 0.5)];
    const found = centreOf(plot({ marks: [], trails: [trail] }), paper.accent);
    expect(found.count).toBeGreaterThan(place(0.9) - place(0.1));
    expect(found.y).toBeCloseTo(side - place(0.5), 0);
  });

  it('of many columns scales each by its own data', () => {
    const data = uniform(3).map((value, i) => (i % 3 === 0 ? 1000 * value : i % 3 === 1 ? value - 7 : value));
    const plot = plotOver(vectorGround(data, 3), side, 2, 3.2, paper);
    // All at four fifths of their column: a level line.
    const level = plot({ marks: [mark(800, -6.2, 0.8)], trails: [] });
    const found = centreOf(level, paper.accent);
    expect(found.x).toBeCloseTo(side / 2, 0);
    expect(found.y).toBeCloseTo(side - place(0.8), 0);
    const ends = [0, 1].map((half) => {
      const drawn = plot({ marks: [mark(half ? 200 : 800, -6.5, half ? 0.8 : 0.2)], trails: [] });
      return centreOf(drawn, paper.accent).y;
    });
    expect(ends[0]).toBeCloseTo(ends[1] as number, 0);
    const wide = plotOver(
      vectorGround(uniform(40), 40),
      side,
      2,
      3.2,
      paper,
    )({ marks: [mark(...new Array<number>(40).fill(0.2))], trails: [] });
    expect(centreOf(wide, paper.accent).y).toBeCloseTo(side - place(0.2), 0);
  });

  it('tells a row of the data from what is decoded', () => {
    const drawn = plotOver(
      vectorGround(uniform(2), 2),
      side,
      2,
      3.2,
      paper,
    )({
      marks: [{ ...mark(0.3, 0.3), isOriginal: true }, mark(0.7, 0.7)],
      trails: [],
    });
    expect(centreOf(drawn, paper.ink).x).toBeCloseTo(place(0.3), 0);
    expect(centreOf(drawn, paper.accent).x).toBeCloseTo(place(0.7), 0);
  });
});

describe('a grid', () => {
  const provenance = (rows: number, cols: number, more: Partial<GridProvenance> = {}): GridProvenance => ({
    ...{ format: 'karst-grid-1', run: 'r', runFingerprint: '', modelFingerprint: '', step: 1, seed: 0, kind: 'prior', rows, cols },
    ...{ scale: 1, latents: '', latentSize: 2, cells: [], karst: '0' },
    ...more,
  }); // prettier-ignore
  const vectors = (data: Float32Array, size: number) => ({ kind: 'vectors', count: data.length / size, size, data }) as const;
  const ground = vectors(uniform(2), 2);

  it('has a plot a cell with a rule around each', () => {
    const { width, height, data } = vectorGrid(provenance(2, 3), vectors(new Float32Array(12).fill(0.5), 2), ground);
    expect([width, height]).toEqual([3 * 97 + 1, 2 * 97 + 1]);
    for (let x = 0; x < width; x++) expect([...data.slice((97 * width + x) * 3, (97 * width + x) * 3 + 3)]).toEqual(paper.rule);
  });

  it('shows all together in one plot', () => {
    const places = Float32Array.of(0.2, 0.2, 0.8, 0.2, 0.2, 0.8, 0.8, 0.8);
    const drawn = vectorGrid(provenance(2, 2, { view: 'together' }), vectors(places, 2), ground);
    expect([drawn.width, drawn.height]).toEqual([480, 480]);
    const found = centreOf(drawn as unknown as Raster, paper.accent);
    expect([found.x, found.y]).toEqual([expect.closeTo(240, 0), expect.closeTo(240, 0)]);
  });

  it('shows a reconstruction with what it reconstructs', () => {
    const pairs = provenance(1, 2, { kind: 'reconstruction', originals: [5, -1], scale: 3 });
    const drawn = vectorGrid(pairs, vectors(Float32Array.of(0.3, 0.3, 0.6, 0.6), 2), ground);
    const half = (from: number): Raster => {
      const data = new Uint8Array(288 * drawn.height * 3);
      for (let y = 0; y < drawn.height; y++)
        data.set(drawn.data.subarray((y * drawn.width + from) * 3, (y * drawn.width + from + 288) * 3), y * 288 * 3);
      return { width: 288, height: drawn.height, data } as unknown as Raster;
    };
    expect(centreOf(half(3), paper.accent).count).toBe(0);
    expect(centreOf(half(3), paper.ink).count).toBeGreaterThan(0);
    expect(centreOf(half(294), paper.accent).count).toBeGreaterThan(0);
    expect(centreOf(half(294), paper.ink).count).toBeGreaterThan(0);
  });

  it('is drawn in the dark in the same places, and in nothing of the light', () => {
    const { dark } = sheetColours;
    for (const [size, view] of [[2, 'cells'], [2, 'together'], [40, 'cells']] as const) {
      const asked = provenance(2, 2, { view, kind: 'reconstruction', originals: [3, -1, 4, -1] });
      const values = vectors(new Float32Array(4 * size).map((_, i) => 0.2 + 0.1 * (i % 5)), size);
      const data = size === 2 ? ground : vectors(uniform(size), size);
      const [light, drawn] = [vectorGrid(asked, values, data), vectorGrid({ ...asked, theme: 'dark' }, values, data)] as unknown as [Raster, Raster]; // prettier-ignore
      for (const name of ['ink', 'accent'] as const) {
        expect(centreOf(light, paper[name]).count, `${view} ${name}`).toBeGreaterThan(0);
        expect(centreOf(drawn, dark[name]), `${view} ${name}`).toEqual(centreOf(light, paper[name]));
      }
      expect(centreOf(drawn, dark.panel).count).toBeGreaterThan(drawn.data.length / 3 / 3);
      for (const name of ['panel', 'rule', 'accent'] as const) expect(centreOf(drawn, paper[name]).count, name).toBe(0);
    } // prettier-ignore
  });

  it('refuses to become enormous', () => {
    const large = provenance(100, 100, { scale: 32 });
    expect(() => vectorGrid(large, vectors(new Float32Array(20_000), 2), ground)).toThrow(/million; take fewer cells/);
  });
});

import { describe, expect, it } from 'vitest';
import { matrix } from '../../src/base/matrix.ts';
import { nearestNeighbours } from '../../src/base/neighbours.ts';
import { Rng } from '../../src/base/rng.ts';
import { procrustes } from '../../src/projection/align.ts';
import { countComponents, fuzzyGraph, smoothDistances } from '../../src/projection/fuzzy-graph.ts';
import { fit } from '../../src/projection/projection.ts';
import { mapQuality } from '../../src/projection/quality.ts';
import { spectralLayout } from '../../src/projection/spectral.ts';
import { fitCurve, umap } from '../../src/projection/umap.ts';
import { digits, golden, largestDifference, normalMatrix, small } from './fixtures.ts';

const made = golden.small;

describe('the fuzzy graph', () => {
  const found = nearestNeighbours(small, made.k - 1);

  it('starts from the neighbours, distances, rho and sigma of umap-learn', () => {
    expect([...found.indices]).toEqual(made.indices);
    expect(largestDifference(found.distances, made.distances)).toBeLessThan(1e-6);
    const mean = found.distances.reduce((sum, d) => sum + d, 0) / (60 * made.k);
    for (let i = 0; i < 60; i++) {
      const { rho, sigma } = smoothDistances(found.distances.subarray(i * found.k, (i + 1) * found.k), mean);
      expect(rho).toBeCloseTo(made.rhos[i] as number, 5);
      expect(Math.abs(sigma - (made.sigmas[i] as number))).toBeLessThan(1e-4);
    }
  });

  it('has the edges and weights of umap-learn', () => {
    const graph = fuzzyGraph(found);
    const edges: [number, number][] = [];
    for (let i = 0; i < graph.rows; i++) {
      for (let e = graph.starts[i] as number; e < (graph.starts[i + 1] as number); e++) edges.push([i, graph.tails[e] as number]);
    }
    expect(edges).toEqual(made.edges.map(([head, tail]) => [head, tail]));
    expect(
      largestDifference(
        graph.weights,
        made.edges.map(([, , weight]) => weight),
      ),
    ).toBeLessThan(1e-4);
  });
});

describe('the curve of distances', () => {
  it.each(golden.curves)('for minDist $minDist and spread $spread is that of umap-learn', ({ minDist, spread, a, b }) => {
    const curve = fitCurve(minDist, spread);
    expect(curve.a).toBeCloseTo(a, 4);
    expect(curve.b).toBeCloseTo(b, 4);
  });
});

describe('the spectral layout', () => {
  it('of a ring is a circle', () => {
    const ring = matrix(200, 2);
    for (let i = 0; i < 200; i++) {
      ring.data[2 * i] = Math.cos((2 * Math.PI * i) / 200);
      ring.data[2 * i + 1] = Math.sin((2 * Math.PI * i) / 200);
    }
    const layout = spectralLayout(fuzzyGraph(nearestNeighbours(ring, 8)), 2, Rng.fromSeed(1));
    if (!layout) throw new Error('a ring is one piece');
    expect(procrustes(layout, ring).disparity).toBeLessThan(5e-3); // found to a residual of 1e-3, close to the gap of so long a ring
  });

  it('is refused for a graph in pieces', () => {
    const apart = normalMatrix(40, 2, Rng.fromSeed(1));
    for (let i = 0; i < 20; i++) apart.data[2 * i] = (apart.data[2 * i] as number) + 1000;
    const graph = fuzzyGraph(nearestNeighbours(apart, 5));
    expect(countComponents(graph)).toBe(2);
    expect(spectralLayout(graph, 2, Rng.fromSeed(1))).toBeUndefined();
  });
});

describe('UMAP', () => {
  const { codes } = digits();

  it('of the digits is trustworthy in two and three dimensions', () => {
    for (const dims of [2, 3] as const) {
      const { positions } = fit(umap.make(), codes, { dims, rng: Rng.fromSeed(1) });
      const quality = mapQuality(codes, positions);
      expect(quality?.trustworthiness).toBeGreaterThan(dims === 2 ? 0.98 : 0.985);
      expect(quality?.continuity).toBeGreaterThan(0.97);
    }
  });

  it('is the same bits for a seed and another layout for another', () => {
    const lay = (seed: number): Float32Array =>
      fit(umap.make({ epochs: 40 }), small, { dims: 3, rng: Rng.fromSeed(seed) }).positions.data;
    expect(lay(7)).toEqual(lay(7));
    expect(largestDifference(lay(7), lay(8))).toBeGreaterThan(0.01);
  });

  it('starts from a layout it is given and stays near it', () => {
    const first = fit(umap.make(), small, { dims: 2, rng: Rng.fromSeed(1) }).positions;
    const next = fit(umap.make({ epochs: 100, learningRate: 0.2 }), small, {
      dims: 2,
      rng: Rng.fromSeed(2),
      initial: first,
    }).positions;
    expect(procrustes(next, first).disparity).toBeLessThan(0.1);
  });

  it('tells how it stands and stops when the answer is no, or the request is taken back', () => {
    const seen: number[] = [];
    const stopped = fit(umap.make({ epochs: 100 }), small, {
      dims: 2,
      rng: Rng.fromSeed(1),
      onProgress({ fraction, text, positions }) {
        seen.push(fraction);
        if (positions) expect(positions().data).toHaveLength(120);
        return text !== 'epoch 30 of 100';
      },
    });
    expect(stopped.positions.data).toHaveLength(120);
    expect(seen).toHaveLength(32);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    expect(() => fit(umap.make(), small, { dims: 2, rng: Rng.fromSeed(1), signal: stop.signal, onProgress })).toThrow(
      /cancelled/,
    );
  });

  it('lays out few rows, equal rows and pieces with finite numbers', () => {
    for (const rows of [0, 1, 2, 3, 5, 17]) {
      const { positions } = fit(umap.make(), normalMatrix(rows, 3, Rng.fromSeed(rows)), { dims: 3, rng: Rng.fromSeed(1) });
      expect(positions.rows).toBe(rows);
      expect([...positions.data].every(Number.isFinite)).toBe(true);
    }
    const equal = fit(umap.make(), matrix(100, 8), { dims: 2, rng: Rng.fromSeed(1) });
    expect([...equal.positions.data].every(Number.isFinite)).toBe(true);
  });

  it('by angle does not see length', () => {
    const rng = Rng.fromSeed(3);
    const near = normalMatrix(120, 3, rng);
    const scaled = matrix(120, 3, near.data.slice());
    for (let i = 0; i < 120; i++)
      for (let j = 0; j < 3; j++) scaled.data[i * 3 + j] = (near.data[i * 3 + j] as number) * 2 ** (i % 7);
    const lay = (codes: typeof near): Float32Array =>
      fit(umap.make({ metric: 'cosine', epochs: 50 }), codes, { dims: 2, rng: Rng.fromSeed(1) }).positions.data;
    expect(largestDifference(lay(near), lay(scaled))).toBeLessThan(1e-2);
  });

  it('refuses what makes no sense, by name', () => {
    expect(() => umap.make({ minDist: 2 })).toThrow(/minDist must not exceed umap.spread, got 2 and 1/);
    expect(() => umap.make({ neighbors: 5 })).toThrow(/unknown parameter umap.neighbors; known: neighbours/);
    const initial = matrix(3, 2);
    expect(() => fit(umap.make(), small, { dims: 2, rng: Rng.fromSeed(1), initial })).toThrow(
      /must be 60 × 2 like the map, got 3 × 2/,
    );
    const broken = matrix(4, 1, Float32Array.from([1, 2, Infinity, 3]));
    expect(() => fit(umap.make(), broken, { dims: 2, rng: Rng.fromSeed(1) })).toThrow(/row 2 holds Infinity/);
  });
});

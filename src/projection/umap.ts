// UMAP (McInnes, Healy & Melville 2018, arXiv 1802.03426): a fuzzy graph of neighbours is laid out by stochastic gradient descent on its
// cross entropy with the low-dimensional graph 1 / (1 + a d^(2b)), with negative sampling; schedule, start and constants as in umap-learn.
// One difference: a sample and its negatives are all evaluated at one place, then applied together. The descent runs in SIMD on one
// thread, so that a seed gives the same bits.
import { fromBase64 } from '../base/bytes.ts';
import { KarstError } from '../base/errors.ts';
import { member } from '../base/family.ts';
import { matrix, row, type Matrix } from '../base/matrix.ts';
import { nearestNeighbours, type Neighbours } from '../base/neighbours.ts';
import { approximateNeighbours } from '../base/approximate-neighbours.ts';
import type { Rng } from '../base/rng.ts';
import { fuzzyGraph, type Graph } from './fuzzy-graph.ts';
import { principalComponents, toPositions } from './pca.ts';
import type { Projection } from './projection.ts';
import { spectralLayout } from './spectral.ts';
import wasm from './umap-descent.wasm.ts';

const EXACT_ROWS = 20_000; // beyond, looking at every pair takes longer than the descent
const LONG_ROWS = 10_000; // up to here 500 epochs, beyond 200
const EXTENT = 10; // the layout starts with this extent, so that forces and distances fit each other
const MOST_ROWS = 2 ** 22; // the descent draws rows with 22 bits
const NOISE = 1e-4; // parts rows that start at one place

/** a, b of 1 / (1 + a x^(2b)) nearest in squares to 1 below minDist and exp(-(x - minDist) / spread) above (Levenberg 1944). */
export function fitCurve(minDist: number, spread: number): { a: number; b: number } {
  const points = Array.from({ length: 300 }, (_, i) => {
    const x = (3 * spread * i) / 299;
    return { x, y: x < minDist ? 1 : Math.exp(-(x - minDist) / spread) };
  });
  const loss = (a: number, b: number): number => points.reduce((sum, { x, y }) => sum + (1 / (1 + a * x ** (2 * b)) - y) ** 2, 0);
  let [a, b, damping] = [1, 1, 1e-3];
  let best = loss(a, b);
  for (let turn = 0; turn < 500 && damping < 1e12; turn++) {
    let [aa, ab, bb, ga, gb] = [0, 0, 0, 0, 0];
    for (const { x, y } of points) {
      if (x === 0) continue;
      const raised = x ** (2 * b);
      const f = 1 / (1 + a * raised);
      const da = -f * f * raised;
      const db = -f * f * a * raised * 2 * Math.log(x);
      aa += da * da;
      ab += da * db;
      bb += db * db;
      ga += da * (f - y);
      gb += db * (f - y);
    }
    const [p, q] = [aa * (1 + damping), bb * (1 + damping)];
    const determinant = p * q - ab * ab;
    const nextA = a - (q * ga - ab * gb) / determinant;
    const nextB = b - (p * gb - ab * ga) / determinant;
    const next = nextA > 0 && nextB > 0 ? loss(nextA, nextB) : Infinity;
    if (next < best) {
      const gain = best - next;
      [a, b, best, damping] = [nextA, nextB, next, damping / 3];
      if (gain < 1e-15) break;
    } else damping *= 4;
  }
  return { a, b };
}

/** Rows on the unit sphere, where Euclidean neighbours are the neighbours by angle. */
function onSphere(codes: Matrix): Matrix {
  const unit = matrix(codes.rows, codes.cols, codes.data.slice());
  for (let i = 0; i < codes.rows; i++) {
    const code = row(unit, i);
    const size = Math.hypot(...code);
    if (size > 0) for (let j = 0; j < code.length; j++) code[j] = (code[j] as number) / size;
  }
  return unit;
}

function findNeighbours(codes: Matrix, k: number, cosine: boolean, rng: Rng): Neighbours {
  const points = cosine ? onSphere(codes) : codes;
  const found =
    codes.rows <= EXACT_ROWS ? nearestNeighbours(points, k) : approximateNeighbours(points, k, rng.stream('neighbours'));
  // On the sphere 1 - cos = d² / 2.
  return cosine ? { ...found, distances: found.distances.map((d) => (d * d) / 2) } : found;
}

/** Fills `out`, four floats a row, with a start of the right extent. */
function start(codes: Matrix, graph: Graph, dims: number, initial: Matrix | undefined, rng: Rng, out: Float32Array): void {
  const noise = rng.stream('noise');
  const spectral = initial ? undefined : spectralLayout(graph, dims, rng.stream('spectral'));
  const layout = initial ?? spectral ?? toPositions(principalComponents(codes, dims), codes);
  const low = new Float64Array(dims).fill(Infinity);
  const high = new Float64Array(dims).fill(-Infinity);
  layout.data.forEach((value, at) => {
    const k = at % dims;
    low[k] = Math.min(low[k] as number, value);
    high[k] = Math.max(high[k] as number, value);
  });
  const extents = low.map((value, k) => (high[k] as number) - value);
  const widest = Math.max(...extents);
  for (let i = 0; i < layout.rows; i++) {
    for (let k = 0; k < dims; k++) {
      // A fresh layout is stretched along each axis, as umap-learn does; a given one keeps its shape.
      const extent = initial ? widest : (extents[k] as number);
      const unit = extent > 0 ? ((layout.data[i * dims + k] as number) - (low[k] as number)) / extent : 0.5;
      out[i * 4 + k] = EXTENT * unit + NOISE * noise.normal();
    }
  }
}

interface Kernel {
  seed(at: number): void;
  epoch(
    positions: number,
    rows: number,
    heads: number,
    tails: number,
    periods: number,
    due: number,
    list: number,
    edges: number,
    now: number,
    rate: number,
    a: number,
    b: number,
    gamma: number,
    negatives: number,
  ): void;
}

/** Edges too weak to be sampled once are left out; the others come every `period` epochs. */
function schedule(graph: Graph, epochs: number): { heads: Int32Array; tails: Int32Array; periods: Float32Array } {
  const strongest = graph.weights.reduce((most, weight) => Math.max(most, weight), 0);
  const heads: number[] = [];
  const tails: number[] = [];
  const periods: number[] = [];
  for (let i = 0; i < graph.rows; i++) {
    for (let e = graph.starts[i] as number; e < (graph.starts[i + 1] as number); e++) {
      const weight = graph.weights[e] as number;
      if (weight < strongest / epochs) continue;
      heads.push(i);
      tails.push(graph.tails[e] as number);
      periods.push(strongest / weight);
    }
  }
  return { heads: Int32Array.from(heads), tails: Int32Array.from(tails), periods: Float32Array.from(periods) };
}

export const umap = member({
  id: 'umap',
  title: 'UMAP',
  summary: 'keeps neighbours together and parts clusters; distances between far clusters mean little',
  paper: 'McInnes, Healy & Melville 2018, arXiv 1802.03426',
  params: {
    neighbours: {
      kind: 'int',
      default: 15,
      min: 2,
      max: 200,
      help: 'rows whose distances are kept, itself included; fewer shows fine structure, more the overall shape',
    },
    minDist: { kind: 'float', default: 0.1, min: 0, max: 3, help: 'how close points may come; smaller packs clusters tighter' },
    spread: { kind: 'float', default: 1, min: 0.1, max: 10, scale: 'log', help: 'scale of the layout; at least minDist' },
    metric: { kind: 'choice', default: 'euclidean', options: ['euclidean', 'cosine'], help: 'how codes are compared' },
    epochs: { kind: 'int', default: 0, min: 0, max: 5000, help: '0: 500 up to 10,000 rows, else 200' },
    negatives: { kind: 'int', default: 5, min: 1, max: 30, help: 'rows pushed away for each one drawn near' },
    repulsion: { kind: 'float', default: 1, min: 0, max: 10, help: 'weight of pushing away' },
    learningRate: { kind: 'float', default: 1, min: 0.01, max: 10, scale: 'log', help: 'first step; it falls linearly to zero' },
  },
  make: (values): Projection => {
    if (values.minDist > values.spread) {
      throw new KarstError('usage', `umap.minDist must not exceed umap.spread, got ${values.minDist} and ${values.spread}`);
    }
    return {
      *steps(codes, { dims, rng, initial }) {
        const { rows } = codes;
        if (rows > MOST_ROWS) throw new KarstError('too-large', `UMAP lays out at most ${MOST_ROWS} rows, got ${rows}`);
        if (rows < 3) return { positions: toPositions(principalComponents(codes, dims), codes) };
        yield { fraction: 0, text: 'finding neighbours' };
        const graph = fuzzyGraph(findNeighbours(codes, values.neighbours - 1, values.metric === 'cosine', rng));
        yield { fraction: 0.1, text: 'laying out the graph' };

        const epochs = values.epochs || (rows <= LONG_ROWS ? 500 : 200);
        const { heads, tails, periods } = schedule(graph, epochs);
        const edges = heads.length;
        const positionsAt = 1024;
        const headsAt = positionsAt + rows * 16;
        const memory = new WebAssembly.Memory({ initial: Math.ceil((headsAt + edges * 20 + 16) / 65536) });
        const kernel = new WebAssembly.Instance(new WebAssembly.Module(fromBase64(wasm)), { env: { memory } })
          .exports as unknown as Kernel;
        const positions = new Float32Array(memory.buffer, positionsAt, rows * 4);
        new Int32Array(memory.buffer, headsAt, edges).set(heads);
        new Int32Array(memory.buffer, headsAt + edges * 4, edges).set(tails);
        new Float32Array(memory.buffer, headsAt + edges * 8, edges).set(periods);
        new Float32Array(memory.buffer, headsAt + edges * 12, edges).set(periods); // first due after one period
        const draws = rng.stream('negatives');
        new Uint32Array(memory.buffer, 512, 16).set(Array.from({ length: 16 }, () => draws.uint32() | 1));
        kernel.seed(512);
        start(codes, graph, dims, initial, rng, positions);

        const copy = (): Matrix => {
          const layout = matrix(rows, dims);
          for (let i = 0; i < rows; i++) layout.data.set(positions.subarray(i * 4, i * 4 + dims), i * dims);
          return layout;
        };
        const { a, b } = fitCurve(values.minDist, values.spread);
        for (let epoch = 0; epoch < epochs; epoch++) {
          const rate = values.learningRate * (1 - epoch / epochs);
          kernel.epoch(
            positionsAt,
            rows,
            headsAt,
            headsAt + edges * 4,
            headsAt + edges * 8,
            headsAt + edges * 12,
            headsAt + edges * 16,
            edges,
            epoch,
            rate,
            a,
            b,
            values.repulsion,
            values.negatives,
          );
          yield { fraction: 0.15 + (0.85 * (epoch + 1)) / epochs, text: `epoch ${epoch + 1} of ${epochs}`, positions: copy };
        }
        return { positions: copy() };
      },
    };
  },
});

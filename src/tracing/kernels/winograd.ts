// Convolutions by fewer multiplications (Winograd 1980; Lavin & Gray 2016, arXiv:1509.09308). A filter of side s · r at stride s is, on the
// s² phases of a picture taken as channels, one of side r at stride 1; a tile of m × m of its outcomes takes α × α products for each pair of
// channels, α = m + r - 1, instead of m² r²:
//   Y = Aᵀ [(G F Gᵀ) ⊙ (Bᵀ X B)] A,   summed over channels as α² products of matrices.
// A and G evaluate polynomials of m and r coefficients at α points, the last at infinity; Bᵀ undoes such an evaluation of α coefficients
// (Toom 1963, Cook 1966). The gradient in the picture is such a convolution too, the gradient in the filter the adjoint of one. Rounding
// grows from 1e-7 to 1e-5 of the largest outcome.
import type { Value } from '../graph.ts';
import type { Operators } from '../operators.ts';
import { placesOf, tapsOf, type Window } from './patches.ts';

export interface Tiling {
  /** s: phases along each axis. */
  readonly stride: number;
  /** r: taps along each axis within a phase. */
  readonly taps: number;
  /** m: outcomes of a tile along each axis. */
  readonly step: number;
}

type Matrix = readonly (readonly number[])[];

/** Small numbers whose powers stay near one; chosen by trial for float32. */
const POINTS = [0, 1, -1, 0.5, -2];
/** What moving a number costs, in multiplications of a large product: about 0.7 ns to 0.018 ns. */
const MOVE = 36;

const reachOf = ({ step, taps }: Tiling): number => step + taps - 1;
const tilesAlong = (places: number, { step }: Tiling): number => Math.ceil(places / step);
const count = (n: number): number[] => [...Array(n).keys()];

/** Phases of the picture that hold pixels: the first, and how many, along one axis. */
function cellsAlong(side: number, edge: number, stride: number): { readonly first: number; readonly cells: number } {
  const first = Math.floor(edge / stride);
  return { first, cells: Math.floor((side - 1 + edge) / stride) - first + 1 };
}

/** Tilings that the window's form and the points allow; none where it has another form. */
function tilingsFor(o: Operators, w: Window): Tiling[] {
  const stride = w.strideHeight;
  const taps = w.filterHeight / stride;
  const square = stride === w.strideWidth && w.filterHeight === w.filterWidth;
  const dense = w.dilationHeight === 1 && w.dilationWidth === 1;
  if ((o.convolutions !== 'cheapest' && o.convolutions !== 'winograd') || !square || !dense) return [];
  if (taps !== 2 && taps !== 3) return [];
  return count(POINTS.length - 1)
    .map((i) => ({ stride, taps, step: i + 2 }))
    .filter((one) => reachOf(one) <= POINTS.length + 1);
}

function cheapest(
  o: Operators,
  tilings: readonly Tiling[],
  cost: (tiling: Tiling) => number,
  direct: number,
): Tiling | undefined {
  const [best] = tilings.toSorted((a, b) => cost(a) - cost(b));
  return best && (o.convolutions === 'winograd' || cost(best) < direct) ? best : undefined;
}

/** How a convolution and its gradient in the filter are to be tiled; nothing where plain products over patches are cheaper. */
export function tilingOf(o: Operators, w: Window, out: number): Tiling | undefined {
  const inner = w.strideHeight * w.strideWidth * w.channels;
  const cost = (tiling: Tiling): number => {
    const points = reachOf(tiling) ** 2;
    const tiles = w.batch * tilesAlong(w.outHeight, tiling) * tilesAlong(w.outWidth, tiling);
    const moved = tiles * points * (2 * inner + 3 * out) + 2 * points * inner * out;
    return 2 * tiles * points * inner * out + MOVE * moved;
  };
  return cheapest(o, tilingsFor(o, w), cost, placesOf(w) * tapsOf(w) * w.channels * (2 * out + MOVE));
}

/** The same of the gradient in the picture. */
export function backTilingOf(o: Operators, w: Window, out: number): Tiling | undefined {
  const inner = w.strideHeight * w.strideWidth * w.channels;
  const cost = (tiling: Tiling): number => {
    const points = reachOf(tiling) ** 2;
    const rows = tilesAlong(cellsAlong(w.height, w.top, tiling.stride).cells, tiling);
    const columns = tilesAlong(cellsAlong(w.width, w.left, tiling.stride).cells, tiling);
    const moved = w.batch * rows * columns * points * (2 * out + 2 * inner) + points * inner * out;
    return w.batch * rows * columns * points * inner * out + MOVE * moved;
  };
  return cheapest(o, tilingsFor(o, w), cost, placesOf(w) * tapsOf(w) * w.channels * (out + 3 * MOVE));
}

/** Evaluation of `coefficients` at the points, [α, coefficients]. */
const evaluation = (points: readonly number[], coefficients: number): Matrix => [
  ...points.map((point) => count(coefficients).map((k) => point ** k)),
  count(coefficients).map((k) => Number(k === coefficients - 1)),
];

/** Coefficients of Π (x - root), the constant first. */
const polynomial = (roots: readonly number[]): number[] =>
  roots.reduce<number[]>((p, root) => [...p, 0].map((_, k) => (p[k - 1] ?? 0) - root * (p[k] ?? 0)), [1]);

/** A [α, m], G [α, r] and Bᵀ [α, α]. */
function matricesOf({ step, taps, stride }: Tiling): { readonly a: Matrix; readonly g: Matrix; readonly b: Matrix } {
  const reach = reachOf({ step, taps, stride });
  const points = POINTS.slice(0, reach - 1);
  const others = points.map((point) => points.filter((other) => other !== point));
  // Lagrange's divisors go with the filter.
  const divisors = points.map((point, i) => (others[i] as number[]).reduce((product, other) => product * (point - other), 1));
  const g = evaluation(points, taps).map((row, i) => row.map((value) => value / (divisors[i] ?? 1)));
  const b = [...others.map((roots) => [...polynomial(roots), 0]), polynomial(points)];
  return { a: evaluation(points, step), g, b };
}

const turned = (matrix: Matrix): Matrix =>
  (matrix[0] as readonly number[]).map((_, column) => matrix.map((row) => row[column] as number));
const mirrored = (matrix: Matrix): Matrix => matrix.map((row) => [...row].reverse());

/** The matrix along both axes at once: x [columns², …] → [rows², …]. */
function along(o: Operators, matrix: Matrix, x: Value, shape: readonly number[]): Value {
  const [rows, columns] = [matrix.length, (matrix[0] as readonly number[]).length];
  const data = new Float32Array(rows * rows * columns * columns);
  let at = 0;
  for (const down of matrix) for (const across of matrix) for (const p of down) for (const q of across) data[at++] = p * q;
  const both = o.graph.constant('float32', [rows * rows, columns * columns], data);
  const rest = x.shape.reduce((product, side) => product * side, 1) / (columns * columns);
  return o.reshape(o.gemm(both, o.reshape(x, [columns * columns, rest])), [rows * rows, ...shape]);
}

/** Where tiles lie on a picture [n, height, width, channels], in cells of `cell` × `cell` pixels. */
interface Grid {
  readonly cell: number;
  /** Cells from one tile to the next, and cells that each covers. */
  readonly step: number;
  readonly reach: number;
  readonly tall: number;
  readonly wide: number;
  /** The first pixel; what lies beyond the picture is zero. */
  readonly top: number;
  readonly left: number;
}

const tilesOf = ({ tall, wide }: Grid, batch: number): number => batch * tall * wide;

/** x → [reach², tiles, cell² · channels] */
function cut(o: Operators, x: Value, grid: Grid): Value {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const { cell, step, reach, tall, wide } = grid;
  const [before, first] = [Math.max(0, -grid.top), Math.max(0, grid.top)];
  const [margin, start] = [Math.max(0, -grid.left), Math.max(0, grid.left)];
  const span = (tiles: number): number => cell * (step * (tiles - 1) + reach);
  const below = Math.max(0, first + span(tall) - before - height);
  const paddedWidth = Math.ceil(Math.max(start + span(wide), margin + width) / cell) * cell;
  const padded = o.pad(x, [0, before, margin, 0], [0, below, paddedWidth - margin - width, 0]);
  const [rows, columns] = [before + height + below, paddedWidth / cell];
  const table = new Int32Array(reach * reach * tilesOf(grid, batch) * cell);
  let at = 0;
  for (let i = 0; i < reach; i++)
    for (let j = 0; j < reach; j++)
      for (let n = 0; n < batch; n++)
        for (let ty = 0; ty < tall; ty++)
          for (let tx = 0; tx < wide; tx++)
            for (let a = 0; a < cell; a++)
              table[at++] = (n * rows + first + cell * (step * ty + i) + a) * columns + start / cell + step * tx + j;
  const flat = o.reshape(padded, [batch * rows * columns, cell * channels]);
  const cells = o.gather(flat, o.graph.constant('int32', [table.length], table), 0);
  return o.reshape(cells, [reach * reach, tilesOf(grid, batch), cell * cell * channels]);
}

/** Tiles [step², tiles, cell² · channels] → the picture they cover, from the grid's first pixel on. */
function join(o: Operators, tiles: Value, grid: Grid, shape: readonly number[]): Value {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const { cell, step, tall, wide } = grid;
  const table = new Int32Array(batch * height * width);
  const split = (pixel: number, from: number): readonly [tile: number, place: number, phase: number] => {
    const index = Math.floor((pixel - from) / cell);
    return [Math.floor(index / step), index % step, (pixel - from) % cell];
  };
  let at = 0;
  for (let n = 0; n < batch; n++)
    for (let y = 0; y < height; y++) {
      const [ty, i, a] = split(y, grid.top);
      for (let x = 0; x < width; x++) {
        const [tx, j, b] = split(x, grid.left);
        table[at++] = ((((i * step + j) * batch + n) * tall + ty) * wide + tx) * cell * cell + a * cell + b;
      }
    }
  const flat = o.reshape(tiles, [step * step * tilesOf(grid, batch) * cell * cell, channels]);
  return o.reshape(o.gather(flat, o.graph.constant('int32', [table.length], table), 0), shape);
}

/** Tiles of the outcome [n, outHeight, outWidth, out]. */
const outcomeGrid = (w: Window, tiling: Tiling): Grid => ({
  cell: 1,
  step: tiling.step,
  reach: tiling.step,
  tall: tilesAlong(w.outHeight, tiling),
  wide: tilesAlong(w.outWidth, tiling),
  top: 0,
  left: 0,
});

/** What each tile of the outcome sees of the picture: Bᵀ X B, [α², tiles, s² · channels]. */
function seen(o: Operators, x: Value, w: Window, tiling: Tiling): Value {
  const grid = { ...outcomeGrid(w, tiling), cell: tiling.stride, reach: reachOf(tiling), top: -w.top, left: -w.left };
  const tiles = cut(o, x, grid);
  return along(o, matricesOf(tiling).b, tiles, tiles.shape.slice(1));
}

/** filter [s · r, s · r, channels, out] → [r, r, s, s, channels, out] */
const phased = (o: Operators, filter: Value, { stride, taps }: Tiling): Value =>
  o.transpose(o.reshape(filter, [taps, stride, taps, stride, ...filter.shape.slice(2)]), [0, 2, 1, 3, 4, 5]);

const products = (o: Operators, a: Value, b: Value): Value =>
  o.graph.node('MatMul', [a, b], [...a.shape.slice(0, 2), b.shape[2] as number], 'float32');

/** x [n, h, w, c], filter [k, k, c, out] → [n, outHeight, outWidth, out] */
export function winogradConvolve(o: Operators, x: Value, filter: Value, w: Window, tiling: Tiling): Value {
  const out = filter.shape[3] as number;
  const { a, g } = matricesOf(tiling);
  const grid = outcomeGrid(w, tiling);
  const u = along(o, g, phased(o, filter, tiling), [tiling.stride ** 2 * w.channels, out]);
  const y = along(o, turned(a), products(o, seen(o, x, w, tiling), u), [tilesOf(grid, w.batch), out]);
  return join(o, y, grid, [w.batch, w.outHeight, w.outWidth, out]);
}

/** The adjoint in x: the mirrored filter over dy gives the picture's phases. */
export function winogradConvolveBack(o: Operators, dy: Value, filter: Value, w: Window, tiling: Tiling): Value {
  const { stride, taps, step } = tiling;
  const { a, b, g } = matricesOf(tiling);
  // Rows and columns of phases that hold pixels of the picture.
  const { first: firstRow, cells: rows } = cellsAlong(w.height, w.top, stride);
  const { first: firstColumn, cells: columns } = cellsAlong(w.width, w.left, stride);
  const sources: Grid = {
    cell: 1,
    step,
    reach: reachOf(tiling),
    tall: tilesAlong(rows, tiling),
    wide: tilesAlong(columns, tiling),
    top: firstRow - taps + 1,
    left: firstColumn - taps + 1,
  };
  const tiles = cut(o, dy, sources);
  const inner = stride * stride * w.channels;
  const u = along(o, mirrored(g), phased(o, filter, tiling), [inner, filter.shape[3] as number]);
  // The runtime's product reads a matrix turned; turning it beforehand takes ten times as long.
  const made = products(o, along(o, b, tiles, tiles.shape.slice(1)), o.transpose(u, [0, 2, 1]));
  const y = along(o, turned(a), made, [tilesOf(sources, w.batch), inner]);
  const places: Grid = { ...sources, cell: stride, top: stride * firstRow - w.top, left: stride * firstColumn - w.left };
  return join(o, y, places, [w.batch, w.height, w.width, w.channels]);
}

/** The adjoint in the filter. */
export function winogradConvolveFilter(
  o: Operators,
  x: Value,
  dy: Value,
  filterShape: readonly number[],
  w: Window,
  tiling: Tiling,
): Value {
  const { stride, taps } = tiling;
  const out = filterShape[3] as number;
  const { a, g } = matricesOf(tiling);
  const tiles = cut(o, dy, outcomeGrid(w, tiling));
  const slopes = along(o, a, tiles, tiles.shape.slice(1)); // [α², tiles, out]
  const v = seen(o, x, w, tiling);
  const inner = stride * stride * w.channels;
  const attributes = { transA: { int: 1 } };
  const du = o.graph.node('FusedMatMul', [v, slopes], [v.shape[0] as number, inner, out], 'float32', attributes, 'com.microsoft');
  const taps2 = o.reshape(along(o, turned(g), du, [inner, out]), [taps, taps, stride, stride, w.channels, out]);
  return o.reshape(o.transpose(taps2, [0, 2, 1, 3, 4, 5]), filterShape);
}

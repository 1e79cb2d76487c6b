// Balls round two sets of points, and which points lie in balls of the other set: every pair is looked at, blocked and in SIMD (WebAssembly),
// O(N M D) time, at most 64 MiB of points in the kernel's memory at once. Distances are those of base/neighbours.ts, bit for bit. A ball holds its border.
import { fromBase64 } from '../base/bytes.ts';
import { KarstError, throwIfCancelled } from '../base/errors.ts';
import type { Matrix } from '../base/matrix.ts';
import { checkFinite, interleave, type SearchOptions } from '../base/neighbours.ts';
import wasm from './balls.wasm.ts';

/** Points, [rows, cols], and the radius of the ball round each. */
export interface Balls {
  readonly points: Matrix;
  readonly radii: Float32Array;
}

export interface Meeting {
  /** How many balls of the first set hold each point of the second. */
  readonly held: Int32Array;
  /** 1 where a ball of the first set holds any point of the second. */
  readonly covered: Uint8Array;
  /** 1 where any ball of the second set holds the point of the first. */
  readonly reached: Uint8Array;
}

type Meet = (
  points: number,
  groups: number,
  queries: number,
  queryCount: number,
  dims: number,
  pointRadii: number,
  queryRadii: number,
  held: number,
  covered: number,
  reached: number,
) => void;

let compiled: WebAssembly.Module | undefined;

const QUERY_BLOCK = 512;
const POINT_BYTES = 64 * 2 ** 20;
const align = (bytes: number): number => (bytes + 15) & ~15;

/** A radius is a rounded square root: its square may fall just short of the square it came from. */
const squared = (radius: number): number => radius * radius * (1 + 2 ** -22);

export function meet(first: Balls, second: Balls, options: SearchOptions = {}): Meeting {
  const { rows, cols: dims } = first.points;
  const others = second.points.rows;
  if (second.points.cols !== dims)
    throw new KarstError(
      'usage',
      `balls need points of one size: the first have ${dims} columns, the second ${second.points.cols}`,
    );
  checkFinite('the first set of points', first.points);
  checkFinite('the second set of points', second.points);
  const met: Meeting = { held: new Int32Array(others), covered: new Uint8Array(rows), reached: new Uint8Array(rows) };
  if (rows === 0 || others === 0) return met;

  const chunkRows = Math.min(rows, Math.max(8, Math.floor(POINT_BYTES / (4 * dims)) & ~7));
  const lanes = 8 * Math.ceil(chunkRows / 8);
  let end = 1024;
  const take = (bytes: number): number => {
    const start = end;
    end += align(bytes);
    return start;
  };
  const pointAt = take(lanes * dims * 4);
  const queryAt = take(QUERY_BLOCK * dims * 4);
  const [pointRadiiAt, coveredAt, reachedAt] = [take(lanes * 4), take(lanes * 4), take(lanes * 4)];
  const [queryRadiiAt, heldAt] = [take(QUERY_BLOCK * 4), take(QUERY_BLOCK * 16)];
  compiled ??= new WebAssembly.Module(fromBase64(wasm));
  const memory = new WebAssembly.Memory({ initial: Math.ceil(end / 65536) });
  const kernel = new WebAssembly.Instance(compiled, { env: { memory } }).exports['meet'] as Meet;
  const floats = (at: number, length: number): Float32Array => new Float32Array(memory.buffer, at, length);
  const [points, queries] = [floats(pointAt, lanes * dims), floats(queryAt, QUERY_BLOCK * dims)];
  const [pointRadii, queryRadii] = [floats(pointRadiiAt, lanes), floats(queryRadiiAt, QUERY_BLOCK)];
  const [covered, reached] = [new Int32Array(memory.buffer, coveredAt, lanes), new Int32Array(memory.buffer, reachedAt, lanes)];
  const held = new Int32Array(memory.buffer, heldAt, QUERY_BLOCK * 4);

  const blocks = Math.ceil(rows / chunkRows) * Math.ceil(others / QUERY_BLOCK);
  let done = 0;
  for (let from = 0; from < rows; from += chunkRows) {
    const to = Math.min(rows, from + chunkRows);
    const groups = interleave(first.points, from, to, points);
    pointRadii.fill(-1); // what pads the last groups holds nothing
    for (let i = from; i < to; i++) pointRadii[i - from] = squared(first.radii[i] as number);
    covered.fill(0);
    reached.fill(0);
    for (let start = 0; start < others; start += QUERY_BLOCK) {
      throwIfCancelled(options.signal);
      const count = Math.min(QUERY_BLOCK, others - start);
      queries.fill(NaN); // what pads the last four is in no ball and has none
      queries.set(second.points.data.subarray(start * dims, (start + count) * dims));
      for (let i = 0; i < count; i++) queryRadii[i] = squared(second.radii[start + i] as number);
      held.fill(0);
      kernel(pointAt, groups, queryAt, (count + 3) & ~3, dims, pointRadiiAt, queryRadiiAt, heldAt, coveredAt, reachedAt);
      for (let i = 0; i < 4 * count; i++)
        met.held[start + (i >> 2)] = (met.held[start + (i >> 2)] as number) + (held[i] as number);
      options.onProgress?.(++done / blocks);
    }
    for (let i = from; i < to; i++) {
      met.covered[i] = covered[i - from] === 0 ? 0 : 1;
      met.reached[i] = reached[i - from] === 0 ? 0 : 1;
    }
  }
  return met;
}

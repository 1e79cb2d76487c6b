// What a density made by a map of variables is held against: determinants of difference quotients, and grids.
import * as tf from '@tensorflow/tfjs';
import { Rng } from '../../src/base/rng.ts';
import type { Device } from '../../src/tracing/device.ts';
import { float32, sizeOf, type Arrays, type Program, type Tensors } from '../../src/tracing/program.ts';
import { startWeights, type Weights } from '../../src/tracing/weights.ts';

/** Starting weights, each moved by a normal of `sd` (a fan-in's root apart for matrices), so that nothing is zero by itself. */
export function disturbedWeights(weights: Weights, seed: number, sd = 0.5): Record<string, Float32Array> {
  const rng = Rng.fromSeed(seed);
  return Object.fromEntries(
    Object.entries(startWeights(weights, rng)).map(([name, values]) => {
      const fanIn = (weights[name]?.shape.length ?? 0) > 1 ? (weights[name]?.shape[0] ?? 1) : 4;
      const noise = rng.stream(`more.${name}`).fillNormal(new Float32Array(values.length));
      return [name, values.map((value, i) => value + (sd / Math.sqrt(fanIn)) * (noise[i] as number))];
    }),
  );
}

export const placed = (weights: Weights, values: Arrays): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.entries(weights).map(([name, { shape }]) => [name, tf.tensor(values[name] as Float32Array, [...shape])]),
  );

/** ln |det| of the Jacobian at the single row `at`, from difference quotients; `f` takes any number of rows. */
export function quotientLogDet(f: (rows: tf.Tensor2D) => tf.Tensor2D, at: Float32Array, step = 0.04): number {
  const size = at.length;
  const moves = [step, -step, step / 2, -step / 2];
  const rows = new Float32Array(moves.length * size * size);
  moves.forEach((by, m) => {
    for (let j = 0; j < size; j++) {
      const row = (m * size + j) * size;
      rows.set(at, row);
      rows[row + j] = (rows[row + j] as number) + by;
    }
  });
  const y = tf.tidy(() => f(tf.tensor2d(rows, [moves.length * size, size])).dataSync());
  // The moves as float32 made them; Richardson's extrapolation of both quotients.
  const quotient = (plus: number, j: number, i: number): number => {
    const [up, down] = [(plus * size + j) * size, ((plus + 1) * size + j) * size];
    return ((y[up + i] as number) - (y[down + i] as number)) / ((rows[up + j] as number) - (rows[down + j] as number));
  };
  const jacobian = Float64Array.from({ length: size * size }, (_, n) => {
    const [j, i] = [Math.floor(n / size), n % size];
    return (4 * quotient(2, j, i) - quotient(0, j, i)) / 3;
  });
  return logDeterminant(jacobian, size);
}

/** ln |det| by Gaussian elimination with pivots. */
function logDeterminant(matrix: Float64Array, size: number): number {
  const a = matrix.slice();
  const at = (i: number, j: number): number => a[i * size + j] as number;
  let sum = 0;
  for (let k = 0; k < size; k++) {
    let pivot = k;
    for (let i = k + 1; i < size; i++) if (Math.abs(at(i, k)) > Math.abs(at(pivot, k))) pivot = i;
    for (let j = 0; j < size; j++) [a[k * size + j], a[pivot * size + j]] = [at(pivot, j), at(k, j)];
    sum += Math.log(Math.abs(at(k, k)));
    for (let i = k + 1; i < size; i++) {
      const factor = at(i, k) / at(k, k);
      for (let j = k; j < size; j++) a[i * size + j] = at(i, j) - factor * at(k, j);
    }
  }
  return sum;
}

/** Midpoints of the cells of a cube [-reach, reach]^size of `cells` a side, and a cell's volume. */
export function grid(size: 1 | 2, reach: number, cells: number): { points: tf.Tensor2D; volume: number } {
  const side = (2 * reach) / cells;
  const middle = (cell: number): number => -reach + (cell + 0.5) * side;
  const points = new Float32Array(cells ** size * size);
  for (let n = 0; n < cells ** size; n++) {
    points[n * size] = middle(n % cells);
    if (size === 2) points[n * size + 1] = middle(Math.floor(n / cells));
  }
  return { points: tf.tensor2d(points, [cells ** size, size]), volume: side ** size };
}

/** A program whose inputs are `given`, and one call of it on `device`. */
export async function runCompiled(
  device: Device,
  name: string,
  given: Readonly<Record<string, { readonly shape: readonly number[]; readonly values: Float32Array }>>,
  body: (inputs: Tensors) => Tensors,
): Promise<{ program: Program; inputs: Arrays; outputs: Arrays }> {
  const program: Program = {
    name,
    state: {},
    inputs: Object.fromEntries(Object.entries(given).map(([key, { shape }]) => [key, float32(...shape)])),
    body: (_, inputs) => ({ outputs: body(inputs) }),
  };
  const inputs = Object.fromEntries(Object.entries(given).map(([key, { values }]) => [key, values]));
  const state = await device.createState({}, {});
  const executable = await device.load(program, state);
  const outputs = await executable.run(inputs);
  executable.dispose();
  state.dispose();
  return { program, inputs, outputs };
}

export const normals = (seed: number, ...shape: number[]): Float32Array =>
  Rng.fromSeed(seed).fillNormal(new Float32Array(sizeOf(shape)));

export const worstDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? NaN)) / Math.max(1, Math.abs(value))), 0);

// A table of vectors whose factors are known: two numbers, drawn evenly, make eight columns through smooth functions, with a little noise. Written
// as CSV and read as any other file is, so that the whole way of a table is taken.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ParamValues } from '../../base/params.ts';
import { Rng } from '../../base/rng.ts';

const NOISE = 0.05;
const columns: readonly (readonly [name: string, of: (u: number, v: number) => number])[] = [
  ['u', (u) => u],
  ['v', (_, v) => v],
  ['product', (u, v) => u * v],
  ['difference', (u, v) => u - v],
  ['bowl', (u, v) => u * u + v * v],
  ['wave', (u) => Math.sin(2 * u)],
  ['swell', (_, v) => Math.cos(2 * v)],
  ['bend', (u, v) => u * u - v],
];

export function tableOfTwoFactors(rows: number, seed: number): string {
  const rng = Rng.fromSeed(seed).stream('table');
  const lines = Array.from({ length: rows }, () => {
    const [u, v] = [2 * rng.uniform() - 1, 2 * rng.uniform() - 1];
    return columns.map(([, of]) => (of(u, v) + NOISE * rng.normal()).toFixed(5)).join(',');
  });
  return [columns.map(([name]) => name).join(','), ...lines, ''].join('\n');
}

/** In a file of `folder`, whose path it gives. */
export async function writeTable(folder: string, { rows, seed }: ParamValues): Promise<string> {
  const file = path.join(folder, 'table.csv');
  await writeFile(file, tableOfTwoFactors(Number(rows), Number(seed)));
  return file;
}

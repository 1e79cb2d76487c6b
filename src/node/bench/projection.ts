// `npm run bench -- projection`: seconds and trustworthiness (k 15, first 5,000 rows) of our UMAP in 3-D, and of umap-learn on the same file
// where Python and its program are at hand. One after the other, never at once.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { KarstError } from '../../base/errors.ts';
import { matrix, takeRows, type Matrix } from '../../base/matrix.ts';
import { Rng } from '../../base/rng.ts';
import { fit } from '../../projection/projection.ts';
import { projections } from '../../projection/projections.ts';
import { mapQuality } from '../../projection/quality.ts';

export interface ProjectionBench {
  readonly method: string;
  readonly rows: number;
  readonly cols: number;
  readonly seconds: number;
  readonly trustworthiness: number;
}

export interface ProjectionBenchOptions {
  /** A CSV of codes without a header. */
  readonly csv: string;
  readonly seed?: number;
  readonly repeats?: number;
  /** Python program that prints { method, rows, seconds, trustworthiness } for a CSV, and what runs it. */
  readonly baseline?: { readonly python: string; readonly program: string };
  readonly print?: (line: string) => void;
}

export function readCodes(csv: string): Matrix {
  const lines = readFileSync(csv, 'utf8').trimEnd().split('\n');
  const values = lines.map((line) => line.split(',').map(Number));
  const cols = values[0]?.length ?? 0;
  const ragged = values.findIndex((one) => one.length !== cols || one.some((value) => !Number.isFinite(value)));
  if (ragged >= 0) throw new KarstError('bad-data', `${csv}: line ${ragged + 1} must hold ${cols} numbers`);
  return matrix(values.length, cols, Float32Array.from(values.flat()));
}

export async function benchProjection(options: ProjectionBenchOptions): Promise<readonly ProjectionBench[]> {
  const { csv, seed = 1, repeats = 3, baseline, print } = options;
  const codes = readCodes(csv);
  const results: ProjectionBench[] = [];
  const add = (result: ProjectionBench): void => {
    results.push(result);
    const { method, rows, cols, seconds, trustworthiness } = result;
    print?.(`${method}: ${rows} × ${cols} in ${seconds.toFixed(2)} s, trustworthiness ${trustworthiness.toFixed(4)}`);
  };

  const first = Array.from({ length: Math.min(5000, codes.rows) }, (_, i) => i);
  const timings: number[] = [];
  let trustworthiness = 0;
  for (let turn = 0; turn < repeats; turn++) {
    const startMs = performance.now();
    const { positions } = fit(projections.make('umap'), codes, { dims: 3, rng: Rng.fromSeed(seed) });
    timings.push((performance.now() - startMs) / 1000);
    trustworthiness = mapQuality(takeRows(codes, first), takeRows(positions, first))?.trustworthiness ?? 0;
  }
  timings.sort((a, b) => a - b);
  const seconds = timings[timings.length >> 1] ?? 0;
  add({ method: 'karst UMAP', rows: codes.rows, cols: codes.cols, seconds, trustworthiness });

  if (baseline && existsSync(baseline.python) && existsSync(baseline.program)) {
    const { stdout } = await promisify(execFile)(baseline.python, [baseline.program, csv], { timeout: 600_000 });
    const line = stdout.trim().split('\n').at(-1) ?? '';
    const found = JSON.parse(line) as { method: string; rows: number; seconds: number; trustworthiness: number };
    add({ ...found, cols: codes.cols });
  }
  return results;
}

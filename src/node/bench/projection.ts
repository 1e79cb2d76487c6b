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
  /** A CSV of codes without a header; made-up clusters of the same size otherwise, which no other program is given. */
  readonly csv?: string;
  readonly seed?: number;
  readonly repeats?: number;
  /** Python program that prints { method, rows, seconds, trustworthiness } for a CSV, and what runs it. */
  readonly baseline?: { readonly python: string; readonly program: string };
  readonly print?: (line: string) => void;
}

/** 10,000 codes of 32 dimensions in ten clusters, each on a plane of its own. */
function madeUpCodes(seed: number): Matrix {
  const rng = Rng.fromSeed(seed).stream('codes');
  const codes = matrix(10_000, 32);
  const centres = rng.fillNormal(new Float32Array(10 * 32));
  const planes = rng.fillNormal(new Float32Array(10 * 64));
  for (let i = 0; i < codes.rows; i++) {
    const cluster = i % 10;
    const [u, v] = [rng.normal(), rng.normal()];
    for (let j = 0; j < 32; j++) {
      const onPlane = u * (planes[cluster * 64 + j] as number) + v * (planes[cluster * 64 + 32 + j] as number);
      codes.data[i * 32 + j] = 3 * (centres[cluster * 32 + j] as number) + onPlane + 0.3 * rng.normal();
    }
  }
  return codes;
}

function readCodes(csv: string): Matrix {
  const lines = readFileSync(csv, 'utf8').trimEnd().split('\n');
  const values = lines.map((line) => line.split(',').map(Number));
  const cols = values[0]?.length ?? 0;
  const ragged = values.findIndex((one) => one.length !== cols || one.some((value) => !Number.isFinite(value)));
  if (ragged >= 0) throw new KarstError('bad-data', `${csv}: line ${ragged + 1} must hold ${cols} numbers`);
  return matrix(values.length, cols, Float32Array.from(values.flat()));
}

export async function benchProjection(options: ProjectionBenchOptions): Promise<readonly ProjectionBench[]> {
  const { csv, seed = 1, repeats = 3, baseline, print } = options;
  const codes = csv === undefined ? madeUpCodes(seed) : readCodes(csv);
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

  if (baseline && csv !== undefined && existsSync(baseline.python) && existsSync(baseline.program)) {
    const { stdout } = await promisify(execFile)(baseline.python, [baseline.program, csv], { timeout: 600_000 });
    const line = stdout.trim().split('\n').at(-1) ?? '';
    const found = JSON.parse(line) as { method: string; rows: number; seconds: number; trustworthiness: number };
    add({ ...found, cols: codes.cols });
  }
  return results;
}

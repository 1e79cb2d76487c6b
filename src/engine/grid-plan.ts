// What each cell of a sample grid shows: a latent to decode, at which checkpoint, or a row of the dataset as it is. The plan is written
// into the picture's provenance, and the picture is drawn from the provenance alone, so it can be drawn again.
import { KarstError } from '../base/errors.ts';
import { Rng } from '../base/rng.ts';
import { cornerGrid } from '../latent/corners.ts';
import { interpolate } from '../latent/interpolation.ts';
import { slerpCodes } from '../latent/slerp.ts';
import { traverse } from '../latent/traversal.ts';
import type { GridRequest } from '../protocol/engine-api.ts';

export interface GridPlan {
  readonly rows: number;
  readonly cols: number;
  /** [rows × cols, latentSize], reading order. */
  readonly latents: Float32Array;
  readonly cells: readonly string[];
  readonly cellSteps?: readonly number[];
  readonly originals?: readonly number[];
}

export interface GridSources {
  readonly latentSize: number;
  readonly datasetRows: number;
  /** Steps with a checkpoint up to the one asked for, ascending. */
  readonly checkpoints: readonly number[];
  /** Mean KL of each dimension, nats. */
  klPerDimension(): Promise<readonly number[]>;
  /** Draws from the model's prior, [count, latentSize]. */
  prior(count: number, rng: Rng): Promise<Float32Array>;
  /** Posterior means of rows. */
  encode(rows: readonly number[]): Promise<readonly Float32Array[]>;
}

const RANGE_SD = 3;

export async function planGrid(request: GridRequest, sources: GridSources): Promise<GridPlan> {
  const { kind, rows, cols, seed } = request;
  const { latentSize } = sources;
  const count = rows * cols;
  const rng = Rng.fromSeed(seed).stream('grid');
  if (request.among && (kind === 'prior' || kind === 'history'))
    throw new KarstError('usage', `a ${kind} grid is drawn from the prior, of no rows: leave the selection out`);
  switch (kind) {
    case 'prior': {
      const latents = await sources.prior(count, rng);
      return { rows, cols, latents, cells: Array.from({ length: count }, (_, i) => `prior ${i}`) };
    }
    case 'reconstruction': {
      if (cols % 2 === 1) throw new KarstError('usage', `a reconstruction grid shows pairs: cols must be even, got ${cols}`);
      const shown = chooseRows(request, sources, count / 2, rng);
      const codes = await sources.encode(shown);
      const twice = shown.flatMap((row) => [row, row]);
      return {
        rows,
        cols,
        latents: joinCodes(codes.flatMap((code) => [code, code])),
        cells: twice.map((row, i) => (i % 2 === 0 ? `row ${row}` : `row ${row} reconstructed`)),
        originals: twice.map((row, i) => (i % 2 === 0 ? row : -1)),
      };
    }
    case 'traversal': {
      const base =
        request.rowIds || request.among
          ? ((await sources.encode(chooseRows(request, sources, 1, rng)))[0] as Float32Array)
          : new Float32Array(latentSize);
      const top = Math.min(rows, latentSize);
      const walked = traverse(base, await sources.klPerDimension(), { top, count: cols, range: RANGE_SD });
      const cells = walked.dimensions.flatMap((dimension) =>
        walked.values.map((value) => `z${String(dimension).padStart(2, '0')} at ${value.toFixed(2)} sd`),
      );
      return { rows: top, cols, latents: walked.codes.data, cells };
    }
    case 'interpolation': {
      if (cols < 2) throw new KarstError('usage', 'a path has two cells or more: cols must be at least 2');
      const ends = chooseRows(request, sources, 2 * rows, rng);
      const codes = await sources.encode(ends);
      const paths = Array.from(
        { length: rows },
        (_, r) => interpolate(slerpCodes, codes[2 * r] as Float32Array, codes[2 * r + 1] as Float32Array, cols).data,
      );
      const cells = paths.flatMap((_, r) =>
        Array.from({ length: cols }, (_, c) => `row ${ends[2 * r]} to row ${ends[2 * r + 1]}, t ${(c / (cols - 1)).toFixed(3)}`),
      );
      return { rows, cols, latents: joinCodes(paths), cells };
    }
    case 'corners': {
      const corners = chooseRows(request, sources, 4, rng);
      const codes = (await sources.encode(corners)) as unknown as readonly [
        Float32Array,
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      const grid = cornerGrid(codes, rows, cols);
      const at = (index: number, of: number): string => (index / (of - 1)).toFixed(3);
      const cells = Array.from(
        { length: count },
        (_, i) => `between rows ${corners.join(', ')}: down ${at(Math.floor(i / cols), rows)}, right ${at(i % cols, cols)}`,
      );
      return { rows, cols, latents: grid.data, cells };
    }
    case 'history': {
      const steps = evenly(sources.checkpoints, rows);
      const data = await sources.prior(cols, rng);
      const cellSteps = steps.flatMap((step) => Array.from({ length: cols }, () => step));
      return {
        rows: steps.length,
        cols,
        latents: joinCodes(steps.map(() => data)),
        cells: cellSteps.map((step, i) => `step ${step}, prior ${i % cols}`),
        cellSteps,
      };
    }
  }
}

/** Rows asked for, or different ones drawn by seed; all are gone through again where more are needed. */
function chooseRows({ rowIds, among }: GridRequest, { datasetRows }: GridSources, count: number, rng: Rng): readonly number[] {
  const beyond = [...(rowIds ?? among ?? [])].find((row) => row < 0 || row >= datasetRows);
  if (beyond !== undefined) throw new KarstError('not-found', `the dataset has rows 0 to ${datasetRows - 1}, not ${beyond}`);
  if (rowIds && rowIds.length > 0) {
    return Array.from({ length: count }, (_, i) => rowIds[i % rowIds.length] as number);
  }
  const drawn = rng.stream('rows').permutation(among?.length || datasetRows);
  const rows = among && among.length > 0 ? drawn.map((place) => among[place] as number) : drawn;
  return Array.from({ length: count }, (_, i) => rows[i % rows.length] as number);
}

/** At most `count` of `values`, first and last included, evenly spread. */
function evenly(values: readonly number[], count: number): readonly number[] {
  if (values.length <= count) return values;
  if (count === 1) return values.slice(-1);
  return Array.from({ length: count }, (_, i) => values[Math.round((i * (values.length - 1)) / (count - 1))] as number);
}

function joinCodes(codes: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(codes.reduce((sum, code) => sum + code.length, 0));
  let offset = 0;
  for (const code of codes) {
    joined.set(code, offset);
    offset += code.length;
  }
  return joined;
}

// Sample grids with their whole provenance in the PNG, under the keyword `karst`: run, model fingerprint, step, seed, every cell's latent.
import { z } from 'zod';
import { fromBase64, toBase64 } from '../base/bytes.ts';
import { KarstError } from '../base/errors.ts';
import { fingerprint } from '../datasets/fingerprint.ts';
import type { DecoderClient } from '../protocol/decoder-api.ts';
import { gridKinds, type GridRequest } from '../protocol/engine-api.ts';
import type { CallOptions } from '../protocol/methods.ts';
import type { GridProvenance, GridRecord, SamplesRecord } from '../protocol/records.ts';
import type { Checkpoint } from '../runs/checkpoint.ts';
import type { RunDescription, RunFolder } from '../runs/run-folder.ts';
import type { EngineHost } from './engine-host.ts';
import { gridPicture } from './grid-picture.ts';
import { planGrid } from './grid-plan.ts';
import { klPerDimensionOf, latentsNear } from './latent-sample.ts';
import { readPng, writePng } from './png.ts';
import { joinSamples, pickSamples } from './samples.ts';

const PNG_KEYWORD = 'karst';
/** Latents are always decoded in batches of this size: the same program, hence the same bits. */
const BATCH = 64;

export interface GridNeeds {
  readonly host: EngineHost;
  readonly open: (run: string) => Promise<RunFolder>;
  readonly folderOf: (run: string) => string;
  readonly decoder: () => Promise<DecoderClient>;
  /** Files may be written into the library only. */
  readonly isConfined: boolean;
}

export interface Grids {
  make(request: GridRequest, options: CallOptions): Promise<GridRecord>;
  /** The same pixels again, from what a grid says of itself. Refuses where the model is not the one it was drawn with. */
  redraw(provenance: GridProvenance, options: CallOptions): Promise<GridRecord>;
}

export function openGrids({ host, open, folderOf, decoder, isConfined }: GridNeeds): Grids {
  async function draw(provenance: GridProvenance, { signal, onProgress }: CallOptions): Promise<GridRecord> {
    const { run, step, rows, cols, scale, cells, cellSteps, originals } = provenance;
    const folder = folderOf(run);
    const latents = new Float32Array(fromBase64(provenance.latents).buffer);
    const client = await decoder();
    const options = signal ? { signal } : {};
    const decoded: SamplesRecord[] = [];
    for (let start = 0; start < cells.length;) {
      const at = cellSteps?.[start] ?? step;
      let end = start + 1;
      while (end < cells.length && end - start < 4 * BATCH && (cellSteps?.[end] ?? step) === at) end++;
      const part = latents.slice(start * provenance.latentSize, end * provenance.latentSize);
      decoded.push((await client.decode({ folder, step: at, latents: part, batch: BATCH }, options)).samples);
      start = end;
      onProgress?.({ fraction: end / cells.length, text: 'decoding' });
    }
    let samples = joinSamples(decoded);
    if (originals?.some((row) => row >= 0)) {
      const shown = originals.filter((row) => row >= 0);
      const given = (await client.originals({ folder, rowIds: Int32Array.from(shown) }, options)).samples;
      let next = cells.length;
      samples = pickSamples(
        joinSamples([samples, given]),
        originals.map((row, i) => (row >= 0 ? next++ : i)),
      );
    }
    const picture = gridPicture(samples, rows, cols, scale);
    const png = writePng(picture, { [PNG_KEYWORD]: JSON.stringify(provenance), Software: `Karst ${provenance.karst}` });
    return { png, width: picture.width, height: picture.height, provenance };
  }

  return {
    async make(request, options) {
      const { run, kind, seed, scale } = request;
      if (request.out !== undefined && isConfined)
        throw new KarstError('refused', 'from here grids are saved in their run only: leave the path out');
      const folder = await open(run);
      const description = await folder.describe();
      const checkpoint = await folder.loadCheckpoint(request.step);
      const { step } = checkpoint.position;
      const { latentSize, dataset } = description;
      const signal = options.signal ? { signal: options.signal } : {};
      const plan = await planGrid(request, {
        latentSize,
        datasetRows: dataset.rows,
        checkpoints: (await folder.checkpoints()).filter((one) => one <= step),
        klPerDimension: async () => klPerDimensionOf(await latentsNear(folder, step)),
        encode: async (rows) => {
          const rowIds = Int32Array.from(rows);
          const { mean } = await (await decoder()).encode({ folder: folderOf(run), step, rowIds }, signal);
          return rows.map((_, i) => mean.slice(i * latentSize, (i + 1) * latentSize));
        },
      });
      const { latents, cells, rows, cols, cellSteps, originals } = plan;
      const provenance: GridProvenance = {
        format: 'karst-grid-1',
        run,
        runFingerprint: runFingerprint(description),
        modelFingerprint: modelFingerprint(checkpoint),
        step,
        seed,
        kind,
        rows,
        cols,
        scale,
        latents: toBase64(new Uint8Array(latents.buffer, latents.byteOffset, latents.byteLength)),
        latentSize,
        cells,
        ...(cellSteps ? { cellSteps } : {}),
        ...(originals ? { originals } : {}),
        karst: host.versions['karst'] ?? 'unknown',
      };
      const made = await draw(provenance, options);
      const path = await save(request, folder, made.png, step);
      return path === undefined ? made : { ...made, path };
    },

    async redraw(provenance, options) {
      const folder = await open(provenance.run);
      const found = modelFingerprint(await folder.loadCheckpoint(provenance.step));
      if (found !== provenance.modelFingerprint) {
        throw new KarstError(
          'bad-data',
          `the model of ${provenance.run} at step ${provenance.step} is not the one this grid was drawn with: its fingerprint is ${found}, the grid's ${provenance.modelFingerprint}`,
        );
      }
      return await draw(provenance, options);
    },
  };

  async function save({ run, kind, seed, out, save: isSaved }: GridRequest, folder: RunFolder, png: Uint8Array, step: number) {
    if (out !== undefined) {
      const path = host.resolvePath(out);
      await host.writeFile(path, png);
      return path;
    }
    if (!isSaved) return undefined;
    const taken = new Set(await folder.files.list('exports'));
    const base = `${kind}-step-${String(step).padStart(6, '0')}-seed-${seed}`;
    let name = `${base}.png`;
    for (let n = 2; taken.has(name); n++) name = `${base}-${n}.png`;
    await folder.files.write(`exports/${name}`, png);
    return `${folderOf(run)}/exports/${name}`;
  }
}

/** Of what was asked of a run: its data, model, parameters and seed. Titles and stops do not count. */
function runFingerprint({ dataset, model, params, seed, createdAt }: RunDescription): string {
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  return fingerprint('run', new TextEncoder().encode(JSON.stringify([dataset.fingerprint, model, sorted, seed, createdAt])));
}

/** Of every value that a checkpoint holds: two models with one fingerprint are the same model. */
function modelFingerprint({ values }: Checkpoint): string {
  const parts = Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, array]) => `${name} ${fingerprint(name, new Uint8Array(array.buffer, array.byteOffset, array.byteLength))}`);
  return fingerprint('model', new TextEncoder().encode(parts.join('\n')));
}

const count = z.int().min(1).max(100);
const provenanceSchema = z.looseObject({
  format: z.literal('karst-grid-1'),
  run: z.string(),
  runFingerprint: z.string(),
  modelFingerprint: z.string(),
  step: z.int().min(0),
  seed: z.number(),
  kind: z.enum(gridKinds),
  rows: count,
  cols: count,
  scale: z.int().min(1).max(32),
  latents: z.base64(),
  latentSize: z.int().min(1),
  cells: z.array(z.string()).max(10_000),
  cellSteps: z.array(z.int().min(0)).optional(),
  originals: z.array(z.int().min(-1)).optional(),
  karst: z.string(),
});

/** What a PNG says of itself; undefined where it is no grid of ours. */
export function readProvenance(
  where: string,
  bytes: Uint8Array,
): { provenance: GridProvenance; width: number; height: number } | undefined {
  const { width, height, texts } = readPng(where, bytes);
  const text = texts[PNG_KEYWORD];
  if (text === undefined) return undefined;
  const bad = (found: string): KarstError => new KarstError('bad-data', `${where}: expected a grid's provenance, found ${found}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw bad('text that is not JSON');
  }
  const parsed = provenanceSchema.safeParse(json);
  if (!parsed.success) throw bad(`${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`);
  const provenance = parsed.data as GridProvenance;
  const { rows, cols, cells, latentSize, latents } = provenance;
  if (cells.length !== rows * cols || fromBase64(latents).length !== 4 * cells.length * latentSize) {
    throw bad(`${cells.length} cells and ${fromBase64(latents).length} bytes of latents for a grid of ${rows} × ${cols}`);
  }
  return { provenance, width, height };
}

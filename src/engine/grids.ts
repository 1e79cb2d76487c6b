// Sample grids: planned, drawn from their provenance alone, and drawn again from what a grid says of itself.
import { fromBase64, toBase64 } from '../base/bytes.ts';
import { KarstError } from '../base/errors.ts';
import { samplePrior } from '../latent/prior.ts';
import type { DecoderClient } from '../protocol/decoder-api.ts';
import type { EngineApi, GridRequest } from '../protocol/engine-api.ts';
import type { CallOptions } from '../protocol/methods.ts';
import type { GridProvenance, GridRecord, SamplesRecord } from '../protocol/records.ts';
import type { RunFolder } from '../runs/run-folder.ts';
import type { EngineHost } from './engine-host.ts';
import { gridPicture } from './grid-picture.ts';
import { planGrid } from './grid-plan.ts';
import { modelFingerprint, readGrid, runFingerprint, signedPng } from './grid-provenance.ts';
import { klPerDimensionOf, latentsNear } from './latent-sample.ts';
import { pictureLine } from './sheet-colours.ts';
import { joinSamples, pickSamples } from './samples.ts';
import { checkPlane, vectorGrid } from './vector-grid.ts';
import { groundRows } from './vector-ground.ts';

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
  make: EngineApi['grid'];
  /** The same pixels again, from a grid's PNG alone. Refuses where the model is not the one it was drawn with. */
  redraw: EngineApi['redrawGrid'];
}

export function openGrids({ host, open, folderOf, decoder, isConfined }: GridNeeds): Grids {
  /** `run` is where the grid's run is now. */
  async function draw(run: string, provenance: GridProvenance, { signal, onProgress }: CallOptions): Promise<GridRecord> {
    const { step, rows, cols, scale, cells, cellSteps, originals, view, theme = 'light' } = provenance;
    const folder = folderOf(run);
    const { dataset } = await (await open(run)).describe();
    if (view === 'together') checkPlane(dataset.sample);
    const latents = new Float32Array(fromBase64(provenance.latents).buffer);
    const client = await decoder();
    const options = signal ? { signal } : {};
    const shown = provenance.weights ? { weights: provenance.weights } : {};
    const rowsOf = async (rowIds: Int32Array): Promise<SamplesRecord> =>
      (await client.originals({ folder, rowIds }, options)).samples;
    const decoded: SamplesRecord[] = [];
    for (let start = 0; start < cells.length;) {
      const at = cellSteps?.[start] ?? step;
      let end = start + 1;
      while (end < cells.length && end - start < 4 * BATCH && (cellSteps?.[end] ?? step) === at) end++;
      const part = latents.slice(start * provenance.latentSize, end * provenance.latentSize);
      decoded.push((await client.decode({ folder, step: at, latents: part, batch: BATCH, ...shown }, options)).samples);
      start = end;
      onProgress?.({ fraction: end / cells.length, text: 'decoding' });
    }
    let samples = joinSamples(decoded);
    if (originals?.some((row) => row >= 0)) {
      const shown = originals.filter((row) => row >= 0);
      const given = await rowsOf(Int32Array.from(shown));
      let next = cells.length;
      samples = pickSamples(
        joinSamples([samples, given]),
        originals.map((row, i) => (row >= 0 ? next++ : i)),
      );
    }
    const picture =
      samples.kind === 'pictures'
        ? gridPicture(samples, rows, cols, scale, pictureLine[theme])
        : vectorGrid(provenance, samples, await rowsOf(groundRows(dataset.rows)));
    return { png: signedPng(picture, provenance), width: picture.width, height: picture.height, provenance };
  }

  return {
    async make(request, options) {
      const { run, kind, seed, scale, view, theme } = request;
      checkOut(request.out);
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
        prior: async (count, rng) => {
          const { temperature, truncation } = request;
          const options = { temperature, ...(truncation === undefined ? {} : { truncation }) };
          const eps = samplePrior(count, latentSize, rng, options).data;
          const u = rng.stream('choice').fillUniform(new Float32Array(count));
          return (await (await decoder()).samplePrior({ folder: folderOf(run), step, eps, u }, signal)).latents;
        },
        klPerDimension: async () => klPerDimensionOf(await latentsNear(folder, step), description.params),
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
        ...(view === 'cells' ? {} : { view }),
        ...(theme === 'light' ? {} : { theme }),
        latents: toBase64(new Uint8Array(latents.buffer, latents.byteOffset, latents.byteLength)),
        latentSize,
        cells,
        ...(cellSteps ? { cellSteps } : {}),
        ...(originals ? { originals } : {}),
        ...(request.weights === 'raw' ? { weights: request.weights } : {}),
        karst: host.versions['karst'] ?? 'unknown',
      };
      const made = await draw(run, provenance, options);
      const path = await save(request, folder, made.png, step);
      return path === undefined ? made : { ...made, path };
    },

    async redraw({ path: given, run: named, ...where }, options) {
      checkOut(where.out);
      const { provenance, bytes } = await readGrid(host, given);
      const { step, kind, seed, view = 'cells' } = provenance;
      const run = named ?? provenance.run;
      const moved = named === undefined ? '. If it has moved, say where it is now' : '';
      const folder = await open(run).catch(saying(`${given} was drawn from run ${run}${moved}`));
      const checkpoint = await folder.loadCheckpoint(step).catch(saying(`${given} was drawn at step ${step} of ${run}`));
      const found = modelFingerprint(checkpoint);
      if (found !== provenance.modelFingerprint) {
        throw new KarstError(
          'bad-data',
          `the model of ${run} at step ${step} is not the one that ${given} was drawn with: its fingerprint is ${found}, the grid's ${provenance.modelFingerprint}`,
        );
      }
      const drawn = await draw(run, provenance, options);
      const isSame = drawn.png.length === bytes.length && drawn.png.every((byte, i) => byte === bytes[i]);
      const path = await save({ run, kind, view, seed, ...where }, folder, drawn.png, step);
      return { ...drawn, ...(path === undefined ? {} : { path }), isSame };
    },
  };

  function checkOut(out: string | undefined): void {
    if (out !== undefined && isConfined)
      throw new KarstError('refused', 'from here grids are saved in their run only: leave the path out');
  }

  async function save(
    {
      run,
      kind,
      view,
      seed,
      out,
      save: isSaved,
    }: Pick<GridRequest, 'run' | 'view' | 'seed' | 'out' | 'save'> & { readonly kind: string },
    folder: RunFolder,
    png: Uint8Array,
    step: number,
  ): Promise<string | undefined> {
    if (out !== undefined) {
      const path = host.resolvePath(out);
      await host.writeFile(path, png);
      return path;
    }
    if (!isSaved) return undefined;
    const taken = new Set(await folder.files.list('exports'));
    const base = `${kind}${view === 'together' ? '-together' : ''}-step-${String(step).padStart(6, '0')}-seed-${seed}`;
    let name = `${base}.png`;
    for (let n = 2; taken.has(name); n++) name = `${base}-${n}.png`;
    await folder.files.write(`exports/${name}`, png);
    return `${folderOf(run)}/exports/${name}`;
  }
}

/** What is missing, and who misses it. */
const saying =
  (what: string) =>
  (thrown: unknown): never => {
    if (!(thrown instanceof KarstError && thrown.code === 'not-found')) throw thrown;
    throw new KarstError('not-found', `${thrown.message}; ${what}`, thrown.facts, thrown);
  };

// karst inspect: what lies at a path. Of a grid, the run, the seed and every cell's latent; of a dataset, what was found and what was
// refused and why; of a run, where it stands.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fromBase64 } from '../base/bytes.ts';
import type { DatasetRecord, GridProvenance, InspectionRecord, RunRecord } from '../protocol/records.ts';
import { command } from './command.ts';
import { withEngine } from './engine-session.ts';

const REFUSED_SHOWN = 20;

export const inspect = command({
  name: 'inspect',
  summary: 'says what a dataset, a run or a grid is',
  positionals: [{ name: 'path', help: 'a grid.png, a run, a dataset’s file or folder, or a dataset that Karst makes' }],
  examples: ['karst inspect g.png --json', 'karst inspect ~/pictures'],
  async run({ positionals, options, terminal }) {
    const given = positionals[0] as string;
    await withEngine(options.home, async ({ client }) => {
      const found = await client.inspect(
        { path: existsSync(given) ? path.resolve(given) : given },
        { signal: terminal.interrupt.signal, onProgress: (progress) => terminal.progress(progress) },
      );
      terminal.result(plain(found), () => describe(found));
    });
  },
});

/** For JSON: pictures left out, every cell of a grid with its latent as numbers. */
function plain(found: InspectionRecord): unknown {
  if (found.kind === 'dataset') return { ...found, dataset: { ...found.dataset, thumbnails: undefined } };
  if (found.kind === 'run') return { ...found, run: { ...found.run, thumbnails: undefined } };
  return { ...found, cells: cellsOf(found.provenance) };
}

function cellsOf(provenance: GridProvenance): readonly { shows: string; step: number; latent: readonly number[] }[] {
  const { latentSize, cells, step, cellSteps } = provenance;
  const values = new Float32Array(fromBase64(provenance.latents).buffer);
  return cells.map((shows, i) => ({
    shows,
    step: cellSteps?.[i] ?? step,
    latent: Array.from(values.subarray(i * latentSize, (i + 1) * latentSize)),
  }));
}

function describe(found: InspectionRecord): string {
  switch (found.kind) {
    case 'grid':
      return describeGrid(found.provenance, found.width, found.height);
    case 'run':
      return describeRun(found.run);
    case 'dataset':
      return describeDataset(found.dataset, found);
  }
}

function describeGrid(provenance: GridProvenance, width: number, height: number): string {
  const { run, step, seed, kind, rows, cols, scale, modelFingerprint, runFingerprint, latentSize, karst } = provenance;
  const first = cellsOf(provenance).slice(0, 3);
  return [
    `A ${kind} grid of ${rows} × ${cols} cells, ${width} × ${height} pixels, drawn by Karst ${karst}`,
    `  run    ${run} (${runFingerprint})`,
    `  model  ${modelFingerprint} at step ${step}`,
    `  seed   ${seed}, scale ${scale}`,
    `  every cell has a latent of ${latentSize} values; the first:`,
    ...first.map(
      ({ shows, latent }) =>
        `    ${shows}: ${latent
          .slice(0, 6)
          .map((value) => value.toFixed(3))
          .join(' ')}${latentSize > 6 ? ' …' : ''}`,
    ),
    'With --json all of them are told.',
  ].join('\n');
}

function describeRun(run: RunRecord): string {
  const params = Object.entries(run.params).map(([name, value]) => `    ${name}=${value}`);
  return [
    `Run ${run.title}: ${run.status} at step ${run.step} after ${run.elapsedSeconds.toFixed(0)} s`,
    `  ${run.model} on ${run.dataset.title} (${run.dataset.id}), ${run.latentSize} latent dimensions, seed ${run.seed}, ${run.device}`,
    `  checkpoints ${run.checkpoints.join(', ') || 'none'}`,
    ...(run.error ? [`  ${run.error.message}`] : []),
    ...params,
  ].join('\n');
}

function describeDataset(dataset: DatasetRecord, found: Extract<InspectionRecord, { kind: 'dataset' }>): string {
  const { title, rows, shape, labelNames, augmentations, fingerprint, notes } = dataset;
  const each =
    shape.kind === 'picture'
      ? `pictures of ${shape.height} × ${shape.width}, ${shape.channels === 1 ? 'grey' : 'colour'}`
      : `vectors of ${shape.size}`;
  const { classCounts, refused, valueRange, heldOutRows } = found;
  const classes = labelNames?.map((name, i) => `${name} ${classCounts?.[i] ?? ''}`.trim());
  return [
    `${title}: ${rows} ${each}, values ${valueRange[0]} to ${valueRange[1]}`,
    ...(heldOutRows ? [`  ${heldOutRows} rows are set apart for testing by the source`] : []),
    ...(classes ? [`  labels: ${classes.join(', ')}`] : []),
    ...(augmentations ? [`  augmentations that keep a row what it is: ${augmentations.join(', ')}`] : []),
    `  fingerprint ${fingerprint}`,
    ...notes.map((note) => `  ${note}`),
    ...(refused.length > 0 ? [`  ${refused.length} files were refused:`] : []),
    ...refused.slice(0, REFUSED_SHOWN).map(({ file, expected, found: was }) => `    ${file}: expected ${expected}, found ${was}`),
    ...(refused.length > REFUSED_SHOWN ? [`    and ${refused.length - REFUSED_SHOWN} more`] : []),
  ].join('\n');
}

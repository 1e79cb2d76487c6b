// karst grid: a sample grid as PNG, with everything in it that is needed to draw it again.
import { gridKinds } from '../protocol/engine-api.ts';
import { command } from './command.ts';
import { withEngine } from './engine-session.ts';
import { runReference } from './run-reference.ts';

export const grid = command({
  name: 'grid',
  summary: 'draws a grid of samples, its provenance inside the PNG',
  positionals: [{ name: 'run', help: 'its folder, or its name in the library' }],
  options: {
    kind: { kind: 'choice', options: gridKinds, help: 'what the cells show; prior unless told' },
    rows: { kind: 'whole', value: 'R', min: 1, max: 100, help: 'rows of cells; 8 unless told' },
    cols: { kind: 'whole', value: 'C', min: 1, max: 100, help: 'columns of cells; 8 unless told' },
    seed: { kind: 'number', value: 'N', help: 'draws the samples, or the rows to start from; 0 unless told' },
    scale: { kind: 'whole', value: 'K', min: 1, max: 32, help: 'each sample pixel becomes K × K; 1 unless told' },
    step: { kind: 'whole', value: 'N', min: 0, help: 'the checkpoint of this step; the newest otherwise' },
    from: { kind: 'rows', value: 'I,J,…', help: 'rows of the dataset to start from; chosen by seed otherwise' },
    out: { kind: 'text', value: 'FILE', help: 'where to save it; in the run’s exports otherwise' },
  },
  examples: [
    'karst grid runs/first --kind prior --rows 8 --cols 8 --seed 1 --out g.png',
    'karst grid runs/first --kind interpolation --from 3,17 --rows 1 --out path.png',
  ],
  async run({ positionals, options, terminal }) {
    const { kind = 'prior', rows, cols, seed, scale, step, from, out } = options;
    const given = { rows, cols, seed, scale, step, rowIds: from, out };
    const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    await withEngine(options.home, async ({ client }) => {
      const request = { run: runReference(positionals[0] as string), kind, save: out === undefined, ...defined };
      const drawn = await client.grid(request, {
        signal: terminal.interrupt.signal,
        onProgress: (progress) => terminal.progress(progress),
      });
      const { path, width, height, provenance } = drawn;
      terminal.result(
        { path, width, height, provenance },
        () =>
          `${path}: ${provenance.rows} × ${provenance.cols} cells, ${width} × ${height} pixels, step ${provenance.step}, seed ${provenance.seed}`,
      );
    });
  },
});
